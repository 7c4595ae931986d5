/* SPDX-License-Identifier: ISC */
/*
 * config_check(): what only this host can tell: whether the roots, programs, mount points, users
 * and interfaces that the configuration names exist and are what they must be. The warden and -t,
 * start regime; it blocks on file systems and name services, and changes nothing.
 */
#include "config/config.h"

#include "base/fd.h"
#include "config/directive.h"
#include "config/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <net/if.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct check {
	const struct config *config;
	const struct service_spec *service; /* NULL: the daemon */
	struct config_errors *errors;
};

#define FAULT(check, name, ...)                                                                    \
	rules_fault((check)->config, (check)->service, name, (check)->errors, __VA_ARGS__)

static bool is_number(const char *text)
{
	int64_t value;

	return value_number(text, 0, UINT32_MAX - 1, &value) == 0;
}

static void check_user(const struct check *check, const char *name, const char *user)
{
	if (user && !is_number(user) && !getpwnam(user))
		FAULT(check, name, "no user \"%s\" on this host, expected one that exists", user);
}

static void check_group(const struct check *check, const char *name, const char *group)
{
	if (group && !is_number(group) && !getgrnam(group))
		FAULT(check, name, "no group \"%s\" on this host, expected one that exists", group);
}

/* A file that spawnd makes needs its directory. */
static void check_parent(const struct check *check, const char *name, const char *path)
{
	char directory[PATH_MAX];
	struct stat status;
	char *slash;

	if (!path)
		return;
	snprintf(directory, sizeof(directory), "%s", path); /* directive_path() has bounded it */
	slash = strrchr(directory, '/');
	slash[slash == directory ? 1 : 0] = '\0';
	if (stat(directory, &status) < 0)
		FAULT(check, name, "%.120s: %s, expected a directory", directory, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		FAULT(check, name, "%.120s is no directory", directory);
}

static void check_listeners(const struct check *check)
{
	const struct socket_spec *socket = &check->service->socket;

	for (size_t i = 0; i < check->service->listener_count; i++) {
		const struct listen_spec *listener = &check->service->listeners[i];
		struct address address;
		const char *expected;
		bool any;

		if (address_parse(&address, listener->text, &any, &expected) == -ENODEV)
			config_errors_add(check->errors, listener->origin,
					  "[service %s] ListenStream: no interface of \"%.80s\" on "
					  "this host, expected %s",
					  check->service->name, listener->text, expected);
	}
	check_user(check, "SocketUser", socket->user);
	check_group(check, "SocketGroup", socket->group);
	if (socket->bind_to_device && !if_nametoindex(socket->bind_to_device))
		FAULT(check, "BindToDevice",
		      "no interface \"%s\" on this host, expected one that "
		      "exists",
		      socket->bind_to_device);
}

/* False: nothing in it can be checked. */
static bool check_root(const struct check *check)
{
	const char *path = check->service->container.root_directory;
	struct stat status;

	if (!path)
		return false; /* config_parse() has said so */
	if (stat(path, &status) < 0) {
		FAULT(check, "RootDirectory", "%.120s: %s, expected a directory", path,
		      strerror(errno));
		return false;
	}
	if (!S_ISDIR(status.st_mode)) {
		FAULT(check, "RootDirectory", "%.120s is no directory", path);
		return false;
	}
	if (status.st_mode & S_IWOTH)
		FAULT(check, "RootDirectory",
		      "%.120s is writable by everybody, expected a "
		      "directory that only its owner changes",
		      path);
	return true;
}

static const char *mount_point_fault(int error)
{
	switch (error) {
	case -ELOOP:
		return "is reached through a symbolic link";
	case -ENOENT:
		return "does not exist";
	}
	return strerror(-error);
}

/* A mount point must be there, since the root is read-only, and be no symlink's doing. */
static void check_mount_point(const struct check *check, struct origin origin, const char *target,
			      const struct bind_mount_spec *bind, bool directory)
{
	const struct service_spec *service = check->service;
	int fd = lookup_mount_point(&service->container, target, bind);
	struct stat status;

	if (fd < 0)
		config_errors_add(check->errors, origin,
				  "[service %s] RootDirectory: the mount point %.80s %s, expected "
				  "an empty %s in the root",
				  service->name, target, mount_point_fault(fd),
				  directory ? "directory" : "file");
	else if (fstat(fd, &status) == 0 &&
		 (directory ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode)))
		config_errors_add(check->errors, origin,
				  "[service %s] RootDirectory: the mount point %.80s is no %s",
				  service->name, target, directory ? "directory" : "regular file");
	fd_close(&fd);
}

