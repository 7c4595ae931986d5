/* SPDX-License-Identifier: ISC */
/* The guard's BPF programs, run by an interpreter of the few instructions they consist of. */
#include "warden/guard_program.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* link: spawnd/warden/guard_program.c */

#define PORT 8080

/* What a program sees: the context, and the socket that the helper makes a whole one of. */
struct world {
	struct __sk_buff packet;
	struct bpf_sock socket;
	bool whole; /* false: a request, or TIME_WAIT */
};

static uint64_t read_memory(const struct bpf_insn *insn, uint64_t from)
{
	const unsigned char *at = (const unsigned char *)(uintptr_t)from + insn->off;
	uint64_t wide;
	uint32_t word;

	if (BPF_SIZE(insn->code) == BPF_DW) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	assert_int_equal(BPF_SIZE(insn->code), BPF_W);
	memcpy(&word, at, sizeof(word));
	return word;
}

/* Only forwards, only within the program, only what was written before. */
static int run(const struct bpf_insn *program, size_t count, struct world *world)
{
	uint64_t registers[11] = { [1] = (uintptr_t)&world->packet };
	size_t at = 0;

	for (;;) {
		const struct bpf_insn *insn = &program[at];

		assert_true(at < count);
		at++;
		switch (insn->code) {
		case BPF_LDX | BPF_MEM | BPF_DW:
		case BPF_LDX | BPF_MEM | BPF_W:
			assert_int_not_equal(registers[insn->src_reg], 0);
			registers[insn->dst_reg] = read_memory(insn, registers[insn->src_reg]);
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			registers[insn->dst_reg] = (uint64_t)(int64_t)insn->imm;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JNE | BPF_K:
			assert_true(insn->off >= 0);
			if ((registers[insn->dst_reg] == (uint64_t)(int64_t)insn->imm) ==
			    (BPF_OP(insn->code) == BPF_JEQ))
				at += (size_t)insn->off;
			break;
		case BPF_JMP | BPF_JA:
			assert_true(insn->off >= 0);
			at += (size_t)insn->off;
			break;
		case BPF_JMP | BPF_CALL:
			assert_int_equal(insn->imm, BPF_FUNC_sk_fullsock);
			assert_int_equal(registers[1], (uintptr_t)&world->socket);
			registers[0] = world->whole ? registers[1] : 0;
			memset(&registers[1], 0, 5 * sizeof(registers[0])); /* the caller's */
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)registers[0];
		default:
			fail_msg("instruction %zu: 0x%02x", at - 1, insn->code);
		}
	}
}

static int passes(uint32_t protocol, uint32_t state, uint32_t port)
{
	struct bpf_insn program[GUARD_PROGRAM_MAX];
	struct world world = { .whole = true };

	world.packet.sk = &world.socket;
	world.socket.protocol = protocol;
	world.socket.state = state;
	world.socket.src_port = port;
	return run(program, guard_write_packets(program, PORT), &world);
}

static void test_deny(void **unused)
{
	struct bpf_insn program[GUARD_PROGRAM_MAX];
	struct world world = { 0 };

	(void)unused;
	assert_int_equal(run(program, guard_write_deny(program), &world), 0);
}

static void test_connections(void **unused)
{
	(void)unused;
	for (uint32_t state = TCP_ESTABLISHED; state <= TCP_CLOSING + 1; state++)
		assert_int_equal(passes(IPPROTO_TCP, state, PORT), state != TCP_SYN_SENT);
}

static void test_others(void **unused)
{
	static const uint32_t ports[] = { 0, 1, PORT - 1, PORT + 1, 0x901f /* swapped */, 65535 };

	(void)unused;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		for (uint32_t state = TCP_ESTABLISHED; state <= TCP_CLOSING + 1; state++)
			assert_int_equal(passes(IPPROTO_TCP, state, ports[i]), state == TCP_CLOSE);
	assert_int_equal(passes(IPPROTO_UDP, TCP_CLOSE, PORT), 0);
	assert_int_equal(passes(IPPROTO_UDP, TCP_ESTABLISHED, PORT), 0);
	assert_int_equal(passes(IPPROTO_SCTP, TCP_ESTABLISHED, PORT), 0);
}

static void test_no_socket(void **unused)
{
	struct bpf_insn program[GUARD_PROGRAM_MAX];
	size_t count = guard_write_packets(program, PORT);
	struct world world = { .whole = true };

	(void)unused;
	assert_int_equal(run(program, count, &world), 0);
	world.packet.sk = &world.socket;
	world.whole = false;
	world.socket = (struct bpf_sock){ .protocol = IPPROTO_TCP,
					  .state = TCP_ESTABLISHED,
					  .src_port = PORT };
	assert_int_equal(run(program, count, &world), 0);
}

static void test_high_port(void **unused)
{
	struct bpf_insn program[GUARD_PROGRAM_MAX];
	size_t count = guard_write_packets(program, 65535);
	struct world world = { .whole = true };

	(void)unused;
	world.packet.sk = &world.socket;
	world.socket = (struct bpf_sock){ .protocol = IPPROTO_TCP,
					  .state = TCP_ESTABLISHED,
					  .src_port = 65535 };
	assert_int_equal(run(program, count, &world), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deny),	  cmocka_unit_test(test_connections),
		cmocka_unit_test(test_others),	  cmocka_unit_test(test_no_socket),
		cmocka_unit_test(test_high_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
