#!/bin/sh
# SPDX-License-Identifier: ISC
# EPERM is -1: what may not be done is an error, never the same as "there is none of it".
. "$(dirname "$0")/lib.sh"

make_root "$T/root"
configuration() {
	conf <<EOF2
[service one]
ListenStream=127.0.0.1:1001
RootDirectory=$T/root
ExecStart=/probe ids
EOF2
}

# A control socket where others could write.
configuration
mkdir -m 777 "$T/open"
sed -i "s,^ControlSocket=.*,ControlSocket=$T/open/control," "$T/spawnd.conf"
spawnd_launch
spawnd_exit
is "$SPAWND_STATUS" 111 "a control socket in a directory that others can write to is refused"
ok "with the reason" log_has ' start-failed step=control-socket error=EPERM '

# clone(CLONE_NEWUSER) is EPERM in a chroot (user_namespaces(7)); the zygote's containers would be the host's users.
configuration
if mkdir "$T/top" && mount --rbind / "$T/top" 2>/dev/null; then
	SPAWND_WRAP="chroot $T/top"
	: >"$T/log"
	spawnd_launch
	spawnd_exit
	SPAWND_WRAP=
	is "$SPAWND_STATUS" 111 "without the right to make a user namespace it does not start"
	ok "with the reason" log_has ' start-failed .*step=user-namespace error=EPERM '

	# Where the kernel has none of them: containers would be entered by setns(2), which leads to the host's root.
	SPAWND_WRAP="$BUILD/tests/shim user-namespaces -- chroot $T/top"
	: >"$T/log"
	spawnd_launch
	spawnd_exit
	SPAWND_WRAP=
	is "$SPAWND_STATUS" 111 "in a chroot it does not start without them either"
	ok "with the reason" log_has ' start-failed .*step=mount-template error=EXDEV '
else
	skip "no bind mounts here" "without the right to make a user namespace it does not start"
fi
SPAWND_PID=
done_testing
