/* SPDX-License-Identifier: ISC */
/* Loads and attaches BPF programs. Warden, start regime and at reloads; it knows none of them. */
#include "warden/bpf.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_SIZE 4096

static int call(enum bpf_cmd command, union bpf_attr *attributes)
{
	long result = syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	return result < 0 ? -errno : (int)result;
}

/* The verifier's complaint stands in the last line of its log, before a line of statistics. */
static const char *complaint(char *log)
{
	char *end = log + strlen(log), *line;

	while (end > log) {
		while (end > log && end[-1] == '\n')
			*--end = '\0';
		line = strrchr(log, '\n');
		line = line ? line + 1 : log;
		if (strncmp(line, "processed ", 10) != 0)
			return line;
		end = line;
		*end = '\0';
	}
	return "";
}

static uint64_t address_of(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

int bpf_load(enum bpf_prog_type type, enum bpf_attach_type point, const struct bpf_insn *program,
	     size_t count, const char *name, struct why *why)
{
	static char log[LOG_SIZE];
	union bpf_attr attributes;
	int fd;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = type;
	attributes.expected_attach_type = point;
	attributes.insns = address_of(program);
	attributes.insn_cnt = (uint32_t)count;
	attributes.license = address_of("ISC");
	fd = call(BPF_PROG_LOAD, &attributes);
	if (fd >= 0)
		return fd;
	if (fd != -EACCES && fd != -EINVAL)
		return why_set(why, fd, "guard-load", "%s", name);
	/* Once more, to hear the verifier; a log that is too small ends in ENOSPC. */
	log[0] = '\0';
	attributes.log_level = 1;
	attributes.log_buf = address_of(log);
	attributes.log_size = sizeof(log);
	call(BPF_PROG_LOAD, &attributes);
	log[sizeof(log) - 1] = '\0';
	return why_set(why, fd, "guard-load", "%s: %s", name, complaint(log));
}

int bpf_attach(int group, int program, enum bpf_attach_type point, const char *name,
	       struct why *why)
{
	union bpf_attr attributes;
	int error;

	memset(&attributes, 0, sizeof(attributes));
	attributes.target_fd = (uint32_t)group;
	attributes.attach_bpf_fd = (uint32_t)program;
	attributes.attach_type = point;
	attributes.attach_flags = BPF_F_ALLOW_MULTI;
	error = call(BPF_PROG_ATTACH, &attributes);
	return error < 0 ? why_set(why, error, "guard-attach", "%s", name) : 0;
}
