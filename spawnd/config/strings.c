/* SPDX-License-Identifier: ISC */
/*
 * Values that stay text: paths, names of users, interfaces and hosts, log targets. Start regime,
 * every process. Nothing is looked up here (check.c does): the same text must parse alike in every
 * role, wherever it is confined to.
 */
#include "config/directive.h"

#include "base/text.h"
#include "config/store.h"
#include "config/words.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <sys/un.h>

const char *directive_path(struct assignment *assignment, const char *text)
{
	char *path, *out;

	if (*text != '/') {
		directive_fault(assignment,
				"\"%.60s\" is not absolute, expected a path that "
				"begins with '/'",
				text);
		return NULL;
	}
	if (strlen(text) >= PATH_MAX) {
		directive_fault(assignment, "the path is too long, expected at most %d bytes",
				PATH_MAX - 1);
		return NULL;
	}
	path = out = store_string(assignment->store, text);
	if (!path) {
		directive_no_memory(assignment);
		return NULL;
	}
	while (*text) {
		size_t length;

		text += strspn(text, "/");
		length = strcspn(text, "/");
		if (length == 2 && !strncmp(text, "..", 2)) {
			directive_fault(assignment, "a component \"..\", expected a path that "
						    "only goes down");
			return NULL;
		}
		if (length && !(length == 1 && *text == '.')) {
			*out++ = '/';
			memmove(out, text, length);
			out += length;
		}
		text += length;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
	return path;
}

static int set_string(struct assignment *assignment, const char *value)
{
	const char **field = assignment->field;

	*field = NULL;
	if (!*value)
		return 0;
	*field = store_string(assignment->store, value);
	return *field ? 0 : directive_no_memory(assignment);
}

int parse_path(struct assignment *assignment, const char *value)
{
	const char **field = assignment->field;

	*field = *value ? directive_path(assignment, value) : NULL;
	return *field || !*value ? 0 : -EINVAL;
}

/* A path that fits into a socket address. */
int parse_socket_path(struct assignment *assignment, const char *value)
{
	if (strlen(value) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return directive_fault(assignment, "the path is too long for a socket, expected "
						   "at most 107 bytes");
	return parse_path(assignment, value);
}

/* systemd's "strict mode" of a user or group name, and numbers. */
int parse_account(struct assignment *assignment, const char *value)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	int64_t id;
	size_t length = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				      "0123456789-");

	if (!*value || value_number(value, 0, UINT32_MAX - 1, &id) == 0)
		return set_string(assignment, value);
	if (!strchr(letters, *value) || value[length] || length > 31)
		return directive_wrong(assignment, -EINVAL, value);
	return set_string(assignment, value);
}

int parse_interface(struct assignment *assignment, const char *value)
{
	if (strlen(value) >= IFNAMSIZ || strpbrk(value, "/: \t") || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return directive_wrong(assignment, -EINVAL, value);
	return set_string(assignment, value);
}

/* RFC 1123 labels; HOST_NAME_MAX is the kernel's limit. */
int parse_hostname(struct assignment *assignment, const char *value)
{
	static const char inner[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-";
	const char *label = value;

	if (strlen(value) > HOST_NAME_MAX)
		return directive_wrong(assignment, -ERANGE, value);
	while (*value) {
		size_t length = strspn(label, inner);
		bool last = label[length] == '\0';

		if (!length || length > 63 || *label == '-' || label[length - 1] == '-' ||
		    (!last && label[length] != '.'))
			return directive_wrong(assignment, -EINVAL, value);
		if (last)
			break;
		label += length + 1;
	}
	return set_string(assignment, value);
}

int parse_working_directory(struct assignment *assignment, const char *value)
{
	struct service_spec *service = assignment->spec;

	if (*value == '~')
		return directive_fault(assignment, "\"~\" is not supported, since the root's "
						   "passwd file is not trusted; expected a path");
	service->container.working_directory_optional = *value == '-';
	return parse_path(assignment, *value == '-' ? value + 1 : value);
}

int parse_log_target(struct assignment *assignment, const char *value)
{
	struct daemon_spec *daemon = assignment->spec;

	daemon->log_file = NULL;
	if (strcmp(value, "stderr") == 0) {
		daemon->log_sink = LOG_SINK_STDERR;
	} else if (strcmp(value, "syslog") == 0) {
		daemon->log_sink = LOG_SINK_SYSLOG;
	} else if (strncmp(value, "file:", 5) == 0) {
		daemon->log_sink = LOG_SINK_FILE;
		daemon->log_file = directive_path(assignment, value + 5);
		return daemon->log_file ? 0 : -EINVAL;
	} else {
		return directive_wrong(assignment, -EINVAL, value);
	}
	return 0;
}

int parse_log_level(struct assignment *assignment, const char *value)
{
	/* by enum log_level; systemd's "err" is the first one too */
	static const char *const names[LOG_LEVELS] = { "error", "warning", "notice", "info",
						       "debug" };
	enum log_level *level = assignment->field;

	for (int i = 0; i < LOG_LEVELS; i++) {
		if (strcmp(value, names[i]) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	if (strcmp(value, "err") != 0)
		return directive_wrong(assignment, -EINVAL, value);
	*level = LOG_LEVEL_ERROR;
	return 0;
}

/* Words with quotes and C escapes, as everywhere; between them one blank. */
int parse_message(struct assignment *assignment, const char *value)
{
	struct words words = { .at = value, .c_escapes = true };
	char text[SPEC_OVERFLOW_MESSAGE_MAX + 1], word[4 * SPEC_OVERFLOW_MESSAGE_MAX];
	struct text message;
	int got;

	text_init(&message, text, sizeof(text));
	while ((got = words_next(&words, word, sizeof(word))) > 0) {
		text_add(&message, message.length > 0 ? " " : "");
		text_add(&message, word);
	}
	if (got < 0)
		return directive_fault(assignment, "%s", words.fault);
	if (message.cut)
		return directive_fault(assignment, "too long, expected at most %d bytes",
				       SPEC_OVERFLOW_MESSAGE_MAX);
	return set_string(assignment, text);
}
