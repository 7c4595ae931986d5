/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_SPEC_H
#define SPAWND_CONFIG_SPEC_H

/*
 * What the configuration says, as immutable data. Owned by struct config; every pointer lives as
 * long as it. Live state and counters are other structs, elsewhere.
 */
#include "base/log.h"
#include "net/address.h"
#include "net/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define SPEC_LISTENERS_MAX 64 /* of one service */
#define SPEC_SERVICES_MAX 4000
#define SPEC_NAME_MAX 32	/* service names: [a-z0-9_-]{1,32} */
#define SPEC_PLACES_MAX 4000000 /* in the loop's table of connections */
#define SPEC_CONTAINERS_SPARE 8 /* being made, or ended and not yet told */
#define SPEC_RLIMITS 16		/* RLIM_NLIMITS: RLIMIT_CPU .. RLIMIT_RTTIME */
#define SPEC_ID_COUNT 65536u	/* ids of one service's user namespace */
#define SPEC_ID_BASE                                                                               \
	1879048192u /* 0x70000000: no range of systemd, adduser or a container manager */

/* Where a value was written. file NULL: the built-in default. */
struct origin {
	const char *file;
	unsigned int line;
};

struct string_list {
	const char **items; /* count items and a NULL behind them */
	size_t count;
};

enum bind_ipv6_only { BIND_IPV6_DEFAULT, BIND_IPV6_BOTH, BIND_IPV6_ONLY, BIND_IPV6_CHOICES };

struct listen_spec {
	struct address address;
	bool any;	  /* a bare port: [::] or, on a kernel without IPv6, 0.0.0.0 */
	const char *text; /* as written */
	struct origin origin;
};

/*
 * Socket options of all listeners of a service; accepted sockets inherit them (Linux copies struct
 * sock).
 */
struct socket_spec {
	enum bind_ipv6_only bind_ipv6_only;
	unsigned int backlog;
	const char *user, *group; /* of an AF_UNIX socket; NULL: root. A host name or number */
	mode_t mode;
	bool no_delay, keep_alive, free_bind, reuse_port;
	int64_t keep_alive_time_ns, keep_alive_interval_ns; /* 0: the kernel's */
	unsigned int keep_alive_probes;			    /* 0: the kernel's */
	const char *bind_to_device;			    /* NULL: none */
	uint64_t send_buffer_bytes, receive_buffer_bytes;   /* 0: the kernel's */
	int64_t defer_accept_ns;			    /* 0: off */
};

struct bind_mount_spec {
	const char *source, *target; /* absolute; target inside the root */
	bool read_only;
	bool optional;	/* "-" before the source: a missing source is no error */
	bool recursive; /* ":rbind" (default) or ":norbind" */
	struct origin origin;
};

struct tmpfs_spec {
	const char *target; /* absolute, inside the root */
	uint64_t size_bytes, inodes;
	mode_t mode;
	bool read_only;
	struct origin origin;
};

struct limit_spec {
	bool set; /* false: the default profile's value, already in soft and hard */
	rlim_t soft, hard;
};

/*
 * Limits by control group, each of a connection's group and, named with "Service" before it, of the
 * group of all connections of a service.
 */
enum group_limit {
	GROUP_MEMORY_MAX,
	GROUP_MEMORY_HIGH,
	GROUP_MEMORY_SWAP_MAX,
	GROUP_TASKS_MAX,
	GROUP_CPU_QUOTA,
	GROUP_CPU_WEIGHT,
	GROUP_IO_WEIGHT,
	GROUP_LIMITS
};

enum group_unit {
	GROUP_UNIT_NONE,      /* no limit */
	GROUP_UNIT_ABSOLUTE,  /* bytes, tasks, a weight; of CPUQuota=: hundredths of a percent */
	GROUP_UNIT_PERMYRIAD, /* hundredths of a percent of what the machine has */
	GROUP_UNIT_IDLE,      /* CPUWeight=idle */
	GROUP_UNITS
};

struct group_limit_spec {
	enum group_unit unit;
	uint64_t value;
};

enum standard_input { STANDARD_INPUT_SOCKET, STANDARD_INPUT_NULL, STANDARD_INPUT_CHOICES };
enum standard_error {
	STANDARD_ERROR_LOG,
	STANDARD_ERROR_NULL,
	STANDARD_ERROR_SOCKET,
	STANDARD_ERROR_CHOICES
};
/* How far a container is made before its connection comes. */
enum warmth {
	WARMTH_NONE,	    /* it is made when the connection comes */
	WARMTH_READY,	    /* finished, the program not yet executed */
	WARMTH_BEFORE_MAIN, /* the program waits at its entry point, linked */
	WARMTH_STARTED,	    /* the program waits where it would first look at its connection */
	WARMTH_LEVELS
};
enum proc_subset { PROC_SUBSET_PID, PROC_SUBSET_ALL, PROC_SUBSET_CHOICES };

