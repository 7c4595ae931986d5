#!/bin/sh
# SPDX-License-Identifier: ISC
# git daemon --inetd, and a real git clone: the same commits.
. "$(dirname "$0")/lib.sh"
needs git

example git
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git clone -q /srv/git/project.git "$T/work" 2>/dev/null
(
	cd "$T/work" || exit 1
	i=0
	while [ $i -lt 20 ]; do
		i=$((i + 1))
		echo "line $i" >>file
		head -c 200000 /dev/urandom >"blob.$i"
		git add .
		git commit -q -m "commit $i"
	done
	git tag -a -m tag v1
	git push -q origin HEAD:refs/heads/master v1
)
git -C /srv/git/project.git symbolic-ref HEAD refs/heads/master
chmod -R a+rX /srv/git
spawnd_start

is "$(git ls-remote git://127.0.0.1/project.git refs/heads/master | cut -f1)" "$(git -C "$T/work" rev-parse HEAD)" \
	"git ls-remote sees the commit"
ok "git clone" git clone -q git://127.0.0.1/project.git "$T/clone"
is "$(git -C "$T/clone" rev-parse HEAD)" "$(git -C "$T/work" rev-parse HEAD)" "has the same commit"
is "$(git -C "$T/clone" rev-list HEAD | wc -l)" 20 "and its history"
is "$(git -C "$T/clone" rev-parse v1)" "$(git -C "$T/work" rev-parse v1)" "and the tag"
ok "and is whole" git -C "$T/clone" fsck --strict
ok "with the same files" diff -r -x .git "$T/work" "$T/clone"
ok "a shallow clone" git clone -q --depth 1 git://127.0.0.1/project.git "$T/shallow"
is "$(git -C "$T/shallow" rev-list HEAD | wc -l)" 1 "has one commit"
nok "another repository is not there" git clone -q git://127.0.0.1/other.git "$T/other"
nok "nor a push possible" git -C "$T/clone" push -q git://127.0.0.1/project.git HEAD:refs/heads/evil
is "$(git -C /srv/git/project.git for-each-ref refs/heads | wc -l)" 1 "and nothing was written"
wait_for 10 status_is .live 0
is "$(jq -r .end "$T/accounting" | sort -u)" exit "every connection ended by itself"
done_testing
