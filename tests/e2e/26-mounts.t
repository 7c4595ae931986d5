#!/bin/sh
# SPDX-License-Identifier: ISC
# BindPaths=, BindReadOnlyPaths=, TemporaryFileSystem=, RootEphemeral=: what is where, who may write, what lasts.
. "$(dirname "$0")/lib.sh"
needs jq

make_root "$T/root"
mkdir -p "$T/root/data" "$T/root/shared" "$T/root/scratch" "$T/root/inner" "$T/root/optional"
: >"$T/root/etc/one-file"
mkdir -p "$T/host/data/below" "$T/host/shared"
echo of-the-host >"$T/host/data/file"
echo a-file >"$T/host/one"
mount -t tmpfs -o mode=755 tmpfs "$T/host/data/below"
echo submount >"$T/host/data/below/file"
ln -s /etc/shadow "$T/host/shared/link"
# Ids are kept, but 0: what is root's on the host can be read, not changed, whatever its mode.
mkdir -m 777 "$T/host/roots" "$T/root/roots"
chown 65534:65534 "$T/host/shared"
# Without an id map 65534 inside is another than 65534 outside, and the root's owner is not the program's user.
mapped=1
if lacks user-namespaces || lacks mount_setattr; then
	mapped=
	chmod 777 "$T/host/shared" "$T/root/etc" "$T/root/srv"
	chmod 666 "$T/root/etc/own"
fi
conf <<EOF2
[defaults]
RootDirectory=$T/root
WarmMax=1

[service binds]
ListenStream=127.0.0.1:1001
BindReadOnlyPaths=$T/host/data:/data $T/host/one:/etc/one-file
BindPaths=$T/host/shared:/shared $T/host/roots:/roots
BindPaths=-$T/host/missing:/optional
ExecStart=/probe read-file /data/file , read-file /data/below/file , read-file /etc/one-file , write-file /data/new \\
	, write-file /data/file , write-file /shared/new , stat /shared/new , read-file /shared/link , list /optional \\
	, exec-from /shared , write-file /roots/new , mounts

[service flat]
ListenStream=127.0.0.1:1002
BindReadOnlyPaths=$T/host/data:/data:norbind
ExecStart=/probe read-file /data/file , read-file /data/below/file

[service tmpfs]
ListenStream=127.0.0.1:1003
TemporaryFileSystem=/scratch:size=1M,mode=1777 /inner:ro
TemporaryFileSystem=/tmp:size=2M,mode=0700
User=0
ExecStart=/probe mounts , write-file /scratch/f , write-file /inner/f , list /scratch , stat /tmp , stat /scratch , write-file /tmp/f

[service ephemeral]
ListenStream=127.0.0.1:1004
RootEphemeral=yes
User=0
ExecStart=/probe read-file /etc/own , write-file /etc/own , write-file /etc/new , read-file /etc/own , make-dir /srv/d \\
	, remove /probe , stat /probe , exec-from /srv , mounts

[service ephemeral-nobody]
ListenStream=127.0.0.1:1005
RootEphemeral=yes
ExecStart=/probe write-file /etc/own , write-file /etc/new , read-file /etc/own

[service ephemeral-small]
ListenStream=127.0.0.1:1006
RootEphemeral=yes
RootEphemeralSize=1M
BindReadOnlyPaths=$T/host/data:/data
User=0
ExecStart=/bin/sh -c 'head -c 3000000 /dev/zero >/srv/big; echo status \$\$?; cat /data/file'
EOF2
spawnd_start

binds=$(talk 1001 | as_inside)
has "$binds" 'read-file /data/file =of-the-host\x0a' "BindReadOnlyPaths=: a directory"
has "$binds" 'read-file /data/below/file =submount\x0a' "with what is mounted below it"
has "$binds" 'read-file /etc/one-file =a-file\x0a' "a file"
has "$binds" "write-file /data/new EROFS" "it is read-only"
like "$binds" '^write-file /data/file (EROFS|EACCES)$' "in every part"
has "$binds" "write-file /shared/new ok" "BindPaths= is writable"
like "$binds" "^stat /shared/new file mode=644 uid=65534 gid=65534" "a new file belongs to the program"
if [ -n "$mapped" ]; then
	is "$(stat -c %u "$T/host/shared/new")" 65534 "and on the host to the same id"
	like "$binds" '^write-file /roots/new (EACCES|EOVERFLOW|errno-75)$' "a directory of the host's root cannot be written to"
