/* SPDX-License-Identifier: ISC */
/*
 * ListenStream=: addresses of a service, and the rule that no address is listened on twice. Start
 * regime, every process. An interface that does not exist is no error here: it may go and come
 * while spawnd runs, and every role must parse the same text alike; check.c tells the operator.
 */
#include "config/directive.h"

#include "config/store.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

int parse_listen(struct assignment *assignment, const char *value)
{
	struct service_spec *service = assignment->spec;
	struct listen_spec listener = { .origin = assignment->origin };
	const char *expected;
	int error;

	if (!*value) {
		service->listener_count = 0;
		return 0;
	}
	error = address_parse(&listener.address, value, &listener.any, &expected);
	if (error && error != -ENODEV)
		return directive_fault(assignment, "\"%.60s\" is no address, expected %s", value,
				       expected);
	if (service->listener_count >= SPEC_LISTENERS_MAX)
		return directive_fault(assignment, "too many addresses, expected at most %d",
				       SPEC_LISTENERS_MAX);
	listener.text = store_string(assignment->store, value);
	service->listeners = store_grow(assignment->store, service->listeners,
					service->listener_count, sizeof(listener));
	if (!listener.text || !service->listeners)
		return directive_no_memory(assignment);
	service->listeners[service->listener_count++] = listener;
	return 0;
}

/* What bind(2) will occupy. An IPv6 wildcard that takes IPv4 too occupies both. */
struct claim {
	struct address address;
	const char *device; /* sockets on different devices do not meet */
	const struct service_spec *service;
	const struct listen_spec *listener;
	size_t order;
	bool second; /* the IPv4 half of an IPv6 wildcard */
};

static bool takes_v4_too(const struct listen_spec *listener, const struct service_spec *service)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&listener->address.storage;

	return in6->sin6_family == AF_INET6 && service->socket.bind_ipv6_only != BIND_IPV6_ONLY &&
	       !memcmp(&in6->sin6_addr, &in6addr_any, sizeof(in6addr_any));
}

static size_t claim_all(const struct service_spec *service, struct claim *claims, size_t count)
{
	for (size_t i = 0; i < service->listener_count; i++) {
		const struct listen_spec *listener = &service->listeners[i];
		struct claim claim = { listener->address,
				       service->socket.bind_to_device,
				       service,
				       listener,
				       count,
				       false };
		struct sockaddr_in *in = (struct sockaddr_in *)&claim.address.storage;
		in_port_t port = ((struct sockaddr_in6 *)&claim.address.storage)->sin6_port;

		claims[count++] = claim;
		if (!takes_v4_too(listener, service))
			continue;
		claim.address = (struct address){ .length = sizeof(*in) };
		in->sin_family = AF_INET;
		in->sin_port = port;
		claim.second = true;
		claims[count++] = claim;
	}
	return count;
}

static int compare_addresses(const struct claim *left, const struct claim *right)
{
	if (left->address.length != right->address.length)
		return left->address.length < right->address.length ? -1 : 1;
	return memcmp(&left->address.storage, &right->address.storage, left->address.length);
}

static int compare_devices(const struct claim *left, const struct claim *right)
{
	return strcmp(left->device ? left->device : "", right->device ? right->device : "");
}

static int compare_claims(const void *left, const void *right)
{
	const struct claim *one = left, *other = right;
	int order = compare_addresses(one, other);

	if (!order)
		order = compare_devices(one, other);
	return order ? order : one->order < other->order ? -1 : 1;
}

static void fault_twice(const struct claim *one, const struct claim *other,
			struct config_errors *errors)
{
	const struct claim *later = one->order > other->order ? one : other;
	const struct claim *first = later == one ? other : one;
	char text[ADDRESS_TEXT_SIZE];

	if (one->second && other->second)
		return; /* their first halves meet, and tell */
	config_errors_add(errors, later->listener->origin,
			  "[service %s] ListenStream: %.80s is taken by [service %s] at %.80s:%u, "
			  "expected an address of its own",
			  later->service->name, address_text(&later->address, text),
			  first->service->name, first->listener->origin.file,
			  first->listener->origin.line);
}

void rules_addresses(const struct config *config, struct config_errors *errors)
{
	size_t room = 1, count = 0, group = 0;
	struct claim *claims;

	for (size_t i = 0; i < config->service_count; i++)
		room += 2 * config->services[i].listener_count;
	claims = calloc(room, sizeof(*claims));
	if (!claims) {
		errors->cut = true;
		return;
	}
	for (size_t i = 0; i < config->service_count; i++)
		count = claim_all(&config->services[i], claims, count);
	qsort(claims, count, sizeof(*claims), compare_claims);
	for (size_t i = 1; i < count; i++) {
		if (compare_addresses(&claims[group], &claims[i]))
			group = i;
		else if (!claims[group].device) /* sorted first: it meets every device */
			fault_twice(&claims[group], &claims[i], errors);
		else if (!compare_devices(&claims[i - 1], &claims[i]))
			fault_twice(&claims[i - 1], &claims[i], errors);
	}
	free(claims);
}
