/* SPDX-License-Identifier: ISC */
/*
 * config_parse(): the snapshot's files to sections, the sections' entries to specifications:
 * built-in defaults first, then [defaults], then the service's own. Start regime, every process;
 * pure: the same bytes give the same specification in every role. All errors are collected, none
 * ends the reading.
 */
#include "config/config.h"

#include "config/directive.h"
#include "config/errors.h"
#include "config/reader.h"
#include "config/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parse {
	struct config *config;
	struct config_store *store;
	struct config_errors *errors;
	const char *only;
	const char *file;	 /* being read; the store's copy */
	struct section *section; /* whose entries are read; NULL: of none, or one not kept */
	bool in_section;	 /* a section that is not kept needs no complaint */
	bool no_memory;
};

static bool is_service_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return length >= 1 && length <= SPEC_NAME_MAX && !name[length];
}

static void begin_service(struct parse *parse, const char *name, struct origin origin)
{
	struct config_store *store = parse->store;

	if (!is_service_name(name)) {
		config_errors_add(parse->errors, origin,
				  "[service %.40s] is no name, expected 1 to %d of a-z 0-9 _ -",
				  name, SPEC_NAME_MAX);
		name = "?"; /* go on: its entries may have errors too */
	}
	for (size_t i = 0; i < store->service_count; i++) {
		const struct section *other = store->services[i];

		if (strcmp(other->name, name) != 0 || *name == '?')
			continue;
		config_errors_add(parse->errors, origin,
				  "[service %s] is the second of this name, expected one; the "
				  "first is at %.120s:%u",
				  name, other->origin.file, other->origin.line);
		break;
	}
	if (store->service_count == SPEC_SERVICES_MAX) {
		config_errors_add(parse->errors, origin,
				  "[service %s] is one too many, expected at most %d services",
				  name, SPEC_SERVICES_MAX);
		return;
	}
	parse->section = section_new(store, name, origin);
	parse->no_memory = parse->no_memory || !parse->section;
	if (parse->only && strcmp(parse->only, name) != 0)
		parse->section = NULL;
}

static void begin_section(struct parse *parse, const char *title, struct origin origin)
{
	parse->in_section = true;
	parse->section = NULL;
	if (strcmp(title, "spawnd") == 0) {
		parse->section = &parse->store->daemon;
	} else if (strcmp(title, "defaults") == 0) {
		parse->section = &parse->store->defaults;
	} else if (!strncmp(title, "service", 7) && (title[7] == ' ' || title[7] == '\t')) {
		begin_service(parse, title + 8 + strspn(title + 8, " \t"), origin);
		return;
	} else {
		config_errors_add(parse->errors, origin,
				  "[%.40s] is no section, expected [spawnd], "
				  "[defaults] or [service NAME]",
				  title);
		return;
	}
	if (!parse->section->origin.file)
		parse->section->origin = origin;
}

static void add_entry(struct parse *parse, const struct reader_item *item, struct origin origin)
{
	struct section *section = parse->section;
	const struct directive *directive;

	if (!parse->in_section)
		config_errors_add(parse->errors, origin,
				  "%.40s stands before any section, expected "
				  "[spawnd], [defaults] or [service NAME] "
				  "first",
				  item->key);
	if (!section)
		return;
	directive = directive_find(section->kind, item->key);
	if (!directive)
		directive_unknown(parse->errors, origin, section->title, section->kind, item->key);
	else if (section_add(parse->store, section, directive, item->value, origin) < 0)
		parse->no_memory = true;
}

static void read_file(struct parse *parse, const char *bytes, size_t size)
{
	struct reader reader;
	struct reader_item item;

	parse->in_section = false;
	parse->section = NULL;
	reader_open(&reader, bytes, size);
	while (reader_next(&reader, &item) != READER_END) {
		struct origin origin = { parse->file, item.line };

		if (item.kind == READER_SECTION)
			begin_section(parse, item.value, origin);
		else if (item.kind == READER_ENTRY)
			add_entry(parse, &item, origin);
		else
			config_errors_add(parse->errors, origin, "%s", item.value);
	}
	reader_close(&reader);
}

static void add_file(struct parse *parse, const char *name, const char *bytes, size_t size)
{
	parse->file = name;
	config_errors_file(parse->errors, name);
	read_file(parse, bytes, size);
}

