#!/bin/sh
# SPDX-License-Identifier: ISC
# spawnd(8) and the source say the same: events and their keys, keys of the accounting, steps of failures; and
# spawnctl(8) has the verbs, and the keys of the answers in JSON. Needs no root and no build: it reads text.
# In the pages an entry is a line ".It Cm WORD"; below an event the line ".Va KEY ..." has all its keys.
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
failed=0

# same FILE FILE DESCRIPTION: two sorted lists are equal and not empty
same() {
	number=$((number + 1))
	if [ -s "$1" ] && cmp -s "$1" "$2"; then
		printf 'ok %d - %s\n' "$number" "$3"
		return
	fi
	failed=1
	printf 'not ok %d - %s\n' "$number" "$3"
	comm -23 "$1" "$2" | sed 's/^/# in the source, not in the manual: /'
	comm -13 "$1" "$2" | sed 's/^/# in the manual, not in the source: /'
}

# entries PAGE SECTION: its ".It Cm" words, each with the words of the ".Va" line behind it
entries() {
	awk -v section="$2" '
	/^\.Sh / { inside = substr($0, 5) == section; next }
	inside && /^\.It Cm / { word = $3; print word }
	inside && /^\.Va / { for (i = 2; i <= NF; i++) print word " " $i }' "$1"
}

