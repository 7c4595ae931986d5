/* SPDX-License-Identifier: ISC */
/*
 * The checks of spawnctl check-host: THE TABLES. A setting that the kernel does not have restricts
 * nothing, unless its row says otherwise.
 */
#include "ctl/host.h"

#include "base/kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct asker {
	const char *root;
	void (*found)(void *context, const struct host_finding *finding);
	void *context;
};

static const char *const level_names[] = {
	[HOST_OK] = "ok",
	[HOST_ADVICE] = "advice",
	[HOST_PROBLEM] = "problem",
};
_Static_assert(sizeof(level_names) / sizeof(level_names[0]) == HOST_LEVELS, "all named");

const char *host_level_name(enum host_level level)
{
	return level_names[level];
}

/* The first line of a file below the root. False: there is none. */
static bool read_line(const struct asker *asker, const char *path, char *line, int size)
{
	char whole[4096];
	FILE *file;
	bool got;

	snprintf(whole, sizeof(whole), "%s%s", asker->root, path);
	file = fopen(whole, "re");
	if (!file)
		return false;
	got = fgets(line, size, file) != NULL;
	fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	for (char *at = line; got && *at; at++)
		if (*at < ' ' || *at > '~')
			*at = ' ';
	return got;
}

/* ---- settings that are numbers ---- */

#define ANY INT64_MIN
#define PORTS_WANTED 32768

/* Below `problem` it is one, below `advice` that; above `most` it is `above`. */
struct setting {
	const char *name;
	int64_t problem, advice, most;
	enum host_level above;
	int64_t wanted; /* what to change it to */
	const char *why;
};

#define NO_LIMIT INT64_MAX, HOST_OK

static const struct setting settings[] = {
	{ "user.max_user_namespaces", 1, 64, NO_LIMIT, 4096,
	  "a user namespace for each service: without, programs have ids of the host" },
	{ "kernel.unprivileged_userns_clone", ANY, ANY, NO_LIMIT, 0,
	  "spawnd makes user namespaces as root: 0 is good, others need not be able to" },
	{ "kernel.apparmor_restrict_unprivileged_userns", ANY, ANY, NO_LIMIT, 0,
	  "spawnd makes user namespaces as root: 1 is good, others need not be able to" },
	{ "user.max_net_namespaces", 1, 4096, NO_LIMIT, 16384,
	  "a network namespace for each connection, and each container that waits" },
	{ "user.max_pid_namespaces", 1, 4096, NO_LIMIT, 16384,
	  "a pid namespace for each connection, and each container that waits" },
	{ "user.max_mnt_namespaces", 1, 4096, NO_LIMIT, 16384,
	  "a mount namespace for each connection, and each container that waits" },
	{ "user.max_ipc_namespaces", 1, 4096, NO_LIMIT, 16384,
	  "an ipc namespace for each connection, and each container that waits" },
	{ "user.max_uts_namespaces", 1, 4096, NO_LIMIT, 16384,
	  "a uts namespace for each connection, and each container that waits" },
	{ "vm.mmap_min_addr", ANY, 4096, NO_LIMIT, 65536,
	  "the seal's gate is a page that only root may map: without, each container gets a "
	  "filter of its own, which costs time and memory" },
	{ "vm.panic_on_oom", ANY, ANY, 1, HOST_PROBLEM, 0,
	  "with 2 a container that comes to MemoryMax= halts the machine" },
	{ "kernel.pid_max", 4096, 32769, NO_LIMIT, 4194304,
	  "each container that waits or runs has a process at least" },
	{ "fs.file-max", 8192, 65536, NO_LIMIT, 1048576,
	  "all processes of spawnd and of its containers share it" },
	{ "fs.nr_open", 4096, 65536, NO_LIMIT, 1048576,
	  "the loop has several descriptors for each container that waits" },
	{ "kernel.keys.maxkeys", ANY, 16, NO_LIMIT, 200,
	  "a keyring for each service, apart from the administrator's" },
	{ "kernel.yama.ptrace_scope", ANY, ANY, 1, HOST_ADVICE, 1,
	  "from 2 on Warm=started is not possible, and programs are made ready only" },
	{ "kernel.unprivileged_bpf_disabled", ANY, 1, NO_LIMIT, 2,
	  "spawnd loads its programs as root: others need not be able to" },
	{ "net.core.somaxconn", 16, 1024, NO_LIMIT, 4096,
	  "no Backlog= is longer: clients beyond it are not heard" },
	{ "net.ipv4.tcp_max_syn_backlog", 16, 512, NO_LIMIT, 4096,
	  "half-open connections, before cookies or losses" },
	{ "net.ipv4.tcp_syncookies", ANY, 1, NO_LIMIT, 1,
	  "without, a flood of SYNs shuts everybody else out" },
	{ "net.ipv4.tcp_abort_on_overflow", ANY, ANY, 0, HOST_ADVICE, 0,
	  "clients that Overflow=defer leaves in the backlog would be reset" },
	{ "net.ipv4.ip_unprivileged_port_start", ANY, 1024, NO_LIMIT, 1024,
	  "any user could listen at a port in a service's place, once it is free" },
	/* the first of the two numbers */
	{ "net.ipv4.ip_local_port_range", ANY, 1024, NO_LIMIT, PORTS_WANTED,
	  "the host's own connections could hold the port of a service" },
};

