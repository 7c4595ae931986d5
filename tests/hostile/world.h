/* SPDX-License-Identifier: ISC */
/* What the hostile program and the host's side (tests/watch) both know. */
#ifndef HOSTILE_WORLD_H
#define HOSTILE_WORLD_H

/* What there is to be found on the host. */
#define VICTIM_ADDRESS 0x7f000001 /* 127.0.0.1 */
#define VICTIM_TCP 4001
#define VICTIM_UDP 4002
#define VICTIM_VSOCK 4003
#define SQUAT_TCP 4010 /* nobody has it: for bind(2) */
#define VICTIM_ABSTRACT "spawnd-test-victim"
#define VICTIM_PATH "/run/t/victim.sock"
#define BOUND_PATH                                                                                 \
	"/bound/victim.sock" /* the same kind, in a directory that is bound into the root */
#define VICTIM_ANSWER "victim"
#define KNOCK "knock"
#define SECRET_PATH "/run/t/secret"
#define SECRET "hostile-test-secret"
#define HIDDEN "hidden" /* how the host's interfaces begin */
#define REPORT_PATH "/out/report"
#define REPORT_PATH_HOST "/run/t/out/report"

enum {
	ON_TCP = 1 << 0,
	ON_UNIX = 1 << 1,
	ON_ANY = ON_TCP | ON_UNIX,
	BARE = 1 << 2,	  /* the control that must leak is the run without a container */
	TWICE = 1 << 3,	  /* two connections, one after the other; the second one decides */
	BESIDE = 1 << 4,  /* two connections, the first stays while the second one tries */
	RESET = 1 << 5,	  /* the client resets the connection when it is sent a byte */
	RIGHTS = 1 << 6,  /* the client sends a descriptor of a directory when it is told to go */
	SLOW = 1 << 7,	  /* does not end by itself: a deadline of the daemon's has to */
	LATE = 1 << 8,	  /* may report after the connection's end: look again */
	LOCAL = 1 << 9,	  /* is allowed with SocketSeal=local */
	SHARED = 1 << 10, /* a quota or lock that the connections of a service have in common */
	CGROUP = 1 << 11, /* bounded by MemoryMax= alone, so only with cgroup v2 */
	EARLY = 1 << 12,  /* as RIGHTS, at once, before anybody has accepted it */
};

#endif
