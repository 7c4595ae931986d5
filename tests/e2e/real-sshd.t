#!/bin/sh
# SPDX-License-Identifier: ISC
# OpenSSH: ssh logs in with a key and sees only "lo"; 50 MB by scp both ways.
. "$(dirname "$0")/lib.sh"
needs /usr/sbin/sshd ssh scp ssh-keygen busybox

mkdir -p "$T/home/.ssh"
chmod 700 "$T/home/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$T/home/.ssh/id_ed25519"
ssh-keygen -q -t ed25519 -N '' -f "$T/home/.ssh/stranger"
example sshd

# login COMMAND...
login() {
	ssh -F none -p 2222 -i "$T/home/.ssh/id_ed25519" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o BatchMode=yes \
		-o UserKnownHostsFile="$T/known" -o LogLevel=ERROR -o ConnectTimeout=20 guest@127.0.0.1 "$@" </dev/null
}
spawnd_start
is "$(login echo hello)" hello "ssh logs in with its key"
is "$(login id -u)" 40022 "as the one user there is"
like "$(login ip addr 2>&1)" 'Address family not supported' "ip addr: under the seal there is no socket to ask with"
like "$(login ip route 2>&1)" 'Address family not supported' "nor for a route"
unlike "$(login ps)" 'spawnd' "no process of the host's"
like "$(login env)" "^SSH_CONNECTION=${EXAMPLE_PEER:-127\.0\.0\.1} " "sshd knows who is connected"
login 'exit 7'
is "$?" 7 "an exit status comes through"
is "$(login 'echo kept >/tmp/note; cat /tmp/note')" kept "it can write to /tmp"
is "$(login 'cat /tmp/note 2>/dev/null')" "" "and the next login finds nothing of it"
nok "a stranger's key is refused" ssh -F none -p 2222 -i "$T/home/.ssh/stranger" -o IdentitiesOnly=yes -o BatchMode=yes \
	-o StrictHostKeyChecking=no -o UserKnownHostsFile="$T/known" -o LogLevel=ERROR guest@127.0.0.1 true
ok "sshd's messages are in the log" wait_log 'service-stderr .*service=sshd .*Accepted publickey'
spawnd_stop

# With a home that stays: the line of the example that is commented out.
sed -i 's/^#BindPaths=/BindPaths=/' "$T/spawnd.conf"
ok "the example has a home to bind" grep -q '^BindPaths=/srv/sshd-home:' "$T/spawnd.conf"
mkdir -p /srv/sshd-home/.ssh
cp "$T/home/.ssh/id_ed25519.pub" /srv/sshd-home/.ssh/authorized_keys
chown -R 40022:40022 /srv/sshd-home
chmod 700 /srv/sshd-home/.ssh
spawnd_start
# shellcheck disable=SC2317 # called through ok
copy() {
	scp -q -F none -P 2222 -i "$T/home/.ssh/id_ed25519" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o BatchMode=yes \
		-o UserKnownHostsFile="$T/known" -o LogLevel=ERROR "$@" </dev/null
}
sum() {
	sha256sum <"$1" | cut -d' ' -f1
}
bytes=$((50000000 / TEST_SLOW))
head -c $bytes /dev/urandom >"$T/up"
ok "scp of $bytes bytes to it" copy "$T/up" guest@127.0.0.1:
is "$(sum /srv/sshd-home/up)" "$(sum "$T/up")" "equal on the other side"
head -c $bytes /dev/urandom >/srv/sshd-home/down
chmod 644 /srv/sshd-home/down
chown 40022 /srv/sshd-home/down
ok "and as many from it" copy guest@127.0.0.1:down "$T/down"
is "$(sum "$T/down")" "$(sum /srv/sshd-home/down)" "equal on this side"
is "$(stat -c %u /srv/sshd-home/up)" 40022 "the file belongs to the user"
done_testing
