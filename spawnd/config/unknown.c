/* SPDX-License-Identifier: ISC */
/*
 * What to say about a key that is no directive of its section: misplaced, of systemd but not of
 * spawnd (with the reason), or misspelt (with the nearest name). Start regime, every process.
 */
#include "config/directive.h"

#include <string.h>

#define NAME_MAX_LENGTH 40
#define DISTANCE_MAX 4

/* Directives of systemd's units that somebody moving a service here is likely to bring along. */
static const struct refused {
	const char *name, *reason;
} refusals[] = {
	{ "Accept", "every service is as with Accept=yes: a container for each connection" },
	{ "AmbientCapabilities", "no program in a container has a capability" },
	{ "CapabilityBoundingSet", "no program in a container has a capability" },
	{ "CPUQuotaPeriodSec", "the period is 100ms" },
	{ "DynamicUser", "every service has a range of user ids that nobody else uses" },
	{ "EnvironmentFile", "the configuration is one snapshot of text; use Environment=" },
	{ "ExecCondition", "a service is one command; use a program that runs the others" },
	{ "ExecReload", "the configuration is reloaded by SIGHUP to spawnd; a container is not" },
	{ "ExecStartPost", "a service is one command; use a program that runs the others" },
	{ "ExecStartPre", "a service is one command; use a program that runs the others" },
	{ "ExecStop", "a container is ended by KillSignal= and then SIGKILL" },
	{ "ExecStopPost", "a service is one command; use a program that runs the others" },
	{ "FileDescriptorName", "LISTEN_FDNAMES is always \"connection\"" },
	{ "InaccessiblePaths", "a container sees nothing but its root; leave the path out of it" },
	{ "KillMode", "all processes of a container end with its first one" },
	{ "ListenDatagram", "only connections are served: ListenStream=" },
	{ "ListenFIFO", "only connections are served: ListenStream=" },
	{ "ListenNetlink", "only connections are served: ListenStream=" },
	{ "ListenSequentialPacket", "only stream connections are served: ListenStream=" },
	{ "ListenSpecial", "only connections are served: ListenStream=" },
	{ "MemoryLow", "memory is limited, not kept for a service" },
	{ "MemoryMin", "memory is limited, not kept for a service" },
	{ "MountAPIVFS", "every container has its own /proc and /dev" },
	{ "NoNewPrivileges", "it is always on" },
	{ "PAMName", "no program of the host takes part in a container" },
	{ "PassEnvironment", "the environment is built, never inherited; use Environment=" },
	{ "PrivateDevices", "it is always on" },
	{ "PrivateIPC", "it is always on" },
	{ "PrivateMounts", "it is always on" },
	{ "PrivateNetwork", "it is always on: every container has an empty network" },
	{ "PrivateTmp", "it is always on" },
	{ "PrivateUsers", "it is always on" },
	{ "ProtectControlGroups", "it is always on: a container has no /sys" },
	{ "ProtectHome", "it is always on: a container sees nothing but its root" },
	{ "ProtectHostname", "it is always on" },
	{ "ProtectKernelLogs", "it is always on" },
	{ "ProtectKernelModules", "it is always on" },
	{ "ProtectKernelTunables", "it is always on" },
	{ "ProtectProc", "it is always on: a container sees its own processes only" },
	{ "ProtectSystem", "it is always on: the root is read-only; see RootEphemeral=" },
	{ "ReadOnlyPaths", "the root is read-only; see BindReadOnlyPaths=" },
	{ "ReadWritePaths", "the root is read-only; use BindPaths= or TemporaryFileSystem=" },
	{ "Restart", "a container is made anew for every connection" },
	{ "RestrictAddressFamilies", "SocketSeal= leaves no family but AF_UNIX" },
	{ "RestrictNamespaces", "it is always on" },
	{ "RootImage", "images are not supported; mount it and use RootDirectory=" },
	{ "RuntimeDirectory", "a container has an empty /run of its own" },
	{ "SendSIGKILL", "SIGKILL always follows after TimeoutStopSec=" },
	{ "Service", "a [service NAME] is listener and command in one" },
	{ "Slice", "every service has a control group of its own below ControlGroup=" },
	{ "StandardOutput", "it follows StandardInput=: the socket, or where StandardError= goes" },
	{ "StateDirectory", "use BindPaths= with a directory of the host" },
	{ "SupplementaryGroups", "a container has User= and Group= and no other group" },
	{ "SystemCallLog", "what is denied is denied; see SystemCallErrorNumber=" },
	{ "TimeoutSec", "use TimeoutStopSec= or RuntimeMaxSec=" },
	{ "TimeoutStartSec", "a container has no start that could be waited for" },
	{ "Transparent", "transparent sockets are not supported" },
	{ "TriggerLimitBurst", "a service is never stopped for being used; see MaxConnections=" },
	{ "TriggerLimitIntervalSec", "a service is never stopped for being used; see "
				     "MaxConnections=" },
	{ "Type", "a service is always one command for each connection" },
	{ "WatchdogSec", "use RuntimeMaxSec=" },
};

const char *directive_refused(const char *name)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].name, name) == 0)
			return refusals[i].reason;
	return NULL;
}

static unsigned char lower(char byte)
{
	return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

static size_t least(size_t one, size_t two, size_t three)
{
	if (two < one)
		one = two;
	return three < one ? three : one;
}

/* Levenshtein's distance, blind to case: "listenstream" is a ListenStream. */
static size_t distance(const char *left, const char *right)
{
	size_t row[NAME_MAX_LENGTH + 1];
	size_t length = strlen(right);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; left[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];
			size_t change = lower(left[i - 1]) == lower(right[j - 1]) ? 0 : 1;

			row[j] = least(above + 1, row[j - 1] + 1, corner + change);
			corner = above;
		}
	}
	return row[length];
}

/* The nearest name among the section's directives, or NULL when none is near. */
static const char *nearest(enum section_kind kind, const char *name)
{
	size_t best = strlen(name) / 2 < DISTANCE_MAX ? strlen(name) / 2 : DISTANCE_MAX;
	const struct directive *directive;
	const char *found = NULL;

	if (strlen(name) > NAME_MAX_LENGTH)
		return NULL;
	for (size_t i = 0; (directive = directive_row(i)); i++) {
		size_t far;

		if (!directive_belongs(directive, kind))
			continue;
		far = distance(name, directive->info.name);
		if (far < best || (far == best && !found)) {
			best = far;
			found = directive->info.name;
		}
	}
	return found;
}

void directive_unknown(struct config_errors *errors, struct origin origin, const char *title,
		       enum section_kind kind, const char *name)
{
	const char *text;

	if (directive_find(SECTION_DAEMON, name))
		text = "is of the whole daemon, expected in [spawnd]";
	else if (directive_find(SECTION_SERVICE, name))
		text = kind == SECTION_DAEMON ? "is of a service, expected in [service NAME]"
					      : "cannot be a default, expected in [service NAME]";
	else
		text = NULL;
	if (text) {
		config_errors_add(errors, origin, "[%s] %s: %s", title, name, text);
		return;
	}
	text = directive_refused(name);
	if (text) {
		config_errors_add(errors, origin, "[%s] %s: not supported: %s", title, name, text);
		return;
	}
	text = nearest(kind, name);
	config_errors_add(errors, origin, "[%s] %.40s: unknown, expected %s%s", title, name,
			  text ? text : "a directive of spawnd.conf(5)", text ? "?" : "");
}
