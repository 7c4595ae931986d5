/* SPDX-License-Identifier: ISC */
/*
 * Makes and removes the guards of listening sockets. Warden, start regime and at reloads: a guard
 * that cannot be had is said by the caller, never here.
 */
#include "warden/guard.h"

#include "base/cgroup.h"
#include "base/fd.h"
#include "warden/bpf.h"
#include "warden/guard_program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LEAVES_MAX 100000 /* numbers that are tried for a name */
#define SWEEP_RACES 3	  /* a daemon that starts beside us may take a new leaf for a stale one */

static const struct {
	enum bpf_attach_type point;
	const char *name;
} calls[GUARD_CALLS] = {
	{ BPF_CGROUP_INET4_CONNECT, "connect4" }, { BPF_CGROUP_INET6_CONNECT, "connect6" },
	{ BPF_CGROUP_INET4_BIND, "bind4" },	  { BPF_CGROUP_INET6_BIND, "bind6" },
	{ BPF_CGROUP_UDP4_SENDMSG, "sendmsg4" },  { BPF_CGROUP_UDP6_SENDMSG, "sendmsg6" },
};

void guard_init(struct guard *guard)
{
	*guard = (struct guard){ .directory = -1 };
	for (int i = 0; i < GUARD_CALLS; i++)
		guard->deny[i] = -1;
}

static int open_directory(const char *control_group, struct why *why)
{
	static const char listen[] = "listen";
	char path[PATH_MAX];
	struct cgroup_place place;
	int root, group, directory, error = cgroup_locate(&place, why);

	if (error < 0)
		return error;
	snprintf(path, sizeof(path), "%.2000s/%.2000s", place.mount, control_group);
	root = cgroup_open(AT_FDCWD, place.mount);
	group = root < 0 ? root : cgroup_make(root, control_group);
	directory = group < 0 ? group : cgroup_make(group, listen);
	fd_close(&root);
	fd_close(&group);
	return directory < 0 ? why_set(why, directory, "guard-group", "%.100s/%s", path, listen)
			     : directory;
}

/* An owner holds a lock on its leaf as long as it lives, so that others know a stale one. */
static bool is_stale(int directory, const char *name)
{
	int leaf = cgroup_open(directory, name);
	bool stale = leaf >= 0 && flock(leaf, LOCK_EX | LOCK_NB) == 0;

	fd_close(&leaf);
	return stale;
}

static void sweep(int directory)
{
	int fd = cgroup_open(directory, ".");
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    is_stale(directory, entry->d_name))
			unlinkat(directory, entry->d_name, AT_REMOVEDIR);
	if (list)
		closedir(list);
	else
		fd_close(&fd);
}

static int load_calls(struct guard *guard, struct why *why)
{
	struct bpf_insn program[GUARD_PROGRAM_MAX];
	size_t count = guard_write_deny(program);

	for (int i = 0; i < GUARD_CALLS; i++) {
		guard->deny[i] = bpf_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, calls[i].point, program,
					  count, calls[i].name, why);
		if (guard->deny[i] < 0)
			return guard->deny[i];
	}
	return 0;
}

bool guard_prepare(struct guard *guard, const char *control_group)
{
	int directory;

	if (guard->prepared)
		return guard->directory >= 0;
	guard->prepared = true;
	directory = open_directory(control_group, &guard->missing);
	if (directory < 0)
		return false;
	if (load_calls(guard, &guard->missing) < 0) {
		fd_close(&directory);
		return false;
	}
	sweep(directory);
	guard->directory = directory;
	return true;
}

int guard_probe(struct why *why)
{
	struct cgroup_place place;
	struct guard guard;
	int error = cgroup_locate(&place, why);

	if (error < 0)
		return error;
	guard_init(&guard);
	error = load_calls(&guard, why);
	guard_close(&guard);
	return error;
}

static int make_leaf(const struct guard *guard, const char *service, struct guard_leaf *leaf)
{
	int error = -EEXIST;

	for (int number = 1; error == -EEXIST && number < LEAVES_MAX; number++) {
		snprintf(leaf->name, sizeof(leaf->name), "%.32s.%d", service, number);
		error = mkdirat(guard->directory, leaf->name, 0755) < 0 ? -errno : 0;
	}
	if (error < 0)
		return error;
	leaf->group = cgroup_open(guard->directory, leaf->name);
	if (leaf->group < 0)
		return leaf->group;
	flock(leaf->group, LOCK_EX | LOCK_NB);
	/* Taken away before it was locked? */
	error = faccessat(guard->directory, leaf->name, F_OK, 0) < 0 ? -errno : 0;
	if (error < 0)
		fd_close(&leaf->group);
	return error;
}