/* snapshot.h has the format. A snapshot that breaks it was made by nobody we know. */
static void read_files(struct parse *parse, const struct snapshot *snapshot)
{
	size_t at = 0;

	while (snapshot->size - at >= 2 * sizeof(uint32_t)) {
		uint32_t lengths[2], size;
		char *name;

		memcpy(lengths, snapshot->bytes + at, sizeof(lengths));
		at += sizeof(lengths);
		size = lengths[1] & ~SNAPSHOT_LIST;
		if (lengths[0] > snapshot->size - at || size > snapshot->size - at - lengths[0])
			break;
		name = store_alloc(parse->store, (size_t)lengths[0] + 1);
		if (!name) {
			parse->no_memory = true;
			return;
		}
		memcpy(name, snapshot->bytes + at, lengths[0]);
		at += lengths[0];
		if (lengths[1] & SNAPSHOT_LIST)
			parse->no_memory |=
				store_add_list(parse->store, name, snapshot->bytes + at, size) < 0;
		else
			add_file(parse, name, snapshot->bytes + at, size);
		at += size;
		if (at == snapshot->size)
			return;
	}
	config_errors_add(parse->errors, (struct origin){ parse->file, 0 },
			  "the snapshot of the configuration is damaged");
}

/* systemd expands %x in some values. Here "%%" alone is known. NULL with fault filled. */
static const char *expand_specifiers(struct assignment *assignment, const char *value)
{
	char *copy, *out;

	if (!strchr(value, '%'))
		return value;
	copy = out = store_string(assignment->store, value);
	if (!copy) {
		directive_no_memory(assignment);
		return NULL;
	}
	for (; *value; *out++ = *value++) {
		if (*value == '%' && *++value != '%') {
			directive_fault(assignment,
					"\"%%%.1s\": specifiers are not supported, "
					"expected %%%% for a percent sign",
					value);
			return NULL;
		}
	}
	*out = '\0';
	return copy;
}

static int run_parse(struct assignment *assignment, const char *value)
{
	if (assignment->directive->flags & DIRECTIVE_SPECIFIERS)
		value = expand_specifiers(assignment, value);
	return value ? assignment->directive->parse(assignment, value) : -EINVAL;
}

/* Back to the built-in default, or to nothing. Derived values are for assign_derived(). */
static int run_default(struct assignment *assignment, bool to_nothing)
{
	const struct directive *directive = assignment->directive;
	const char *text = to_nothing ? "" : directive->info.default_text;
	int error = 0;

	assignment->origin.file = NULL; /* the default's, not the assignment's */
	if (directive->derive)
		return 0;
	if (!*text || (directive->flags & DIRECTIVE_LIST))
		error = run_parse(assignment, "");
	return *text && !error ? run_parse(assignment, text) : error;
}

/* Assigns value to the spec: what every directive of every section goes through. */
static void assign(struct parse *parse, void *spec, const char *title,
		   const struct directive *directive, const char *value, struct origin origin)
{
	struct assignment assignment = { .store = parse->store,
					 .directive = directive,
					 .origin = origin,
					 .errors = parse->errors,
					 .spec = spec,
					 .field = (char *)spec + directive->offset };
	bool optional = directive->flags & DIRECTIVE_OPTIONAL;
	int error;

	if (*value)
		error = run_parse(&assignment, value);
	else
		error = run_default(&assignment, optional && origin.file);
	if (error)
		config_errors_add(parse->errors, origin, "[%s] %s: %s", title, directive->info.name,
				  assignment.fault);
}

static void assign_defaults(struct parse *parse, void *spec, enum section_kind kind)
{
	const struct directive *directive;

	for (size_t i = 0; (directive = directive_row(i)); i++)
		if (directive_belongs(directive, kind))
			assign(parse, spec, "built-in", directive, "", (struct origin){ NULL, 0 });
}

static void assign_entries(struct parse *parse, void *spec, const struct section *section)
{
	for (const struct entry *entry = section->first; entry; entry = entry->next)
		assign(parse, spec, section->title, entry->directive, entry->value, entry->origin);
}

