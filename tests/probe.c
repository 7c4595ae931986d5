/* SPDX-License-Identifier: ISC */
/*
 * The program that tests run inside a container: one static file, verbs in argv with "," (or "--")
 * between them, carried out in order. It says what it sees as plain "key value" lines on descriptor
 * 1, and says it with system calls wherever /proc could be absent. Outside a container `dirty-exec`
 * starts a command with everything inherited that a fork does not clean. It must stay harmless: no
 * verb forks without bound or takes more memory than 64 MiB.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_MAX_KIB (64 * 1024)
#define FORKS_MAX 500
#define FLOOD_MAX_BYTES (256L * 1024 * 1024)
#define FDS_MAX 65536

/* From headers that musl does not bring along. */
#define KEYRING_GET_ID 0
#define KEYRING_JOIN 1
#define KEYRING_DESCRIBE 6
#define KEYRING_READ 11
#define KEYRING_SESSION (-3)
#define RTM_NEWLINK_ 16
#define RTM_GETLINK_ 18
#define RTM_NEWADDR_ 20
#define RTM_GETADDR_ 22

extern char **environ;

static int argument_count;
static char **argument_values;

/* One line, one write(2): the output stays whole when several processes share the descriptor. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[8192];
	size_t done = 0, length;
	va_list arguments;
	int count;

	va_start(arguments, format);
	count = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (count < 0)
		return;
	length = (size_t)count < sizeof(line) - 1 ? (size_t)count : sizeof(line) - 2;
	line[length++] = '\n';
	while (done < length) {
		ssize_t wrote = write(1, line + done, length - done);

		if (wrote < 0 && errno != EINTR)
			return;
		if (wrote > 0)
			done += (size_t)wrote;
	}
}

static const char *errno_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} table[] = {
		{ 0, "ok" },
		{ EPERM, "EPERM" },
		{ ENOENT, "ENOENT" },
		{ ESRCH, "ESRCH" },
		{ EIO, "EIO" },
		{ ENXIO, "ENXIO" },
		{ EBADF, "EBADF" },
		{ ECHILD, "ECHILD" },
		{ EAGAIN, "EAGAIN" },
		{ ENOMEM, "ENOMEM" },
		{ EACCES, "EACCES" },
		{ EBUSY, "EBUSY" },
		{ EEXIST, "EEXIST" },
		{ ENODEV, "ENODEV" },
		{ ENOTDIR, "ENOTDIR" },
		{ EISDIR, "EISDIR" },
		{ EINVAL, "EINVAL" },
		{ EMFILE, "EMFILE" },
		{ ENOTTY, "ENOTTY" },
		{ EFBIG, "EFBIG" },
		{ ENOSPC, "ENOSPC" },
		{ EROFS, "EROFS" },
		{ EPIPE, "EPIPE" },
		{ ENOSYS, "ENOSYS" },
		{ ELOOP, "ELOOP" },
		{ ENOTSOCK, "ENOTSOCK" },
		{ EOPNOTSUPP, "EOPNOTSUPP" },
		{ ENETUNREACH, "ENETUNREACH" },
		{ EHOSTUNREACH, "EHOSTUNREACH" },
		{ EADDRNOTAVAIL, "EADDRNOTAVAIL" },
		{ ECONNREFUSED, "ECONNREFUSED" },
		{ ECONNRESET, "ECONNRESET" },
		{ ENOTCONN, "ENOTCONN" },
		{ ETIMEDOUT, "ETIMEDOUT" },
		{ EUSERS, "EUSERS" },
		{ EDQUOT, "EDQUOT" },
		{ ENOKEY, "ENOKEY" },
		{ EKEYREVOKED, "EKEYREVOKED" },
	};
	static char number[16];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code)
			return table[i].name;
	snprintf(number, sizeof(number), "errno-%d", code);
	return number;
}

/* "ok" or the errno, of a call that returns -1 on failure. */
static const char *outcome(long result)
{
	return errno_name(result < 0 ? errno : 0);
}

/* Copies text with everything that is not printable ASCII as \xNN. */
static const char *printable(const char *text, size_t length, char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < length && at + 5 < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f && c != '\\')
			out[at++] = (char)c;
		else
			at += (size_t)snprintf(out + at, size - at, "\\x%02x", c);
	}
	out[at] = '\0';
	return out;
}

static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 0);

	if (*text == '\0' || *end != '\0') {
		say("bad-number %s", text);
		_exit(99);
	}
	return value;
}

/* Prints the lines of a file whose beginning is one of the keys (NULL: all), behind a word. */
static void say_file(const char *path, const char *word, const char *const *keys)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file) {
		say("%s-error %s %s", word, path, errno_name(errno));
		return;
	}
	while (getline(&line, &size, file) > 0) {
		bool wanted = !keys;

		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; keys && keys[i]; i++)
			wanted = wanted || strncmp(line, keys[i], strlen(keys[i])) == 0;
		for (char *c = line; *c; c++)
			if (*c == '\t')
				*c = ' ';
		if (wanted)
			say("%s %s", word, line);
	}
	free(line);
	fclose(file);
}

/* ---- what is here ------------------------------------------------------------------------- */

static const char *file_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFSOCK:
		return "socket";
	case S_IFIFO:
		return "fifo";
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFLNK:
		return "symlink";
	default:
		return "other";
	}
}

static void ls_fd(char **args)
{
	static const char *const modes[] = { "r", "w", "rw", "none" };
	int total = 0;

	(void)args;
	/* Tries each number: opening a directory to list them would be one more descriptor. */
	for (int fd = 0; fd < FDS_MAX; fd++) {
		int flags = fcntl(fd, F_GETFD), status;
		char path[32], target[256];
		struct stat file;
		ssize_t length;

		if (flags < 0 || fstat(fd, &file) < 0)
			continue;
		status = fcntl(fd, F_GETFL);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		say("fd %d type=%s access=%s nonblock=%d cloexec=%d inode=%ju target=%s", fd,
		    file_type(file.st_mode), modes[status & O_ACCMODE], !!(status & O_NONBLOCK),
		    !!(flags & FD_CLOEXEC), (uintmax_t)file.st_ino, target);
		total++;
	}
	say("fd-count %d", total);
}

static void env(char **args)
{
	char text[4096];

	(void)args;
	for (char **entry = environ; *entry; entry++)
		say("env %s", printable(*entry, strlen(*entry), text, sizeof(text)));
}

