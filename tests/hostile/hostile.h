/* SPDX-License-Identifier: ISC */
/*
 * The hostile suite: one static program that tries to get out of a container, one way a connection.
 * Its first line of input names the probe; what comes of it is one line in /out/report (else on
 * descriptor 2): "probe NAME LEAK|held DETAIL". A probe decides by what it got - bytes, a
 * descriptor, a value read back - and tests/watch, on the host's side, by what arrived there.
 * Nothing here forks without bound, takes more than 96 MiB, or harms a host it gets out to: files
 * of the kernel are written with what they hold.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "world.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct probe {
	const char *name;
	const char *promise;
	unsigned int flags;
	void (*run)(void);
	const char *blind; /* why the control may not leak on some kernel; NULL: it must */
};

/* The tables, each ended by a null name: one for each file. */
extern const struct probe aim_probes[], ring_probes[], foreign_probes[], ask_probes[],
	option_probes[], family_probes[], tree_probes[], mount_probes[], kernel_probes[],
	other_probes[], bound_probes[], later_probes[], beside_probes[], daemon_probes[];

/* The connection the program was given: 0, or 3 where LISTEN_FDS says so. */
extern int passed;
extern int answers; /* where bytes go to the client: the same, or another descriptor */
extern const struct probe *current;
extern int stage;    /* 1 or 2 with TWICE and BESIDE */
extern pid_t victim; /* a process of the host, by its number there */

/* Reports. The first LEAK of a probe is what counts. */
void leak(const char *format, ...) __attribute__((format(printf, 1, 2)));
void held(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The first of two connections has done its part. */
void planted(void);
/* leak() if the call succeeded, else held() with its errno. Returns whether it leaked. */
bool leak_if(bool succeeded, const char *what);

/* Runs it in a child of its own and says what killed that, if something did. */
void in_child(void (*run)(void));
/* In a child that has left the mount namespace first, if it may: for the control's sake. */
void in_child_mounts(void (*run)(void));
void pause_ms(int milliseconds);
/* Waits until the client closes: reads the passed descriptor to its end. */
void wait_for_client(void);

/* connect(AF_UNSPEC): the passed socket loses its peer. */
int unaim(void);
/* Connects to the TCP victim and tells it the probe's name. */
int aim(int fd);
/* Says the probe's name into a connected descriptor; true if the victim answers. */
bool reaches(int fd);
/* Waits for the knock of the host at a listening descriptor. */
bool knocked(int fd, int milliseconds);
int open_beside(const char *path,
		int flags);	   /* a file of the shared root, also without a container */
bool is_secret(int fd);		   /* takes fd; true if it holds the secret */
bool write_back(const char *path); /* writes what it reads there; true if that went */

#endif
