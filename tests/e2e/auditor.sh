#!/bin/sh
# SPDX-License-Identifier: ISC
# An auditor of containers in plain sh, as people carry one in with whatever else they carry in: what a look around tells,
# and what a touch gives. One line for each check, "audit NAME none" or "audit NAME found DETAIL". It changes nothing that
# it does not put back. Runs inside a container (busybox) and, as the control, outside of it.

found() {
	name=$1
	shift
	echo "audit $name found $*"
}

none() {
	echo "audit $1 none"
}

# tell NAME TEXT: found, if there is any
tell() {
	if [ -n "$2" ]; then
		found "$1" "$(echo "$2" | head -n 3 | tr '\n' ' ')"
	else
		none "$1"
	fi
}

# check NAME DETAIL COMMAND...: found, if the command succeeds
check() {
	check_name=$1
	check_detail=$2
	shift 2
	if "$@" >/dev/null 2>&1; then
		found "$check_name" "$check_detail"
	else
		none "$check_name"
	fi
}

field() {
	sed -n "s/^$1:[[:space:]]*//p" /proc/self/status
}

for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	case $(field $set) in
	*[1-9a-f]*) tell "$set" "$(field $set)" ;;
	*) none "$set" ;;
	esac
done
check no-new-privs off [ "$(field NoNewPrivs)" != 1 ]
check seccomp off [ "$(field Seccomp)" != 2 ]

tell user-namespace "$(awk '$1 == 0 && $2 == 0 && $3 > 65536 { print "ids are the hosts" }' /proc/self/uid_map)"
case $(readlink /proc/self/ns/user) in *4026531837*) found user-initial yes ;; *) none user-initial ;; esac
check user-nested "unshare -U" unshare -U true

tell processes "$(for dir in /proc/[0-9]*; do
	[ "${dir#/proc/}" -le $$ ] && continue
	read -r comm 2>/dev/null <"$dir/comm" || continue
	case $comm in sh | busybox | head | tr | auditor.sh) ;; *) echo "$comm" ;; esac
done)$(for dir in /proc/[0-9]*; do
	[ "${dir#/proc/}" -ge $$ ] && continue
	echo "${dir#/proc/}"
done)"
tell environ "$(cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep -E 'SECRET|PASSWORD|TOKEN')"
tell descriptors "$(for link in /proc/self/fd/*; do
	case ${link##*/} in 0 | 1 | 2) continue ;; esac
	case $(readlink "$link") in /proc/*/fd | *auditor.sh | '') continue ;; esac
	readlink "$link"
done)"

# ---- files --------------------------------------------------------------------------------------------------------------

if (: >/.audit) 2>/dev/null; then
	rm -f /.audit
	found root-writable /
else
	none root-writable
fi
tell root-mount "$(awk '$2 == "/" && $4 ~ /(^|,)rw(,|$)/ { print $4 }' /proc/self/mounts)"
tell mount-flags "$(awk '$2 != "/proc" && $4 !~ /nosuid/ { print $2 }' /proc/self/mounts)"
tell mounts "$(awk '$5 !~ "^/(dev|dev/shm|proc|run|tmp)?$" { print $5 }' /proc/self/mountinfo)"
tell mount-sources "$(awk '$2 == "/" && $1 ~ "^/dev/(sd|vd|nvme|mapper|loop)" { print $1 }
	$3 == "overlay" && /upperdir=/ { print "overlay of the host" }
	$3 ~ "^(sysfs|cgroup|cgroup2|securityfs|debugfs|tracefs|bpf|devtmpfs)$" { print $2 }' /proc/self/mounts)"
for file in core_pattern modprobe hotplug panic printk hostname; do
	path=/proc/sys/kernel/$file
	check "kernel-$file" $path [ -w $path ]
done
tell kernel-writable "$(find /proc/sys /proc/irq /sys/kernel /sys/module -type f -writable 2>/dev/null | head -n 3)"
tell release-agent "$(find /sys/fs/cgroup -maxdepth 3 \( -name release_agent -o -name cgroup.procs \) -writable 2>/dev/null | head -n 2)"
tell binfmt "$(ls /proc/sys/fs/binfmt_misc/register 2>/dev/null)"
tell sysrq "$(ls /proc/sysrq-trigger 2>/dev/null)"
tell sysfs "$(ls -d /sys/kernel 2>/dev/null)"
tell kernel-readable "$(for file in kcore kallsyms keys modules timer_list interrupts partitions config.gz kmsg; do
	head -c 1 /proc/$file >/dev/null 2>&1 && echo /proc/$file
done)"
tell kernel-log "$(dmesg 2>/dev/null | head -n 1)"

tell block-devices "$(find /dev -type b 2>/dev/null | head -n 3)"
tell char-devices "$(find /dev -type c 2>/dev/null | grep -Ev '^/dev/(null|zero|full|random|urandom|tty)$' | head -n 3)"
rm -f /tmp/audit-device
check mknod /tmp/audit-device mknod /tmp/audit-device c 1 3
rm -f /tmp/audit-device

tell engine-sockets "$(for path in /run/docker.sock /var/run/docker.sock /run/containerd/containerd.sock /run/crio/crio.sock \
	/run/podman/podman.sock /run/spawnd/control /run/t/control /run/systemd/private /run/dbus/system_bus_socket; do
	[ -S $path ] && echo $path
done)"
tell sockets "$(find / -xdev -type s 2>/dev/null | head -n 3)$(find /run /tmp -type s 2>/dev/null | head -n 3)"
tell credentials "$(find /root /home /run /etc /srv \( -name id_rsa -o -name .bash_history -o -name shadow -o -name '*.pem' \) \
	2>/dev/null | head -n 3)"
tell host-tree "$(ls -d /host /hostfs /rootfs /mnt/host /proc/1/root/boot /proc/1/root/lib/modules 2>/dev/null)"

# A set-user-id program is there (the test puts it there); does it do anything?
if [ -x /srv/suid ]; then suid=/srv/suid; else suid=/run/t/root/srv/suid; fi
check suid-works "$suid" sh -c "$suid ids | grep -q '^uid.* 4242'"

# ---- the network --------------------------------------------------------------------------------------------------------

tell interfaces "$(sed -n 's/^ *\([^:]*\):.*/\1/p' /proc/net/dev | grep -v '^lo$')"
tell routes "$(sed 1d /proc/net/route)"
tell listeners "$(awk '$4 == "0A" { print $2 }' /proc/net/tcp)"
tell link-add "$(ip link add audit0 type bridge 2>/dev/null && echo audit0)"
ip link delete audit0 2>/dev/null

# ---- rights -------------------------------------------------------------------------------------------------------------

tell mount-right "$(mkdir -p /tmp/audit-mount && mount -t tmpfs none /tmp/audit-mount 2>/dev/null && echo tmpfs)"
umount /tmp/audit-mount 2>/dev/null
tell chroot-right "$(chroot / true 2>/dev/null && echo chroot)"
tell hostname-right "$(hostname "$(hostname)" 2>/dev/null && echo hostname)"
tell nice-right "$(nice -n -1 true 2>&1 | grep -q . || echo nice)"
tell chown-right "$(: >/tmp/audit-file && chown 4242 /tmp/audit-file 2>/dev/null && echo chown)"
rm -f /tmp/audit-file
# shellcheck disable=SC3045
check core unlimited [ "$(ulimit -c)" = unlimited ]
tell tty "$(tty 2>/dev/null | grep '^/dev/')"
echo "audit end"
