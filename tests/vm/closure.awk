# SPDX-License-Identifier: ISC
# Reads dpkg's status file: the packages of want= and all that they depend on, one in a line, as far as they are installed.
#     awk -v want="git jq" -f closure.awk /var/lib/dpkg/status
function bare(name)
{
	gsub(/\([^)]*\)|[ \n]/, "", name)
	sub(/:.*/, "", name)
	return name
}
BEGIN {
	RS = ""
	FS = "\n"
}
/\nStatus: [^\n]* installed\n/ {
	name = depended = provided = ""
	for (i = 1; i <= NF; i++) {
		if ($i ~ /^Package: /)
			name = substr($i, 10)
		else if ($i ~ /^(Pre-)?Depends: /)
			depended = depended "," substr($i, index($i, ":") + 1)
		else if ($i ~ /^Provides: /)
			provided = substr($i, 11)
	}
	depends[name] = depended
	count = split(provided, names, ",")
	for (i = 1; i <= count; i++)
		provider[bare(names[i])] = name
}
END {
	last = split(want, queue, " ")
	for (next_one = 1; next_one <= last; next_one++) {
		name = queue[next_one]
		if (!(name in depends))
			name = provider[name]
		if (name == "" || name in seen)
			continue
		seen[name] = 1
		print name
		count = split(depends[name], groups, ",")
		for (i = 1; i <= count; i++) {
			choices = split(groups[i], choice, "|")
			for (k = 1; k <= choices; k++) {
				if (bare(choice[k]) in depends || bare(choice[k]) in provider) {
					queue[++last] = bare(choice[k])
					break
				}
			}
		}
	}
}
