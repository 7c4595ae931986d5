#!/bin/sh
# SPDX-License-Identifier: ISC
# rsync --daemon, and a real rsync: a tree both ways.
. "$(dirname "$0")/lib.sh"
needs rsync

example rsync
mkdir -p "$T/tree/deep/er/still" "$T/tree/empty"
i=0
while [ $i -lt 300 ]; do
	i=$((i + 1))
	echo "file $i" >"$T/tree/deep/file.$i"
done
head -c 20000000 /dev/urandom >"$T/tree/deep/er/big"
: >"$T/tree/nothing"
echo "name with blanks" >"$T/tree/a name with blanks"
chmod 640 "$T/tree/deep/file.7"
touch -d '2001-02-03 04:05:06' "$T/tree/deep/file.8"
spawnd_start

like "$(rsync rsync://127.0.0.1/)" '^files' "rsync lists the module"
ok "a tree to it" rsync -a --no-owner --no-group "$T/tree/" rsync://127.0.0.1/files/
ok "is equal there" diff -r "$T/tree" /srv/rsync
is "$(stat -c %a /srv/rsync/deep/file.7)" 640 "with its modes"
is "$(stat -c %Y /srv/rsync/deep/file.8)" "$(stat -c %Y "$T/tree/deep/file.8")" "and times"
is "$(stat -c %u /srv/rsync/nothing)" 40873 "owned by the service's user"
ok "the tree back" rsync -a --no-owner --no-group rsync://127.0.0.1/files/ "$T/back/"
ok "is equal here" diff -r "$T/tree" "$T/back"
is "$(rsync -ai --no-owner --no-group rsync://127.0.0.1/files/ "$T/back/")" "" "a second time has nothing to do"
printf x | dd of="$T/tree/deep/er/big" bs=1 seek=10000000 conv=notrunc 2>/dev/null
rm "$T/tree/deep/file.9"
ok "a change and a removal" rsync -a --delete --checksum --no-owner --no-group "$T/tree/" rsync://127.0.0.1/files/
ok "are equal there" diff -r "$T/tree" /srv/rsync
rsync -a rsync://127.0.0.1/files/../../etc/ "$T/escaped/" 2>/dev/null
nok "no way out of the module" test -e "$T/escaped/rsyncd.conf"
done_testing
