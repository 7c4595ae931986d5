/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_PROCESS_TRIM_H
#define SPAWND_PROCESS_TRIM_H

/*
 * Gives back the code pages that only the start needed: of a process that lives for months, most of
 * the C library is mapped for its first five milliseconds. Clean pages of files; what is needed
 * again is mapped again from the page cache (madvise(2), MADV_DONTNEED). Called once, when the role
 * is about to turn its loop.
 */
void trim_startup_pages(void);

#endif
