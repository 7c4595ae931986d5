#!/bin/sh
# SPDX-License-Identifier: ISC
# Third-party eyes: a look around by a shell script, as the known auditors of containers do it. All negative inside, as nobody
# and as root, parked and cold; and positive outside, in the control, but for what this host does not have.
TEST_TIMEOUT=120
. "$(dirname "$0")/lib.sh"
[ -x /bin/busybox ] || [ -x /usr/bin/busybox ] || skip_all "no busybox"

AUDIT_SECRET=of-the-host
export AUDIT_SECRET
mount -t tmpfs -o mode=1777 tmpfs /tmp
make_root "$T/root"
for applet in awk chown chroot dmesg find head hostname mkdir mknod mount nice readlink rm tr tty umount unshare true; do
	ln -sf busybox "$T/root/bin/$applet"
done
cp "$TOP/tests/e2e/auditor.sh" "$T/root/auditor.sh"
cp "$PROBE" "$T/root/srv/suid"
chown 4242 "$T/root/srv/suid"
chmod 4755 "$T/root/srv/suid"
echo >"$T/id_rsa"
ip link add hidden0 type veth peer name hidden1 2>/dev/null || ip link add hidden0 type dummy
ip route add 203.0.113.0/24 dev lo
conf <<EOF2
[defaults]
RootDirectory=$T/root
[service nobody]
ExecStart=/bin/sh /auditor.sh
ListenStream=127.0.0.1:1001
WarmMin=1
[service root]
ExecStart=/bin/sh /auditor.sh
ListenStream=127.0.0.1:1002
Warm=none
User=root
EOF2
spawnd_start

# What the root lies on has its name in /proc/self/mounts, which the kernel does not hide: a disk's is told.
disk=$(df --output=source "$T/root" | tail -n 1)
for way in 1001:nobody 1002:root; do
	audit=$(talk "${way%%:*}")
	has "$audit" "audit end" "the auditor has looked at a container, as ${way#*:}"
	between "$(lines "$audit" '^audit .* (none|found .*)$')" 50 100 "at $(lines "$audit" '^audit .* (none|found .*)$') things"
	is "$(echo "$audit" | grep ' found ' | grep -vx "audit mount-sources found $disk *")" "" "and found nothing"
done

# The control. A check that finds nothing here could not find anything there either.
ln -s "$T/control" /run/docker.sock
audit=$(setsid sh "$TOP/tests/e2e/auditor.sh" 7</etc/passwd 2>"$T/audit.err" </dev/null)
has "$audit" "audit end" "the auditor has looked at the host"
blind=$(echo "$audit" | sed -n 's/^audit \(.*\) none$/\1/p')
# What a host may lack, or what its root may lack in a test.
allowed="CapInh|CapAmb|kernel-modprobe|kernel-hotplug|release-agent|binfmt|sysrq|core|tty|host-tree|link-add|processes"
is "$(echo "$blind" | grep -Evx "$allowed")" "" "and found all that a host has"
diag "blind on this host: $(echo "$blind" | tr '\n' ' ')"
between "$(lines "$audit" ' found ')" 40 100 "$(lines "$audit" ' found ') findings"
done_testing