/* Values that are made of others, where no assignment is in force. */
static void assign_derived(struct parse *parse, void *spec, const struct section *section)
{
	const struct directive *directive;

	for (size_t i = 0; (directive = directive_row(i)); i++) {
		const struct entry *entry;
		const char *text;

		if (!directive->derive || !directive_belongs(directive, section->kind))
			continue;
		entry = store_effective(parse->store, section, directive, NULL);
		if (entry && *entry->value)
			continue;
		text = directive->derive(parse->store, spec);
		if (text)
			assign(parse, spec, section->title, directive, text,
			       (struct origin){ NULL, 0 });
		else
			parse->no_memory = true;
	}
}

/* A copy of the defaults whose lists can grow without touching those of the next service. */
static void inherit(struct parse *parse, struct service_spec *service,
		    const struct service_spec *defaults)
{
	struct container_spec *container = &service->container;
	struct config_store *store = parse->store;

	*service = *defaults;
	container->binds = store_copy(store, container->binds, container->bind_count,
				      sizeof(*container->binds));
	container->tmpfs = store_copy(store, container->tmpfs, container->tmpfs_count,
				      sizeof(*container->tmpfs));
	container->environment.items =
		store_copy(store, container->environment.items, container->environment.count,
			   sizeof(*container->environment.items));
	if (!container->binds || !container->tmpfs || !container->environment.items) {
		container->bind_count = container->tmpfs_count = container->environment.count = 0;
		parse->no_memory = true;
	}
	container->syscall_filter.rules =
		store_copy(store, container->syscall_filter.rules, container->syscall_filter.count,
			   sizeof(*container->syscall_filter.rules));
	if (!container->syscall_filter.rules)
		parse->no_memory = true;
	if (!networks_copy(store, service))
		parse->no_memory = true;
}

static void make_service(struct parse *parse, unsigned int index,
			 const struct service_spec *defaults)
{
	struct service_spec *service = &parse->config->services[index];
	const struct section *section = parse->store->services[index];
	bool keep = !parse->only || strcmp(parse->only, section->name) == 0;

	if (keep)
		inherit(parse, service, defaults);
	service->name = section->name;
	service->index = index;
	service->origin = section->origin;
	if (!keep)
		return;
	assign_entries(parse, service, section);
	assign_derived(parse, service, section);
	networks_seal(service);
	rules_service(parse->config, service, parse->errors);
}

static void make_specs(struct parse *parse)
{
	struct config *config = parse->config;
	struct config_store *store = parse->store;
	struct service_spec *defaults = store_alloc(store, sizeof(*defaults));

	config->services = store_alloc(store, (store->service_count + 1) * sizeof(*defaults));
	if (!defaults || !config->services) {
		parse->no_memory = true;
		return;
	}
	config->service_count = store->service_count;
	assign_defaults(parse, &config->daemon, SECTION_DAEMON);
	assign_entries(parse, &config->daemon, &store->daemon);
	assign_defaults(parse, defaults, SECTION_SERVICE);
	assign_entries(parse, defaults, &store->defaults);
	for (unsigned int i = 0; i < config->service_count; i++)
		make_service(parse, i, defaults);
	if (!parse->only)
		rules_addresses(config, parse->errors);
}

int config_parse(struct config *config, const struct snapshot *snapshot, const char *only,
		 struct config_errors *errors)
{
	struct parse parse = { .config = config, .errors = errors, .only = only };
	size_t before = errors->count;

	*config = (struct config){ .store = store_new() };
	parse.store = config->store;
	parse.no_memory = !config->store;
	if (!parse.no_memory)
		read_files(&parse, snapshot);
	if (!parse.no_memory)
		make_specs(&parse);
	if (config->store)
		config->store->lists = NULL; /* they point into the snapshot */
	if (parse.no_memory)
		config_errors_add(errors, (struct origin){ parse.file, 0 },
				  "no memory left for the configuration");
	else if (!config->service_count)
		config_errors_add(errors, (struct origin){ parse.file, 0 },
				  "nothing to serve, expected a [service NAME]");
	else if (only && !config_find(config, only))
		config_errors_add(errors, (struct origin){ parse.file, 0 }, "no [service %.40s]",
				  only);
	return errors->count > before || errors->cut ? -EINVAL : 0;
}

const struct service_spec *config_find(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (strcmp(config->services[i].name, name) == 0)
			return &config->services[i];
	return NULL;
}

void config_free(struct config *config)
{
	store_free(config->store);
	*config = (struct config){ .store = NULL };
}
