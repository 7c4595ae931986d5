/* SPDX-License-Identifier: ISC */
/* Writes the guard's BPF programs. Any process; no system call. */
#include "warden/guard_program.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

enum { R0, R1 };

static struct bpf_insn load(unsigned int size, unsigned int to, unsigned int from, size_t offset)
{
	return (struct bpf_insn){ .code = (uint8_t)(BPF_LDX | BPF_MEM | size),
				  .dst_reg = (uint8_t)(to & 15),
				  .src_reg = (uint8_t)(from & 15),
				  .off = (int16_t)offset };
}

/* to: the index of the instruction to go on with. */
static struct bpf_insn jump(unsigned int test, unsigned int reg, int32_t value, size_t at,
			    size_t to)
{
	return (struct bpf_insn){ .code = (uint8_t)(BPF_JMP | test | BPF_K),
				  .dst_reg = (uint8_t)(reg & 15),
				  .off = (int16_t)(to - at - 1),
				  .imm = value };
}

static struct bpf_insn set(unsigned int reg, int32_t value)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
				  .dst_reg = (uint8_t)(reg & 15),
				  .imm = value };
}

static struct bpf_insn call(int32_t helper)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = helper };
}

static struct bpf_insn leave(void)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
}

size_t guard_write_deny(struct bpf_insn program[GUARD_PROGRAM_MAX])
{
	program[0] = set(R0, 0);
	program[1] = leave();
	return 2;
}

#define SOCKET_FIELD(name) offsetof(struct bpf_sock, name)

size_t guard_write_packets(struct bpf_insn program[GUARD_PROGRAM_MAX], uint16_t port)
{
	enum { PASS = 12, DROP = 14, END = 16 };
	const struct bpf_insn text[END] = {
		/* The socket: not a request or TIME_WAIT, but a whole one. */
		load(BPF_DW, R1, R1, offsetof(struct __sk_buff, sk)),
		jump(BPF_JEQ, R1, 0, 1, DROP),
		call(BPF_FUNC_sk_fullsock),
		jump(BPF_JEQ, R0, 0, 3, DROP),
		load(BPF_W, R1, R0, SOCKET_FIELD(protocol)),
		jump(BPF_JNE, R1, IPPROTO_TCP, 5, DROP),
		load(BPF_W, R1, R0, SOCKET_FIELD(state)),
		jump(BPF_JEQ, R1, TCP_SYN_SENT, 7, DROP),
		jump(BPF_JEQ, R1, TCP_CLOSE, 8, PASS),
		load(BPF_W, R1, R0, SOCKET_FIELD(src_port)), /* in host order */
		jump(BPF_JNE, R1, port, 10, DROP),
		jump(BPF_JA, R0, 0, 11, PASS),
		[PASS] = set(R0, 1),
		leave(),
		[DROP] = set(R0, 0),
		leave(),
	};

	_Static_assert(sizeof(text) / sizeof(text[0]) <= GUARD_PROGRAM_MAX, "it fits");
	memcpy(program, text, sizeof(text));
	return END;
}
