/* SPDX-License-Identifier: ISC */
/*
 * Names of errors, for logs that programs read: strerrorname_np(3) is the GNU library's alone. Any
 * process.
 */
#include "base/errno_name.h"

#include <errno.h>
#include <stddef.h>

#define NAME(code) [code] = #code

static const char *const names[] = {
	NAME(EPERM),	    NAME(ENOENT),	NAME(ESRCH),	       NAME(EINTR),
	NAME(EIO),	    NAME(ENXIO),	NAME(E2BIG),	       NAME(ENOEXEC),
	NAME(EBADF),	    NAME(ECHILD),	NAME(EAGAIN),	       NAME(ENOMEM),
	NAME(EACCES),	    NAME(EFAULT),	NAME(ENOTBLK),	       NAME(EBUSY),
	NAME(EEXIST),	    NAME(EXDEV),	NAME(ENODEV),	       NAME(ENOTDIR),
	NAME(EISDIR),	    NAME(EINVAL),	NAME(ENFILE),	       NAME(EMFILE),
	NAME(ENOTTY),	    NAME(ETXTBSY),	NAME(EFBIG),	       NAME(ENOSPC),
	NAME(ESPIPE),	    NAME(EROFS),	NAME(EMLINK),	       NAME(EPIPE),
	NAME(EDEADLK),	    NAME(ENAMETOOLONG), NAME(ENOSYS),	       NAME(ENOTEMPTY),
	NAME(ELOOP),	    NAME(ELIBACC),	NAME(ELIBBAD),	       NAME(EPROTO),
	NAME(EOVERFLOW),    NAME(EUSERS),	NAME(ENOTSOCK),	       NAME(EMSGSIZE),
	NAME(EPROTOTYPE),   NAME(ENOPROTOOPT),	NAME(EPROTONOSUPPORT), NAME(EOPNOTSUPP),
	NAME(EAFNOSUPPORT), NAME(EADDRINUSE),	NAME(EADDRNOTAVAIL),   NAME(ENETDOWN),
	NAME(ENETUNREACH),  NAME(ECONNABORTED), NAME(ECONNRESET),      NAME(ENOBUFS),
	NAME(ENOTCONN),	    NAME(ETIMEDOUT),	NAME(ECONNREFUSED),    NAME(EHOSTDOWN),
	NAME(EHOSTUNREACH), NAME(ESTALE),	NAME(EDQUOT),	       NAME(ETOOMANYREFS),
};

const char *errno_name(int code)
{
	size_t index = (size_t)(code < 0 ? -(long)code : code);

	if (index >= sizeof(names) / sizeof(names[0]) || !names[index])
		return "E?";
	return names[index];
}