static void args_verb(char **args)
{
	char text[4096];

	(void)args;
	for (int i = 0; i < argument_count; i++)
		say("arg %d %s", i,
		    printable(argument_values[i], strlen(argument_values[i]), text, sizeof(text)));
}

static void cwd(char **args)
{
	char path[PATH_MAX];

	(void)args;
	say("cwd %s", getcwd(path, sizeof(path)) ? path : errno_name(errno));
}

static void caps(char **args)
{
	static const char *const keys[] = { "Cap", "NoNewPrivs", "Seccomp:", NULL };

	(void)args;
	say_file("/proc/self/status", "status", keys);
	say("securebits %#x", (unsigned int)prctl(PR_GET_SECUREBITS));
	say("no-new-privs %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	for (int bit = 0, left = 0; bit < 64; bit++) {
		int has = prctl(PR_CAPBSET_READ, bit, 0, 0, 0);

		left += has > 0;
		if (has < 0) {
			say("bounding-count %d", left);
			break;
		}
	}
}

static void ids(char **args)
{
	uid_t user[3];
	gid_t group[3], groups[64];
	int count;

	(void)args;
	getresuid(&user[0], &user[1], &user[2]);
	getresgid(&group[0], &group[1], &group[2]);
	say("uid %u %u %u", user[0], user[1], user[2]);
	say("gid %u %u %u", group[0], group[1], group[2]);
	count = getgroups(64, groups);
	say("groups %d", count);
	for (int i = 0; i < count; i++)
		say("group %u", groups[i]);
}

static void maps(char **args)
{
	(void)args;
	say_file("/proc/self/uid_map", "uid-map", NULL);
	say_file("/proc/self/gid_map", "gid-map", NULL);
}

static void memory(char **args)
{
	(void)args;
	say_file("/proc/self/maps", "map", NULL);
}

static void ns(char **args)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "user", "uts" };

	(void)args;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], target[64];
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		say("ns %s %s", names[i], length < 0 ? errno_name(errno) : target);
	}
}

/* rtnetlink(7), by hand: musl has no Linux headers. */
struct netlink_header {
	uint32_t length;
	uint16_t type, flags;
	uint32_t sequence, port;
};
struct link_message {
	uint8_t family, pad;
	uint16_t type;
	int32_t index;
	uint32_t flags, change;
};
struct address_message {
	uint8_t family, prefix, flags, scope;
	uint32_t index;
};
struct attribute {
	uint16_t length, type;
};

static const void *find_attribute(const char *at, const char *end, uint16_t type)
{
	while (at + sizeof(struct attribute) <= end) {
		struct attribute head;

		memcpy(&head, at, sizeof(head));
		if (head.length < sizeof(head) || at + head.length > end)
			return NULL;
		if (head.type == type)
			return at + sizeof(head);
		at += (head.length + 3u) & ~3u;
	}
	return NULL;
}

static void say_link(const char *at, const char *end)
{
	const char *name = find_attribute(at + sizeof(struct link_message), end, 3);
	struct link_message link;

	memcpy(&link, at, sizeof(link));
	say("link %s index=%d up=%d loopback=%d running=%d", name ? name : "?", link.index,
	    !!(link.flags & 0x1), !!(link.flags & 0x8), !!(link.flags & 0x40));
}

static void say_address(const char *at, const char *end)
{
	const void *bytes = find_attribute(at + sizeof(struct address_message), end, 1);
	char text[INET6_ADDRSTRLEN] = "?";
	struct address_message address;

	memcpy(&address, at, sizeof(address));
	if (bytes)
		inet_ntop(address.family, bytes, text, sizeof(text));
	say("address index=%u %s/%u scope=%s", address.index, text, address.prefix,
	    address.scope == 254 ? "host" : "wider");
}

/* Returns false at the end of the dump. */
static bool say_netlink(const char *bytes, size_t size)
{
	size_t at = 0;

	while (at + sizeof(struct netlink_header) <= size) {
		struct netlink_header head;

		memcpy(&head, bytes + at, sizeof(head));
		if (head.length < sizeof(head) || at + head.length > size)
			return false;
		if (head.type == 3 || head.type == 2) /* NLMSG_DONE, NLMSG_ERROR */
			return false;
		if (head.type == RTM_NEWLINK_)
			say_link(bytes + at + sizeof(head), bytes + at + head.length);
		if (head.type == RTM_NEWADDR_)
			say_address(bytes + at + sizeof(head), bytes + at + head.length);
		at += (head.length + 3u) & ~3u;
	}
	return true;
}

static void dump_netlink(uint16_t type)
{
	struct {
		struct netlink_header head;
		uint8_t family[4];
	} request = { { sizeof(request), type, 0x301, 1, 0 }, { 0 } }; /* REQUEST, ROOT, MATCH */
	char bytes[32768];
	ssize_t count;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		say("netlink %s", errno_name(errno));
		return;
	}
	if (send(fd, &request, sizeof(request), 0) < 0)
		say("netlink %s", errno_name(errno));
	else
		do {
			count = recv(fd, bytes, sizeof(bytes), 0);
		} while (count > 0 && say_netlink(bytes, (size_t)count));
	close(fd);
}

static void net(char **args)
{
	(void)args;
	dump_netlink(RTM_GETLINK_);
	dump_netlink(RTM_GETADDR_);
	say_file("/proc/net/route", "route4", NULL);
}

static void root(char **args)
{
	DIR *directory = opendir("/");
	struct dirent *entry;

	(void)args;
	if (!directory) {
		say("top-error %s", errno_name(errno));
		return;
	}
	while ((entry = readdir(directory))) {
		char path[PATH_MAX];
		struct stat status;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "/%s", entry->d_name);
		if (lstat(path, &status) == 0)
			say("top %s %s mode=%o uid=%u gid=%u", entry->d_name,
			    file_type(status.st_mode), (unsigned int)(status.st_mode & 07777),
			    status.st_uid, status.st_gid);
	}
	closedir(directory);
}

