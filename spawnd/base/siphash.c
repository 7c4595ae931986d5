/* SPDX-License-Identifier: ISC */
/*
 * SipHash-2-4, from the paper's description: two rounds for each word of eight bytes, four at the
 * end. Every process; pure. It is a table's hash and an anonymiser's, no signature.
 */
#include "base/siphash.h"

#include <endian.h>
#include <string.h>

static uint64_t rotate(uint64_t word, int by)
{
	return word << by | word >> (64 - by);
}

static uint64_t load(const void *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

static void mix(uint64_t v[4], int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, 2);
	v[0] ^= word;
}

uint64_t siphash(const uint8_t secret[SIPHASH_KEY_SIZE], const void *bytes, size_t count)
{
	uint64_t k0 = load(secret), k1 = load(secret + 8);
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
			  k1 ^ 0x7465646279746573 };
	const uint8_t *at = bytes;
	uint8_t last[8] = { 0 };
	size_t left = count;

	for (; left >= 8; left -= 8, at += 8)
		absorb(v, load(at));
	if (left > 0)
		memcpy(last, at, left);
	last[7] = (uint8_t)count;
	absorb(v, load(last));
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
