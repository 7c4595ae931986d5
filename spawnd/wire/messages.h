/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_WIRE_MESSAGES_H
#define SPAWND_WIRE_MESSAGES_H

/*
 * Everything spawnd's processes say to one another. The loop, which faces the network, can ask a
 * zygote for nothing but the four verbs LINK_WANT, LINK_TAKEN, LINK_KILL and LINK_DRAIN, with
 * integers in them.
 */
#include "base/why.h"
#include "net/address.h"

#include <stdint.h>

enum wire_channel {
	WIRE_TO_LOOP,	 /* warden -> loop */
	WIRE_FROM_LOOP,	 /* loop -> warden */
	WIRE_TO_ZYGOTE,	 /* warden -> zygote */
	WIRE_TO_RELAY,	 /* warden -> relay */
	WIRE_LINK_DOWN,	 /* loop -> zygote */
	WIRE_LINK_UP,	 /* zygote -> loop */
	WIRE_RELAY_DOWN, /* loop -> relay */
	WIRE_RELAY_UP,	 /* relay -> loop */
	WIRE_HANDOVER,	 /* loop -> parked process */
	WIRE_PARKED,	 /* parked process -> zygote first, loop later (the same socket) */
	WIRE_SELFTEST,	 /* zygote -> container of the self-test */
	WIRE_CHANNELS
};

/* What is wrong. */
enum failure {
	FAILURE_CONTAINERS, /* the zygote cannot make them */
	FAILURE_LINK,	    /* it lives, and the loop can no longer speak with it */
	FAILURE_RELAY_LINK, /* so it is with the relay */
	FAILURE_STAGING,    /* the loop has no such generation */
};

enum wire_type {
	/* warden -> loop */
	LOOP_LOG,	 /* number: enum log_sink_kind; fd: the sink, or none */
	LOOP_ACCOUNTING, /* fd: the accounting file, or none */
	LOOP_STATUS,	 /* fd: the status file, or none */
	LOOP_PRESSURE,	 /* number: enum pressure_kind; fd: of /proc/pressure */
	LOOP_CONTROL,	 /* fd: the listening control socket */
	LOOP_CONFIG,	 /* generation, number: incarnation of the loop; fd: the snapshot. Begins
			    staging */
	LOOP_LISTENER,	 /* generation, service, number: index of the listener; fd */
	LOOP_ZYGOTE, /* generation, service; fd: the link. Staging, or the replacement of one that
			died */
	LOOP_RELAY,  /* as LOOP_ZYGOTE: the link of a relay */
	LOOP_COMMIT, /* generation: from now on this one serves; the one before it drains */
	LOOP_ABORT,  /* generation: drop what is staged */
	LOOP_DRAIN,  /* generation: staged only for what still runs in it, after a loop has died */
	LOOP_STOP,   /* number 0: drain, 1: at once */
	LOOP_RELOADED, /* when_ns: the answer to what WARDEN_RELOAD has asked until then; why: code
			  0 or what was wrong; fd: a text with every error of the configuration, or
			  none */
	/* loop -> warden */
	WARDEN_READY,  /* generation, waiting: so many of its zygotes are not ready yet */
	WARDEN_FAILED, /* generation, service, number: enum failure, why */
	WARDEN_REOPEN, /* the log sink is dead */
	WARDEN_ROTATE, /* the accounting file has come to AccountingMaxSize= */
	WARDEN_RELOAD, /* when_ns: the operator asks for a reload (spawnctl) */
	/* warden -> zygote */
	ZYGOTE_ASSIGN, /* generation, service, number: first host id of its range; id: serial of
			  this zygote; fds: the snapshot and, where there are control groups, the
			  one its containers' lie in */
	ZYGOTE_ARENA,  /* before the first link: number: enum selftest_extent; fds: both ends of a
			  scratch connection */
	ZYGOTE_LINK,   /* fd: the link to a loop; replaces the one before */
	/* warden -> relay */
	RELAY_ASSIGN, /* name of the service, id: its host uid; number: connections at once;
			 service: 1 if the programs have a socket pair, 0: pipes */
	RELAY_LINK,   /* fd: the link to a loop; replaces the one before */
	/* loop -> zygote */
	LINK_WANT,  /* number: how many parked containers there are to be, waiting: so many of them
		       for connections that wait already */
	LINK_TAKEN, /* slot: it has its connection; id; number, waiting: as LINK_WANT */
	LINK_KILL,  /* slot, number: signal */
	LINK_DRAIN, /* no more containers; exit when the last one has ended */
	/* zygote -> loop */
	LINK_READY,   /* a container could be made: the service can be offered */
	LINK_PARKED,  /* slot, pid, number: enum warmth, when_ns: how long after it is
			 wanted it is there, id: how many bytes it takes, or 0; fds: hand-over
			 socket; with StandardError=log the read end of stderr; with SocketSeal=relay
			 what PARKED_READY brought */
	LINK_RUNNING, /* slot, pid, id, when_ns: a container that runs, told to a new loop; fd: its
			 stderr or none */
	LINK_EXITED,  /* slot, pid, id, number: wait status; usage */
	LINK_FAILED,  /* why: a container could not be made */
	LINK_NOTE,    /* why: a fallback that is in force, once at the start */
	LINK_HELD,    /* why: no container is made until namespaces that have ended are gone */
	LINK_STALE,   /* files have changed that waiting programs have read: they are let go */
	LINK_WARMTH,  /* number: the level of warmth in force; why, when it is less than Warm= asks
			 for; else, once, pid: the number of the system call that the program waits
			 before, waiting: how many it has made */
	LINK_TESTED, /* for spawnd --selftest: number: enum selftest_path; id: errno; pid: 1 open */
	/* loop -> relay. id: of the connection, slot: the loop's name of it, which comes back */
	RELAY_TAKE,  /* id, slot; fds: the connected socket, then what PARKED_READY brought */
	RELAY_CUT,   /* id, slot: end it */
	RELAY_ASK,   /* id, slot: RELAY_OVER when it has ended, also if it has already */
	RELAY_DRAIN, /* no more will come; exit when the last one has ended */
	/* relay -> loop */
	RELAY_READY,  /* it can take connections */
	RELAY_FAILED, /* why: it could not confine itself */
	RELAY_OVER,   /* id, slot, moved: both directions have ended; number 0: it is not known here
		       */
	/* loop -> parked process */
	HANDOVER, /* handover; fd: the connected socket, but with SocketSeal=relay */
	/* parked process -> zygote or loop */
	PARKED_READY,  /* finished, waiting; fds, with SocketSeal=relay: the write end of its input
			  and  the read end of its output, or the other end of its socket pair */
	PARKED_FAILED, /* why; number HANDOVER_AHEAD: the program alone cannot be started ahead */
	/* zygote <-> container of the self-test */
	SELFTEST_TRY,  /* number: enum selftest_path; handover: peer and local are the victims */
	SELFTEST_DONE, /* number; id: errno, 0: the calls succeeded; handover.id: a port */
	WIRE_TYPES
};

