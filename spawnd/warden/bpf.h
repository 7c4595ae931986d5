/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WARDEN_BPF_H
#define SPAWND_WARDEN_BPF_H

/*
 * bpf(2) itself, without a library: loading a program of a few instructions, attaching it to a
 * control group. Needs CAP_BPF and CAP_NET_ADMIN (before 5.8: CAP_SYS_ADMIN). Does not block.
 */
#include "base/why.h"

#include <linux/bpf.h>
#include <stddef.h>

/*
 * Loads a program (BPF_PROG_LOAD) of the type, meant for the attach point. A descriptor, or -errno
 * with why filled: step "guard-load", in the text `name` and, where the verifier refuses it, the
 * last line that it says.
 */
int bpf_load(enum bpf_prog_type type, enum bpf_attach_type point, const struct bpf_insn *program,
	     size_t count, const char *name, struct why *why);

/*
 * Attaches it beside what others have attached to the group and above it (BPF_F_ALLOW_MULTI, 4.15):
 * everyone's programs must agree. It stays with the group when this process ends. 0, or -errno with
 * why filled: step "guard-attach".
 */
int bpf_attach(int group, int program, enum bpf_attach_type point, const char *name,
	       struct why *why);

#endif
