#!/bin/sh
# SPDX-License-Identifier: ISC
# What the program of a default service sees and can do: descriptors, environment, ids, capabilities, network, mounts,
# processes, limits, signals.
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
mkdir -p "$T/host" && echo secret >"$T/host/file"
# Something of the host's for a program to reach that should reach nothing.
ip address add 198.51.100.1/24 dev lo
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1

[service state]
ListenStream=127.0.0.1:1001
ExecStart=/probe ls-fd , env , args , cwd , caps , ids , limits , signals , umask , schedule , personality , oom , session \\
	, hostname , dumpable , pdeathsig , peer 0
Environment=COLOUR=green "GREETING=two words"

[service places]
ListenStream=127.0.0.1:1002
# What is in the namespaces, not what the seal lets a program see of it.
SocketSeal=none
ExecStart=/probe ns , net , root , mounts , procs , proc-names , maps

[service deeds]
ListenStream=127.0.0.1:1003
ExecStart=/probe write-file /new , write-file /etc/own , write-file /probe , make-dir /etc/d , write-file /tmp/new \\
	, write-file /dev/new , write-file /dev/null , write-file /proc/self/oom_score_adj , read-file /etc/own \\
	, exec-from /tmp , exec-from /dev/shm , nested-userns , unshare-try , mount-try , mknod-try , ids-try , host-try \\
	, ptrace-parent , kill-try -1 0 , read-file $T/host/file , read-file /proc/1/root$T/host/file , stat /sys \\
	, stat /dev/null , stat /dev/zero , stat /dev/urandom , stat /dev/console , stat /dev/kmsg , stat /dev/mem \\
	, read-file /proc/sys/kernel/hostname , read-file /proc/kallsyms , read-file /proc/sysrq-trigger

[service network]
ListenStream=127.0.0.1:1004
ListenStream=198.51.100.1:1004
ListenStream=@of-the-host
FreeBind=yes
SocketSeal=none
ExecStart=/probe connect 127.0.0.1 1004 , connect 198.51.100.1 1004 , connect ::1 1004 , connect-abstract of-the-host \\
	, connect 192.0.2.1 80
EOF2
spawnd_start

state=$(talk 1001 | as_inside)
has "$state" "fd-count 3" "exactly three descriptors"
like "$state" '^fd 0 type=socket access=rw nonblock=0 cloexec=0 ' "0 is a blocking socket"
like "$state" '^fd 1 type=socket access=rw nonblock=0 cloexec=0 ' "1 is a blocking socket"
is "$(printf '%s\n' "$state" | sed -n 's/^fd 1 .*inode=\([0-9]*\) .*/\1/p')" \
	"$(printf '%s\n' "$state" | sed -n 's/^fd 0 .*inode=\([0-9]*\) .*/\1/p')" "0 and 1 are the same socket"
like "$state" '^fd 2 type=fifo access=w nonblock=0 cloexec=0 ' "2 is a pipe to write to"
is "$(printf '%s\n' "$state" | sed -n 's/^env \([^=]*\)=.*/\1/p' | sort | tr '\n' ' ')" \
	"COLOUR GREETING PATH PROTO REMOTE_ADDR REMOTE_PORT SO_COOKIE TCPLOCALIP TCPLOCALPORT TCPREMOTEIP TCPREMOTEPORT " \
	"the environment has these names and no other"
has "$state" "env COLOUR=green" "Environment= arrives"
has "$state" "env GREETING=two words" "and its quoting is systemd's"
has "$state" "env TCPLOCALPORT=1001" "TCPLOCALPORT= is right"
has "$state" "arg 0 /probe" "argv[0] is the program's path"
has "$state" "arg 1 ls-fd" "the arguments follow"
has "$state" "cwd /" "the working directory is /"
for set in Inh Prm Eff Bnd Amb; do
	has "$state" "status Cap$set: 0000000000000000" "no capability in Cap$set"
