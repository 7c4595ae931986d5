/* SPDX-License-Identifier: ISC */
/*
 * BindPaths=, BindReadOnlyPaths= and TemporaryFileSystem=: systemd's syntax to lists sorted by
 * target, and the rules that keep two mounts apart. Start regime, every process. A container's
 * mounts are made binds first, in the order of the list, then the tmpfs: so a mount point can lie
 * in a bind, and never in a tmpfs, where there is nothing to mount on.
 */
#include "config/directive.h"

#include "config/reader.h"
#include "config/store.h"
#include "config/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTS_MAX 256
#define TMPFS_BYTES_DEFAULT (UINT64_C(16) << 20)
#define TMPFS_INODES_DEFAULT 4096
#define TMPFS_MODE_DEFAULT 0755
#define TMPFS_BYTES_MIN 4096
#define TMPFS_INODES_MAX 100000000

/* The part of `path` below `directory`: "" when they are the same, NULL when it is elsewhere. */
const char *mounts_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return path + 1;
	if (strncmp(path, directory, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path[length] ? path + length + 1 : path + length;
}

static bool within(const char *path, const char *directory)
{
	return mounts_below(path, directory) != NULL;
}

/* What is spawnd's own. Of these, TemporaryFileSystem= may size the ones that are tmpfs. */
static int check_target(struct assignment *assignment, const char *target, bool tmpfs)
{
	static const char *const own[] = { "/tmp", "/run", "/dev/shm" };

	if (strcmp(target, "/") == 0)
		return directive_fault(assignment, "the target is the root itself, expected a "
						   "directory below it");
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (tmpfs && strcmp(target, own[i]) == 0)
			return 0;
		if (within(target, own[i]))
			return directive_fault(assignment,
					       "the target \"%.60s\" lies in %s, an empty tmpfs of "
					       "spawnd's own; expected a target elsewhere",
					       target, own[i]);
	}
	if (within(target, "/dev") || within(target, "/proc"))
		return directive_fault(assignment,
				       "the target \"%.60s\" lies in /dev or /proc, which spawnd "
				       "makes itself; expected a target elsewhere",
				       target);
	return 0;
}

static int take_bind_option(struct assignment *assignment, const char *option, bool *recursive)
{
	if (strcmp(option, "rbind") == 0 || !*option)
		*recursive = true;
	else if (strcmp(option, "norbind") == 0)
		*recursive = false;
	else
		return directive_fault(assignment,
				       "\"%.30s\" is no option, expected rbind or "
				       "norbind",
				       option);
	return 0;
}

static int compare_binds(const void *left, const void *right)
{
	return strcmp(((const struct bind_mount_spec *)left)->target,
		      ((const struct bind_mount_spec *)right)->target);
}

static int add_bind(struct assignment *assignment, const struct bind_mount_spec *bind)
{
	struct service_spec *service = assignment->spec;
	struct container_spec *container = &service->container;
	struct bind_mount_spec *binds = container->binds;

	if (container->bind_count >= MOUNTS_MAX)
		return directive_fault(assignment, "too many binds, expected at most %d",
				       MOUNTS_MAX);
	binds = store_grow(assignment->store, binds, container->bind_count, sizeof(*binds));
	if (!binds)
		return directive_no_memory(assignment);
	binds[container->bind_count++] = *bind;
	container->binds = binds;
	qsort(binds, container->bind_count, sizeof(*binds), compare_binds);
	return 0;
}

/* One "[-]source[:target[:option]]"; the words are parted by blanks, their parts by colons. */
static int take_bind(struct assignment *assignment, struct words *words, char *part, size_t size)
{
	struct bind_mount_spec bind = { .recursive = true,
					.read_only = assignment->directive->argument,
					.origin = assignment->origin };
	int result = 1;

	for (int i = 0; result > 0 && (i == 0 || words->ended_by == ':'); i++) {
		int next = words_next(words, part, size);

		if (next < 0)
			return directive_fault(assignment, "%s", words->fault);
		if (next == 0)
			return 0;
		if (i == 0) {
			bind.optional = *part == '-';
			bind.source = directive_path(assignment, part + (bind.optional ? 1 : 0));
			bind.target = bind.source;
		} else if (i == 1 && *part) {
			bind.target = directive_path(assignment, part);
		} else if (i == 2) {
			if (take_bind_option(assignment, part, &bind.recursive) < 0)
				return -EINVAL;
		} else if (i > 2) {
			result = directive_fault(assignment, "too many colons, expected "
							     "[-]source[:target[:rbind|norbind]]");
		}
		if (!bind.source || !bind.target)
			return -EINVAL;
	}
	if (result < 0 || check_target(assignment, bind.target, false) < 0)
		return -EINVAL;
	return add_bind(assignment, &bind) < 0 ? -EINVAL : 1;
}

int parse_binds(struct assignment *assignment, const char *value)
{
	struct service_spec *service = assignment->spec;
	struct words words = { .at = value, .colons = true };
	char part[READER_LINE_MAX + 1];
	int result;

	if (!*value)
		service->container.bind_count = 0;
	do {
		result = take_bind(assignment, &words, part, sizeof(part));
	} while (result > 0);
	return result;
}

static int take_number_option(struct assignment *assignment, const char *text, uint64_t *number)
{
	int64_t value;

	if (value_number(text, 1, TMPFS_INODES_MAX, &value) < 0)
		return directive_fault(assignment,
				       "nr_inodes=%.30s, expected a number from 1 to "
				       "%d",
				       text, TMPFS_INODES_MAX);
	*number = (uint64_t)value;
	return 0;
}

