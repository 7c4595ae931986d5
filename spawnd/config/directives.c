/* SPDX-License-Identifier: ISC */
/*
 * THE TABLE: one row per directive. What a directive is called, where it may stand, how its value
 * is read, where it goes, what it is when nobody says: all of it is here and nowhere else; parsing,
 * -T, the tests of the manual and the fuzzer's corpus follow the rows. Start regime, every process.
 */
#include "config/directive.h"

#include "base/clock.h"
#include "config/store.h"

#include <string.h>

#define MEMBER(type, member) .offset = offsetof(struct type, member)

/* Rows of [spawnd], of [service NAME] and [defaults], and of [service NAME] only. */
#define DAEMON(key, member, text, shown)                                                           \
	.info = { "spawnd", key, text, shown, false }, MEMBER(daemon_spec, member)
#define SERVICE(key, member, text, shown)                                                          \
	.info = { "service", key, text, shown, false }, MEMBER(service_spec, member)
#define SERVICE_ONLY(key, member, text, shown)                                                     \
	.info = { "service", key, text, shown, true }, MEMBER(service_spec, member)

#define BOOLEAN .parse = parse_boolean, .expected = "yes or no"
#define NUMBER(low, high)                                                                          \
	.parse = parse_number, .minimum = (low), .maximum = (high),                                \
	.expected = "a number from " #low " to " #high
#define SECONDS(low, high)                                                                         \
	.parse = parse_span, .minimum = (low)*CLOCK_SECOND_NS, .maximum = (high)*CLOCK_SECOND_NS,  \
	.expected = "a time span from " #low "s to " #high "s"
#define DEADLINE                                                                                   \
	.parse = parse_span, .minimum = CLOCK_MILLISECOND_NS, .maximum = CLOCK_NEVER_NS,           \
	.expected = "a time span of at least 1ms, or infinity"
#define RATE_INTERVAL                                                                              \
	.parse = parse_span, .minimum = CLOCK_MILLISECOND_NS, .maximum = 86400 * CLOCK_SECOND_NS,  \
	.expected = "a time span from 1ms to 1d"
#define NETWORKS                                                                                   \
	.parse = parse_networks, .flags = DIRECTIVE_LIST,                                          \
	.expected = "addresses, networks as 192.0.2.0/24, any, localhost, link-local, multicast "  \
		    "or file:/PATH"
#define PATH .parse = parse_path, .expected = "an absolute path"
#define CHOICE(names, text) .parse = parse_choice, .choices = (names), .expected = text

