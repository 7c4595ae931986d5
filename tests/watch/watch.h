/* SPDX-License-Identifier: ISC */
/*
 * The host's side of the hostile suite: victims that note whatever reaches them, a capture of every
 * packet in the test's network, and the driver that makes the connections. One process, one
 * poll(2); what was seen during a probe is in `seen`. Packets are held against the list of
 * connections that the driver itself made: all others are foreign.
 */
#ifndef WATCH_H
#define WATCH_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct seen {
	unsigned int victims; /* bits of enum victim_kind */
	unsigned int foreign; /* packets of no connection */
	char packet[96];      /* the first of them */
	bool knocked;	      /* a listener that should not be there let a client in */
	bool signalled;	      /* the victim process got a signal */
	bool neighbour;	      /* the connection of another service was disturbed or ended */
	bool unserved;	      /* another service did not answer */
	bool left;	      /* a process was there after the connection's end */
	bool forged;	      /* a line of the log that the daemon did not write */
	long log_bytes;	      /* how much the log grew */
};

enum victim_kind {
	VICTIM_IS_TCP,
	VICTIM_IS_UDP,
	VICTIM_IS_ABSTRACT,
	VICTIM_IS_DATAGRAM,
	VICTIM_IS_PATH,
	VICTIM_IS_BOUND,
	VICTIM_IS_VSOCK,
	VICTIM_KINDS
};

extern struct seen seen;

/* A probe, as the program lists it, and what it said of itself. */
struct row {
	char name[48], promise[8];
	unsigned int flags;
	bool leak, held, planted, endless;
	char detail[256];
	int took_ms;
};

#define PATIENCE_MS 8000 /* for a report, and for the end of those that do not end */

struct options {
	const char *to, *log, *program, *report;
	int neighbour, sibling;
	bool quick;	   /* without those that wait for a deadline */
	bool uncontrolled; /* without those that MemoryMax= alone could hold */
	bool apart;	   /* survivors one by one: in the control each has to leak by itself */
	int spare;	   /* so many of the program wait to be used: Warm=started */
	int patience_ms;   /* PATIENCE_MS, or so many */
	pid_t victim;
};
extern struct options options;

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
int64_t now_ms(void);

/* connect.c */
int connect_inet(int port);
int order_probe(const struct row *row, int stage);
void send_rights(int fd);

/* probe.c: what was seen is in `seen`, for all of them; what each said is in its row */
void probes_open(void);
void probe(struct row *row);
#define TOGETHER_MOST 12
void probe_together(struct row **rows, int count);
bool can_be_together(const struct row *row);

/* victims.c */
void victims_open(void);
pid_t victim_process(void); /* notes signals; its number */
const char *victim_name(enum victim_kind kind);
int victims_poll(struct pollfd *items); /* fills in, returns how many */
void victims_hear(const struct pollfd *items, int count);
void victims_forget(void); /* closes what the probe has left open */
/* New TCP listeners in this network are tried: whoever lets a client in is seen. */
void listeners_baseline(void);
void listeners_knock(void);

#define VICTIM_POLL_MAX 64

/* capture.c */
void capture_open(void);
int capture_fd(void);
void capture_hear(void);
void capture_allow(uint32_t address, uint16_t client, uint16_t service); /* both directions */
unsigned int capture_drops(void);
void capture_knock(uint16_t client, uint16_t listener); /* only towards the listener */

/* serve.c: a plain inetd, which isolates nothing: the control. Does not return. */
void serve(const char *address, char **argv) __attribute__((noreturn));

#endif