int guard_make_leaf(const struct guard *guard, const char *service, struct guard_leaf *leaf,
		    struct why *why)
{
	int error = -ENOENT;

	leaf->group = -1;
	for (int i = 0; error == -ENOENT && i < SWEEP_RACES; i++)
		error = make_leaf(guard, service, leaf);
	return error < 0 ? why_set(why, error, "guard-group", "make %s", leaf->name) : 0;
}

/* As fork(2), in the leaf if *inside says so afterwards, the table of descriptors shared. */
static pid_t fork_into(const struct guard_leaf *leaf, bool *inside)
{
	struct clone_args arguments = { .flags = CLONE_FILES | CLONE_INTO_CGROUP,
					.exit_signal = SIGCHLD,
					.cgroup = (uint64_t)leaf->group };
	long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));

	*inside = true;
	/* No clone3, or one before CLONE_INTO_CGROUP. */
	if (pid < 0 && (errno == ENOSYS || errno == E2BIG || errno == EINVAL)) {
		unsigned long old = CLONE_FILES | SIGCHLD;

		*inside = false;
#if defined(__s390__) || defined(__CRIS__)
		pid = syscall(SYS_clone, NULL, old, NULL, NULL, NULL);
#else
		pid = syscall(SYS_clone, old, NULL, NULL, NULL, NULL);
#endif
	}
	return pid < 0 ? -errno : (pid_t)pid;
}

/* The child: system calls only. Its status is the errno. */
static int make_socket(const struct guard_leaf *leaf, bool inside, int family, int kind, int slot)
{
	int error = inside ? 0 : cgroup_join(leaf->group);
	int fd = error < 0 ? error : socket(family, kind | SOCK_CLOEXEC, 0);

	if (error < 0)
		return -error;
	if (fd < 0 || dup3(fd, slot, O_CLOEXEC) < 0)
		return errno;
	close(fd);
	return 0;
}

int guard_socket(const struct guard_leaf *leaf, int family, int kind, struct why *why)
{
	int slot = fcntl(leaf->group, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), status = 0;
	bool inside;
	pid_t pid;

	if (slot < 0)
		return why_set(why, -errno, "guard-socket", "duplicate");
	pid = fork_into(leaf, &inside);
	if (pid == 0)
		_exit(make_socket(leaf, inside, family, kind, slot));
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
		return slot;
	fd_close(&slot);
	return why_set(why,
		       pid < 0		   ? (int)pid
		       : WIFEXITED(status) ? -WEXITSTATUS(status)
					   : -ECHILD,
		       "guard-socket", pid < 0 ? "clone into %s" : "socket in %s", leaf->name);
}

int guard_attach(const struct guard *guard, const struct guard_leaf *leaf, uint16_t port,
		 struct why *why)
{
	struct bpf_insn text[GUARD_PROGRAM_MAX];
	size_t count = guard_write_packets(text, port);
	int program, error;

	/* One program for both ways: a type of its own for each is asked of none (bpf(2)). */
	program = bpf_load(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, text, count, "packets",
			   why);
	if (program < 0)
		return program;
	error = bpf_attach(leaf->group, program, BPF_CGROUP_INET_EGRESS, "egress", why);
	if (error == 0)
		error = bpf_attach(leaf->group, program, BPF_CGROUP_INET_INGRESS, "ingress", why);
	fd_close(&program);
	for (int i = 0; i < GUARD_CALLS && error == 0; i++)
		error = bpf_attach(leaf->group, guard->deny[i], calls[i].point, calls[i].name, why);
	return error;
}

void guard_drop_leaf(const struct guard *guard, struct guard_leaf *leaf)
{
	if (leaf->group < 0)
		return;
	unlinkat(guard->directory, leaf->name, AT_REMOVEDIR);
	fd_close(&leaf->group);
}

void guard_close(struct guard *guard)
{
	fd_close_all(guard->deny, GUARD_CALLS);
	fd_close(&guard->directory);
}
