#!/bin/sh
# SPDX-License-Identifier: ISC
# scripts/mkrootfs: the roots it makes hold what a program needs, and nothing leads out of them.
# shellcheck disable=SC2016 # scripts in quotes expand their own words
set -u
umask 022

top=$(cd "$(dirname "$0")/../.." && pwd)
mkrootfs=$top/scripts/mkrootfs
work=$(mktemp -d)
chmod 0755 "$work"
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cd "$work" || exit 1

count=0
failed=0
# ok TITLE COMMAND...: passes if the command does.
ok() {
	title=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $count - $title"
	else
		echo "not ok $count - $title"
		echo "# $*"
		sed 's/^/# /' "$work/output"
		failed=$((failed + 1))
	fi
}
skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}
not() {
	if "$@"; then return 1; else return 0; fi
}
# make ARGUMENT...: mkrootfs with its messages in $work/said.
make() {
	"$mkrootfs" "$@" >"$work/said" 2>&1
	made=$?
	cat "$work/said"
	return "$made"
}
said() {
	grep -q -e "$1" "$work/said" || {
		cat "$work/said"
		return 1
	}
}
inside() {
	directory=$1
	shift
	chroot "$directory" "$@"
}
# The same with /dev/null, which some programs want.
with_null() {
	: >"$1/dev/null"
	unshare -m sh -c 'mount --bind /dev/null "$1/dev/null" && exec chroot "$@"' - "$@"
}
mode() {
	[ "$(stat -c '%a %u:%g' "$1")" = "$2" ] || {
		stat -c '%n %a %u:%g' "$1"
		return 1
	}
}
same() {
	[ "$1" = "$2" ] || {
		echo "got: $1"
		echo "expected: $2"
		return 1
	}
}

if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP needs root"
	exit 0
fi

# --- busybox
ok "--busybox makes a root" make --busybox bb
ok "a shell runs in it" inside bb /bin/sh -c 'test "$(echo works)" = works'
ok "an applet outside /bin works" inside bb /usr/bin/env true
ok "an applet in /sbin works" inside bb /bin/sh -c "/sbin/ip 2>&1 | grep -q Usage"
for directory in proc dev run etc; do
	ok "/$directory is a real directory" test -d "bb/$directory" -a ! -L "bb/$directory"
	ok "/$directory has mode 0755" mode "bb/$directory" "755 0:0"
done
ok "/tmp has mode 1777" mode bb/tmp "1777 0:0"
ok "the root has mode 0755" mode bb "755 0:0"
ok "root and nobody are users" grep -q '^nobody:x:65534:65534:' bb/etc/passwd
ok "nobody's group is there" grep -q ':x:65534:' bb/etc/group
ok "nothing is left of the building" test ! -e bb.partial

# --- programs of the host
ok "--copy makes a root" make --copy /bin/cat cat
ok "a dynamic program runs in it" sh -c 'test "$(echo hi | chroot cat /bin/cat)" = hi'
ok "by its other path too" inside cat /usr/bin/cat /etc/passwd
ok "there is no shell" not test -e cat/bin/sh
ok "the libraries belong to root" sh -c 'test -z "$(find cat ! -user 0)"'
ok "nothing is writable by others but /tmp" sh -c 'test "$(find cat ! -type l -perm -0002)" = cat/tmp'

printf '#!/bin/sh\necho "script: $0 $1"\n' >script
chmod 0755 script
ok "a script brings its interpreter" make --copy "$work/script" script-root
ok "and runs" sh -c 'chroot script-root "$1" x | grep -q "^script: .* x$"' - "$work/script"
printf '#!/usr/bin/env sh\necho env\n' >env-script
chmod 0755 env-script
ok "so does one with env" make --copy "$work/env-script" env-root
ok "and runs" same "$(inside env-root "$work/env-script" 2>&1)" env
ok "busybox serves as a script's shell" make --busybox --file "$work/script:/bin/greet" both
ok "without another one" test "$(readlink both/bin/sh)" = /usr/bin/busybox
ok "and runs it" same "$(inside both /bin/greet x)" "script: /bin/greet x"
printf '#!/no/such/interpreter\n' >orphan
chmod 0755 orphan
ok "a missing interpreter is no error" make --copy "$work/orphan" orphan-root
ok "but is warned of" said "warning: .*interpreter /no/such/interpreter"

ok "a program replaces busybox's applet of its name" make --busybox --copy /bin/cat mixed
ok "instead of writing through the link" inside mixed /bin/busybox true
ok "and runs" inside mixed /bin/cat /etc/passwd
ok "--copy finds a program on the PATH" make --copy cat by-name
ok "a program that is missing is an error" not make --copy /no/such/program none
ok "and nothing is made" test ! -e none -a ! -e none.partial

cp /bin/cat suid
chmod 4755 suid
ok "a set-user-id program is taken" make --copy "$work/suid" suid-root
ok "without its bit" sh -c 'test -z "$(find suid-root -perm /6000)"'
ok "and that is warned of" said "warning: .*set-user-id"

cp /bin/cat odd-loader
printf 'not a loader\n' >"$work/fake-loader"
# A program whose loader is not the system's must not get it executed.
if LC_ALL=C sed 's,/lib64/ld-linux-x86-64.so.2,/tmp/./././././ld-fake.so..,' /bin/cat >odd-loader &&
	! cmp -s odd-loader /bin/cat; then
	ok "a program with a strange loader is taken" make --copy "$work/odd-loader" odd-root
	ok "but its loader is not asked" said "warning: .*is none of this system's"
