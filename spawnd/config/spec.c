/* SPDX-License-Identifier: ISC */
/*
 * The words of the specification's enums, as the configuration writes them: for parsing, for the
 * log, for -T. Every process. Each table ends with NULL and is held to the length of its enum.
 */
#include "config/spec.h"

#include "config/config.h"

#include "config/directive.h"

#include <assert.h>

/* A name for each value, and the NULL. */
#define NAMED(names, choices)                                                                      \
	static_assert(sizeof(names) / sizeof((names)[0]) == (choices) + 1, "a name for each")

const char *const bind_ipv6_only_names[] = { [BIND_IPV6_DEFAULT] = "default",
					     [BIND_IPV6_BOTH] = "both",
					     [BIND_IPV6_ONLY] = "ipv6-only",
					     [BIND_IPV6_CHOICES] = NULL };
const char *const network_scope_names[] = { [NETWORK_SCOPE_CONNECTION] = "connection",
					    [NETWORK_SCOPE_SERVICE] = "service",
					    [NETWORK_SCOPE_CHOICES] = NULL };
const char *const socket_seal_names[] = { [SOCKET_SEAL_STRICT] = "strict",
					  [SOCKET_SEAL_LOCAL] = "local",
					  [SOCKET_SEAL_RELAY] = "relay",
					  [SOCKET_SEAL_NONE] = "none",
					  [SOCKET_SEAL_CHOICES] = NULL };
const char *const standard_input_names[] = { [STANDARD_INPUT_SOCKET] = "socket",
					     [STANDARD_INPUT_NULL] = "null",
					     [STANDARD_INPUT_CHOICES] = NULL };
const char *const standard_error_names[] = { [STANDARD_ERROR_LOG] = "log",
					     [STANDARD_ERROR_NULL] = "null",
					     [STANDARD_ERROR_SOCKET] = "socket",
					     [STANDARD_ERROR_CHOICES] = NULL };
const char *const proc_subset_names[] = {
	[PROC_SUBSET_PID] = "pid", [PROC_SUBSET_ALL] = "all", [PROC_SUBSET_CHOICES] = NULL
};
const char *const source_overflow_names[] = {
	[SOURCE_OVERFLOW_PERMISSIVE] = "permissive",
	[SOURCE_OVERFLOW_DENY_NEW] = "deny-new",
	[SOURCE_OVERFLOWS] = NULL,
};
const char *const overflow_names[] = {
	[OVERFLOW_REJECT] = "reject", [OVERFLOW_RESET] = "reset", [OVERFLOW_DEFER] = "defer",
	[OVERFLOW_QUEUE] = "queue",   [OVERFLOWS] = NULL,
};

const char *const warmth_names[] = { [WARMTH_NONE] = "none",
				     [WARMTH_READY] = "ready",
				     [WARMTH_BEFORE_MAIN] = "before-main",
				     [WARMTH_STARTED] = "started",
				     [WARMTH_LEVELS] = NULL };

NAMED(warmth_names, WARMTH_LEVELS);
const char *const client_gone_names[] = {
	[CLIENT_GONE_IGNORE] = "ignore", [CLIENT_GONE_KILL] = "kill", [CLIENT_GONE_CHOICES] = NULL
};
const char *const anonymize_names[] = { [ANONYMIZE_NONE] = "none",
					[ANONYMIZE_PREFIX] = "prefix",
					[ANONYMIZE_HASH] = "hash",
					[ANONYMIZE_CHOICES] = NULL };
const char *const proxy_protocol_names[] = { [PROXY_PROTOCOL_NO] = "no",
					     [PROXY_PROTOCOL_REQUIRE] = "require",
					     [PROXY_PROTOCOL_CHOICES] = NULL };

