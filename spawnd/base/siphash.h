/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_BASE_SIPHASH_H
#define SPAWND_BASE_SIPHASH_H

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a hash for tables whose keys a stranger chooses. Who
 * does not know the secret cannot make keys that meet in one bucket. Pure.
 */
#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_SIZE 16

uint64_t siphash(const uint8_t secret[SIPHASH_KEY_SIZE], const void *bytes, size_t count);

#endif
