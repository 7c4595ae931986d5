/* SPDX-License-Identifier: ISC */
/*
 * A program's way from its execve to the stub, stop by stop. Runs in the zygote, which traces it;
 * run regime. Of what the program does nothing but numbers is read, and nothing is written but its
 * registers and the page that it was made to map: it may be hostile.
 */
#include "container/park.h"

#include "container/harmless.h"
#include "container/trace.h"

#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SYSCALL_STOP (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */
#define STEP "start-ahead"
#define RSEQ_CS 8 /* of struct rseq, linux/rseq.h: a pointer of 64 bits */
#define WATCHED                                                                                    \
	(IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_CREATE | IN_DELETE | IN_MOVE)

bool park_is_possible(const struct plan *plan, struct why *why)
{
	bool deaf = plan->seal.hides_rights && plan->spec->socket_seal != SOCKET_SEAL_NONE;

	if (!stub_exists)
		why_set(why, -ENOSYS, STEP, "there is no stub for this machine");
	else if (deaf)
		why_set(why, -ENOTSUP, STEP,
			"an AF_UNIX listener: its programs may receive no descriptor");
	else if (plan->spec->init)
		why_set(why, -ENOTSUP, STEP, "Init=yes: the program is no child of the zygote");
	else if (spec_relays(plan->spec))
		why_set(why, -ENOTSUP, STEP, "SocketSeal=relay: it gets no socket to wait for");
	else
		return true;
	return false;
}

void park_begin(struct park *park, const struct container_spec *spec, pid_t pid, enum warmth level,
		int watch)
{
	bool listens = spec->standard_input == STANDARD_INPUT_NULL;
	int *target = park->targets;

	*park = (struct park){
		.pid = pid, .level = level, .targets = { -1, -1, -1 }, .watch = watch
	};
	if (listens) {
		*target++ = 3; /* SD_LISTEN_FDS_START */
	} else {
		*target++ = 0;
		*target++ = 1;
	}
	if (spec->standard_error == STANDARD_ERROR_SOCKET)
		*target = 2;
	for (int i = 0; i < STUB_TARGETS; i++)
		if (park->targets[i] >= 0)
			park->held |= UINT64_C(1) << park->targets[i];
	park->held |= UINT64_C(1) << PARK_CHANNEL_FD;
}

static int resume(struct park *park, int signal, struct why *why)
{
	long error = trace(PTRACE_SYSCALL, park->pid, 0, (uintptr_t)signal);

	return error < 0 ? why_set(why, (int)error, STEP, "resume") : 0;
}

/* Its own SIGSTOP: from here on it cannot outlive the zygote, and every call is seen. */
static int begin(struct park *park, int status, struct why *why)
{
	uintptr_t options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC;
	long error;

	if (WSTOPSIG(status) != SIGSTOP)
		return resume(park, WSTOPSIG(status), why);
	error = trace(PTRACE_SETOPTIONS, park->pid, 0, options);
	if (error < 0)
		return why_set(why, (int)error, STEP, "set options");
	park->stage = PARK_ENTERING;
	return resume(park, 0, why);
}

/* Stopped at the entry of a call that is not harmless: it becomes another one. */
static int ask_page(struct park *park, struct why *why)
{
	int error = stub_ask_page(park->pid, &park->registers, park->attempt++);

	if (error < 0)
		return why_set(why, error, STEP, "no room for the stub");
	return resume(park, 0, why);
}

/*
 * A file that the program has opened, or is: watched by its inode, through the process, so that no
 * path of the program's is ever walked. Only where the program cannot write, for what it does
 * itself is no change; and no device, whose every use would be one.
 */
static void watch(const struct park *park, const char *link)
{
	char path[48];
	struct statfs mount;
	struct stat file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)park->pid, link);
	if (statfs(path, &mount) < 0 || !(mount.f_flags & ST_RDONLY) || stat(path, &file) < 0 ||
	    !(S_ISREG(file.st_mode) || S_ISDIR(file.st_mode)))
		return;
	inotify_add_watch(park->watch, path, WATCHED); /* as many as there may be */
}

static void learn(const struct park *park, const struct ptrace_syscall_info *info)
{
	char link[24];

	if (park->watch < 0 || !park->opens || info->exit.is_error)
		return;
	snprintf(link, sizeof(link), "fd/%d", (int)info->exit.rval);
	watch(park, link);
}

static bool may_open(uint64_t number)
{
#ifdef SYS_open
	if (number == SYS_open)
		return true;
#endif
	return number == SYS_openat;
}

/* The first alone: one that fails would hide it. */
static bool may_register(struct park *park, const struct ptrace_syscall_info *info)
{
#ifdef SYS_rseq
	if (info->entry.nr == SYS_rseq) {
		if (park->rseq != 0)
			return false;
		park->rseq = info->entry.args[0];
	}
#endif
	return true;
}

static int count(struct park *park, struct why *why)
{
	if (++park->calls <= PARK_CALLS_MAX)
		return 0;
	return why_set(why, -E2BIG, STEP, "more than %d calls and signals, and no call that waits",
		       PARK_CALLS_MAX);
}

