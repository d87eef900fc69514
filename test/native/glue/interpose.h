/* SPDX-License-Identifier: MIT
 *
 * For a test that defines a function of libc, to look at the driver's calls: the one that would have been called, the
 * simulated device's or libc's.
 */
#ifndef TEST_NATIVE_GLUE_INTERPOSE_H
#define TEST_NATIVE_GLUE_INTERPOSE_H

#include <dlfcn.h>
#include <poll.h>
#include <string.h>

/* The symbol that a program of 64-bit time calls. */
#define IOCTL_SYMBOL (sizeof(void *) == 8 ? "ioctl" : "__ioctl_time64")

static inline int next_ioctl(int fd, unsigned long request, void *argument)
{
	static int (*next)(int, unsigned long, ...);

	if (!next) {
		void *symbol = dlsym(RTLD_NEXT, IOCTL_SYMBOL);

		memcpy(&next, &symbol, sizeof(next));
	}
	return next(fd, request, argument);
}

static inline int next_poll(struct pollfd *polled, nfds_t count, int timeout)
{
	static int (*next)(struct pollfd *, nfds_t, int);

	if (!next) {
		void *symbol = dlsym(RTLD_NEXT, "poll");

		memcpy(&next, &symbol, sizeof(next));
	}
	return next(polled, count, timeout);
}

#endif
