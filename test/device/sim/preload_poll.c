/* SPDX-License-Identifier: MIT
 *
 * poll and ppoll of simulated descriptors, alone or together with real ones. (select and epoll see only the descriptors
 * that stand for them.)
 */
#include "preload.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Names that libc has but no header declares. */
int __poll_chk(struct pollfd *polled, nfds_t count, int timeout, size_t size);
#if !SIM_BOTH_NAMES
#define __ppoll_chk __ppoll64_chk
#endif
int __ppoll_chk(struct pollfd *polled, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                size_t size);

static bool is_waited_for(const struct pollfd *entry, struct sim_file **file)
{
	*file = sim_file_get(entry->fd);
	if (*file && ((*file)->type == SIM_FILE_VIDEO || (*file)->type == SIM_FILE_REQUEST ||
	              (*file)->type == SIM_FILE_MEDIA || (*file)->type == SIM_FILE_RENDER ||
	              (*file)->type == SIM_FILE_DMABUF))
		return true;
	sim_file_put(*file);
	*file = NULL;
	return false;
}

static short state_of(const struct sim_file *file, short events)
{
	short state = 0;

	switch (file->type) {
	case SIM_FILE_VIDEO:
		state = sim_m2m_poll(file->context, events);
		break;
	case SIM_FILE_REQUEST:
		state = sim_request_poll(file->request, events);
		break;
	case SIM_FILE_MEDIA: /* media_poll() */
		state = file->device->gone ? POLLERR | POLLHUP : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
		break;
	case SIM_FILE_DMABUF: /* dma_buf_poll() without fences */
		state = POLLIN | POLLOUT;
		break;
	case SIM_FILE_RENDER:
		break;
	}
	return (short)(state & (events | POLLERR | POLLHUP));
}

/* The state of all simulated entries; the number that have something. */
static int poll_simulated(struct pollfd *polled, nfds_t count)
{
	int hits = 0;

	for (nfds_t i = 0; i < count; i++) {
		struct sim_file *file;

		if (!is_waited_for(&polled[i], &file))
			continue;
		polled[i].revents = state_of(file, polled[i].events);
		sim_file_put(file);
		if (polled[i].revents)
			hits++;
	}
	return hits;
}

static bool any_simulated(const struct pollfd *polled, nfds_t count, bool *others)
{
	bool any = false;

	*others = false;
	for (nfds_t i = 0; i < count; i++) {
		if (polled[i].fd >= 0 && sim_is_simulated(polled[i].fd))
			any = true;
		else if (polled[i].fd >= 0)
			*others = true;
	}
	return any;
}

/* Others, too: they are polled together with an event that each change of simulated state raises. */
static int poll_mixed(struct pollfd *polled, nfds_t count, uint64_t deadline, int event, struct pollfd *copy)
{
	for (;;) {
		struct timespec left = {0, 0};
		uint64_t now = sim_now();
		int hits;
		int others;

		sim_lock();
		hits = poll_simulated(polled, count);
		sim_unlock();
		if (!hits && now < deadline) {
			left.tv_sec = (time_t)((deadline - now) / 1000000000u);
			left.tv_nsec = (long)((deadline - now) % 1000000000u);
		}
		for (nfds_t i = 0; i < count; i++) {
			copy[i] = polled[i];
			if (sim_is_simulated(polled[i].fd))
				copy[i].fd = -1;
		}
		copy[count] = (struct pollfd){.fd = event, .events = POLLIN};
		others = sim_real.ppoll(copy, count + 1, deadline == UINT64_MAX && !hits ? NULL : &left, NULL);
		if (others < 0)
			return -errno;
		if (copy[count].revents) {
			uint64_t value;

			others--;
			if (read(event, &value, sizeof(value)) < 0)
				value = 0;
		}
		for (nfds_t i = 0; i < count; i++) {
			if (!sim_is_simulated(polled[i].fd))
				polled[i].revents = copy[i].revents;
		}
		if (hits + others > 0 || sim_now() >= deadline)
			return hits + others;
	}
}

static int poll_only_simulated(struct pollfd *polled, nfds_t count, uint64_t deadline)
{
	int hits;

	sim_lock();
	while ((hits = poll_simulated(polled, count)) == 0) {
		if (sim_now() >= deadline || !sim_wait(deadline == UINT64_MAX ? 0 : deadline))
			break;
	}
	sim_unlock();
	return hits;
}

/* -1: none of it is ours. */
static int try_poll(struct pollfd *polled, nfds_t count, uint64_t timeout, const sigset_t *mask, bool *ours)
{
	bool others;
	sigset_t before;
	uint64_t deadline;
	int event;
	int result;

	*ours = any_simulated(polled, count, &others);
	if (!*ours)
		return 0;
	deadline = timeout == UINT64_MAX ? UINT64_MAX : sim_now() + timeout;
	for (nfds_t i = 0; i < count; i++)
		polled[i].revents = 0;
	sim_lock();
	result = -sim_fault("poll", NULL);
	sim_log_call("poll", -result);
	sim_unlock();
	if (result)
		return sim_answer(result);
	if (mask)
		pthread_sigmask(SIG_SETMASK, mask, &before);
	if (others || polled[0].fd < 0) {
		struct pollfd *copy = calloc(count + 1, sizeof(*copy));

		event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		sim_lock();
		sim_watch(event);
		sim_unlock();
		result = copy && event >= 0 ? poll_mixed(polled, count, deadline, event, copy) : -ENOMEM;
		sim_lock();
		sim_unwatch(event);
		sim_unlock();
		if (event >= 0)
			sim_real.close(event);
		free(copy);
	} else {
		result = poll_only_simulated(polled, count, deadline);
	}
	if (mask)
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	return sim_answer(result);
}

EXPORT int poll(struct pollfd *polled, nfds_t count, int timeout)
{
	bool ours;
	int result;

	sim_real_init();
	result = try_poll(polled, count, timeout < 0 ? UINT64_MAX : (uint64_t)timeout * 1000000u, NULL, &ours);
	return ours ? result : sim_real.poll(polled, count, timeout);
}

EXPORT int ppoll(struct pollfd *polled, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	bool ours;
	int result;

	sim_real_init();
	result =
		try_poll(polled, count,
	             timeout ? (uint64_t)timeout->tv_sec * 1000000000u + (uint64_t)timeout->tv_nsec : UINT64_MAX,
	             mask, &ours);
	return ours ? result : sim_real.ppoll(polled, count, timeout, mask);
}

EXPORT int __poll_chk(struct pollfd *polled, nfds_t count, int timeout, size_t size)
{
	(void)size;
	return poll(polled, count, timeout);
}

EXPORT int __ppoll_chk(struct pollfd *polled, nfds_t count, const struct timespec *timeout,
                       const sigset_t *mask, size_t size)
{
	(void)size;
	return ppoll(polled, count, timeout, mask);
}