/* mountinfo: 36 35 98:0 /root /point options optional... - type source superoptions. */
static void mounts(char **args)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	(void)args;
	if (!file) {
		say("mounts %s", errno_name(errno));
		return;
	}
	while (fgets(line, sizeof(line), file)) {
		char place[512], point[512], options[512], type[64], source[512], super[1024];
		char *rest = strstr(line, " - ");

		if (!rest ||
		    sscanf(line, "%*s %*s %*s %511s %511s %511s", place, point, options) != 3 ||
		    sscanf(rest, " - %63s %511s %1023s", type, source, super) != 3)
			continue;
		say("mount %s type=%s options=%s super=%s from=%s source=%s", point, type, options,
		    super, place, source);
	}
	fclose(file);
}

static void unmount(char **args)
{
	say("unmount %s %s", args[0], outcome(umount2(args[0], UMOUNT_NOFOLLOW)));
}

static void procs(char **args)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	int total = 0;

	(void)args;
	if (!directory) {
		say("procs %s", errno_name(errno));
		return;
	}
	while ((entry = readdir(directory))) {
		char path[300], name[64] = "?";
		int fd;

		if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			ssize_t count = read(fd, name, sizeof(name) - 1);

			name[count < 1 ? 0 : count - 1] = '\0';
			close(fd);
		}
		say("process %s %s", entry->d_name, name);
		total++;
	}
	closedir(directory);
	say("process-count %d", total);
}

/* Names below /proc that are not processes. */
static void proc_names(char **args)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	(void)args;
	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] > '9')
			say("proc-name %s", entry->d_name);
	if (directory)
		closedir(directory);
}

static void limits(char **args)
{
	static const char *const names[] = {
		"CPU",	   "FSIZE", "DATA",  "STACK",	   "CORE",     "RSS",  "NPROC",	 "NOFILE",
		"MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
	};

	(void)args;
	for (int i = 0; i < 16; i++) {
		struct rlimit limit;
		char soft[24] = "infinity", hard[24] = "infinity";

		if (getrlimit(i, &limit) < 0) {
			say("limit %s %s", names[i], errno_name(errno));
			continue;
		}
		if (limit.rlim_cur != RLIM_INFINITY)
			snprintf(soft, sizeof(soft), "%ju", (uintmax_t)limit.rlim_cur);
		if (limit.rlim_max != RLIM_INFINITY)
			snprintf(hard, sizeof(hard), "%ju", (uintmax_t)limit.rlim_max);
		say("limit %s %s %s", names[i], soft, hard);
	}
}

static void signals(char **args)
{
	static const char *const keys[] = {
		"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", NULL
	};
	struct itimerval timer;

	(void)args;
	say_file("/proc/self/status", "status", keys);
	for (int which = 0; which < 3; which++)
		if (getitimer(which, &timer) == 0)
			say("timer %d %s", which,
			    timer.it_value.tv_sec || timer.it_value.tv_usec ? "armed" : "off");
}

static void umask_verb(char **args)
{
	mode_t mask = umask(0);

	(void)args;
	umask(mask);
	say("umask %04o", (unsigned int)mask);
}