#define LIMIT(key, resource, kind, text, shown)                                                    \
	{                                                                                          \
		SERVICE("Limit" key, container.limits[RLIMIT_##resource], text, shown),            \
			.parse = parse_limit, .argument = VALUE_LIMIT_##kind,                      \
			.expected = LIMIT_EXPECTED_##kind                                          \
	}
#define LIMIT_EXPECTED_COUNT "a number or infinity, or SOFT:HARD with SOFT not above HARD"
#define LIMIT_EXPECTED_BYTES "a size or infinity, or SOFT:HARD with SOFT not above HARD"
#define LIMIT_EXPECTED_SECONDS "a time span or infinity, or SOFT:HARD with SOFT not above HARD"
#define LIMIT_EXPECTED_MICROSECONDS                                                                \
	"a time span (bare: microseconds) or infinity, or SOFT:HARD with SOFT not above HARD"
#define LIMIT_EXPECTED_NICE "a nice level from -20 to +19 with its sign, or a number from 0 to 40"

#define GROUP_LIMIT(key, limit, text, shown, wanted)                                               \
	{ SERVICE(key, container.group[GROUP_##limit], text, shown), .parse = parse_group_limit,   \
	  .argument = GROUP_##limit, .expected = wanted },                                         \
	{                                                                                          \
		SERVICE("Service" key, group[GROUP_##limit], text, shown),                         \
			.parse = parse_group_limit, .argument = GROUP_##limit, .expected = wanted  \
	}
#define EXPECTED_MEMORY "a size of at least 4K, a percentage of the memory, or infinity"
#define EXPECTED_SWAP "a size, a percentage of the swap space, or infinity"
#define EXPECTED_TASKS "a number from 1, a percentage, or infinity"
#define EXPECTED_QUOTA "a percentage of one processor from 1%"

static const char *derive_hostname(struct config_store *store, const void *spec)
{
	const struct service_spec *service = spec;
	char *name = store_string(store, service->name);

	for (char *at = name; at && *at; at++)
		if ((*at < 'a' || *at > 'z') && (*at < '0' || *at > '9'))
			*at = '-';
	/* RFC 1123: no hyphen at either end */
	for (size_t length = name ? strlen(name) : 0; length && name[length - 1] == '-'; length--)
		name[length - 1] = '\0';
	if (name)
		name += strspn(name, "-");
	return name && *name ? name : "container";
}

static const char *derive_group(struct config_store *store, const void *spec)
{
	const struct service_spec *service = spec;

	return store_stringf(store, "%u", service->container.uid);
}

#define WARM_MAX_DEFAULT 32

/*
 * Not more than there can be connections, or than LimitNPROC= leaves beside them; not fewer than
 * there are to be.
 */
static const char *derive_warm_max(struct config_store *store, const void *spec)
{
	const struct service_spec *service = spec;
	rlim_t processes =
		service->container.limits[RLIMIT_NPROC].soft / (service->container.init ? 2 : 1);
	unsigned int most = WARM_MAX_DEFAULT;

	if (most > processes - service->max_connections || processes < service->max_connections)
		most = processes > service->max_connections
			       ? (unsigned int)(processes - service->max_connections)
			       : 0;
	if (most > service->max_connections)
		most = service->max_connections;
	if (most < service->warm_min)
		most = service->warm_min;
	return store_stringf(store, "%u", most);
}

static const struct directive directives[] = {
	{ DAEMON("User", user, "", "spawnd"), .parse = parse_account,
	  .expected = "a user name or a number" },
	{ DAEMON("IdBase", id_base, "1879048192", "655360"), .parse = parse_id_base,
	  .minimum = SPEC_ID_COUNT,
	  .maximum = (INT64_C(1) << 32) - (SPEC_SERVICES_MAX + 2) * (int64_t)SPEC_ID_COUNT,
	  .expected = "a multiple of 65536 from 65536 to 4032692224" },
	{ DAEMON("MaxConnections", max_connections, "1024", "200"), NUMBER(1, 1000000) },
	{ DAEMON("SourceTableSize", source_table_size, "16384", "65536"), NUMBER(16, 1048576) },
	{ DAEMON("SourceTableOverflow", source_overflow, "permissive", "deny-new"),
	  CHOICE(source_overflow_names, "permissive or deny-new") },
	{ DAEMON("SourcePrefixIPv4", source_v4_bits, "32", "24"), NUMBER(1, 32) },
	{ DAEMON("SourcePrefixIPv6", source_v6_bits, "64", "56"), NUMBER(1, 128) },
	{ DAEMON("TimeoutStopSec", timeout_stop_ns, "30s", "1min 30s"), SECONDS(1, 31536000) },
	{ DAEMON("AccountingFile", accounting_file, "", "/var/log/spawnd/connections.jsonl"), PATH,
	  .flags = DIRECTIVE_OPTIONAL },
	{ DAEMON("AccountingMaxSize", accounting_max_bytes, "", "100M"), .parse = parse_size,
	  .minimum = 4096, .maximum = INT64_MAX, .expected = "a size of at least 4K" },
	{ DAEMON("StatusFile", status_file, "", "/var/lib/spawnd/status"), PATH,
	  .flags = DIRECTIVE_OPTIONAL },
	{ DAEMON("AnonymizeSource", anonymize, "none", "prefix"),
	  CHOICE(anonymize_names, "none, prefix or hash") },
	{ DAEMON("LogTarget", log_sink, "stderr", "file:/var/log/spawnd/spawnd.log"),
	  .parse = parse_log_target, .expected = "stderr, syslog or file:/PATH" },
	{ DAEMON("LogLevel", log_level, "info", "notice"), .parse = parse_log_level,
	  .expected = "error, warning, notice, info or debug" },
	{ DAEMON("PIDFile", pid_file, SPAWND_RUNDIR "/spawnd.pid", "/run/spawnd.pid"), PATH,
	  .flags = DIRECTIVE_OPTIONAL },
	{ DAEMON("ControlSocket", control_socket, SPAWND_RUNDIR "/control", "/run/spawnd-control"),
	  .parse = parse_socket_path, .expected = "an absolute path", .flags = DIRECTIVE_OPTIONAL },
	{ DAEMON("ControlGroup", control_group, "/spawnd", "system/spawnd"),
	  .parse = parse_control_group, .flags = DIRECTIVE_OPTIONAL,
	  .expected = "a path of letters, digits and ._-:@" },

	/* what is listened on */
	{ SERVICE_ONLY("ListenStream", listeners, "", "[::1]:7007"), .parse = parse_listen,
	  .flags = DIRECTIVE_LIST },
	{ SERVICE("BindIPv6Only", socket.bind_ipv6_only, "default", "both"),
	  CHOICE(bind_ipv6_only_names, "default, both or ipv6-only") },
	{ SERVICE("Backlog", socket.backlog, "4096", "128"), NUMBER(1, 2147483647) },
	{ SERVICE("SocketUser", socket.user, "", "www-data"), .parse = parse_account,
	  .expected = "a user name or a number" },
	{ SERVICE("SocketGroup", socket.group, "", "www-data"), .parse = parse_account,
	  .expected = "a group name or a number" },
	{ SERVICE("SocketMode", socket.mode, "0666", "0660"), .parse = parse_mode, .maximum = 0777,
	  .expected = "an octal mode up to 0777" },
	{ SERVICE("NoDelay", socket.no_delay, "no", "yes"), BOOLEAN },
	{ SERVICE("KeepAlive", socket.keep_alive, "no", "yes"), BOOLEAN },
	{ SERVICE("KeepAliveTimeSec", socket.keep_alive_time_ns, "", "2h"), SECONDS(1, 32767) },
	{ SERVICE("KeepAliveIntervalSec", socket.keep_alive_interval_ns, "", "75s"),
	  SECONDS(1, 32767) },
	{ SERVICE("KeepAliveProbes", socket.keep_alive_probes, "", "9"), NUMBER(1, 127) },
	{ SERVICE("FreeBind", socket.free_bind, "no", "yes"), BOOLEAN },
	{ SERVICE("ReusePort", socket.reuse_port, "no", "yes"), BOOLEAN },
	{ SERVICE("BindToDevice", socket.bind_to_device, "", "lo"), .parse = parse_interface,
	  .expected = "the name of an interface" },
	{ SERVICE("SendBuffer", socket.send_buffer_bytes, "", "256K"), .parse = parse_size,
	  .minimum = 1, .maximum = 1 << 30, .expected = "a size from 1 to 1G" },
	{ SERVICE("ReceiveBuffer", socket.receive_buffer_bytes, "", "256K"), .parse = parse_size,
	  .minimum = 1, .maximum = 1 << 30, .expected = "a size from 1 to 1G" },
	{ SERVICE("DeferAcceptSec", socket.defer_accept_ns, "0", "5s"), SECONDS(0, 32767) },

	/* how many, and how long */
	{ SERVICE("MaxConnections", max_connections, "64", "10"), NUMBER(1, 1000000) },
	{ SERVICE("ProxyProtocol", admission.proxy_protocol, "no", "no"),
	  CHOICE(proxy_protocol_names, "no or require") },
	{ SERVICE("ProxyProtocolFrom", admission.proxy_from, "", "localhost 192.0.2.1"), NETWORKS },
	{ SERVICE("IPAddressAllow", admission.allow, "", "localhost 192.0.2.0/24"), NETWORKS },
	{ SERVICE("IPAddressDeny", admission.deny, "", "any"), NETWORKS },
	{ SERVICE("DenyInKernel", admission.deny_in_kernel, "no", "yes"), BOOLEAN },
	{ SERVICE("Overflow", admission.overflow, "reject", "defer"),
	  CHOICE(overflow_names, "reject, reset, defer or queue") },
	{ SERVICE("OverflowMessage", admission.overflow_message, "", "\"421 too busy\\r\\n\""),
	  .parse = parse_message, .expected = "a text of at most 512 bytes" },
	{ SERVICE("QueueMax", admission.queue_max, "64", "16"), NUMBER(1, 100000) },
	{ SERVICE("QueueTimeoutSec", admission.queue_timeout_ns, "10s", "3s"), DEADLINE },
	{ SERVICE("PauseOnPressure", admission.pressure, "no", "memory:20% cpu:90% io:50%"),
	  .parse = parse_pressure, .expected = "no, or KIND:PERCENT with KIND of memory, cpu, io" },
	{ SERVICE("MaxConnectionsPerSource", admission.max_per_source, "0", "8"),
	  NUMBER(0, 1000000) },
	{ SERVICE("RateLimitIntervalSec", admission.rate.interval_ns, "1s", "10s"), RATE_INTERVAL },
	{ SERVICE("RateLimitBurst", admission.rate.burst, "0", "500"), NUMBER(0, 1000000) },
	{ SERVICE("SourceRateLimitIntervalSec", admission.source_rate.interval_ns, "1s", "1min"),
	  RATE_INTERVAL },
	{ SERVICE("SourceRateLimitBurst", admission.source_rate.burst, "0", "30"),
	  NUMBER(0, 1000000) },
	{ SERVICE("SourcePenalties", admission.penalties, "no",
		  "crash:90s limit:30s no-bytes:5s min:15s max:10min"),
	  .parse = parse_penalties,
	  .expected = "no, or KIND:TIME with KIND of crash, limit, no-bytes, min, max" },
	{ SERVICE("SourcePenaltyExempt", admission.exempt, "", "localhost 192.0.2.0/24"),
	  NETWORKS },
	{ SERVICE("Warm", warmth, "ready", "started"),
	  CHOICE(warmth_names, "none, ready, before-main or started") },
	{ SERVICE("WarmCheck", warm_check, "", "\"GET / HTTP/1.0\\r\\n\\r\\n\""),
	  .parse = parse_request, .expected = "a text, or file:/PATH" },
	{ SERVICE("WarmMin", warm_min, "1", "4"), NUMBER(0, 10000) },
	{ SERVICE("WarmMax", warm_max, "", "16"), NUMBER(0, 10000), .derive = derive_warm_max },
	{ SERVICE("WarmMemoryMax", warm_memory_bytes, "64M", "8M"), .parse = parse_size,
	  .minimum = 0, .maximum = INT64_MAX, .expected = "a size" },
	{ SERVICE("RuntimeMaxSec", runtime_max_ns, "infinity", "5min"), DEADLINE },
	{ SERVICE("IdleTimeoutSec", deadlines.idle_ns, "infinity", "10min"), DEADLINE },
	{ SERVICE("FirstByteTimeoutSec", deadlines.first_byte_ns, "infinity", "15s"), DEADLINE },
	{ SERVICE("ClientGone", deadlines.client_gone, "ignore", "kill"),
	  CHOICE(client_gone_names, "ignore or kill") },
	{ SERVICE("ClientGoneSec", deadlines.client_gone_ns, "10s", "1min"), SECONDS(0, 31536000) },
	{ SERVICE("TimeoutStopSec", timeout_stop_ns, "5s", "1min"), .parse = parse_span,
	  .minimum = CLOCK_MILLISECOND_NS, .maximum = 31536000 * CLOCK_SECOND_NS,
	  .expected = "a time span from 1ms to 31536000s" },
	{ SERVICE("KillSignal", kill_signal, "SIGTERM", "SIGHUP"), .parse = parse_signal,
	  .expected = "a signal's name or number" },

	/* what is run, and in what */
	{ SERVICE("RootDirectory", container.root_directory, "", "/srv/echo"), PATH,
	  .flags = DIRECTIVE_SPECIFIERS },
	{ SERVICE("RootEphemeral", container.root_ephemeral, "no", "yes"), BOOLEAN },
	{ SERVICE("RootEphemeralSize", container.root_ephemeral_bytes, "16M", "64M"),
	  .parse = parse_size, .minimum = 4096, .maximum = INT64_MAX,
	  .expected = "a size of at least 4K" },
	{ SERVICE("TemporaryFileSystem", container.tmpfs,
		  "/tmp:size=16M,nr_inodes=4096,mode=1777 /run:size=4M,nr_inodes=1024,mode=0755 "
		  "/dev/shm:size=4M,nr_inodes=1024,mode=1777",
		  "/tmp:size=1G,mode=1777 /var/cache:ro"),
	  .parse = parse_tmpfs, .flags = DIRECTIVE_LIST | DIRECTIVE_SPECIFIERS },
	{ SERVICE("BindPaths", container.binds, "", "/srv/data:/data -/srv/spool:/spool:norbind"),
	  .parse = parse_binds, .flags = DIRECTIVE_LIST | DIRECTIVE_SPECIFIERS },
	{ SERVICE("BindReadOnlyPaths", container.binds, "", "/usr \"/etc/ssl/my certs:/certs\""),
	  .parse = parse_binds, .flags = DIRECTIVE_LIST | DIRECTIVE_SPECIFIERS, .argument = 1 },
	{ SERVICE("ProcSubset", container.proc_subset, "pid", "all"),
	  CHOICE(proc_subset_names, "pid or all") },
	{ SERVICE_ONLY("ExecStart", container.exec_path, "",
		       "@/bin/sh hello -c 'echo \"hello, $$REMOTE_ADDR\"'"),
	  .parse = parse_exec, .flags = DIRECTIVE_SPECIFIERS | DIRECTIVE_OPTIONAL },
	{ SERVICE("User", container.uid, "nobody", "1000"), .parse = parse_id, .minimum = 0,
	  .maximum = SPEC_ID_COUNT - 2, .expected = "a number from 0 to 65534, root or nobody" },
	{ SERVICE("Group", container.gid, "", "1000"), .parse = parse_id, .minimum = 0,
	  .maximum = SPEC_ID_COUNT - 2, .derive = derive_group,
	  .expected = "a number from 0 to 65534, root or nobody" },
	{ SERVICE("WorkingDirectory", container.working_directory, "/", "-/srv"),
	  .parse = parse_working_directory, .expected = "an absolute path",
	  .flags = DIRECTIVE_SPECIFIERS },
	{ SERVICE("Environment", container.environment, "", "LANG=C \"GREETING=good morning\""),
	  .parse = parse_environment, .flags = DIRECTIVE_LIST | DIRECTIVE_SPECIFIERS },
	{ SERVICE("UMask", container.umask, "0022", "0077"), .parse = parse_mode, .maximum = 0777,
	  .expected = "an octal mask up to 0777" },
	{ SERVICE("Hostname", container.hostname, "", "echo.example.org"), .parse = parse_hostname,
	  .derive = derive_hostname,
	  .expected = "a host name of letters, digits and hyphens, dots between labels" },
	{ SERVICE("Init", container.init, "no", "yes"), BOOLEAN },
	{ SERVICE("SocketSeal", container.socket_seal, "strict", "relay"),
	  CHOICE(socket_seal_names, "strict, local, relay or none") },
	{ SERVICE("NetworkScope", container.network_scope, "connection", "service"),
	  CHOICE(network_scope_names, "connection or service") },
	{ SERVICE("SystemCallFilter", container.syscall_filter, "", "@system-service fchmod:EPERM"),
	  .parse = parse_syscall_filter, .flags = DIRECTIVE_LIST },
	{ SERVICE("SystemCallErrorNumber", container.syscall_error, "kill", "EPERM"),
	  .parse = parse_syscall_error, .expected = "a name or number of errno(3), or kill" },
	{ SERVICE("SystemCallArchitectures", container.syscall_architectures, "native",
		  "native x86"),
	  .parse = parse_syscall_architectures,
	  .expected = "native, x86, x86-64, arm, arm64 or another of seccomp_arch_add(3)" },
	{ SERVICE("StandardInput", container.standard_input, "socket", "null"),
	  CHOICE(standard_input_names, "socket or null") },
	{ SERVICE("StandardError", container.standard_error, "log", "socket"),
	  CHOICE(standard_error_names, "log, null or socket") },

	/* what it may use; spawnd.conf(5) has the reason of each default */
	LIMIT("CPU", CPU, SECONDS, "infinity", "30s:1min"),
	LIMIT("FSIZE", FSIZE, BYTES, "infinity", "10M"),
	LIMIT("DATA", DATA, BYTES, "infinity", "64M"),
	LIMIT("STACK", STACK, BYTES, "8M", "1M:8M"),
	LIMIT("CORE", CORE, BYTES, "1", "infinity"),
	LIMIT("RSS", RSS, BYTES, "infinity", "64M"),
	LIMIT("NOFILE", NOFILE, COUNT, "1024:4096", "256"),
	LIMIT("AS", AS, BYTES, "infinity", "1G"),
	LIMIT("NPROC", NPROC, COUNT, "4096", "512"),
	LIMIT("MEMLOCK", MEMLOCK, BYTES, "64K", "0"),
	LIMIT("LOCKS", LOCKS, COUNT, "infinity", "100"),
	LIMIT("SIGPENDING", SIGPENDING, COUNT, "1024", "64"),
	LIMIT("MSGQUEUE", MSGQUEUE, BYTES, "0", "800K"),
	LIMIT("NICE", NICE, NICE, "0", "+10"),
	LIMIT("RTPRIO", RTPRIO, COUNT, "0", "10"),
	LIMIT("RTTIME", RTTIME, MICROSECONDS, "infinity", "200ms"),
	GROUP_LIMIT("MemoryMax", MEMORY_MAX, "infinity", "64M", EXPECTED_MEMORY),
	GROUP_LIMIT("MemoryHigh", MEMORY_HIGH, "infinity", "12.5%", EXPECTED_MEMORY),
	GROUP_LIMIT("MemorySwapMax", MEMORY_SWAP_MAX, "infinity", "0", EXPECTED_SWAP),
	GROUP_LIMIT("TasksMax", TASKS_MAX, "infinity", "32", EXPECTED_TASKS),
	GROUP_LIMIT("CPUQuota", CPU_QUOTA, "", "50%", EXPECTED_QUOTA),
	GROUP_LIMIT("CPUWeight", CPU_WEIGHT, "", "idle", "a weight from 1 to 10000, or idle"),
	GROUP_LIMIT("IOWeight", IO_WEIGHT, "", "50", "a weight from 1 to 10000"),
	{ SERVICE("LimitsRequired", limits_required, "yes", "no"), BOOLEAN },
	{ SERVICE("Nice", container.nice, "0", "10"), NUMBER(-20, 19) },
	{ SERVICE("OOMScoreAdjust", container.oom_score_adjust, "500", "1000"),
	  NUMBER(-1000, 1000) },
};

#define DIRECTIVES (sizeof(directives) / sizeof(directives[0]))

const struct directive *directive_row(size_t index)
{
	return index < DIRECTIVES ? &directives[index] : NULL;
}

const struct directive_info *directive_at(size_t index)
{
	return index < DIRECTIVES ? &directives[index].info : NULL;
}

bool directive_belongs(const struct directive *directive, enum section_kind kind)
{
	bool daemon = strcmp(directive->info.section, "spawnd") == 0;

	if (kind == SECTION_DAEMON)
		return daemon;
	return !daemon && (kind == SECTION_SERVICE || !directive->info.service_only);
}

const struct directive *directive_find(enum section_kind kind, const char *name)
{
	for (size_t i = 0; i < DIRECTIVES; i++)
		if (strcmp(directives[i].info.name, name) == 0 &&
		    directive_belongs(&directives[i], kind))
			return &directives[i];
	return NULL;
}