const char *wire_type_name(enum wire_type type);

#define WIRE_FDS_MAX 4
#define WIRE_NAME_SIZE 64

/* A container of a zygote: the generation tells two uses of one slot apart. */
struct wire_slot {
	uint32_t index, generation;
};

struct wire_usage {
	int64_t user_ns, system_ns;
	int64_t max_rss_bytes;
	int64_t minor_faults, major_faults;
	int64_t has_group; /* 1: the container had a control group; -1 below: not counted there */
	int64_t group_cpu_us, memory_peak_bytes;
	int64_t oom_kills;     /* processes that the kernel killed for want of memory */
	int64_t tasks_refused; /* forks that failed at TasksMax= */
};

/* Bytes that a relay has moved: to the program, to the client. */
struct wire_moved {
	uint64_t bytes_in, bytes_out;
};

struct wire_handover {
	uint64_t id;
	uint64_t cookie;		       /* SO_COOKIE; 0: the kernel has none */
	struct address peer, local;	       /* length 0: unknown */
	uint32_t peer_pid, peer_uid, peer_gid; /* AF_UNIX: SO_PEERCRED */
};

/*
 * One struct for all types: 376 bytes are cheaper than a size for each, and there is one check.
 * Fields a type does not name are zero: the largest member of the union stands first, for an
 * initialiser clears that one alone (C11 6.7.9).
 */
struct wire_message {
	uint32_t type; /* enum wire_type */
	uint32_t size; /* sizeof(struct wire_message) */
	uint32_t generation, service;
	uint64_t number;
	uint64_t id;
	int64_t when_ns;
	struct wire_slot slot;
	int32_t pid;
	int32_t fds[WIRE_FDS_MAX]; /* meaningless on the wire; set on arrival */
	uint32_t waiting;
	union {
		struct wire_handover handover;
		struct why why;
		struct wire_usage usage;
		struct wire_moved moved;
		char name[WIRE_NAME_SIZE];
	};
};
_Static_assert(sizeof(struct wire_handover) >= sizeof(struct why) &&
		       sizeof(struct wire_handover) >= sizeof(struct wire_usage) &&
		       sizeof(struct wire_handover) >= sizeof(struct wire_moved) &&
		       sizeof(struct wire_handover) >= WIRE_NAME_SIZE,
	       "the first of the union is the largest");

#endif
