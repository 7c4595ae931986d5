/* SPDX-License-Identifier: ISC */
/*
 * Shrinks a role that has started to the pages it runs on. Every role, once; it cannot fail, only
 * do nothing.
 */
#include "process/trim.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int trim_object(struct dl_phdr_info *object, size_t size, void *unused)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + part->p_vaddr, end = start + part->p_memsz;

		/* Only what was never written: code and constants. */
		if (part->p_type != PT_LOAD || (part->p_flags & PF_W))
			continue;
		start &= ~(page - 1);
		madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

void trim_startup_pages(void)
{
	dl_iterate_phdr(trim_object, NULL);
}
