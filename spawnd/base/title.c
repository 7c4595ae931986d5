/* SPDX-License-Identifier: ISC */
/* The process's title: role and service. Every process; no allocation after title_init(). */
#include "base/title.h"

#include "base/gate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	char *bytes;
	size_t size;
} area;

void title_init(int argc, char **argv, char **envp)
{
	size_t count = 0, bytes = 0;
	char **copy, *at, *end;

	if (argc < 1 || !argv[0])
		return;
	/* The kernel lays arguments and environment out one behind the other. */
	end = argv[0];
	for (int i = 0; i < argc; i++)
		if (argv[i] == end)
			end += strlen(argv[i]) + 1;
	for (; envp[count]; count++) {
		bytes += strlen(envp[count]) + 1;
		if (envp[count] == end)
			end += strlen(envp[count]) + 1;
	}
	/* In one piece: unsetenv(3) drops entries, and what is still pointed to is no leak. */
	copy = malloc((count + 1) * sizeof(*copy) + bytes);
	if (!copy)
		return;
	at = (char *)(copy + count + 1);
	for (size_t i = 0; i < count; i++) {
		copy[i] = at;
		at = stpcpy(at, envp[i]) + 1;
	}
	copy[count] = NULL;
	environ = copy;
	area.bytes = argv[0];
	area.size = (size_t)(end - argv[0]);
}

void title_set_name(const char *name)
{
	GATE_2(SYS_prctl, PR_SET_NAME, name);
}

void title_set(const char *name, const char *format, ...)
{
	char text[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (area.size > 1) {
		memset(area.bytes, 0, area.size);
		memcpy(area.bytes, text, strnlen(text, area.size - 1));
	}
	title_set_name(name);
}