static int enter(struct park *park, struct why *why)
{
	struct ptrace_syscall_info info;
	struct harmless_call call;
	bool entered;
	int error = trace_get_call(park->pid, &info);

	if (error < 0)
		return why_set(why, error, STEP, "read the call");
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && park->executed)
		learn(park, &info);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !park->executed)
		return resume(park, 0, why);
	park->opens = may_open(info.entry.nr);
	if (info.arch != stub_architecture)
		return why_set(why, -ENOEXEC, STEP, "a program of another architecture");
	if (count(park, why) < 0)
		return why->code;
	entered = entry_is_reached(&park->entry, info.instruction_pointer);
	call.number = info.entry.nr;
	memcpy(call.arguments, info.entry.args, sizeof(call.arguments));
	if (!entered && harmless(&call, park->held, park->writes) && may_register(park, &info)) {
		park->writes |= harmless_opens_to_write(&call);
		return resume(park, 0, why);
	}
	park->number = entered ? -1 : (int)info.entry.nr;
	park->stage = PARK_MAPPING;
	error = trace_get_registers(park->pid, &park->registers, sizeof(park->registers));
	if (error < 0)
		return why_set(why, error, STEP, "read registers");
	return ask_page(park, why);
}

/*
 * No restartable sequence now, and none that the stub could come into by what it writes: the
 * program has chosen where that is, by whatever name. It is written to once before.
 */
static int find_no_sequence(const struct park *park, struct why *why)
{
	static const char ones[256] = { [0 ... 255] = (char)0xff };
	uintptr_t frame, sequence = 0;
	size_t size;
	int error;

	if (park->rseq == 0)
		return 0;
	frame = stub_frame(&park->registers, &size);
	if (trace_write(park->pid, frame, ones, size) < 0)
		return why_set(why, -EFAULT, STEP, "no stack for the stub");
	error = trace_read(park->pid, park->rseq + RSEQ_CS, &sequence);
	if (error == 0 && sequence != 0)
		error = -EBUSY;
	return error < 0 ? why_set(why, error, STEP, "a restartable sequence around the stub") : 0;
}

/*
 * Nothing but the stub is to run until it has its connection, whatever the program has prepared: it
 * has the channel. With every signal blocked a fault ends it instead of calling its handler
 * (force_sig_info_to_task()), and the kernel sends no thread to an abort handler that is in no
 * restartable sequence (kernel/rseq.c).
 */
static int hold_still(const struct park *park, uint64_t *signals, struct why *why)
{
	uint64_t all = UINT64_MAX;
	int error = (int)trace(PTRACE_GETSIGMASK, park->pid, sizeof(*signals), (uintptr_t)signals);

	if (error == 0)
		error = (int)trace(PTRACE_SETSIGMASK, park->pid, sizeof(all), (uintptr_t)&all);
	return error < 0 ? why_set(why, error, STEP, "block signals") : find_no_sequence(park, why);
}

static int plant(struct park *park, uintptr_t page, struct why *why)
{
	struct stub_handover handover = { .channel = PARK_CHANNEL_FD };
	int error = entry_release(&park->entry, park->pid, why);

	if (error < 0)
		return error;
	memcpy(handover.targets, park->targets, sizeof(handover.targets));
	error = hold_still(park, &handover.signals, why);
	if (error < 0)
		return error;
	error = stub_plant(park->pid, &park->registers, page, &handover);
	if (error < 0)
		return why_set(why, error, STEP, "write the stub");
	park->stage = PARK_WAITING;
	return resume(park, 0, why);
}

/* It is at the call that it will sleep in, or the stub cannot run there: on no stack, say. */
static int let_go(const struct park *park, int status, struct why *why)
{
	struct ptrace_syscall_info info;
	int error;

	if (WSTOPSIG(status) != SYSCALL_STOP)
		return why_set(why, -EFAULT, STEP, "signal %d in the stub", WSTOPSIG(status));
	error = trace_get_call(park->pid, &info);
	if (error == 0 && (info.op != PTRACE_SYSCALL_INFO_ENTRY || info.entry.nr != SYS_recvmsg ||
			   info.entry.args[0] != PARK_CHANNEL_FD))
		error = -EFAULT;
	if (error < 0)
		return why_set(why, error, STEP, "the stub does not come to its call");
	error = (int)trace(PTRACE_DETACH, park->pid, 0, 0);
	return error < 0 ? why_set(why, error, STEP, "detach") : 1;
}

/* Both stops of the mmap; on machines that ask for addresses, of several. */
static int map(struct park *park, struct why *why)
{
	struct ptrace_syscall_info info;
	uintptr_t page;
	int error = trace_get_call(park->pid, &info);

	if (error < 0)
		return why_set(why, error, STEP, "read the call");
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		return ask_page(park, why);
	error = stub_get_page(park->pid, &park->registers, &page);
	if (error == -EAGAIN)
		return resume(park, 0, why);
	if (error < 0)
		return why_set(why, error, STEP, "map a page for the stub");
	return plant(park, page, why);
}

/* It has another program now; the first is that of ExecStart=. */
static int executed(struct park *park, struct why *why)
{
	park->executed = true;
	park->opens = false;
	park->rseq = 0;
	if (park->watch >= 0)
		watch(park, "exe");
	if (park->level == WARMTH_BEFORE_MAIN && entry_hold(&park->entry, park->pid, why) < 0)
		return why->code;
	return resume(park, 0, why);
}

int park_step(struct park *park, int status, struct why *why)
{
	if (park->stage == PARK_STOPPING)
		return begin(park, status, why);
	if (park->stage == PARK_WAITING)
		return let_go(park, status, why);
	if (WSTOPSIG(status) == SYSCALL_STOP)
		return park->stage == PARK_MAPPING ? map(park, why) : enter(park, why);
	if (status >> 16 == PTRACE_EVENT_EXEC)
		return executed(park, why);
	if (status >> 16 != 0)
		return resume(park, 0, why);
	if (count(park, why) < 0)
		return why->code;
	return resume(park, WSTOPSIG(status), why); /* a signal: it is the program's */
}