static void schedule(char **args)
{
	struct sched_param parameter;
	cpu_set_t cpus;

	(void)args;
	errno = 0;
	say("nice %d", getpriority(PRIO_PROCESS, 0));
	say("policy %ld", syscall(SYS_sched_getscheduler, 0));
	if (syscall(SYS_sched_getparam, 0, &parameter) == 0)
		say("priority %d", parameter.sched_priority);
	say("ioprio %ld", syscall(SYS_ioprio_get, 1, 0));
	say("timer-slack %d", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	say("thp-disable %d", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		say("cpus %d", CPU_COUNT(&cpus));
}

static void personality_verb(char **args)
{
	(void)args;
	say("personality %#x", (unsigned int)personality(0xffffffff));
}

static void oom(char **args)
{
	(void)args;
	say_file("/proc/self/oom_score_adj", "oom-score-adjust", NULL);
}

static void session(char **args)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	(void)args;
	say("pid %d", getpid());
	say("parent %d", getppid());
	say("session %d", getsid(0));
	say("group %d", getpgid(0));
	say("tty %s", outcome(tty));
	if (tty >= 0)
		close(tty);
}

static void hostname(char **args)
{
	char name[128] = "?";

	(void)args;
	gethostname(name, sizeof(name));
	say("hostname %s", name);
	if (getdomainname(name, sizeof(name)) == 0)
		say("domainname %s", name);
}

static void keyring(char **args)
{
	char text[256] = "?";
	int32_t keys[16];
	long id = syscall(SYS_keyctl, KEYRING_GET_ID, KEYRING_SESSION, 0), count;

	(void)args;
	say("keyring %s", outcome(id));
	if (id < 0)
		return;
	count = syscall(SYS_keyctl, KEYRING_DESCRIBE, id, text, sizeof(text));
	say("keyring-is %s", count < 0 ? errno_name(errno) : text);
	count = syscall(SYS_keyctl, KEYRING_READ, id, keys, sizeof(keys));
	if (count < 0)
		say("keyring-keys %s", errno_name(errno));
	else
		say("keyring-keys %ld", count / (long)sizeof(keys[0]));
}

static void dumpable(char **args)
{
	(void)args;
	say("dumpable %d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static void pdeathsig(char **args)
{
	int value = -1;

	(void)args;
	prctl(PR_GET_PDEATHSIG, &value, 0, 0, 0);
	say("pdeathsig %d", value);
}

static void keep_alive(char **args)
{
	(void)args;
	say("keep-alive %s", outcome(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)));
}

static void cgroup(char **args)
{
	(void)args;
	say_file("/proc/self/cgroup", "cgroup", NULL);
}

static void times_verb(char **args)
{
	struct rusage usage;

	(void)args;
	getrusage(RUSAGE_SELF, &usage);
	say("max-rss-kib %ld", usage.ru_maxrss);
}

static void peer(char **args)
{
	static const struct {
		const char *name;
		int level, option;
	} options[] = {
		{ "type", SOL_SOCKET, SO_TYPE },
		{ "nodelay", IPPROTO_TCP, TCP_NODELAY },
		{ "keepalive", SOL_SOCKET, SO_KEEPALIVE },
		{ "keepidle", IPPROTO_TCP, TCP_KEEPIDLE },
		{ "keepinterval", IPPROTO_TCP, TCP_KEEPINTVL },
		{ "keepcount", IPPROTO_TCP, TCP_KEEPCNT },
		{ "sndbuf", SOL_SOCKET, SO_SNDBUF },
		{ "rcvbuf", SOL_SOCKET, SO_RCVBUF },
		{ "multicast-if", IPPROTO_IPV6, IPV6_MULTICAST_IF },
	};
	int fd = (int)number(args[0]);

	for (int end = 0; end < 2; end++) {
		struct sockaddr_storage address = { 0 };
		socklen_t length = sizeof(address);
		char host[INET6_ADDRSTRLEN] = "?";
		const struct sockaddr_in *v4 = (const void *)&address;
		const struct sockaddr_in6 *v6 = (const void *)&address;
		const char *which = end == 0 ? "peer" : "local";
		int error = end == 0 ? getpeername(fd, (struct sockaddr *)&address, &length)
				     : getsockname(fd, (struct sockaddr *)&address, &length);

		if (error < 0) {
			say("%s %s", which, errno_name(errno));
		} else if (address.ss_family == AF_INET) {
			inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
			say("%s %s %u", which, host, ntohs(v4->sin_port));
		} else if (address.ss_family == AF_INET6) {
			inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
			say("%s %s %u", which, host, ntohs(v6->sin6_port));
		} else {
			say("%s family-%d length-%u", which, address.ss_family, length);
		}
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		int value = -1;
		socklen_t length = sizeof(value);

		if (getsockopt(fd, options[i].level, options[i].option, &value, &length) == 0)
			say("socket-%s %d", options[i].name, value);
	}
	say("socket-nonblock %d", !!(fcntl(fd, F_GETFL) & O_NONBLOCK));
}

/* ---- what can be done --------------------------------------------------------------------- */

static void write_file(char **args)
{
	int fd = open(args[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int result = fd;

	if (fd >= 0)
		result = (int)write(fd, "x", 1);
	say("write-file %s %s", args[0], outcome(result));
	if (fd >= 0)
		close(fd);
}

static void read_file(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	char bytes[1024], text[4096];
	ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	if (count < 0)
		say("read-file %s %s", args[0], errno_name(errno));
	else
		say("read-file %s =%s", args[0],
		    printable(bytes, (size_t)count, text, sizeof(text)));
	if (fd >= 0)
		close(fd);
}

static void stat_verb(char **args)
{
	struct stat status;

	if (lstat(args[0], &status) < 0)
		say("stat %s %s", args[0], errno_name(errno));
	else
		say("stat %s %s mode=%o uid=%u gid=%u size=%jd rdev=%u:%u", args[0],
		    file_type(status.st_mode), (unsigned int)(status.st_mode & 07777),
		    status.st_uid, status.st_gid, (intmax_t)status.st_size, major(status.st_rdev),
		    minor(status.st_rdev));
}

static void list(char **args)
{
	DIR *directory = opendir(args[0]);
	struct dirent *entry;

	if (!directory) {
		say("list %s %s", args[0], errno_name(errno));
		return;
	}
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			say("list %s %s", args[0], entry->d_name);
	closedir(directory);
}

static void make_dir(char **args)
{
	say("make-dir %s %s", args[0], outcome(mkdir(args[0], 0755)));
}

static void remove_verb(char **args)
{
	say("remove %s %s", args[0], outcome(remove(args[0])));
}

static int copy_self(const char *target)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	char bytes[65536];
	ssize_t count = 0;

	if (from < 0)
		return -1;
	to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	while (to >= 0 && (count = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)count) != count)
			count = -1;
	close(from);
	if (to >= 0)
		close(to);
	return to < 0 || count < 0 ? -1 : 0;
}

/* exec-from DIRECTORY: copies itself there and executes the copy with "exit 0". */
static void exec_from(char **args)
{
	char path[PATH_MAX];
	int status = 0;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/probe-copy", args[0]);
	if (copy_self(path) < 0) {
		say("exec-from %s copy-%s", args[0], errno_name(errno));
		return;
	}
	pid = fork();
	if (pid == 0) {
		execl(path, path, "exit", "0", (char *)NULL);
		_exit(errno == EACCES ? 13 : 98);
	}
	waitpid(pid, &status, 0);
	say("exec-from %s %s", args[0],
	    WEXITSTATUS(status) == 0 ? "ok" : errno_name(WEXITSTATUS(status)));
	unlink(path);
}

static void nested_userns(char **args)
{
	int status = 0;
	pid_t pid;

	(void)args;
	pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) < 0 ? errno : 0);
	waitpid(pid, &status, 0);
	say("nested-userns %s", errno_name(WEXITSTATUS(status)));
}

static void unshare_try(char **args)
{
	static const struct {
		const char *name;
		int flag;
	} all[] = {
		{ "mnt", CLONE_NEWNS },	 { "net", CLONE_NEWNET }, { "pid", CLONE_NEWPID },
		{ "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS }, { "cgroup", 0x02000000 },
	};

	(void)args;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		say("unshare %s %s", all[i].name, outcome(unshare(all[i].flag)));
}

static void mount_try(char **args)
{
	(void)args;
	say("mount-try tmpfs %s", outcome(mount("none", "/tmp", "tmpfs", 0, NULL)));
	say("mount-try remount %s", outcome(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL)));
	say("mount-try umount %s", outcome(umount2("/proc", MNT_DETACH)));
	say("mount-try pivot %s", outcome(syscall(SYS_pivot_root, "/", "/tmp")));
	say("mount-try chroot %s", outcome(chroot("/tmp")));
}

static void mknod_try(char **args)
{
	(void)args;
	say("mknod-try char %s", outcome(mknod("/tmp/node", S_IFCHR | 0666, makedev(1, 3))));
	say("mknod-try block %s", outcome(mknod("/tmp/disk", S_IFBLK | 0666, makedev(7, 0))));
}

static void ids_try(char **args)
{
	gid_t group = 0;

	(void)args;
	say("ids-try setuid %s", outcome(setresuid(0, 0, 0)));
	say("ids-try setgid %s", outcome(setresgid(0, 0, 0)));
	say("ids-try setgroups %s", outcome(setgroups(1, &group)));
}

static void host_try(char **args)
{
	(void)args;
	say("host-try sethostname %s", outcome(sethostname("stolen", 6)));
	say("host-try settime %s", outcome(syscall(SYS_settimeofday, NULL, &(int[2]){ 0, 0 })));
	say("host-try nice %s", outcome(setpriority(PRIO_PROCESS, 0, -5)));
	say("host-try dmesg %s", outcome(syscall(SYS_syslog, 3, (char[16]){ 0 }, 16)));
}