/* "net.core.somaxconn" lies in /proc/sys/net/core/somaxconn. */
static bool read_setting(const struct asker *asker, const char *name, char *line, int size)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	for (char *at = path + strlen("/proc/sys/"); *at; at++)
		if (*at == '.')
			*at = '/';
	return read_line(asker, path, line, size);
}

static enum host_level judge(const struct setting *setting, const char *value)
{
	int64_t number;

	errno = 0;
	number = strtoll(value, NULL, 10);
	if (errno == ERANGE) /* fs.file-max can be larger than any other number */
		number = INT64_MAX - 1;
	if (number > setting->most)
		return setting->above;
	if (number < setting->problem)
		return HOST_PROBLEM;
	return number < setting->advice ? HOST_ADVICE : HOST_OK;
}

static void check_setting(const struct asker *asker, const struct setting *setting)
{
	struct host_finding finding = { .name = setting->name, .why = setting->why };

	if (!read_setting(asker, setting->name, finding.value, sizeof(finding.value))) {
		snprintf(finding.value, sizeof(finding.value), "absent");
	} else {
		finding.level = judge(setting, finding.value);
		if (finding.level != HOST_OK)
			snprintf(finding.change, sizeof(finding.change),
				 setting->wanted == PORTS_WANTED ? "sysctl -w %s='%" PRId64
								   " 60999'"
								 : "sysctl -w %s=%" PRId64,
				 setting->name, setting->wanted);
	}
	asker->found(asker->context, &finding);
}

/* ---- what the kernel can do ---- */

static const struct ability {
	enum kernel_feature feature;
	enum host_level without;
	const char *why;
} abilities[] = {
	{ KERNEL_MOUNT_API, HOST_PROBLEM, "spawnd does not start without it (Linux 5.2)" },
	{ KERNEL_NET_NAMESPACES, HOST_PROBLEM, "spawnd does not start without it" },
	{ KERNEL_PID_NAMESPACES, HOST_PROBLEM, "spawnd does not start without it" },
	{ KERNEL_USER_NAMESPACES, HOST_PROBLEM, "without, programs have ids of the host" },
	{ KERNEL_SECCOMP_FILTER, HOST_PROBLEM, "without, there is no seal and no lockdown" },
	{ KERNEL_MOUNT_SETATTR, HOST_ADVICE, "id-mapped roots (Linux 5.12)" },
	{ KERNEL_CLONE3, HOST_ADVICE, "containers are born in their control group (Linux 5.7)" },
	{ KERNEL_OPENAT2, HOST_ADVICE, "paths below a root in one call (Linux 5.6)" },
	{ KERNEL_PIDFD, HOST_ADVICE, "processes by descriptor (Linux 5.3)" },
	{ KERNEL_CGROUP_BPF, HOST_ADVICE, "the guard, and SocketSeal=local (Linux 5.1)" },
	{ KERNEL_OVERLAY, HOST_ADVICE, "RootEphemeral=" },
};

static void check_ability(const struct asker *asker, const struct ability *ability)
{
	struct host_finding finding = { .name = kernel_feature_name(ability->feature),
					.why = ability->why };
	bool has = kernel_has(ability->feature);

	snprintf(finding.value, sizeof(finding.value), "%s", has ? "yes" : "no");
	if (!has) {
		finding.level = ability->without;
		snprintf(finding.change, sizeof(finding.change),
			 "a kernel that has it and allows it (this is %.64s)", kernel_release());
	}
	asker->found(asker->context, &finding);
}

/* ---- the rest ---- */

