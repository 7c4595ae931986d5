/* SPDX-License-Identifier: ISC */
/*
 * What one value cannot tell: what a service must have, and which of its values do not go together.
 * Start regime, every process; pure.
 */
#include "config/directive.h"

#include "base/clock.h"
#include "config/store.h"

#include <stdarg.h>
#include <string.h>

static const struct section *section_of(const struct config *config,
					const struct service_spec *service)
{
	return service ? config->store->services[service->index] : &config->store->daemon;
}

struct origin rules_origin(const struct config *config, const struct service_spec *service,
			   const char *name)
{
	return store_origin(config->store, section_of(config, service), name);
}

void rules_fault(const struct config *config, const struct service_spec *service, const char *name,
		 struct config_errors *errors, const char *format, ...)
{
	char text[224];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	config_errors_add(errors, rules_origin(config, service, name), "[%s] %s: %s",
			  section_of(config, service)->title, name, text);
}

/* A wrong value has had its own error: it is not missing too. */
static void require(const struct config *config, const struct service_spec *service,
		    const char *name, struct config_errors *errors, const char *expected)
{
	const struct section *section = config->store->services[service->index];
	const struct directive *directive = directive_find(SECTION_SERVICE, name);
	const struct entry *entry = store_effective(config->store, section, directive, NULL);

	if (!entry || !*entry->value)
		rules_fault(config, service, name, errors, "missing, expected %s", expected);
}

/* RLIMIT_NPROC counts a user's processes, and all containers of a service are of one user. */
static void rule_processes(const struct config *config, const struct service_spec *service,
			   struct config_errors *errors)
{
	uint64_t each = service->container.init ? 2 : 1;
	uint64_t least = ((uint64_t)service->max_connections + service->warm_max) * each;

	if (service->container.limits[RLIMIT_NPROC].soft < least)
		rules_fault(config, service, "LimitNPROC", errors,
			    "%llu is less than the processes of MaxConnections= and WarmMax= "
			    "together, expected at least %llu",
			    (unsigned long long)service->container.limits[RLIMIT_NPROC].soft,
			    (unsigned long long)least);
}

/*
 * A namespace may be shared only where nobody can make a socket in it or read what others have in
 * it
 * (/proc/net, which subset=pid has not).
 */
static void rule_network_scope(const struct config *config, const struct service_spec *service,
			       struct config_errors *errors)
{
	const struct container_spec *container = &service->container;

	if (container->network_scope != NETWORK_SCOPE_SERVICE)
		return;
	if (container->socket_seal == SOCKET_SEAL_LOCAL ||
	    container->socket_seal == SOCKET_SEAL_NONE)
		rules_fault(config, service, "NetworkScope", errors,
			    "service does not go with SocketSeal=%s, which leaves programs sockets "
			    "of their own; expected connection",
			    socket_seal_name(container->socket_seal));
	if (container->proc_subset == PROC_SUBSET_ALL)
		rules_fault(config, service, "NetworkScope", errors,
			    "service does not go with ProcSubset=all, where programs would see one "
			    "another's sockets; expected connection");
}

/* A default that another value does not leave room for is not what is wrong. */
static void rule_warm(const struct config *config, const struct service_spec *service,
		      struct config_errors *errors)
{
	if (service->warm_min > service->max_connections)
		rules_fault(config, service, "WarmMin", errors,
			    "%u is more than MaxConnections=%u, expected at most that",
			    service->warm_min, service->max_connections);
	else if (service->warm_max > service->max_connections)
		rules_fault(config, service, "WarmMax", errors,
			    "%u is more than MaxConnections=%u, expected at most that",
			    service->warm_max, service->max_connections);
	if (service->warm_max < service->warm_min)
		rules_fault(config, service, "WarmMax", errors,
			    "%u is less than WarmMin=%u, expected at least that", service->warm_max,
			    service->warm_min);
}

/* The kernel counts the bytes of TCP, not those of AF_UNIX. */
static void rule_counted(const struct config *config, const struct service_spec *service,
			 struct config_errors *errors)
{
	const struct deadline_spec *deadlines = &service->deadlines;
	const char *names[] = {
		deadlines->idle_ns != CLOCK_NEVER_NS ? "IdleTimeoutSec" : NULL,
		deadlines->first_byte_ns != CLOCK_NEVER_NS ? "FirstByteTimeoutSec" : NULL,
		service->admission.penalties.no_bytes_ns > 0 ? "SourcePenalties" : NULL,
	};

	for (size_t i = 0; i < service->listener_count; i++) {
		if (service->listeners[i].address.storage.ss_family != AF_UNIX)
			continue;
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			if (names[j])
				rules_fault(config, service, names[j], errors,
					    "the kernel counts no bytes of ListenStream=%.60s, "
					    "expected TCP alone",
					    service->listeners[i].text);
		return;
	}
}

/* Whoever may say who a client is could be anybody else: that is to be said, not assumed. */
static void rule_proxy(const struct config *config, const struct service_spec *service,
		       struct config_errors *errors)
{
	if (service->admission.proxy_protocol == PROXY_PROTOCOL_REQUIRE &&
	    spec_has_internet(service) && service->admission.proxy_from.count == 0)
		rules_fault(config, service, "ProxyProtocolFrom", errors,
			    "missing, expected the networks of the proxies");
}

void rules_service(const struct config *config, const struct service_spec *service,
		   struct config_errors *errors)
{
	require(config, service, "ListenStream", errors, "an address to listen on");
	require(config, service, "RootDirectory", errors, "the directory that becomes the root");
	require(config, service, "ExecStart", errors, "the program to run");
	rule_network_scope(config, service, errors);
	rule_warm(config, service, errors);
	rule_processes(config, service, errors);
	rule_counted(config, service, errors);
	rule_proxy(config, service, errors);
	rules_mounts(service, errors);
}