/* ptrace-try PID */
static void ptrace_try(char **args)
{
	pid_t pid = (pid_t)number(args[0]);

	say("ptrace %d %s", pid, outcome(ptrace(PTRACE_ATTACH, pid, NULL, NULL)));
}

/* The process that made this one, seen from inside as pid 0 or 1. */
static void ptrace_parent(char **args)
{
	pid_t parent = getppid();

	(void)args;
	if (parent == 0)
		say("ptrace-parent none");
	else
		say("ptrace-parent %s", outcome(ptrace(PTRACE_ATTACH, parent, NULL, NULL)));
}

static void kill_try(char **args)
{
	say("kill %s %s", args[0], outcome(kill((pid_t)number(args[0]), (int)number(args[1]))));
}

/* connect HOST PORT: errno of a TCP connect that is given three seconds. */
static void connect_verb(char **args)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bool is_v6 = strchr(args[0], ':') != NULL;
	struct timeval patience = { 3, 0 };
	int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), result;

	v4.sin_port = v6.sin6_port = htons((uint16_t)number(args[1]));
	if (fd < 0) {
		say("connect %s socket-%s", args[0], errno_name(errno));
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (is_v6 && inet_pton(AF_INET6, args[0], &v6.sin6_addr) == 1)
		result = connect(fd, (struct sockaddr *)&v6, sizeof(v6));
	else if (inet_pton(AF_INET, args[0], &v4.sin_addr) == 1)
		result = connect(fd, (struct sockaddr *)&v4, sizeof(v4));
	else
		result = (errno = EINVAL, -1);
	say("connect %s %s", args[0], outcome(result));
	close(fd);
}

/* connect-abstract NAME */
static void connect_abstract(char **args)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(args[0]);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || length > sizeof(address.sun_path) - 1) {
		say("connect-abstract %s", errno_name(errno));
		return;
	}
	memcpy(address.sun_path + 1, args[0], length);
	say("connect-abstract %s",
	    outcome(connect(fd, (struct sockaddr *)&address,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length))));
	close(fd);
}

/* ---- what is done with the connection ------------------------------------------------------ */

static void write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t count = write(fd, bytes, size);

		if (count < 0 && errno != EINTR)
			_exit(97);
		if (count > 0) {
			bytes += count;
			size -= (size_t)count;
		}
	}
}

/* sd_listen_fds(3) by hand; afterwards descriptors 0 and 1 are the socket. */
static void listen_fds(char **args)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	struct stat first, second;

	(void)args;
	if (!pid || number(pid) != (long)getpid() || !fds || number(fds) != 1)
		_exit(96);
	if (fcntl(3, F_GETFD) != 0)
		_exit(95); /* absent, or close-on-exec */
	if (fstat(0, &first) < 0 || fstat(3, &second) < 0)
		_exit(94);
	dup2(3, 1);
	say("listen-fds 1 pid=%s names=%s", pid, names ? names : "none");
	say("stdin-before %s %u:%u", file_type(first.st_mode), major(first.st_rdev),
	    minor(first.st_rdev));
	say("fd3-before %s", file_type(second.st_mode));
	dup2(3, 0);
}

static void echo(char **args)
{
	static char bytes[65536];
	ssize_t count;

	(void)args;
	while ((count = read(0, bytes, sizeof(bytes))) > 0)
		write_all(1, bytes, (size_t)count);
	if (count < 0)
		_exit(93);
}

static void wait_eof(char **args)
{
	static char bytes[65536];
	ssize_t count;

	(void)args;
	do {
		count = read(0, bytes, sizeof(bytes));
	} while (count > 0 || (count < 0 && errno == EINTR));
}

static void read_line(char **args)
{
	char line[1024], text[4096];
	size_t length = 0;

	(void)args;
	while (length < sizeof(line) && read(0, line + length, 1) == 1 && line[length] != '\n')
		length++;
	say("line %s", printable(line, length, text, sizeof(text)));
}

static void hello(char **args)
{
	(void)args;
	write_all(1, "h", 1);
}

/* say TEXT: to be told apart in the output of several connections. */
static void say_verb(char **args)
{
	say("%s", args[0]);
}

static void flood(char **args)
{
	static char block[65536];
	long left = number(args[0]);

	if (left > FLOOD_MAX_BYTES)
		left = FLOOD_MAX_BYTES;
	memset(block, 'f', sizeof(block));
	for (; left > 0; left -= (long)sizeof(block))
		write_all(1, block, left < (long)sizeof(block) ? (size_t)left : sizeof(block));
}

static void close_stdio(char **args)
{
	(void)args;
	for (int fd = 0; fd < 4; fd++)
		close(fd);
}

/* recv-rights FD: reads once with room for descriptors, says how many came, and the bytes. */
static void recv_rights(char **args)
{
	char bytes[512], text[2048];
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * 8)];
	} control;
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr header = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof(control.room) };
	ssize_t count = recvmsg((int)number(args[0]), &header, 0);
	const struct cmsghdr *rights = count < 0 ? NULL : CMSG_FIRSTHDR(&header);
	size_t descriptors = 0;

	if (count < 0) {
		say("rights failed %s", strerror(errno));
		return;
	}
	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
		descriptors = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	say("rights %zu bytes %s", descriptors,
	    printable(bytes, (size_t)count, text, sizeof(text)));
}

static void shut_down(char **args)
{
	(void)args;
	say("shutdown %s", outcome(shutdown(1, SHUT_WR)));
}

/*
 * linger MS: fills the connection of a client that does not read, and has the last close(2) of it
 * wait for ten minutes. For so long it says that again: somebody may take it back.
 */