fi
like "$binds" '^read-file /shared/link (ENOENT|EACCES|ELOOP)$' "a symlink does not lead out"
is "$(lines "$binds" '^list /optional ')" 0 "a missing optional source leaves the directory as it is"
has "$binds" "exec-from /shared EACCES" "nothing can be executed where it can be written"
for point in /data /etc/one-file /shared /data/below; do
	like "$(printf '%s\n' "$binds" | grep "^mount $point ")" 'options=[^ ]*nosuid,nodev' "$point is nosuid and nodev"
done
mount_count=$(lines "$binds" '^mount ')
is "$mount_count" 12 "these mounts and no more"
is "$(talk 1001 | grep '^write-file /shared/new')" "write-file /shared/new ok" "what a connection wrote is there for the next"

flat=$(talk 1002)
has "$flat" 'read-file /data/file =of-the-host\x0a' "norbind: the directory"
has "$flat" "read-file /data/below/file ENOENT" "without what is mounted below it"

tmpfs=$(talk 1003)
like "$tmpfs" '^mount /scratch type=tmpfs options=rw,[^ ]* super=[^ ]*size=1024k' "TemporaryFileSystem= with a size"
has "$tmpfs" "write-file /scratch/f ok" "is writable"
like "$tmpfs" '^mount /inner type=tmpfs options=ro,' "ro"
like "$tmpfs" '^write-file /inner/f (EROFS|EACCES)$' "is not"
is "$(lines "$tmpfs" '^mount /tmp ')" 1 "/tmp is there once"
like "$tmpfs" '^mount /tmp type=tmpfs options=rw,[^ ]* super=[^ ]*size=2048k' "with the size that was asked for"
like "$tmpfs" '^stat /tmp directory mode=700 ' "and the mode"
like "$tmpfs" '^stat /scratch directory mode=1777 ' "of each"
is "$(talk 1003 | grep '^list /scratch')" "list /scratch f" "and is empty for each connection"

cp -a "$T/root" "$T/root.before"
ephemeral=$(talk 1004)
has "$ephemeral" "read-file /etc/own =the root's own\\x0a" "RootEphemeral=: the root's files are there"
# overlayfs copies nothing up whose owner has no name in the namespace.
if ! lacks mount_setattr || lacks user-namespaces; then
	has "$ephemeral" "write-file /etc/own ok" "can be changed"
	has "$ephemeral" "write-file /etc/new ok" "made"
	has "$ephemeral" "read-file /etc/own =xhe root's own\\x0a" "and read back"
	has "$ephemeral" "make-dir /srv/d ok" "directories too"
fi
if [ -n "$mapped" ]; then
	has "$ephemeral" "remove /probe ok" "and removed"
	has "$ephemeral" "stat /probe ENOENT" "visibly"
fi
like "$(printf '%s\n' "$ephemeral" | grep '^mount / ')" 'type=overlay options=rw,nosuid,nodev' "on an overlay without set-uid and devices"
is "$(talk 1004)" "$(printf '%s\n' "$ephemeral" | sed 's/^$//')" "the next connection begins anew" 2>/dev/null
ok "and the root is what it was" diff -r "$T/root.before" "$T/root"
if [ -n "$mapped" ]; then
	has "$(talk 1005)" "write-file /etc/own EACCES" "another user than root may write only where the modes let it"
fi

small=$(talk 1006)
has "$small" "status 1" "RootEphemeralSize= is a limit"
has "$small" "of-the-host" "and binds are there too"

# Mount points are never made, and never through symlinks.
bad() {
	conf <<EOF2
[service bad]
ListenStream=127.0.0.1:1009
RootDirectory=$T/root
ExecStart=/probe
$1
EOF2
	nok "refused: $1" "$SPAWND" -c "$T/spawnd.conf" -t
}
ln -s /etc "$T/root/to-etc"
ln -s ../../host "$T/root/out"
bad "BindPaths=$T/host/data:/not-there"
bad "BindPaths=$T/host/data:/to-etc"
bad "BindPaths=$T/host/data:/out/shared"
bad "BindPaths=$T/host/data:/../host/shared"
bad "BindPaths=$T/host/data:/etc/one-file"
bad "TemporaryFileSystem=/to-etc"
bad "BindPaths=$T/host/data"
bad "BindPaths=relative:/data"
bad "TemporaryFileSystem=/scratch:size=lots"
conf <<EOF2
[service bad]
ListenStream=127.0.0.1:1009
RootDirectory=$T/root
ExecStart=/probe
EOF2
ok "without them it is good (control)" "$SPAWND" -c "$T/spawnd.conf" -t
done_testing
