/* SPDX-License-Identifier: ISC */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

/*
 * A target takes bytes from outside, has them parsed, and calls abort() where what comes out is not
 * what it must be. Built with clang it is libFuzzer's; built with UNIT_TEST it is a function of the
 * target's name, for tests/unit/test_corpus.c.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef UNIT_TEST
#define FUZZ(name) fuzz_##name
#else
#define FUZZ(name) LLVMFuzzerTestOneInput
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#endif

int fuzz_account(const uint8_t *data, size_t size);
int fuzz_address(const uint8_t *data, size_t size);
int fuzz_config(const uint8_t *data, size_t size);
int fuzz_control(const uint8_t *data, size_t size);
int fuzz_http(const uint8_t *data, size_t size);
int fuzz_network(const uint8_t *data, size_t size);
int fuzz_proxy_header(const uint8_t *data, size_t size);
int fuzz_wire(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

#endif