static void linger_verb(char **args)
{
	static char block[65536];
	struct linger minutes = { 1, 600 };
	struct timespec pause = { 0, 1000000 }, now;
	int small = 4096;
	long ms = number(args[0]);
	int64_t until_ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
	setsockopt(1, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	do {
		while (send(1, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
			;
		setsockopt(1, SOL_SOCKET, SO_LINGER, &minutes, sizeof(minutes));
		if (ms > 0)
			nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 < until_ms);
}

/* ---- stderr ------------------------------------------------------------------------------- */

/* stderr TEXT COUNT */
static void stderr_verb(char **args)
{
	char line[1024];

	for (long i = number(args[1]); i > 0; i--) {
		snprintf(line, sizeof(line), "%s\n", args[0]);
		write_all(2, line, strlen(line));
	}
}

/* What an attacker would write to an administrator's terminal, and to a log parser. */
static void stderr_hostile(char **args)
{
	static const char text[] = "\033]0;title\007 \"quote\" back\\slash \x80\xff tab\there\r "
				   "x=y\nspawnd: error: forged key=value\nlast without newline";

	(void)args;
	write_all(2, text, sizeof(text) - 1);
}

static void stderr_long(char **args)
{
	for (long left = number(args[0]); left > 0; left--)
		write_all(2, "L", 1);
	write_all(2, "\n", 1);
}

static void stderr_flood(char **args)
{
	static char block[4096];
	long left = number(args[0]);

	memset(block, 'e', sizeof(block));
	for (size_t i = 79; i < sizeof(block); i += 80)
		block[i] = '\n';
	if (left > FLOOD_MAX_BYTES)
		left = FLOOD_MAX_BYTES;
	for (; left > 0; left -= (long)sizeof(block))
		write_all(2, block, sizeof(block));
}

/* ---- life and death ----------------------------------------------------------------------- */

static void sleep_verb(char **args)
{
	struct timespec left = { number(args[0]), 0 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static void sleep_ms(char **args)
{
	long ms = number(args[0]);
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static void exit_verb(char **args)
{
	_exit((int)number(args[0]));
}

/* signal N: an init process only dies of signals from itself if it has no handler... and then it
 * does not. In a forked child under Init=yes it does. */
static void signal_verb(char **args)
{
	say("signal-self %s", outcome(kill(getpid(), (int)number(args[0]))));
}

/* A fault: the kernel forces this signal even on pid 1. */
static void segfault(char **args)
{
	(void)args;
	void *nothing = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)nothing = 1;
}

static void abort_verb(char **args)
{
	(void)args;
	abort();
}

/* fork-orphan SECONDS: a grandchild that nobody of this program waits for. */
static void fork_orphan(char **args)
{
	long seconds = number(args[0]);
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0) {
			for (int fd = 0; fd < 4; fd++)
				close(fd);
			sleep_verb(args);
			_exit(0);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	say("fork-orphan %ld", seconds);
}

/* wait-orphans MS: how many zombies the container's pid 1 has left after that time. */
static void zombies(char **args)
{
	DIR *directory;
	struct dirent *entry;
	int count = 0;

	sleep_ms(args);
	directory = opendir("/proc");
	while (directory && (entry = readdir(directory))) {
		char path[300], line[512], *state;
		ssize_t got;
		int fd;

		if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		got = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
		if (fd >= 0)
			close(fd);
		if (got <= 0)
			continue;
		line[got] = '\0';
		state = strrchr(line, ')');
		count += state && state[1] == ' ' && state[2] == 'Z';
	}
	if (directory)
		closedir(directory);
	say("zombies %d", count);
}

static void ignore_term(char **args)
{
	(void)args;
	signal(SIGTERM, SIG_IGN);
}

static int exit_on_term;

static void on_signal(int number_)
{
	char line[] = "got-signal NN\n";

	line[11] = (char)('0' + number_ / 10);
	line[12] = (char)('0' + number_ % 10);
	write_all(1, line, sizeof(line) - 1);
	_exit(exit_on_term);
}

/* catch SIGNAL STATUS: says so on the wire, then exits. */
static void catch_verb(char **args)
{
	struct sigaction action = { .sa_handler = on_signal };

	exit_on_term = (int)number(args[1]);
	sigaction((int)number(args[0]), &action, NULL);
}

static void default_verb(char **args)
{
	signal((int)number(args[0]), SIG_DFL);
}

static void spin_ms(char **args)
{
	struct rusage usage;
	long want = number(args[0]), used;

	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		getrusage(RUSAGE_SELF, &usage);
		used = usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000;
	} while (used < want);
}

static void touch_kib(char **args)
{
	long kib = number(args[0]);
	char *memory;

	if (kib > MEMORY_MAX_KIB)
		kib = MEMORY_MAX_KIB;
	memory = malloc((size_t)kib * 1024);
	for (long i = 0; memory && i < kib; i++)
		((volatile char *)memory)[i * 1024] = 1;
	say("touch-kib %ld", memory ? kib : -1);
}

/* in-flight: how many descriptors can be sent and not received, with as many open as may be. */
static void in_flight(char **args)
{
	enum { AT_ONCE = 240 }; /* SCM_MAX_FD is 253; musl copies 1,024 bytes of control */
	char byte = 'x', control[CMSG_SPACE(sizeof(int) * AT_ONCE)] = "";
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int pair[2], sent = 0, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * AT_ONCE);
	for (int i = 0; i < AT_ONCE; i++)
		memcpy(CMSG_DATA(header) + (size_t)i * sizeof(int), &null, sizeof(int));
	do {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
			break;
		while (sendmsg(pair[0], &message, MSG_DONTWAIT) == 1)
			sent += AT_ONCE;
	} while (errno == EAGAIN && sent < 20000);
	say("in-flight %d %s", sent, errno_name(errno));
}

/* ---- what a program may prepare against the stub (Warm=started) ----------------------------- */

#define STUB_CHANNEL 63

/* What the stub is to say, by whom it should not: takes the connection, and keeps the channel. */
__attribute__((used)) static void take_connection(void)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(STUB_CHANNEL, &message, 0) > 0 && message.msg_controllen >= sizeof(control)) {
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
		write_all(fd, "taken\n", 6);
	}
	pause();
}

static void in_fault(int number)
{
	(void)number;
	take_connection();
}

/* setpriority(PRIO_PROCESS, 0, 0), which is not harmless and of no effect, on that stack. */
static void wait_on_stack(uintptr_t stack)
{
#ifdef __x86_64__
	__asm__ volatile("movq %%rsp, %%rbx; movq %[stack], %%rsp; syscall; movq %%rbx, %%rsp"
			 :
			 : "a"(SYS_setpriority), "D"(0), "S"(0), "d"(0), [stack] "r"(stack)
			 : "rbx", "rcx", "r11", "memory");
#else
	(void)stack;
#endif
}

/* stub-fault: no stack at the call that waits, and a handler for what follows from that. */
static void stub_fault(char **args)
{
	static char stack[65536];
	stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = in_fault, .sa_flags = SA_ONSTACK };

	(void)args;
	sigaltstack(&other, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	wait_on_stack(4096);
	say("stub-fault over");
}

#ifdef __x86_64__
/* An abort handler has the signature before it, which is 0 here. */
__asm__(".pushsection .text\n.long 0\nsequence_abort: andq $-16, %rsp\n call "
	"take_connection\n.popsection\n");
extern const char sequence_abort[];
#else
static const char sequence_abort[1];
#endif

/* linux/rseq.h */
struct rseq_sequence {
	uint32_t version, flags;
	uint64_t start_ip, post_commit_offset, abort_ip;
} __attribute__((aligned(32)));
struct rseq_area {
	uint32_t cpu_id_start, cpu_id;
	uint64_t rseq_cs;
	uint32_t flags, node_id, mm_cid, more;
} __attribute__((aligned(32)));

/* All that may be mapped, and so the stub, is in it; this program is not. */
static void set_sequence(struct rseq_sequence *sequence)
{
	sequence->start_ip = UINT64_C(1) << 28;
	sequence->post_commit_offset = (UINT64_C(1) << 47) - (UINT64_C(1) << 29);
	sequence->abort_ip = (uintptr_t)sequence_abort;
}

/* stub-sequence: the call that waits is in a restartable sequence, and so would the stub be. */
static void stub_sequence(char **args)
{
	static struct rseq_sequence sequence;
	static struct rseq_area area;

	(void)args;
	set_sequence(&sequence);
	if (syscall(SYS_rseq, &area, sizeof(area), 0, 0) < 0)
		say("rseq %s", errno_name(errno));
	area.rseq_cs = (uintptr_t)&sequence;
	syscall(SYS_setpriority, 0, 0, 0);
	area.rseq_cs = 0;
	say("stub-sequence over");
}

/*
 * stub-overlap: the stub's frame lies over the area, so that what the stub writes there for itself
 * is the address of a sequence: 1 << 40, of an iovlen of 1 at 24 of the frame and a low address
 * at 16.
 */
static void stub_overlap(char **args)
{
	static struct {
		char below[256];
		struct rseq_area area __attribute__((aligned(32)));
		char above[512];
	} memory;
	struct rseq_sequence *sequence = mmap((void *)(1L << 40), 4096, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	(void)args;
	set_sequence(sequence);
	if (syscall(SYS_rseq, &memory.area, sizeof(memory.area), 0, 0) < 0)
		say("rseq %s", errno_name(errno));
	wait_on_stack((uintptr_t)&memory.area + 237);
	memory.area.rseq_cs = 0;
	say("stub-overlap over");
}

/* forks N: how many of N processes that stay could be made. */
static void forks(char **args)
{
	long made = 0;

	for (long want = number(args[0]); made < want && made < FORKS_MAX; made++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0)
			for (;;)
				pause();
	}
	say("forks %ld", made);
}

static void dup_fds(char **args)
{
	long made = 0;
	int fd;

	for (long want = number(args[0]); made < want; made++) {
		fd = open("/dev/null", O_RDONLY);
		if (fd < 0)
			break;
	}
	say("dup-fds %ld %s", made, made < number(args[0]) ? errno_name(errno) : "ok");
}

/* filters N: so many seccomp filters of one instruction, which its end frees all at once. In the VM
 * only. */
static void filters(char **args)
{
	static struct {
		uint16_t code;
		uint8_t jump_true, jump_false;
		uint32_t value;
	} instruction = { 0x06, 0, 0, 0x7fff0000 }; /* BPF_RET | BPF_K, SECCOMP_RET_ALLOW */
	struct {
		unsigned short length;
		const void *code;
	} program = { 1, &instruction };
	long made = 0;

	for (long want = number(args[0]); made < want; made++)
		if (prctl(22 /* PR_SET_SECCOMP */, 2 /* SECCOMP_MODE_FILTER */, &program) < 0)
			break;
	say("filters %ld %s", made, made < number(args[0]) ? errno_name(errno) : "ok");
}

/* ---- outside ------------------------------------------------------------------------------ */

/*
 * dirty-exec COMMAND...: executes it with as much inherited state as a careless parent can leave.
 * Sizes are small: this is about cleaning up, not about strength.
 */
static void dirty_exec(char **args)
{
	struct sched_param parameter = { .sched_priority = 1 };
	struct itimerval hours = { { 0, 0 }, { 7200, 0 } };
	struct rlimit limit;
	cpu_set_t one;
	sigset_t some;
	static const char secret[] = "SECRET_OF_THE_ADMINISTRATOR=1";

	for (int i = 0; i < 20; i++)
		if (open("/etc/passwd", O_RDONLY) < 0)
			break;
	if (pipe((int[2]){ 0, 0 }) < 0 || socket(AF_INET, SOCK_STREAM, 0) < 0)
		say("dirty-exec %s", errno_name(errno));
	umask(0777 & ~0700);
	if (setgroups(3, (gid_t[3]){ 4, 27, 100 }) < 0)
		say("dirty-exec setgroups-%s", errno_name(errno));
	/* Past the C library, which would keep two of them (struct sigaction of the kernel: handler
	 * first). */
	for (int i = 1; i < 65; i++)
		if (i != SIGKILL && i != SIGSTOP && i != SIGCHLD)
			syscall(SYS_rt_sigaction, i, (unsigned long[8]){ (unsigned long)SIG_IGN },
				NULL, 8);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR2);
	sigaddset(&some, SIGALRM);
	sigaddset(&some, SIGCHLD);
	sigaddset(&some, SIGTERM);
	sigprocmask(SIG_SETMASK, &some, NULL);
	/* Soft limits only: not every root may lift the hard ones again. */
	for (int which = RLIMIT_CPU; which <= RLIMIT_LOCKS; which++) {
		getrlimit(which, &limit);
		/* Memory: a sanitizer reserves 16 TiB of it. */
		if (limit.rlim_cur > 1000000000)
			limit.rlim_cur = which == RLIMIT_AS || which == RLIMIT_DATA
						 ? (rlim_t)1 << 46
						 : 1000000000;
		if (which == RLIMIT_STACK)
			limit.rlim_cur = 4 << 20;
		if (which == RLIMIT_NOFILE)
			limit.rlim_cur = 256;
		setrlimit(which, &limit);
	}
	syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameter);
	syscall(SYS_ioprio_set, 1, 0, (1 << 13) | 3);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	prctl(PR_SET_TIMERSLACK, 123456789UL, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 1UL, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	setitimer(ITIMER_REAL, &hours, NULL);
	personality(ADDR_NO_RANDOMIZE);
	syscall(SYS_keyctl, KEYRING_JOIN, "of-the-administrator");
	syscall(SYS_add_key, "user", "administrators-secret", "x", 1, KEYRING_SESSION);
	putenv((char *)(uintptr_t)secret);
	setenv("LD_PRELOAD", "/nowhere/evil.so", 1);
	setenv("LISTEN_FDS", "7", 1);
	setenv("LISTEN_PID", "1", 1);
	setenv("LIBEV_FLAGS", "1", 1);
	execvp(args[0], args);
	say("dirty-exec %s %s", args[0], errno_name(errno));
	_exit(98);
}

