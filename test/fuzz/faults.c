/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../device/sim/restart.h"
#include "world.h"

/* ---- the device ------------------------------------------------------------------------------- */

static const char *const calls[FAULTS_CALLS] = {
	"open.video",
	"open.media",
	"mmap",
	"poll",
	"QUERYCAP",
	"ENUM_FMT",
	"G_FMT",
	"S_FMT",
	"S_EXT_CTRLS",
	"REQBUFS",
	"CREATE_BUFS",
	"QUERYBUF",
	"EXPBUF",
	"STREAMON",
	"STREAMOFF",
	"QBUF.OUTPUT",
	"QBUF.CAPTURE",
	"DQBUF.OUTPUT",
	"DQBUF.CAPTURE",
	"DECODER_CMD",
	"MEDIA_IOC_REQUEST_ALLOC",
	"MEDIA_REQUEST_IOC_QUEUE",
	"MEDIA_REQUEST_IOC_REINIT",
	"DMA_BUF_IOCTL_SYNC",
	"QUERY_EXT_CTRL",
	"QUERYMENU",
	"ENUM_FRAMESIZES",
	"MEDIA_IOC_DEVICE_INFO",
	"MEDIA_IOC_G_TOPOLOGY",
};
static const char *const errors[FAULTS_ERRORS] = {"EINVAL", "ENOMEM", "EBUSY",  "ENODEV", "EIO",    "EAGAIN",
                                                  "EINTR",  "EMFILE", "ENOSPC", "EACCES", "ENOTTY", "EPIPE"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char list[512];
static int gone;

void faults_add(uint8_t which, uint8_t nth, uint8_t how)
{
	static const char *const decoded[] = {"decode:%u:error", "decode:%u:hang", "decode:%u+:hang", "gone:%u"};
	char word[64];

	nth = (uint8_t)(1 + nth % 32);
	if (which >= FAULTS_DECODING) {
		gone |= which >= 252;
		snprintf(word, sizeof(word),
		         which < 240   ? decoded[0]
		         : which < 248 ? decoded[1]
		         : which < 252 ? decoded[2]
		                       : decoded[3],
		         nth);
	} else {
		const char *error = errors[(how & ~FAULTS_PERMANENT) % FAULTS_ERRORS];

		/* Interrupted calls are made again until they are not: a storm of signals has an end. */
		if (strcmp(error, "EINTR") == 0)
			snprintf(word, sizeof(word), "%s:%u-%u:%s", calls[which % FAULTS_CALLS], nth,
			         nth + (how & FAULTS_PERMANENT ? 50u : 0u), error);
		else
			snprintf(word, sizeof(word), "%s:%u%s:%s", calls[which % FAULTS_CALLS], nth,
			         how & FAULTS_PERMANENT ? "+" : "", error);
	}
	pthread_mutex_lock(&lock);
	if (strlen(list) + strlen(word) + 2 < sizeof(list)) {
		strcat(list, list[0] ? "," : "");
		strcat(list, word);
	}
	v4l2sim_faults(list);
	pthread_mutex_unlock(&lock);
}

int faults_have_device_gone(void)
{
	return gone;
}

/* ---- time ------------------------------------------------------------------------------------- */

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __real_poll(struct pollfd *polled, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout);
int __real_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);

enum { SECOND = 1000000000 };

static unsigned int speed = 1;
static uint64_t origin; /* where the driver's clock and the real one agree */

static uint64_t to_ns(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * SECOND + (uint64_t)time->tv_nsec;
}

static struct timespec from_ns(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / SECOND), (long)(ns % SECOND)};
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = __real_clock_gettime(clock, now);

	if (clock == CLOCK_MONOTONIC && speed > 1)
		*now = from_ns(origin + (to_ns(now) - origin) * speed);
	return result;
}

int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout)
{
	return __real_poll(polled, count, timeout > 0 ? (timeout + (int)speed - 1) / (int)speed : timeout);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
	struct timespec real = *until;

	if (speed > 1 && to_ns(until) > origin)
		real = from_ns(origin + (to_ns(until) - origin) / speed + 1);
	return __real_pthread_cond_timedwait(condition, mutex, &real);
}

/* ---- allocations ------------------------------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
int __real_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);

static _Thread_local unsigned int before_failure; /* 0: none fails */
static _Thread_local unsigned int failures;

void faults_allocation(uint8_t nth, uint8_t more)
{
	before_failure = 1 + nth % 64u;
	failures = 1 + more % 8u;
}

void faults_end_allocations(void)
{
	before_failure = 0;
}

static bool fails(void)
{
	if (!before_failure || !call_is_running())
		return false;
	if (before_failure > 1) {
		before_failure--;
		return false;
	}
	if (--failures == 0)
		before_failure = 0;
	return true;
}

void *__wrap_malloc(size_t size)
{
	if (!fails())
		return __real_malloc(size);
	errno = ENOMEM;
	return NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	if (!fails())
		return __real_calloc(count, size);
	errno = ENOMEM;
	return NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
	if (!fails())
		return __real_realloc(memory, size);
	errno = ENOMEM;
	return NULL;
}

int __wrap_fcntl64(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (command != F_DUPFD_CLOEXEC || !fails())
		return __real_fcntl64(fd, command, argument);
	errno = EMFILE;
	return -1;
}

void faults_reset(unsigned int factor)
{
	struct timespec now;

	__real_clock_gettime(CLOCK_MONOTONIC, &now);
	origin = to_ns(&now);
	speed = factor;
	list[0] = 0;
	gone = 0;
	faults_end_allocations();
}
