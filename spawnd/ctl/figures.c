/* SPDX-License-Identifier: ISC */
/*
 * Figures of live connections. In spawnctl. A container is its pid namespace: one walk over /proc
 * adds up what its processes use, whoever is whose child.
 */
#include "ctl/figures.h"

#include "base/cgroup.h"
#include "base/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t space_of(const char *pid)
{
	char path[sizeof("/proc//ns/pid") + NAME_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%s/ns/pid", pid);
	return stat(path, &status) < 0 ? 0 : status.st_ino;
}

static bool read_text(const char *path, char *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, bytes, size - 1);

	if (fd >= 0)
		close(fd);
	bytes[got < 0 ? 0 : got] = '\0';
	return got > 0;
}

/*
 * proc_pid_smaps(5): exact. The counters behind stat and status are each processor's own, and small
 * processes have 0 of them (mm/memory.c, since 6.2).
 */
static uint64_t resident_bytes(const char *pid)
{
	char path[sizeof("/proc//smaps_rollup") + NAME_MAX], bytes[2048];
	const char *found;

	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	found = read_text(path, bytes, sizeof(bytes)) ? strstr(bytes, "\nRss:") : NULL;
	return found ? strtoull(found + 5, NULL, 10) * 1024 : 0;
}

/* proc_pid_stat(5): utime, stime, cutime, cstime are 14 to 17; the name before may hold ')'. */
static void add_process(const char *pid, struct figures *figures)
{
	uint64_t user, system, child_user, child_system;
	int64_t tick_ns = CLOCK_SECOND_NS / sysconf(_SC_CLK_TCK);
	char path[sizeof("/proc//stat") + NAME_MAX], bytes[1024];
	const char *rest;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	rest = read_text(path, bytes, sizeof(bytes)) ? strrchr(bytes, ')') : NULL;
	if (!rest || sscanf(rest + 1,
			    " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64
			    " %" SCNu64 " %" SCNu64,
			    &user, &system, &child_user, &child_system) != 4)
		return;
	figures->processes++;
	figures->cpu_ns += (int64_t)(user + system + child_user + child_system) * tick_ns;
	if (!figures->grouped)
		figures->memory_bytes += resident_bytes(pid);
}

/* A connection's leaf is the child of a group "run"; whatever else a process is in is shared. */
static bool is_leaf(const char *group)
{
	const char *name = strrchr(group, '/');

	return name && name - group >= 4 && strncmp(name - 4, "/run", 4) == 0 &&
	       strncmp(group, "/..", 3) != 0;
}

static void read_group(int pid, const char *mount, struct figures *figures)
{
	char path[PATH_MAX + 1024], bytes[512];
	char *group;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (!mount[0] || !read_text(path, bytes, sizeof(bytes)))
		return;
	group = strstr(bytes, "0::/");
	if (!group || (group > bytes && group[-1] != '\n'))
		return;
	group += 3;
	group[strcspn(group, "\n")] = '\0';
	if (!is_leaf(group))
		return;
	snprintf(path, sizeof(path), "%s%s/memory.current", mount, group);
	if (!read_text(path, bytes, sizeof(bytes)))
		return;
	figures->memory_bytes = strtoull(bytes, NULL, 10);
	figures->grouped = true;
}

static int by_space(const void *left, const void *right)
{
	uint64_t a = (*(struct figures *const *)left)->space;
	uint64_t b = (*(struct figures *const *)right)->space;

	return a < b ? -1 : a > b;
}

static void walk_processes(struct figures **sorted, size_t count)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		struct figures key = { .space = 0 };
		struct figures *const wanted = &key;
		struct figures **found;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		key.space = space_of(entry->d_name);
		found = key.space ? bsearch(&wanted, sorted, count, sizeof(struct figures *),
					    by_space)
				  : NULL;
		if (found)
			add_process(entry->d_name, *found);
	}
	if (proc)
		closedir(proc);
}

void figures_collect(const struct control_connection *connections, size_t count,
		     struct figures *figures)
{
	struct figures **sorted = calloc(count ? count : 1, sizeof(struct figures *));
	uint64_t own = space_of("self");
	int diag = inet_diag_open();
	struct cgroup_place place;
	char pid[16];
	size_t known = 0;

	memset(figures, 0, count * sizeof(*figures));
	if (cgroup_locate(&place, NULL) < 0)
		place.mount[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		if (diag < 0 || connections[i].peer.cookie == 0 ||
		    inet_diag_ask(diag, &connections[i].peer, &figures[i].counts) < 0)
			figures[i].counts.counted = false;
		if (connections[i].pid <= 0 || !sorted)
			continue;
		snprintf(pid, sizeof(pid), "%d", connections[i].pid);
		figures[i].space = space_of(pid);
		/* Our own: the number is somebody else's by now, or of another namespace. */
		if (figures[i].space == 0 || figures[i].space == own)
			continue;
		read_group(connections[i].pid, place.mount, &figures[i]);
		sorted[known++] = &figures[i];
	}
	if (known > 0) {
		qsort(sorted, known, sizeof(struct figures *), by_space);
		walk_processes(sorted, known);
	}
	free(sorted);
	if (diag >= 0)
		close(diag);
}