done
has "$state" "no-new-privs 1" "no_new_privs"
has "$state" "bounding-count 0" "the bounding set is empty"
has "$state" "uid 65534 65534 65534" "real, effective and saved uid are the default user's"
has "$state" "gid 65534 65534 65534" "and the gids"
has "$state" "groups 0" "no supplementary group"
is "$(lines "$state" '^limit [A-Z]+ [0-9a-z]+ [0-9a-z]+$')" 16 "sixteen limits"
has "$state" "limit CORE 1 1" "RLIMIT_CORE is 1: not even a core_pattern helper runs"
like "$state" '^limit NOFILE 1024 ' "1024 descriptors, for select(2)"
for which in SigPnd ShdPnd SigBlk SigIgn SigCgt; do
	has "$state" "status $which: 0000000000000000" "$which is empty"
done
is "$(lines "$state" '^timer [012] off$')" 3 "no timer is armed"
has "$state" "umask 0022" "umask"
has "$state" "nice 0" "nice"
has "$state" "policy 0" "SCHED_OTHER"
has "$state" "personality 0" "personality"
like "$state" '^oom-score-adjust (500|[0-9]+)$' "the oom score is not protected"
has "$state" "pid 1" "the program is process 1"
has "$state" "parent 0" "without a parent"
has "$state" "session 1" "in its own session"
has "$state" "group 1" "and process group"
has "$state" "tty ENXIO" "without a terminal"
has "$state" "dumpable 1" "it may be dumped by itself: that is its own"
has "$state" "pdeathsig 9" "and dies with its zygote"
isnt "$(printf '%s\n' "$state" | sed -n 's/^hostname //p')" "$(uname -n)" "the host name is not the host's"
has "$state" "socket-type 1" "the socket is a stream"
has "$state" "socket-nonblock 0" "and blocks"
has "$state" "local 127.0.0.1 1001" "getsockname() works"

places=$(talk 1002)
for name in cgroup ipc mnt net pid user uts; do
	inside=$(printf '%s\n' "$places" | sed -n "s/^ns $name //p")
	lacks user-namespaces && [ $name = user ] && continue
	like "$inside" "^$name:\\[[0-9]+\\]\$" "has a $name namespace"
	isnt "$inside" "$(readlink /proc/self/ns/$name)" "that is not the host's"
done
is "$(lines "$places" '^link ')" 1 "one network interface"
has "$places" "link lo index=1 up=1 loopback=1 running=1" "it is lo and up"
is "$(printf '%s\n' "$places" | grep '^address ')" "address index=1 127.0.0.1/8 scope=host
address index=1 ::1/128 scope=host" "with these addresses and no other"
is "$(lines "$places" '^route4 [a-z]')" 0 "no route"
is "$(printf '%s\n' "$places" | sed -n 's/^mount \([^ ]*\) .*/\1/p' | sort | tr '\n' ' ')" \
	"/ /dev /dev/shm /proc /proc /run /tmp " "these mounts and no other"
mount_of() {
	printf '%s\n' "$places" | sed -n "s|^mount $1 type=\\([^ ]*\\) options=\\([^ ]*\\) .*|\\1,\\2,|p"
}
for point in / /dev /dev/shm /proc /run /tmp; do
	like "$(mount_of $point)" ',nosuid,' "$point is nosuid"
done
for point in / /dev/shm /proc /run /tmp; do
	like "$(mount_of $point)" ',nodev,' "$point is nodev"
done
like "$(mount_of /)" ',ro,' "the root is read-only"
for point in /dev /dev/shm /proc /run /tmp; do
	like "$(mount_of $point)" ',noexec,' "$point is noexec"
done
like "$(mount_of /tmp)" '^tmpfs,rw,' "/tmp is a writable tmpfs"
like "$(mount_of /run)" '^tmpfs,rw,' "/run too"
like "$(mount_of /dev)" '^tmpfs,ro,' "/dev is read-only"
like "$(mount_of /proc)" '^proc,' "/proc is one"
for point in /tmp /run /dev/shm; do
	like "$(printf '%s\n' "$places" | grep "^mount $point ")" 'super=[^ ]*size=[0-9]+k' "$point has a size"
