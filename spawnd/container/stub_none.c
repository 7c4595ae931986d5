/* SPDX-License-Identifier: ISC */
/* Machines without a stub: nothing is started ahead on them, and nothing here is ever called. */
#include "container/stub.h"

#if !(defined(__x86_64__) && !defined(__ILP32__)) &&                                               \
	!(defined(__aarch64__) && !defined(__AARCH64EB__))
#include <errno.h>

const bool stub_exists = false;
const uint32_t stub_architecture = 0;
const uint32_t stub_syscall = 0;
const unsigned int stub_syscall_size = 0;

uintptr_t stub_frame(const struct stub_registers *registers, size_t *size)
{
	return *size = 0;
}

int stub_ask_page(pid_t pid, const struct stub_registers *registers, unsigned int attempt)
{
	return -ENOSYS;
}

int stub_get_page(pid_t pid, const struct stub_registers *registers, uintptr_t *page)
{
	return -ENOSYS;
}

int stub_plant(pid_t pid, const struct stub_registers *registers, uintptr_t page,
	       const struct stub_handover *handover)
{
	return -ENOSYS;
}
#endif