/* Where the unified hierarchy is mounted: "" if nowhere. */
static void find_cgroups(const struct asker *asker, char *path, size_t size)
{
	char whole[4096], line[4096];
	FILE *file;

	*path = '\0';
	snprintf(whole, sizeof(whole), "%s/proc/mounts", asker->root);
	file = fopen(whole, "re");
	while (file && !*path && fgets(line, sizeof(line), file)) {
		char *save = NULL, *device = strtok_r(line, " ", &save);
		char *target = strtok_r(NULL, " ", &save), *type = strtok_r(NULL, " ", &save);

		if (device && target && type && strcmp(type, "cgroup2") == 0)
			snprintf(path, size, "%s", target);
	}
	if (file)
		fclose(file);
}

static bool has_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = line; (at = strstr(at, word)); at += length)
		if ((at == line || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static void check_cgroups(const struct asker *asker)
{
	struct host_finding finding = { .name = "cgroup-controllers",
					.why = "MemoryMax=, TasksMax=, CPUQuota= and the like; "
					       "without, limits are those of setrlimit(2)" };
	char path[2048], file[2200], line[256] = "";

	find_cgroups(asker, path, sizeof(path));
	snprintf(file, sizeof(file), "%s/cgroup.controllers", path);
	if (!*path)
		snprintf(finding.value, sizeof(finding.value), "no cgroup2 is mounted");
	else if (!read_line(asker, file, line, sizeof(line)) || !*line)
		snprintf(finding.value, sizeof(finding.value), "none");
	else
		snprintf(finding.value, sizeof(finding.value), "%.*s", HOST_VALUE_SIZE - 1, line);
	if (!has_word(line, "memory") || !has_word(line, "pids"))
		finding.level = HOST_PROBLEM;
	else if (!has_word(line, "cpu") || !has_word(line, "io"))
		finding.level = HOST_ADVICE;
	if (finding.level != HOST_OK)
		snprintf(finding.change, sizeof(finding.change),
			 *path ? "boot with cgroup_no_v1=all, so that cgroup2 has the controllers"
			       : "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
	asker->found(asker->context, &finding);
}

static void check_pressure(const struct asker *asker)
{
	struct host_finding finding = { .name = "pressure-stall-information",
					.why = "PauseOnPressure=" };
	char line[256];
	bool has = read_line(asker, "/proc/pressure/memory", line, sizeof(line));

	snprintf(finding.value, sizeof(finding.value), "%s", has ? "yes" : "no");
	if (!has) {
		finding.level = HOST_ADVICE;
		snprintf(finding.change, sizeof(finding.change), "boot with psi=1");
	}
	asker->found(asker->context, &finding);
}

static void check_descriptors(const struct asker *asker)
{
	struct host_finding finding = { .name = "RLIMIT_NOFILE",
					.why = "what spawnd is started with; as root it takes "
					       "what MaxConnections= needs, up to fs.nr_open" };
	struct rlimit limit = { 0, 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max == RLIM_INFINITY)
		snprintf(finding.value, sizeof(finding.value), "infinity");
	else
		snprintf(finding.value, sizeof(finding.value), "%llu",
			 (unsigned long long)limit.rlim_max);
	if (limit.rlim_max < 4096) {
		finding.level = HOST_ADVICE;
		snprintf(finding.change, sizeof(finding.change),
			 "ulimit -Hn 65536, where spawnd is started");
	}
	asker->found(asker->context, &finding);
}

/* Filters answer in three ways: seccomp(2), SECCOMP_GET_ACTION_AVAIL. */
static void check_seccomp(const struct asker *asker)
{
	static const char *const actions[] = { "errno", "kill_process", "allow" };
	struct host_finding finding = { .name = "kernel.seccomp.actions_avail",
					.why = "what the seal and the loop's filter answer with" };
	char line[256] = "";

	if (!read_setting(asker, finding.name, line, sizeof(line)))
		finding.level = HOST_PROBLEM;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!has_word(line, actions[i]))
			finding.level = HOST_PROBLEM;
	snprintf(finding.value, sizeof(finding.value), "%.*s", HOST_VALUE_SIZE - 1,
		 *line ? line : "absent");
	if (finding.level != HOST_OK)
		snprintf(finding.change, sizeof(finding.change),
			 "a kernel with CONFIG_SECCOMP_FILTER, 4.14 or later");
	asker->found(asker->context, &finding);
}

void host_check(const char *root, void (*found)(void *context, const struct host_finding *finding),
		void *context)
{
	const struct asker asker = { root, found, context };

	for (size_t i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++)
		check_ability(&asker, &abilities[i]);
	check_seccomp(&asker);
	check_cgroups(&asker);
	check_pressure(&asker);
	check_descriptors(&asker);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		check_setting(&asker, &settings[i]);
}