static int take_tmpfs_option(struct assignment *assignment, const char *option,
			     struct tmpfs_spec *tmpfs)
{
	if (strcmp(option, "ro") == 0 || strcmp(option, "rw") == 0) {
		tmpfs->read_only = option[1] == 'o';
	} else if (strncmp(option, "size=", 5) == 0) {
		if (value_size(option + 5, &tmpfs->size_bytes) < 0 ||
		    tmpfs->size_bytes < TMPFS_BYTES_MIN || tmpfs->size_bytes > INT64_MAX)
			return directive_fault(assignment,
					       "size=%.30s, expected a size of at "
					       "least 4K",
					       option + 5);
	} else if (strncmp(option, "nr_inodes=", 10) == 0) {
		return take_number_option(assignment, option + 10, &tmpfs->inodes);
	} else if (strncmp(option, "mode=", 5) == 0) {
		if (value_mode(option + 5, &tmpfs->mode) < 0 || tmpfs->mode > 01777)
			return directive_fault(assignment,
					       "mode=%.30s, expected an octal mode up "
					       "to 1777",
					       option + 5);
	} else {
		return directive_fault(assignment,
				       "\"%.30s\" is no option, expected size=, "
				       "nr_inodes=, mode=, ro or rw (nosuid, nodev and "
				       "noexec are always on)",
				       option);
	}
	return 0;
}

static int compare_tmpfs(const void *left, const void *right)
{
	return strcmp(((const struct tmpfs_spec *)left)->target,
		      ((const struct tmpfs_spec *)right)->target);
}

/* A target that is named again gets the options of its last naming. */
static int add_tmpfs(struct assignment *assignment, const struct tmpfs_spec *tmpfs)
{
	struct service_spec *service = assignment->spec;
	struct container_spec *container = &service->container;
	struct tmpfs_spec *list = container->tmpfs;

	for (size_t i = 0; i < container->tmpfs_count; i++) {
		if (strcmp(list[i].target, tmpfs->target) == 0) {
			list[i] = *tmpfs;
			return 0;
		}
	}
	if (container->tmpfs_count >= MOUNTS_MAX)
		return directive_fault(assignment, "too many file systems, expected at most %d",
				       MOUNTS_MAX);
	list = store_grow(assignment->store, list, container->tmpfs_count, sizeof(*list));
	if (!list)
		return directive_no_memory(assignment);
	list[container->tmpfs_count++] = *tmpfs;
	container->tmpfs = list;
	qsort(list, container->tmpfs_count, sizeof(*list), compare_tmpfs);
	return 0;
}

/* One "PATH[:option,...]". */
static int take_tmpfs(struct assignment *assignment, char *word)
{
	struct tmpfs_spec tmpfs = { .size_bytes = TMPFS_BYTES_DEFAULT,
				    .inodes = TMPFS_INODES_DEFAULT,
				    .mode = TMPFS_MODE_DEFAULT,
				    .origin = assignment->origin };
	char *options = strchr(word, ':'), *option;

	if (options)
		*options++ = '\0';
	tmpfs.target = directive_path(assignment, word);
	if (!tmpfs.target || check_target(assignment, tmpfs.target, true) < 0)
		return -EINVAL;
	while ((option = strsep(&options, ",")))
		if (take_tmpfs_option(assignment, option, &tmpfs) < 0)
			return -EINVAL;
	return add_tmpfs(assignment, &tmpfs);
}

int parse_tmpfs(struct assignment *assignment, const char *value)
{
	struct service_spec *service = assignment->spec;
	struct words words = { .at = value };
	char word[READER_LINE_MAX + 1];
	int next;

	if (!*value)
		service->container.tmpfs_count = 0;
	while ((next = words_next(&words, word, sizeof(word))) > 0)
		if (take_tmpfs(assignment, word) < 0)
			return -EINVAL;
	return next < 0 ? directive_fault(assignment, "%s", words.fault) : 0;
}

static void fault_at(const struct service_spec *service, struct config_errors *errors,
		     struct origin origin, const char *target, const char *what,
		     struct origin other)
{
	char place[96] = "the default profile";

	if (other.file)
		snprintf(place, sizeof(place), "%.80s:%u", other.file, other.line);
	config_errors_add(errors, origin.file ? origin : service->origin,
			  "[service %s] target %.60s: %s of %s, expected a target elsewhere",
			  service->name, target, what, place);
}

/* Mounts in an empty tmpfs would have no mount point. */
static void rules_tmpfs(const struct service_spec *service, const struct tmpfs_spec *tmpfs,
			struct config_errors *errors)
{
	const struct container_spec *container = &service->container;

	for (size_t i = 0; i < container->bind_count; i++) {
		const struct bind_mount_spec *bind = &container->binds[i];

		if (within(bind->target, tmpfs->target))
			fault_at(service, errors, bind->origin, bind->target,
				 "lies in the empty tmpfs", tmpfs->origin);
	}
	for (size_t i = 0; i < container->tmpfs_count; i++) {
		const struct tmpfs_spec *other = &container->tmpfs[i];

		if (other != tmpfs && within(other->target, tmpfs->target))
			fault_at(service, errors, other->origin, other->target,
				 "lies in the empty tmpfs", tmpfs->origin);
	}
}

void rules_mounts(const struct service_spec *service, struct config_errors *errors)
{
	const struct container_spec *container = &service->container;

	for (size_t i = 1; i < container->bind_count; i++)
		if (!strcmp(container->binds[i - 1].target, container->binds[i].target))
			fault_at(service, errors, container->binds[i].origin,
				 container->binds[i].target, "is that of the bind",
				 container->binds[i - 1].origin);
	for (size_t i = 0; i < container->tmpfs_count; i++)
		rules_tmpfs(service, &container->tmpfs[i], errors);
}
