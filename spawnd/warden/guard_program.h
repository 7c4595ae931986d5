/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_GUARD_PROGRAM_H
#define SPAWND_WARDEN_GUARD_PROGRAM_H

/* The text of the guard's two programs. Pure. */
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_PROGRAM_MAX 20

/* "No": for the hooks of connect(2), bind(2) and sendmsg(2). Returns the number of instructions. */
size_t guard_write_deny(struct bpf_insn program[GUARD_PROGRAM_MAX]);

/*
 * For the packets of a socket, in both directions: pass those of a TCP socket whose own port is
 * `port` and that does not connect, drop all others. Returns the number of instructions.
 *
 * The rule asks the socket, not the packet: on the way out the kernel calls it behind the hook in
 * which source ports are translated (ip_finish_output() in net/ipv4/ip_output.c), so that a header
 * would show the port of a redirection (iptables -j REDIRECT), not the listener's.
 *	- A socket that connects is in SYN_SENT when its SYN goes out, MSG_FASTOPEN or not.
 *	- One that listens without bind(2) has another port: the SYN is dropped on its way in.
 *	- A closed one has no port any more and sends nothing but the reset of its old connection
 *	  (tcp_close() with unread data).
 */
size_t guard_write_packets(struct bpf_insn program[GUARD_PROGRAM_MAX], uint16_t port);

#endif
