/* SPDX-License-Identifier: ISC */
/*
 * The unified control group hierarchy as a file system. Warden and zygote; leaf code: it never
 * logs. Which groups there are, what they are for and which limits they have is not known here.
 */
#include "base/cgroup.h"

#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE 4096 /* what the kernel's small files have: at most a page at once */

static const char *const names[] = {
	[CGROUP_CPU] = "cpu",
	[CGROUP_IO] = "io",
	[CGROUP_MEMORY] = "memory",
	[CGROUP_PIDS] = "pids",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == CGROUP_CONTROLLERS, "a name for each");

const char *cgroup_controller_name(enum cgroup_controller controller)
{
	return names[controller];
}

/* One field of mountinfo into a buffer: blanks and the like are \ooo there. */
static bool copy_field(const char *from, size_t length, char *to)
{
	size_t size = 0;

	for (size_t i = 0; i < length; i++) {
		char byte = from[i];

		if (byte == '\\' && i + 3 < length) {
			byte = (char)((from[i + 1] - '0') * 64 + (from[i + 2] - '0') * 8 +
				      (from[i + 3] - '0'));
			i += 3;
		}
		if (size + 1 >= PATH_MAX)
			return false;
		to[size++] = byte;
	}
	to[size] = '\0';
	return true;
}

bool cgroup_parse_mount(const char *line, char *mount, char *root)
{
	const char *type = strstr(line, " - ");
	const char *field[2];
	size_t length[2];

	if (!type || strncmp(type + 3, "cgroup2 ", 8) != 0)
		return false;
	/* "ID PARENT MAJOR:MINOR ROOT MOUNT-POINT ..." */
	for (int i = 0; i < 3; i++) {
		line = strchr(line, ' ');
		if (!line || line >= type)
			return false;
		line++;
	}
	for (int i = 0; i < 2; i++) {
		field[i] = line;
		length[i] = strcspn(line, " ");
		line += length[i];
		if (!*line)
			return false;
		line++;
	}
	return copy_field(field[0], length[0], root) && copy_field(field[1], length[1], mount);
}

bool cgroup_parse_own(const char *line, const char *root, char *path)
{
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
	const char *at;

	if (strncmp(line, "0::/", 4) != 0)
		return false;
	at = line + 3;
	/* "/.." is outside of our cgroup namespace (cgroup_namespaces(7)). */
	if (strncmp(at, root, length) != 0 ||
	    (at[length] && at[length] != '/' && at[length] != '\n') || strncmp(at, "/..", 3) == 0)
		return false;
	at += length;
	at += strspn(at, "/");
	return copy_field(at, strcspn(at, "\n"), path);
}

/* The mount of the whole hierarchy before one of a part of it. */
static int find_mount(struct cgroup_place *place, char *root)
{
	char mount[PATH_MAX], group[PATH_MAX], *line = NULL;
	FILE *list = fopen("/proc/self/mountinfo", "re");
	bool found = false, whole = false;
	size_t size = 0;

	if (!list)
		return -errno;
	while (!whole && getline(&line, &size, list) > 0) {
		if (!cgroup_parse_mount(line, mount, group))
			continue;
		whole = strcmp(group, "/") == 0;
		if (found && !whole)
			continue;
		found = true;
		memcpy(place->mount, mount, sizeof(mount));
		memcpy(root, group, sizeof(group));
	}
	free(line);
	fclose(list);
	return found ? 0 : -ENOENT;
}

int cgroup_locate(struct cgroup_place *place, struct why *why)
{
	char root[PATH_MAX], *line = NULL;
	int error = find_mount(place, root);
	size_t size = 0;
	FILE *own;

	place->own_known = false;
	if (error < 0)
		return why_set(why, error, "control-groups", "no cgroup2 file system is mounted");
	own = fopen("/proc/self/cgroup", "re");
	while (own && !place->own_known && getline(&line, &size, own) > 0)
		place->own_known = cgroup_parse_own(line, root, place->own);
	free(line);
	if (own)
		fclose(own);
	return 0;
}