# events: "EVENT" and "EVENT KEY" of every call in the source. Calls are read whole, split at their commas.
# A key is KEY= in a format, or a word among the values of "%s="; the outcome of log_end() is built apart from its call.
events() {
	find spawnd -name '*.c' -type f | sort | while read -r file; do
		awk -v file="$file" '
		function literals(text, found,	n) {
			n = 0
			while (match(text, /"([^"\\]|\\.)*"/)) {
				found[++n] = substr(text, RSTART + 1, RLENGTH - 2)
				text = substr(text, RSTART + RLENGTH)
			}
			return n
		}
		function keys(event, text) {
			while (match(text, /(^|[ ])[a-z_]+=/)) {
				key = substr(text, RSTART, RLENGTH - 1)
				sub(/^ /, "", key)
				print event " " key
				text = substr(text, RSTART + RLENGTH)
			}
		}
		function call(text,	depth, quoted, i, c, part, parts, n, m, words, formats, e, f) {
			part = 0
			for (i = 1; i <= length(text); i++) {
				c = substr(text, i, 1)
				if (c == "\\" && quoted) {
					parts[part] = parts[part] c substr(text, ++i, 1)
					continue
				}
				if (c == "\"")
					quoted = !quoted
				if (!quoted && (c == "(" || c == "["))
					depth++
				if (!quoted && (c == ")" || c == "]") && --depth < 0)
					break
				if (!quoted && c == "," && depth == 0 && part < 2)
					part++
				else
					parts[part] = parts[part] c
			}
			if (parts[1] ~ /const char/ || parts[1] ~ /^ *event *$/)
				return
			n = literals(parts[1], words)
			if (n == 0)
				print "UNREADABLE " file
			m = literals(parts[2], formats)
			for (e = 1; e <= n; e++) {
				print words[e]
				for (f = 1; f <= m; f++) {
					keys(words[e], formats[f])
					if (formats[f] ~ /^[a-z_]+$/ && parts[2] ~ /"[^"]*%s=/)
						print words[e] " " formats[f]
				}
				if (parts[0] ~ /log_why/)
					keys(words[e], why_format)
				if (words[e] == "connection-end")
					keys(words[e], " status= signal= bytes_in= bytes_out=")
			}
		}
		{ sub(/^[ \t]+/, ""); all = all " " $0 }
		END {
			if (match(all, /log_event\(level, event, "[^"]*\\"%s\\"[^"]*"/)) {
				why_format = substr(all, RSTART, RLENGTH)
				sub(/^[^"]*"/, "", why_format)
			}
			gsub(/" +"/, "", all)
			while (match(all, /log_(event|why)\(/)) {
				name = substr(all, RSTART, RLENGTH)
				all = substr(all, RSTART + RLENGTH)
				call((name ~ /why/ ? "log_why " : "") all)
			}
		}' "$file"
	done
}

# literals that "steps" counts as steps: the third argument of why_set(), the step handed to mount_*(), tables of steps
steps() {
	find spawnd -name '*.c' -type f -exec awk '
	{ sub(/^[ \t]+/, ""); all = all " " $0 }
	END {
		rest = all
		while (match(rest, /why_set\([^;"]*"[a-z][a-z-]*"/)) {
			word = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			split(word, part, "\"")
			if (part[1] !~ /(STEP|step), *$/)
				print part[2]
		}
		while (match(all, /("(mount|make|unshare|open)-[a-z]+"|#define STEP "[a-z-]+")/)) {
			word = substr(all, RSTART, RLENGTH)
			all = substr(all, RSTART + RLENGTH)
			split(word, part, "\"")
			if (part[2] != "mount-api")
				print part[2]
		}
	}' {} \;
}

events | sort -u >"$work/events.source"
entries docs/spawnd.8 'LOG EVENTS' | sort -u >"$work/events.manual"
same "$work/events.source" "$work/events.manual" "every event and its keys are in spawnd(8), and none else"

{
	sed -n 's/.*add_\(string\|number\)([^"]*"\([a-z_]*\)".*/\2/p
		s/.*add_time([^"]*"\([a-z_]*\)".*/\1\n\1_mono_ns/p' spawnd/loop/account.c
	grep -o '\\"[a-z_]*\\":' spawnd/loop/account.c | tr -d '\\":'
} | sort -u >"$work/keys.source"
entries docs/spawnd.8 ACCOUNTING | sort -u >"$work/keys.manual"
same "$work/keys.source" "$work/keys.manual" "every key of the accounting is in spawnd(8), and none else"

# What spawnctl report reads of it.
sed -n 's/.*\[ACCOUNT_[A-Z_]*\] = "\([a-z_]*\)",.*\[ACCOUNT_[A-Z_]*\] = "\([a-z_]*\)".*/\1\n\2/p
	t
	s/.*\[ACCOUNT_[A-Z_]*\] = "\([a-z_]*\)".*/\1/p' spawnd/wire/account_line.c | sort -u >"$work/read.source"
comm -12 "$work/read.source" "$work/keys.manual" >"$work/read.manual"
same "$work/read.source" "$work/read.manual" "what spawnctl report reads is in spawnd(8)"

steps | sort -u >"$work/steps.source"
entries docs/spawnd.8 DIAGNOSTICS | sort -u >"$work/steps.manual"
same "$work/steps.source" "$work/steps.manual" "every step of a failure is in spawnd(8), and none else"

{
	sed -n 's/.*\(json\|put\)_[a-z]*([^"]*"\([a-z_]*\)".*/\2/p' spawnd/ctl/*.c
	sed -n 's/.*return act(.*"\([a-z]*\)");/\1/p' spawnd/ctl/acts.c
	grep -o '\\"[a-z_]*\\":' spawnd/ctl/reload.c | tr -d '\\":'
	grep -o '\[END_[A-Z_]*\] = "[a-z-]*"' spawnd/loop/ledger.c | sed 's/.*"\(.*\)"/ended_\1/'
	grep -o '\[VERDICT_[A-Z_]*\] = "[a-z-]*"' spawnd/loop/admission.c | sed 's/.*"\(.*\)"/refused_\1/' | grep -v _admitted
	grep -o '\[\(MEASURE\|OUTCOME\)_[A-Z_]*\] = "[a-z_]*"' spawnd/ctl/totals.c | sed 's/.*"\(.*\)"/\1/'
	grep -o '{ "[a-z0-9]*", "[a-z0-9.]*", [0-9]* }' spawnd/ctl/report.c | sed 's/{ "\([a-z0-9]*\)".*/\1/'
} | sort -u >"$work/control.source"
entries docs/spawnctl.8 'ANSWERS IN JSON' | sort -u >"$work/control.manual"
same "$work/control.source" "$work/control.manual" "every key of spawnctl's answers is in spawnctl(8), and none else"

sed -n 's/^\t*\.name = "\([a-z-]*\)".*/\1/p' spawnd/ctl/verbs.c | sort >"$work/verbs.source"
entries docs/spawnctl.8 DESCRIPTION | sort >"$work/verbs.manual"
same "$work/verbs.source" "$work/verbs.manual" "every verb of spawnctl is in spawnctl(8), and none else"

# Messages without their channel's word: a table in docs/DESIGN.md, a line for each channel.
sed -n '/^enum wire_type {/,/WIRE_TYPES/p' spawnd/wire/messages.h | grep -Eo '^	[A-Z_]+,' | tr -d '\t,' | sed 's/^[A-Z]*_//' |
	sort >"$work/messages"
sed -n '/^| channel | messages |/,/^$/p' docs/DESIGN.md | cut -d '|' -f 3 | grep -Eo '[A-Z]{2,}' | sort >"$work/in-table"
same "$work/messages" "$work/in-table" "every message is in the table of docs/DESIGN.md, and none else"

sh scripts/mkrootfs --help | grep -Eo '^	-+[a-z]+|\(--[a-z]+' | tr -d '\t(' | sort >"$work/options.source"
sed -n 's/^\.It Fl \(h , Fl -help\)\{0,1\}\([a-z-]*\).*/-\2/p' docs/spawnd-mkrootfs.8 | grep -v '^-$' | sort >"$work/options.manual"
same "$work/options.source" "$work/options.manual" "every option of spawnd-mkrootfs is in its page, and none else"

printf '1..%d\n' "$number"
exit "$failed"