/* bare-exec COMMAND...: without descriptors 0, 1 and 2. */
static void bare_exec(char **args)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	execvp(args[0], args);
	_exit(98);
}

/* notify-wait PATH: receives one datagram at a unix socket and prints it, as a supervisor would. */
static void notify_wait(char **args)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char bytes[1024], text[4096];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t count;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", args[0]);
	unlink(args[0]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		say("notify-wait %s", errno_name(errno));
		_exit(98);
	}
	say("notify-bound");
	for (long want = number(args[1]); want > 0; want--) {
		count = recv(fd, bytes, sizeof(bytes), 0);
		if (count < 0)
			break;
		say("notify %s", printable(bytes, (size_t)count, text, sizeof(text)));
	}
	close(fd);
}

static const struct verb {
	const char *name;
	int arguments; /* -1: all that follow */
	void (*run)(char **args);
} verbs[] = {
	{ "ls-fd", 0, ls_fd },
	{ "env", 0, env },
	{ "args", 0, args_verb },
	{ "cwd", 0, cwd },
	{ "caps", 0, caps },
	{ "ids", 0, ids },
	{ "maps", 0, maps },
	{ "memory", 0, memory },
	{ "ns", 0, ns },
	{ "net", 0, net },
	{ "root", 0, root },
	{ "mounts", 0, mounts },
	{ "unmount", 1, unmount },
	{ "procs", 0, procs },
	{ "proc-names", 0, proc_names },
	{ "limits", 0, limits },
	{ "signals", 0, signals },
	{ "umask", 0, umask_verb },
	{ "schedule", 0, schedule },
	{ "personality", 0, personality_verb },
	{ "oom", 0, oom },
	{ "session", 0, session },
	{ "hostname", 0, hostname },
	{ "keyring", 0, keyring },
	{ "dumpable", 0, dumpable },
	{ "pdeathsig", 0, pdeathsig },
	{ "keep-alive", 0, keep_alive },
	{ "cgroup", 0, cgroup },
	{ "times", 0, times_verb },
	{ "peer", 1, peer },
	{ "write-file", 1, write_file },
	{ "read-file", 1, read_file },
	{ "stat", 1, stat_verb },
	{ "list", 1, list },
	{ "make-dir", 1, make_dir },
	{ "remove", 1, remove_verb },
	{ "exec-from", 1, exec_from },
	{ "nested-userns", 0, nested_userns },
	{ "unshare-try", 0, unshare_try },
	{ "mount-try", 0, mount_try },
	{ "mknod-try", 0, mknod_try },
	{ "ids-try", 0, ids_try },
	{ "host-try", 0, host_try },
	{ "ptrace-try", 1, ptrace_try },
	{ "ptrace-parent", 0, ptrace_parent },
	{ "kill-try", 2, kill_try },
	{ "connect", 2, connect_verb },
	{ "connect-abstract", 1, connect_abstract },
	{ "listen-fds", 0, listen_fds },
	{ "echo", 0, echo },
	{ "wait-eof", 0, wait_eof },
	{ "read-line", 0, read_line },
	{ "hello", 0, hello },
	{ "say", 1, say_verb },
	{ "flood", 1, flood },
	{ "close-stdio", 0, close_stdio },
	{ "shut-down", 0, shut_down },
	{ "recv-rights", 1, recv_rights },
	{ "linger", 1, linger_verb },
	{ "stderr", 2, stderr_verb },
	{ "stderr-hostile", 0, stderr_hostile },
	{ "stderr-long", 1, stderr_long },
	{ "stderr-flood", 1, stderr_flood },
	{ "sleep", 1, sleep_verb },
	{ "sleep-ms", 1, sleep_ms },
	{ "exit", 1, exit_verb },
	{ "signal", 1, signal_verb },
	{ "segfault", 0, segfault },
	{ "abort", 0, abort_verb },
	{ "fork-orphan", 1, fork_orphan },
	{ "zombies", 1, zombies },
	{ "ignore-term", 0, ignore_term },
	{ "catch", 2, catch_verb },
	{ "default", 1, default_verb },
	{ "spin-ms", 1, spin_ms },
	{ "touch-kib", 1, touch_kib },
	{ "dup-fds", 1, dup_fds },
	{ "in-flight", 0, in_flight },
	{ "stub-fault", 0, stub_fault },
	{ "stub-sequence", 0, stub_sequence },
	{ "stub-overlap", 0, stub_overlap },
	{ "forks", 1, forks },
	{ "filters", 1, filters },
	{ "dirty-exec", -1, dirty_exec },
	{ "bare-exec", -1, bare_exec },
	{ "notify-wait", 2, notify_wait },
};

static bool is_separator(const char *text)
{
	return strcmp(text, ",") == 0 || strcmp(text, "--") == 0;
}

static char **first_after(char **args)
{
	while (*args && !is_separator(*args))
		args++;
	return *args ? args + 1 : args;
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	char **at = argv + 1;

	argument_count = argc;
	argument_values = argv;
	while (*at) {
		const struct verb *verb = find(*at);
		int given = 0;

		while (verb && verb->arguments >= 0 && at[1 + given] &&
		       !is_separator(at[1 + given]))
			given++;
		/* A misspelt verb must not look like an empty answer. */
		if (!verb || (verb->arguments >= 0 && given != verb->arguments)) {
			say("bad-verb %s", *at);
			return 99;
		}
		verb->run(at + 1);
		at = first_after(at);
	}
	return 0;
}