else
	skip "a program with a strange loader is taken" "made for x86-64"
	skip "but its loader is not asked" "made for x86-64"
fi

# --- files
mkdir -p tree/sub
echo one >tree/one
ln -s one tree/link
ln -s "$work" tree/out
mkfifo tree/fifo
ok "--file takes a directory" make --busybox --file "$work/tree:/srv/tree" --owner 1000 \
	--file "$work/tree/one:/srv/owned" --dir /srv/drop:0700 --owner 0 --file "$work/script:/usr/bin/" files
ok "with what is in it" cmp tree/one files/srv/tree/one
ok "links as links" test "$(readlink files/srv/tree/link)" = one
ok "no special files" test ! -e files/srv/tree/fifo
ok "--owner sets the owner" mode files/srv/owned "644 1000:1000"
ok "of directories too" mode files/srv/drop "700 1000:1000"
ok "a destination that ends in / is a directory" test -x files/usr/bin/script
ok "a link into nothing is warned of" said "warning: links that lead to nothing: 1,.*/srv/tree/out"

# --- users
ok "--user adds one" make --busybox --user guest:1000:/home/guest --user other:1001 users
ok "with its home" mode users/home/guest "755 1000:1000"
ok "and its name" same "$(inside users /bin/id -u guest)" 1000
ok "and a group" grep -q '^other:x:1001:' users/etc/group
ok "an id above 65535 is an error" not make --busybox --user far:65536 far
ok "a name with a colon trick is an error" not make --busybox --user 'x y:1' far
ok "and nothing is made" test ! -e far -a ! -e far.partial

# --- where it may write
ok "a directory that is not empty is refused" not make --busybox cat
ok "and left alone" inside cat /bin/cat /etc/passwd
ok "an empty one is used" sh -c 'mkdir empty && "$1" -q --copy /bin/cat empty && test -x empty/bin/cat' - "$mkrootfs"
ok "--add adds" make --add --busybox cat
ok "what is new" inside cat /bin/sh -c true
ok "and keeps what was there" inside cat /bin/cat /etc/passwd
ok "nothing is left of the exchange" test ! -e cat.old -a ! -e cat.partial
ln -s bb bb-link
ok "a link as the directory is refused" not make --add --busybox bb-link
mkdir busy.partial
ok "two runs on one directory: the second is refused" not make --busybox busy
ok "and leaves the first alone" test -d busy.partial

# Links of an old root that lead outside, as an attacker in a writable root would lay them.
mkdir -p evil/usr outside
echo keep >outside/passwd
ln -s "$work/outside" evil/srv
ln -s ../../../../../../../../../.."$work/outside" evil/opt
ok "--add into a root with links that lead out" make --add --busybox --file "$work/script:/srv/script" \
	--file "$work/script:/opt/script" evil
ok "puts nothing there" same "$(ls outside)" passwd
ok "but where the link leads inside" test -f "evil$work/outside/script"
mkdir -p evil2/etc
ln -s "$work/outside/passwd" evil2/etc/passwd
ok "/etc/passwd as a link is refused" not make --add --busybox evil2
ok "and its target untouched" same "$(cat outside/passwd)" keep
mkdir -p evil3
ln -s /etc evil3/etc
ok "/etc as a link is refused" not make --add --busybox evil3
mkdir -p evil4/usr/bin
ln -s "$work/outside/passwd" evil4/usr/bin/busybox
ok "a link in the place of a file" make --add --busybox evil4
ok "is replaced, not written through" same "$(cat outside/passwd)" keep

# --- usage
ok "an unknown option is a usage error" sh -c '"$1" --bogus x; test $? -eq 100' - "$mkrootfs"
ok "so is no directory" sh -c '"$1" --busybox; test $? -eq 100' - "$mkrootfs"
ok "help is none" sh -c '"$1" --help | grep -q "^	--busybox"' - "$mkrootfs"
ok "and goes to standard output" sh -c 'test -z "$("$1" --help 2>&1 >/dev/null)"' - "$mkrootfs"
ok "/ is refused" not make --add --busybox /

# --- what is known of particular programs
if [ -x /usr/sbin/sshd ]; then
	ok "sshd without a key" make --copy /usr/sbin/sshd sshd
	ok "is warned of" said "warning: .*no host key"
	ok "so is the missing shell" said "warning: .*no /bin/sh"
	ok "sshd runs" sh -c 'test "$1" -ge 1' - "$(with_null sshd /usr/sbin/sshd '-?' 2>&1 | grep -c OpenSSH)"
else
	skip "sshd" "not installed"
fi
mkdir newer
printf '#!/bin/sh\nexec /usr/lib/openssh/sshd-session "$@"\n' >newer/sshd
chmod 755 newer/sshd
ok "one that consists of several programs" make --busybox --copy "$work/newer/sshd" several
ok "is warned of too" said "warning: .*there is no /usr/lib/openssh/sshd-session: --copy"
if [ -x /usr/lib/git-core/git-upload-pack ]; then
	ok "git" make --copy /usr/bin/git --copy /usr/lib/git-core/git-upload-pack git
	ok "runs" with_null git /usr/bin/git --version
	ok "and its link stays a link" test -L git/usr/lib/git-core/git-upload-pack
else
	skip "git" "not installed"
fi

echo "1..$count"
[ "$failed" -eq 0 ]
