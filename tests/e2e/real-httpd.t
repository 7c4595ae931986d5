#!/bin/sh
# SPDX-License-Identifier: ISC
# busybox httpd -i: many requests by curl, each in a container of its own.
. "$(dirname "$0")/lib.sh"
needs busybox curl jq

example httpd
spawnd_start
ok "the page" curl -sf -o "$T/page" http://127.0.0.1/
ok "is the file" cmp "$T/page" "$TOP/conf/examples/files/index.html"
is "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/nowhere)" 404 "a page that is not there: 404"
is "$(curl -s -o /dev/null -w '%{http_code}' --path-as-is http://127.0.0.1/../etc/passwd)" 400 "no way out of /www" || true
head -c 3000000 /dev/urandom >/srv/httpd/www/big
ok "a large file" curl -sf -o "$T/big" http://127.0.0.1/big
ok "is equal" cmp "$T/big" /srv/httpd/www/big

mkdir "$T/pages"
total=$((1000 / TEST_SLOW))
wait_for 10 status_is .live 0
before=$(status .accepted)
curl -s --no-keepalive -H 'Connection: close' -w '%{http_code}\n' -o "$T/pages/#1" "http://127.0.0.1/index.html?[1-$total]" >"$T/codes"
is "$?" 0 "$total requests"
is "$(sort "$T/codes" | uniq -c | tr -s ' ')" " $total 200" "$total times 200"
is "$(cat "$T/pages"/* | wc -c)" $((total * $(wc -c <"$T/page"))) "$total pages"
is "$(for page in "$T/pages"/*; do cmp "$page" "$T/page"; done 2>&1 | head -n 3)" "" "all equal"
ok "each was a connection" wait_for 10 status_is ".accepted - $before" $total
wait_for 10 status_is .live 0
is "$(status '[.refused, .aborted] | @csv')" 0,0 "none was refused or failed"

# Four at a time.
for part in 1 2 3 4; do
	curl -s --no-keepalive -H 'Connection: close' -w '%{http_code}\n' -o /dev/null "http://127.0.0.1/index.html?[1-$((total / 4))]" \
		>"$T/codes.$part" &
	echo $! >>"$T/curls"
done
while read -r curl; do
	wait "$curl"
done <"$T/curls"
is "$(cat "$T/codes".[1-4] | sort | uniq -c | tr -s ' ')" " $total 200" "as many again, four at a time"
done_testing