/* What a program may do with sockets: container/seal.h. */
enum socket_seal {
	SOCKET_SEAL_STRICT, /* no other socket that reaches anything */
	SOCKET_SEAL_LOCAL,  /* sockets inside its own empty network; needs the guard */
	SOCKET_SEAL_RELAY,  /* as strict, and it has no socket of the host's but pipes */
	SOCKET_SEAL_NONE,   /* no filter of spawnd's */
	SOCKET_SEAL_CHOICES
};

/* Whose the empty network namespace is. */
enum network_scope {
	NETWORK_SCOPE_CONNECTION, /* each connection has its own */
	NETWORK_SCOPE_SERVICE,	  /* one for all connections: no socket can be made in it */
	NETWORK_SCOPE_CHOICES
};

const char *network_scope_name(enum network_scope value);
const char *socket_seal_name(enum socket_seal value);
const char *standard_input_name(enum standard_input value);
const char *standard_error_name(enum standard_error value);
const char *warmth_name(enum warmth value);

/* The program is executed ahead of its connection. */
bool warmth_is_ahead(enum warmth value);
const char *proc_subset_name(enum proc_subset value);
const char *bind_ipv6_only_name(enum bind_ipv6_only value);

#define SPEC_ARCHITECTURES_MAX 3

enum { SYSCALL_DEFAULT = -1, SYSCALL_KILL = -2 }; /* else an errno; 0 is success without the call */

struct syscall_rule {
	const char *name;
	int error; /* SYSCALL_DEFAULT: allowed in an allow-list, else SystemCallErrorNumber= */
};

struct syscall_filter_spec {
	bool set, is_allow_list;
	struct syscall_rule *rules; /* each name once */
	size_t count;
};

struct syscall_architectures_spec {
	uint32_t tokens[SPEC_ARCHITECTURES_MAX]; /* AUDIT_ARCH_*, besides the native one */
	size_t count;
};

struct container_spec {
	const char *root_directory;
	bool root_ephemeral;
	uint64_t root_ephemeral_bytes; /* RootEphemeralSize=: of the tmpfs that takes the writes */
	struct bind_mount_spec *binds; /* sorted by target: parents first; mounted before tmpfs */
	size_t bind_count;
	struct tmpfs_spec *tmpfs; /* sorted by target; no mount lies below one. /tmp, /run and
				     /dev/shm are always there, with default sizes unless named */
	size_t tmpfs_count;
	enum proc_subset proc_subset;
	struct string_list exec_start; /* argv[]; items[0] is argv[0] */
	const char *exec_path; /* absolute, inside the root; differs from argv[0] after "@" */
	uid_t uid;	       /* inside the container */
	gid_t gid;
	const char *working_directory;	 /* inside the root */
	bool working_directory_optional; /* "-" before it */
	struct string_list environment;	 /* "NAME=value", each name once: the last assignment */
	mode_t umask;
	const char *hostname;
	bool init;
	enum socket_seal socket_seal;
	enum network_scope network_scope;
	struct syscall_filter_spec syscall_filter;
	int syscall_error; /* errno or SYSCALL_KILL */
	struct syscall_architectures_spec syscall_architectures;
	enum standard_input standard_input;
	enum standard_error standard_error;
	struct limit_spec limits[SPEC_RLIMITS];	     /* indexed by RLIMIT_* */
	struct group_limit_spec group[GROUP_LIMITS]; /* of each connection */
	int nice;
	int oom_score_adjust;
};

/* The programs have pipes or a socket pair, and a relay process moves the bytes. */
static inline bool spec_relays(const struct container_spec *container)
{
	return container->socket_seal == SOCKET_SEAL_RELAY;
}

/* At most `burst` in an interval; 0: no limit. */
struct rate_spec {
	int64_t interval_ns;
	unsigned int burst;
};

/* SourcePenalties=: what each kind of end adds; 0 nothing. */
struct penalty_spec {
	int64_t crash_ns, limit_ns, no_bytes_ns;
	int64_t min_ns, max_ns; /* what is enforced at least, and at most */
};

/* What becomes of those for whom the service has no place. */
enum overflow {
	OVERFLOW_REJECT, /* accepted and closed */
	OVERFLOW_RESET,	 /* the same, with RST */
	OVERFLOW_DEFER,	 /* not accepted: they wait in the backlog */
	OVERFLOW_QUEUE,	 /* accepted, up to QueueMax= */
	OVERFLOWS
};

const char *overflow_name(enum overflow value);

/* Whether every connection begins with a PROXY header. */
enum proxy_protocol { PROXY_PROTOCOL_NO, PROXY_PROTOCOL_REQUIRE, PROXY_PROTOCOL_CHOICES };

const char *proxy_protocol_name(enum proxy_protocol value);

/* What a host can be short of: /proc/pressure. */
enum pressure_kind { PRESSURE_MEMORY, PRESSURE_CPU, PRESSURE_IO, PRESSURE_KINDS };

