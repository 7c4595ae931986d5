/* SPDX-License-Identifier: ISC */
/* P2: the kernel's own files and calls: what makes it run something, or tells what is the host's */
#define _GNU_SOURCE
#include "hostile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif

static int written;
static char first[256];

/* Files that can be opened for writing; nothing is written. */
static void walk(const char *path, int depth)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char below[512];

	while (dir && (entry = readdir(dir)) && written < 50) {
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR && depth > 0) {
			walk(below, depth - 1);
			continue;
		}
		if (entry->d_type != DT_REG)
			continue;
		fd = open(below, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (written++ == 0)
			snprintf(first, sizeof(first), "%.200s", below);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

static void writable(void)
{
	walk("/proc/sys", 4);
	walk("/proc/irq", 2);
	walk("/proc/bus", 2);
	walk("/sys/kernel/mm", 3);
	walk("/sys/fs/cgroup", 2);
	walk("/sys/module", 2);
	if (written > 0)
		leak("%d files of the kernel, among them %s", written, first);
	else
		held("no file of the kernel can be written");
}

static void sysrq(void)
{
	leak_if(open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC) >= 0, "/proc/sysrq-trigger");
}
static void core_pattern(void)
{
	leak_if(write_back("/proc/sys/kernel/core_pattern"), "core_pattern");
}
static void modprobe(void)
{
	leak_if(write_back("/proc/sys/kernel/modprobe"), "the path of modprobe");
}
static void host_name(void)
{
	leak_if(write_back("/proc/sys/kernel/hostname"), "the host's name");
}

/* Files that tell about the host: its symbols, its memory, its interrupts, its keys. */
static void host_knowledge(void)
{
	static const char *const files[] = {
		"/proc/kallsyms",    "/proc/kcore",
		"/proc/keys",	     "/proc/timer_list",
		"/proc/modules",     "/proc/interrupts",
		"/proc/vmallocinfo", "/proc/cmdline",
		"/proc/partitions",  "/proc/mounts/../1/environ",
		"/proc/config.gz",
	};
	char byte;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = open(files[i], O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && read(fd, &byte, 1) == 1) {
			leak("%s is readable", files[i]);
			return;
		}
		close(fd);
	}
	held("/proc tells of the container only");
}

static void kernel_log(void)
{
	static char text[4096];

	leak_if(klogctl(3, text, sizeof(text)) > 0, "the kernel's log");
}

static void bpf(void)
{
	struct {
		uint32_t type, key, value, entries, flags, rest[27];
	} map = { 2, 4, 4, 1, 0, { 0 } };

	leak_if(syscall(SYS_bpf, 0, &map, sizeof(map)) >= 0, "a BPF map");
}

static void perf(void)
{
	struct {
		uint32_t type, size;
		uint64_t rest[14];
	} event = { 1, sizeof(event), { 0 } };

	leak_if(syscall(SYS_perf_event_open, &event, -1, 0, -1, 0) >= 0, "a processor's events");
}

/* Also without UFFD_USER_MODE_ONLY: the one that stops the kernel where it is needed. */
static void user_fault(void)
{
	leak_if(syscall(SYS_userfaultfd, O_CLOEXEC) >= 0, "userfaultfd");
}

#ifdef __x86_64__
static void ports(void)
{
	leak_if(ioperm(0x80, 1, 1) == 0 || iopl(3) == 0, "ports of the machine");
}
#endif

/* With the values that it has. */
static void clock_set(void)
{
	struct timezone zone = { 0, 0 };
	struct timeval now;

	gettimeofday(&now, &zone);
	leak_if(syscall(SYS_settimeofday, NULL, &zone) == 0, "the clock");
}

static void set_host_name(void)
{
	char name[65] = "";

	gethostname(name, sizeof(name) - 1);
	leak_if(sethostname(name, strlen(name)) == 0, "sethostname");
}

/* Any bit of any set but the bounding set, which gives nothing by itself. */
static void capabilities(void)
{
	struct {
		uint32_t version;
		int pid;
	} header = { 0x20080522, 0 };
	uint32_t data[6] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0) {
		leak_if(false, "capget");
		return;
	}
	if ((data[0] | data[1] | data[2] | data[3] | data[4] | data[5]) == 0) {
		held("no capability in any set");
		return;
	}
	leak("capabilities: effective %08x", data[0]);
}

/* A terminal gets a character as if somebody had typed it: CVE-2017-5226, and with high bits. */
static void type_in(unsigned long request)
{
	char byte = 0;
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), zero = 0, number = 0, slave;
	char path[40];

	setsid();
	if (master < 0 || ioctl(master, TIOCSPTLCK, &zero) < 0 ||
	    ioctl(master, TIOCGPTN, &number) < 0) {
		leak_if(false, "a terminal");
		return;
	}
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_CLOEXEC);
	ioctl(slave, TIOCSCTTY, 0);
	if (syscall(SYS_ioctl, slave, request, "\n") < 0)
		leak_if(false, "TIOCSTI");
	else
		leak_if(read(slave, &byte, 1) == 1 && byte == '\n', "TIOCSTI");
}

static void type_plain(void)
{
	type_in(TIOCSTI);
}
static void type_high_bits(void)
{
	type_in(0xdead00000000UL | TIOCSTI);
}
static void terminal(void)
{
	in_child(type_plain);
}
static void terminal_high_bits(void)
{
	in_child(type_high_bits);
}

const struct probe kernel_probes[] = {
	{ "kernel-files", "P2", ON_ANY | BARE, writable, NULL },
	{ "sysrq", "P2", ON_ANY | BARE, sysrq, "no MAGIC_SYSRQ" },
	{ "core-pattern", "P2", ON_ANY | BARE, core_pattern, NULL },
	{ "modprobe", "P2", ON_ANY | BARE, modprobe, "a kernel without modules" },
	{ "proc-hostname", "P2", ON_ANY | BARE, host_name, NULL },
	{ "host-knowledge", "P2", ON_ANY | BARE, host_knowledge, NULL },
	{ "kernel-log", "P2", ON_ANY | BARE, kernel_log, NULL },
	{ "bpf", "P2", ON_ANY | BARE, bpf, NULL },
	{ "perf", "P2", ON_ANY | BARE, perf, "no PERF_EVENTS" },
	{ "userfaultfd", "P2", ON_ANY | BARE, user_fault, "no USERFAULTFD" },
#ifdef __x86_64__
	{ "ports", "P2", ON_ANY | BARE, ports, "no X86_IOPL_IOPERM" },
#endif
	{ "settimeofday", "P2", ON_ANY | BARE, clock_set, NULL },
	{ "sethostname", "P2", ON_ANY | BARE, set_host_name, NULL },
	{ "capabilities", "P2", ON_ANY | BARE, capabilities, NULL },
	{ "tiocsti", "P2", ON_ANY | BARE, terminal, "no devpts here" },
	{ "tiocsti-high-bits", "P2", ON_ANY | BARE, terminal_high_bits, "no devpts here" },
	{ NULL, NULL, 0, NULL, NULL },
};
