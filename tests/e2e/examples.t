#!/bin/sh
# SPDX-License-Identifier: ISC
# conf/: the recipe in each example's comment makes its root, and then spawnd finds no fault in it.
# In spawnd.conf everything that is commented out is right when it is not.
set -u
umask 022

top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-build}
case $build in
/*) ;;
*) build=$top/$build ;;
esac
spawnd=${SPAWND:-$build/spawnd}
work=$(mktemp -d)
chmod 0755 "$work"
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP needs root"
	exit 0
fi

count=0
failed=0
ok() {
	title=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $count - $title"
	else
		echo "not ok $count - $title"
		sed 's/^/# /' "$work/output"
		failed=$((failed + 1))
	fi
}
# The host's places of an example, moved below $work.
move() {
	sed "s,/srv/\([a-z]\),$work/srv/\1,g; s,/etc/spawnd/,$work/etc/,g; s,~/\.ssh/,$work/etc/,g" "$1"
}
# What is inside a root keeps its name: after the colon of SRC:DST and of a bind, and after --dir.
keep_inside() {
	sed "s,\([:= ]\)\([^ ]*\):$work/srv/,\1\2:/srv/,g; s,--dir $work/srv/,--dir /srv/,g; /^ExecStart=/s,$work,,g"
}
recipe() {
	sed -n 's/^#	//p' "$1" >"$work/lines"
	move "$work/lines" | keep_inside >"$work/recipe"
	PATH=$work/bin:$PATH sh -e "$work/recipe"
}
test_config() {
	"$spawnd" -c "$1" -t
}

mkdir "$work/srv" "$work/etc" "$work/bin"
ln -s "$top/scripts/mkrootfs" "$work/bin/spawnd-mkrootfs"
ln -s "$build/spawnctl" "$work/bin/spawnctl"
# Python, git and the like are the machine's; an example without its program is skipped.
needs() {
	case $1 in
	sshd) command -v sshd && command -v ssh-keygen ;;
	git) [ -x /usr/lib/git-core/git-daemon ] ;;
	rsync) command -v rsync ;;
	listen-fds) [ -x /usr/bin/python3 ] ;;
	esac >/dev/null
}
ssh-keygen -q -t ed25519 -N '' -f "$work/etc/id_ed25519" </dev/null || :

cd "$top/conf/examples" || exit 1
for example in *.conf; do
	name=${example%.conf}
	case $name in
	sshd | git | rsync | listen-fds)
		if ! needs "$name"; then
			count=$((count + 2))
			echo "ok $((count - 1)) - $name: its recipe # SKIP its program is not installed"
			echo "ok $count - $name: its configuration # SKIP its program is not installed"
			continue
		fi
		;;
	esac
	ok "$name: its recipe makes its root" recipe "$example"
	move "$example" | keep_inside >"$work/etc/$name.conf"
	ok "$name: spawnd finds no fault in it" test_config "$work/etc/$name.conf"
done

# A host without controllers of control groups enforces none of its limits: these are errors there, and rightly.
uncomment() {
	sed 's/^#\([A-Z[]\)/\1/' ../spawnd.conf
	grep -qsw memory /sys/fs/cgroup/cgroup.controllers || printf '[defaults]\nLimitsRequired=no\n'
}
uncomment >"$work/lines"
move "$work/lines" | sed "s,/var/log/spawnd,$work/etc," >"$work/etc/spawnd.conf"
ok "spawnd.conf: every line of it is right" test_config "$work/etc/spawnd.conf"

echo "1..$count"
[ "$failed" -eq 0 ]
