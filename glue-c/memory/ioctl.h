/* SPDX-License-Identifier: MIT */
#ifndef GLUE_MEMORY_IOCTL_H
#define GLUE_MEMORY_IOCTL_H

#include <errno.h>
#include <sys/ioctl.h>

/* ioctl() that goes on after a signal. Returns 0 or errno. */
static inline int retry_ioctl(int fd, unsigned long request, void *argument)
{
	int result;

	do {
		result = ioctl(fd, request, argument);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? errno : 0;
}

#endif
