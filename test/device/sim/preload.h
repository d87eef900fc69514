/* SPDX-License-Identifier: MIT
 *
 * The next definitions of the functions that this library stands before, without the checked inlines. To be included first.
 *
 * On a 64-bit machine a plain name (open) and the one of 64-bit offsets (open64) mean the same, and programs call either:
 * both are defined. On a 32-bit machine only programs of 64-bit time and offsets are served, and there the headers
 * turn each plain name that is defined here into the symbol that such programs call (open64, __ioctl_time64).
 */
#ifndef TEST_DEVICE_SIM_PRELOAD_H
#define TEST_DEVICE_SIM_PRELOAD_H

#if __SIZEOF_POINTER__ == 8
#define SIM_BOTH_NAMES 1
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#else
#define SIM_BOTH_NAMES 0
#endif
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "sim.h"

#define EXPORT __attribute__((visibility("default")))

struct sim_real {
	int (*openat)(int, const char *, int, ...);
	int (*close)(int);
	int (*ioctl)(int, unsigned long, ...);
	int (*fcntl)(int, int, ...);
	int (*dup)(int);
	int (*dup2)(int, int);
	int (*dup3)(int, int, int);
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*munmap)(void *address, size_t length);
	int (*ppoll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
	int (*poll)(struct pollfd *, nfds_t, int);
	int (*fstatat)(int, const char *, struct stat *, int);
	int (*fstat)(int, struct stat *);
	int (*faccessat)(int, const char *, int, int);
};

extern struct sim_real sim_real;
void sim_real_init(void);   /* cheap; before any use of sim_real */
int sim_answer(int result); /* of 0 or -errno: what libc's function returns, with errno set */

#endif