static void check_bind(const struct check *check, const struct bind_mount_spec *bind)
{
	struct stat status;

	if (stat(bind->source, &status) < 0) {
		if (bind->optional && (errno == ENOENT || errno == ENOTDIR))
			return;
		config_errors_add(check->errors, bind->origin,
				  "[service %s] %s: %.120s: %s, expected a path of this host",
				  check->service->name,
				  bind->read_only ? "BindReadOnlyPaths" : "BindPaths", bind->source,
				  strerror(errno));
		return;
	}
	if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
		config_errors_add(check->errors, bind->origin,
				  "[service %s] %s: %.120s is a device, which does not work in a "
				  "container",
				  check->service->name,
				  bind->read_only ? "BindReadOnlyPaths" : "BindPaths",
				  bind->source);
	check_mount_point(check, bind->origin, bind->target, bind, S_ISDIR(status.st_mode));
}

static void check_mounts(const struct check *check)
{
	static const char *const own[] = { "/proc", "/dev" };
	const struct container_spec *container = &check->service->container;
	struct origin root = rules_origin(check->config, check->service, "RootDirectory");

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		check_mount_point(check, root, own[i], NULL, true);
	for (size_t i = 0; i < container->bind_count; i++)
		check_bind(check, &container->binds[i]);
	for (size_t i = 0; i < container->tmpfs_count; i++) {
		const struct tmpfs_spec *tmpfs = &container->tmpfs[i];

		if (!mounts_below(tmpfs->target, "/dev")) /* /dev is made with all that is in it */
			check_mount_point(check, tmpfs->origin.file ? tmpfs->origin : root,
					  tmpfs->target, NULL, true);
	}
}

static void check_program(const struct check *check)
{
	const struct container_spec *container = &check->service->container;
	struct stat status;
	int error =
		container->exec_path ? lookup_stat(container, container->exec_path, &status) : 0;

	if (!container->exec_path)
		; /* config_parse() has said so */
	else if (error)
		FAULT(check, "ExecStart", "%.80s: %s, expected a program in the root",
		      container->exec_path, strerror(-error));
	else if (!S_ISREG(status.st_mode) || !(status.st_mode & 0111))
		FAULT(check, "ExecStart", "%.80s is no executable file", container->exec_path);
	if (container->working_directory_optional)
		return;
	error = lookup_stat(container, container->working_directory, &status);
	if (error)
		FAULT(check, "WorkingDirectory", "%.80s: %s, expected a directory in the root",
		      container->working_directory, strerror(-error));
	else if (!S_ISDIR(status.st_mode))
		FAULT(check, "WorkingDirectory", "%.80s is no directory",
		      container->working_directory);
}

static void check_pressure(const struct check *check)
{
	char path[32];
	int fd;

	for (int kind = 0; kind < PRESSURE_KINDS; kind++) {
		if (check->service->admission.pressure[kind] == 0)
			continue;
		snprintf(path, sizeof(path), "/proc/pressure/%s", pressure_names[kind]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			FAULT(check, "PauseOnPressure",
			      "%s: %s, expected a kernel with PSI (boot "
			      "it with psi=1)",
			      path, strerror(errno));
		fd_close(&fd);
	}
}

int config_check(const struct config *config, struct config_errors *errors)
{
	struct check check = { .config = config, .errors = errors };
	size_t before = errors->count;

	check_user(&check, "User", config->daemon.user);
	check_parent(&check, "AccountingFile", config->daemon.accounting_file);
	check_parent(&check, "StatusFile", config->daemon.status_file);
	check_parent(&check, "LogTarget", config->daemon.log_file);
	group_check(config, errors);
	for (size_t i = 0; i < config->service_count; i++) {
		check.service = &config->services[i];
		check_listeners(&check);
		check_pressure(&check);
		if (!check_root(&check))
			continue;
		check_mounts(&check);
		check_program(&check);
	}
	return errors->count > before || errors->cut ? -EINVAL : 0;
}

int config_examine(struct config *config, const struct snapshot *snapshot,
		   struct config_errors *errors)
{
	int parsed = config_parse(config, snapshot, NULL, errors);
	int checked = config_check(config, errors);

	return parsed < 0 ? parsed : checked;
}