NAMED(bind_ipv6_only_names, BIND_IPV6_CHOICES);
NAMED(network_scope_names, NETWORK_SCOPE_CHOICES);
NAMED(socket_seal_names, SOCKET_SEAL_CHOICES);
NAMED(standard_input_names, STANDARD_INPUT_CHOICES);
NAMED(standard_error_names, STANDARD_ERROR_CHOICES);
NAMED(proc_subset_names, PROC_SUBSET_CHOICES);
NAMED(source_overflow_names, SOURCE_OVERFLOWS);
NAMED(overflow_names, OVERFLOWS);
NAMED(proxy_protocol_names, PROXY_PROTOCOL_CHOICES);
NAMED(anonymize_names, ANONYMIZE_CHOICES);
NAMED(client_gone_names, CLIENT_GONE_CHOICES);

const char *bind_ipv6_only_name(enum bind_ipv6_only value)
{
	return value < BIND_IPV6_CHOICES ? bind_ipv6_only_names[value] : "unknown";
}

const char *network_scope_name(enum network_scope value)
{
	return value < NETWORK_SCOPE_CHOICES ? network_scope_names[value] : "unknown";
}

const char *socket_seal_name(enum socket_seal value)
{
	return value < SOCKET_SEAL_CHOICES ? socket_seal_names[value] : "unknown";
}

const char *standard_input_name(enum standard_input value)
{
	return value < STANDARD_INPUT_CHOICES ? standard_input_names[value] : "unknown";
}

const char *standard_error_name(enum standard_error value)
{
	return value < STANDARD_ERROR_CHOICES ? standard_error_names[value] : "unknown";
}

const char *warmth_name(enum warmth value)
{
	return value < WARMTH_LEVELS ? warmth_names[value] : "unknown";
}

bool warmth_is_ahead(enum warmth value)
{
	return value >= WARMTH_BEFORE_MAIN;
}

const char *proc_subset_name(enum proc_subset value)
{
	return value < PROC_SUBSET_CHOICES ? proc_subset_names[value] : "unknown";
}

const char *source_overflow_name(enum source_overflow value)
{
	return value < SOURCE_OVERFLOWS ? source_overflow_names[value] : "unknown";
}

const char *client_gone_name(enum client_gone value)
{
	return value < CLIENT_GONE_CHOICES ? client_gone_names[value] : "unknown";
}

const char *anonymize_name(enum anonymize value)
{
	return value < ANONYMIZE_CHOICES ? anonymize_names[value] : "unknown";
}

const char *proxy_protocol_name(enum proxy_protocol value)
{
	return value < PROXY_PROTOCOL_CHOICES ? proxy_protocol_names[value] : "unknown";
}

const char *overflow_name(enum overflow value)
{
	return value < OVERFLOWS ? overflow_names[value] : "unknown";
}

#define DESCRIPTORS_SPARE 256 /* standard ones, sinks, control clients, the event loop's own */

bool spec_has_internet(const struct service_spec *service)
{
	for (size_t i = 0; i < service->listener_count; i++)
		if (service->listeners[i].address.storage.ss_family != AF_UNIX)
			return true;
	return false;
}

uint32_t config_connections(const struct config *config)
{
	/* and those whose account waits for their socket's end */
	uint64_t count = (uint64_t)config->daemon.max_connections * 5 / 4 + 64;

	for (size_t i = 0; i < config->service_count; i++)
		count += spec_queue_max(&config->services[i]);
	return count < SPEC_PLACES_MAX ? (uint32_t)count : SPEC_PLACES_MAX;
}

uint64_t config_descriptors(const struct config *config)
{
	/* The socket, the channel, standard error; and what is on its way to a relay. */
	uint64_t count = DESCRIPTORS_SPARE, connection = 3;

	for (size_t i = 0; i < config->service_count; i++) {
		const struct service_spec *service = &config->services[i];
		uint64_t containers = (uint64_t)service->warm_max + SPEC_CONTAINERS_SPARE;
		bool relays = spec_relays(&service->container);

		/* Two generations of it; links; what is parked has its channel, standard error. */
		count += 2 * (service->listener_count + 1 + 2 * containers +
			      spec_queue_max(service) + spec_greetings_max(service));
		count += relays ? 2 * (1 + 2 * containers) : 0;
		connection = relays ? 5 : connection;
	}
	return count + connection * config->daemon.max_connections;
}