extern const char *const pressure_names[PRESSURE_KINDS];

#define SPEC_OVERFLOW_MESSAGE_MAX 512

/* Who may connect, how many, how fast; what becomes of the others. */
struct admission_spec {
	enum proxy_protocol proxy_protocol;
	struct network_set proxy_from;	/* who may say who a client is */
	struct network_set allow, deny; /* the narrower match counts, allow if alike */
	bool deny_in_kernel;
	enum overflow overflow;
	const char *overflow_message; /* NULL: none */
	unsigned int queue_max;
	int64_t queue_timeout_ns;    /* CLOCK_NEVER_NS: no limit */
	unsigned int max_per_source; /* 0: no limit */
	struct rate_spec rate, source_rate;
	struct penalty_spec penalties;
	unsigned int pressure[PRESSURE_KINDS]; /* percent; 0: whatever it is */
	struct network_set exempt;	       /* from penalties */
};

/* When a client that has closed its end counts as gone. */
enum client_gone { CLIENT_GONE_IGNORE, CLIENT_GONE_KILL, CLIENT_GONE_CHOICES };

const char *client_gone_name(enum client_gone value);

/* CLOCK_NEVER_NS: none. */
struct deadline_spec {
	int64_t idle_ns, first_byte_ns;
	enum client_gone client_gone;
	int64_t client_gone_ns;
};

#define SPEC_REQUEST_MAX 65536

/* WarmCheck=: what a client says. */
struct request_spec {
	const char *bytes;
	size_t size; /* 0: nothing is tried */
};

struct service_spec {
	const char *name;
	unsigned int index; /* in config->services */
	struct origin origin;
	struct listen_spec *listeners;
	size_t listener_count;
	struct socket_spec socket;
	unsigned int max_connections;
	struct admission_spec admission;
	struct deadline_spec deadlines;
	enum warmth warmth;
	unsigned int warm_min, warm_max; /* containers that are parked, beside the connections */
	uint64_t warm_memory_bytes;
	struct request_spec warm_check;
	int64_t runtime_max_ns;	 /* CLOCK_NEVER_NS: no limit */
	int64_t timeout_stop_ns; /* between KillSignal= and SIGKILL; finite */
	int kill_signal;
	struct group_limit_spec group[GROUP_LIMITS]; /* of all connections together */
	bool limits_required; /* a limit by control group that cannot be enforced is an error */
	struct container_spec container;
};

/* Connections that can wait for a place: they take one in the loop's table of connections. */
static inline unsigned int spec_queue_max(const struct service_spec *service)
{
	return service->admission.overflow == OVERFLOW_QUEUE ? service->admission.queue_max : 0;
}

/* Connections whose PROXY header is still to come: they have a table of their own. */
static inline unsigned int spec_greetings_max(const struct service_spec *service)
{
	return service->admission.proxy_protocol == PROXY_PROTOCOL_NO ? 0
								      : service->max_connections;
}

/* Whether one of its listeners is not AF_UNIX. */
bool spec_has_internet(const struct service_spec *service);

/*
 * Containers of a service at once: running, parked, being made. The zygote's table and the loop's
 * view of it.
 */
static inline unsigned int spec_containers_max(const struct service_spec *service)
{
	return service->max_connections + service->warm_max + SPEC_CONTAINERS_SPARE;
}

/* When a source finds no place in the table: serve it without its limits, or refuse it. */
enum source_overflow { SOURCE_OVERFLOW_PERMISSIVE, SOURCE_OVERFLOW_DENY_NEW, SOURCE_OVERFLOWS };

const char *source_overflow_name(enum source_overflow value);

/* What the log and the accounting tell of addresses. */
enum anonymize { ANONYMIZE_NONE, ANONYMIZE_PREFIX, ANONYMIZE_HASH, ANONYMIZE_CHOICES };

const char *anonymize_name(enum anonymize value);

struct daemon_spec {
	const char *user; /* of the loop: a host user name or number; NULL: id_base */
	uint32_t id_base; /* IdBase=: 65,536 ids for the daemon itself, then as many for each
			     service */
	unsigned int max_connections;
	unsigned int source_table_size; /* entries for each kind of address */
	enum source_overflow source_overflow;
	unsigned int source_v4_bits, source_v6_bits; /* what is one source */
	int64_t timeout_stop_ns;       /* how long connections may go on after SIGTERM; finite */
	const char *accounting_file;   /* NULL: none */
	uint64_t accounting_max_bytes; /* 0: it grows */
	const char *status_file;       /* NULL: none */
	enum anonymize anonymize;
	enum log_sink_kind log_sink;
	const char *log_file; /* with LOG_SINK_FILE */
	enum log_level log_level;
	const char *pid_file;	    /* used with -d */
	const char *control_socket; /* AF_UNIX path; NULL: none */
	const char *control_group;  /* "/..." in the hierarchy, or relative to the group of our
				       start; NULL: none is used */
};

#endif