done
unlike "$places" 'type=(sysfs|cgroup|cgroup2|devpts|mqueue|securityfs|debugfs) ' "no other file system of the kernel"
has "$places" "process-count 1" "sees one process"
has "$places" "process 1 probe" "itself"
is "$(printf '%s\n' "$places" | sed -n 's/^proc-name //p' | sort | tr '\n' ' ')" "self thread-self " \
	"/proc has processes and nothing else"
owner=0
if lacks mount_setattr && ! lacks user-namespaces; then
	owner=65534 # no id map: the host's root is nobody inside
fi
like "$places" "^top etc directory mode=755 uid=$owner gid=$owner\$" "the root's files belong to $owner inside"
like "$places" "^top probe file mode=755 uid=$owner gid=$owner\$" "and the program's"
if ! lacks user-namespaces; then
	like "$places" '^uid-map +0 +[1-9][0-9]+ +65536$' "65,536 ids are mapped, and none to the host's"
fi

deeds=$(talk 1003 | as_inside)
for path in /new /etc/own /probe /dev/new; do
	like "$deeds" "^write-file $path (EROFS|EACCES)\$" "cannot write $path"
done
like "$deeds" '^make-dir /etc/d (EROFS|EACCES)$' "cannot make a directory"
has "$deeds" "write-file /tmp/new ok" "can write to /tmp"
has "$deeds" "write-file /dev/null ok" "can write to /dev/null"
has "$deeds" "read-file /etc/own =the root's own\\x0a" "can read what is in the root"
has "$deeds" "exec-from /tmp EACCES" "cannot execute what it wrote to /tmp"
has "$deeds" "exec-from /dev/shm EACCES" "nor to /dev/shm"
like "$deeds" '^nested-userns (ENOSPC|EPERM)$' "cannot make a user namespace"
is "$(lines "$deeds" '^unshare [a-z]+ EPERM$')" 6 "nor any other namespace"
is "$(lines "$deeds" '^mount-try [a-z]+ EPERM$')" 5 "cannot mount, unmount, pivot, chroot"
is "$(lines "$deeds" '^mknod-try [a-z]+ EPERM$')" 2 "cannot make device nodes"
is "$(lines "$deeds" '^ids-try [a-z]+ EPERM$')" 3 "cannot become root"
is "$(lines "$deeds" '^host-try [a-z]+ (EPERM|EACCES)$')" 4 "cannot set host name, time, nice; nor read the kernel's log"
has "$deeds" "ptrace-parent none" "there is no parent to trace"
has "$deeds" "kill -1 ESRCH" "nobody else to signal"
has "$deeds" "read-file $T/host/file ENOENT" "a file of the host is not there"
like "$deeds" "^read-file /proc/1/root$T/host/file (ENOENT|EACCES)\$" "nor through /proc"
has "$deeds" "stat /sys ENOENT" "no /sys"
like "$deeds" '^stat /dev/null char mode=666 uid=0 gid=0 size=0 rdev=1:3$' "/dev/null is the real one"
like "$deeds" '^stat /dev/zero char mode=666 .* rdev=1:5$' "/dev/zero"
like "$deeds" '^stat /dev/urandom char mode=666 .* rdev=1:9$' "/dev/urandom"
for node in console kmsg mem; do
	has "$deeds" "stat /dev/$node ENOENT" "no /dev/$node"
done
for file in sys/kernel/hostname kallsyms sysrq-trigger; do
	like "$deeds" "^read-file /proc/$file (ENOENT|EACCES|EPERM)\$" "no /proc/$file"
done

ok "the service can be reached at another address of the host's (control)" "$CLIENT" --connect-close 198.51.100.1 1004
ok "and at an abstract socket (control)" "$CLIENT" --connect-close unix:@of-the-host
network=$(talk 1004)
has "$network" "connect 127.0.0.1 ECONNREFUSED" "inside, the loopback has no listener of the host"
has "$network" "connect ::1 ECONNREFUSED" "nor the IPv6 one"
has "$network" "connect 198.51.100.1 ENETUNREACH" "the host's other address is out of reach"
has "$network" "connect 192.0.2.1 ENETUNREACH" "and the world"
has "$network" "connect-abstract ECONNREFUSED" "and the host's abstract sockets"
done_testing