int cgroup_open(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int cgroup_make(int at, const char *name)
{
	if (mkdirat(at, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	return cgroup_open(at, name);
}

/* The text of a file, ended by NUL, cut off at FILE_SIZE. */
static int read_text(int group, const char *file, char text[FILE_SIZE])
{
	int fd = openat(group, file, O_RDONLY | O_CLOEXEC);
	ssize_t count;

	if (fd < 0)
		return -errno;
	count = read(fd, text, FILE_SIZE - 1);
	if (count < 0)
		count = -errno;
	close(fd);
	text[count < 0 ? 0 : count] = '\0';
	return count < 0 ? (int)count : 0;
}

unsigned int cgroup_controllers(int group, const char *file)
{
	char text[FILE_SIZE], *word, *rest = text;
	unsigned int set = 0;

	if (read_text(group, file, text) < 0)
		return 0;
	while ((word = strsep(&rest, " \n")))
		for (int i = 0; i < CGROUP_CONTROLLERS; i++)
			if (strcmp(word, names[i]) == 0)
				set |= CGROUP_BIT(i);
	return set;
}

unsigned int cgroup_enable(int group, unsigned int controllers, struct why *why)
{
	static const char file[] = "cgroup.subtree_control";
	unsigned int enabled = cgroup_controllers(group, file);
	char word[16];

	why_set(why, 0, "", "%s", "");
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		int error;

		if (!(controllers & CGROUP_BIT(i)) || (enabled & CGROUP_BIT(i)))
			continue;
		snprintf(word, sizeof(word), "+%s", names[i]);
		error = cgroup_write(group, file, word);
		if (error < 0 && why->code == 0)
			why_set(why, error, "control-groups", "the controller %s cannot be enabled",
				names[i]);
	}
	return cgroup_controllers(group, file);
}

int cgroup_write(int group, const char *file, const char *value)
{
	int fd = openat(group, file, O_WRONLY | O_NONBLOCK | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return error;
}

int64_t cgroup_value_of(const char *text, const char *key)
{
	size_t length = key ? strlen(key) : 0;
	int64_t value = 0;

	while (key && (strncmp(text, key, length) != 0 || text[length] != ' ')) {
		text = strchr(text, '\n');
		if (!text || !*++text)
			return -ENODATA;
	}
	text += key ? length + 1 : 0;
	if (*text < '0' || *text > '9')
		return -ENODATA;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value))
			return INT64_MAX;
	return value;
}

int64_t cgroup_read(int group, const char *file, const char *key)
{
	char text[FILE_SIZE] = "";
	int error = read_text(group, file, text);

	return error < 0 ? error : cgroup_value_of(text, key);
}

int cgroup_join(int group)
{
	return cgroup_write(group, "cgroup.procs", "0");
}

bool cgroup_is_populated(int group)
{
	return cgroup_read(group, "cgroup.events", "populated") == 1;
}

static DIR *open_list(int group)
{
	int fd = cgroup_open(group, ".");
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (!list && fd >= 0)
		close(fd);
	return list;
}

/* The next group in the list, or NULL. A group's files are regular ones, all else are groups. */
static const char *next_group(DIR *list)
{
	const struct dirent *entry;

	while ((entry = readdir(list)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			return entry->d_name;
	return NULL;
}

void cgroup_each(int group, void (*visit)(int group, const char *name, void *context),
		 void *context)
{
	DIR *list = open_list(group);
	const char *name;

	while (list && (name = next_group(list)))
		visit(group, name, context);
	if (list)
		closedir(list);
}

/* Without cgroup.kill. A pid of 0 is in another pid namespace (cgroups(7)): out of our reach. */
static void kill_each(int group);

static void kill_below(int group, const char *name, void *context)
{
	int child = cgroup_open(group, name);

	if (child >= 0)
		kill_each(child);
	fd_close(&child);
}

static void kill_each(int group)
{
	int fd = openat(group, "cgroup.procs", O_RDONLY | O_CLOEXEC), pid;
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");

	while (list && fscanf(list, "%d", &pid) == 1)
		if (pid > 1 && pid != getpid())
			kill(pid, SIGKILL);
	if (list)
		fclose(list);
	cgroup_each(group, kill_below, NULL);
}

int cgroup_kill(int group)
{
	int error = cgroup_write(group, "cgroup.kill", "1");

	if (error == -ENOENT)
		kill_each(group);
	return error == -ENOENT ? 0 : error;
}

static void remove_below(int group, const char *name, void *context)
{
	int *first = context, error = cgroup_remove(group, name);

	if (error < 0 && *first == 0)
		*first = error;
}

int cgroup_remove(int at, const char *name)
{
	int group, error = 0;

	if (unlinkat(at, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != EBUSY)
		return errno == ENOENT ? 0 : -errno;
	/* EBUSY: it has groups, or processes. */
	group = cgroup_open(at, name);
	if (group < 0)
		return group;
	cgroup_each(group, remove_below, &error);
	close(group);
	if (error < 0)
		return error;
	return unlinkat(at, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}
