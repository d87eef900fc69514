/* SPDX-License-Identifier: MIT */
#include "wait.h"

#include <errno.h>
#include <poll.h>

#include "../core/clock.h"

/* poll() answers POLLERR at once when neither queue has a buffer (v4l2_m2m_poll_for_data()): look again this often. */
enum { IDLE_LOOK_MS = 10 };
/* How long the others still trust whoever polls once they find their own time over: after a stop of the process, however long it was,
 * all are late at once. */
enum { GRACE_MS = 100 };
/* More pictures than a context can know of. */
enum { MAX_TOLD = 256 };
/* No device returns this many buffers without being asked to take new ones. */
enum { MAX_COLLECT = 4 * (CORE_MAX_OUTPUT_SLOTS + CORE_MAX_CAPTURE_BUFFERS) };

static void sleep_until(struct executor *executor, uint64_t deadline)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline / 1000000000u),
		.tv_nsec = (long)(deadline % 1000000000u),
	};

	pthread_cond_timedwait(&executor->progress, &executor->lock, &until);
}

/* Errors of DQBUF and REINIT that nothing heals: the node is unregistered (ENODEV), or vb2_queue_error() (EIO). */
static void note_error(struct executor *executor, int error)
{
	if (error == ENODEV || error == EIO || error == ENXIO)
		executor->gone = error;
}

static void hand_in(struct executor *executor, bool alive)
{
	executor->returned++;
	executor->silent_since = 0;
	if (!alive)
		executor->lost = true;
}

/* The request of a dequeued OUTPUT buffer: complete and fresh again, or waited for. Drivers may return the buffer
 * before the request (several passes over one picture). */
static void finish_slot(struct executor *executor, uint32_t index)
{
	struct output_slot *slot = &executor->output.slot[index];
	uint32_t answer;
	int error = slot_reinit(slot);

	if (error == EBUSY) {
		slot->state = SLOT_AWAITING;
		return;
	}
	if (error && slot_renew(slot, &executor->device)) {
		executor->gone = error;
		return;
	}
	executor->damage |= (slot->flags & V4L2_BUF_FLAG_ERROR) != 0;
	hand_in(executor, core_context_output_done(executor->core, &answer, index, slot->flags));
}

static bool dequeue_output(struct executor *executor)
{
	struct v4l2_device_done done;
	int error = device_dequeue(&executor->device, CORE_QUEUE_OUTPUT, &done);

	if (error) {
		note_error(executor, error);
		return false;
	}
	if (done.index < executor->output.count && executor->output.slot[done.index].state == SLOT_QUEUED) {
		executor->output.slot[done.index].flags = done.flags;
		finish_slot(executor, done.index);
	}
	return true;
}

/* Tells the core, and does the copy that it may ask for. False: the core trapped. */
static bool finish_capture(struct executor *executor, const struct v4l2_device_done *done)
{
	uint32_t surface;
	uint32_t answer;

	executor->damage |= (done->flags & V4L2_BUF_FLAG_ERROR) != 0;
	if (executor->trace)
		trace_done(executor->trace, &executor->layout, done->index, done->flags);
	captures_returned(&executor->captures, done->index);
	if (!core_context_capture_done(executor->core, &surface, done->index, done->flags))
		return false;
	if (surface == CORE_NONE)
		return true;
	if (executor->captures.own[done->index].map &&
	    executor->deliver(executor->owner, executor, &executor->captures.own[done->index], surface) == 0)
		return true;
	executor->damage = true;
	return core_context_copy_failed(executor->core, &answer, surface);
}

static bool dequeue_capture(struct executor *executor)
{
	struct v4l2_device_done done;
	int error = device_dequeue(&executor->device, CORE_QUEUE_CAPTURE, &done);

	if (error) {
		note_error(executor, error);
		return false;
	}
	if (done.index < executor->captures.count && executor->captures.queued[done.index] != CORE_NONE)
		hand_in(executor, finish_capture(executor, &done));
	return true;
}

void executor_tell_damage(struct executor *executor)
{
	uint32_t surface;
	uint32_t state;

	/* No more from a core that lies. */
	for (int i = 0; i < MAX_TOLD && executor->damage && !executor->lost; i++) {
		if (!core_context_damaged_surface(executor->core, &surface)) {
			executor->lost = true;
			return;
		}
		if (surface == CORE_NONE)
			return;
		if (!core_context_surface_state(executor->core, &state, surface))
			executor->lost = true;
		else if (state == CORE_SURFACE_DAMAGED || state == CORE_SURFACE_MISSING)
			executor->damaged(executor->owner, surface, state);
	}
}

/* revents of the video node decide which queue is asked; DQBUF is never tried on the off chance. Returns whether
 * anything moved. */
static bool take_returned(struct executor *executor, short revents)
{
	uint64_t before = executor->returned;
	bool moved = false;

	for (uint32_t i = 0; i < executor->output.count && !executor->lost; i++) {
		if (executor->output.slot[i].state == SLOT_AWAITING)
			finish_slot(executor, i);
	}
	if ((revents & POLLOUT) && !executor->lost)
		moved = dequeue_output(executor);
	if ((revents & POLLIN) && !executor->lost)
		moved = dequeue_capture(executor) || moved;
	return moved || executor->returned != before;
}

/* Why poll() says POLLERR: nothing is queued, or the device is gone. Returns whether a buffer came after all. */
static bool find_out(struct executor *executor, short revents)
{
	/* v4l2_poll() sets POLLHUP for an unregistered node; vb2_queue_error() shows in DQBUF alone. */
	if (!(revents & (POLLHUP | POLLNVAL)))
		return dequeue_output(executor);
	executor->gone = ENODEV;
	return false;
}

/* Polls the device for the others, outside the lock. Nobody else takes buffers meanwhile: one that vanished between
 * the wake-up and the look would leave poll() asleep. */
static void lead(struct executor *executor, uint64_t deadline)
{
	struct pollfd fds[1 + CORE_MAX_OUTPUT_SLOTS];
	nfds_t count = 1;
	uint64_t now = now_ns();
	uint64_t wait_ms = now >= deadline ? 0 : (deadline - now + 999999u) / 1000000u;
	int ready;
	bool failed;

	fds[0] = (struct pollfd){.fd = executor->device.video_fd, .events = POLLIN | POLLOUT};
	for (uint32_t i = 0; i < executor->output.count; i++) {
		if (executor->output.slot[i].state == SLOT_AWAITING)
			fds[count++] = (struct pollfd){.fd = executor->output.slot[i].request_fd, .events = POLLPRI};
	}
	pthread_mutex_unlock(&executor->lock);
	ready = poll(fds, count, wait_ms > INT32_MAX ? INT32_MAX : (int)wait_ms);
	failed = ready < 0 && errno != EINTR;
	pthread_mutex_lock(&executor->lock);
	if (executor->closed || executor->lost || (ready <= 0 && !failed))
		return;
	if (!failed && take_returned(executor, fds[0].revents))
		return;
	if (!failed && fds[0].revents & (POLLERR | POLLHUP | POLLNVAL) && find_out(executor, fds[0].revents))
		return;
	now = now_ns();
	if (!executor->gone && !executor->lost && now < deadline) {
		uint64_t next = now + IDLE_LOOK_MS * 1000000u;

		sleep_until(executor, next < deadline ? next : deadline);
	}
}

/* Until the device returned something since it had returned so many buffers. */
static int wait_until(struct executor *executor, uint64_t returned, uint64_t start, uint64_t deadline)
{
	const uint64_t grace = start < deadline ? GRACE_MS * 1000000u : 0;
	uint64_t trusted_until = 0; /* once the time was found to be over */

	while (executor->returned == returned && !executor->lost && !executor->closed) {
		uint64_t now = now_ns();

		if (executor->gone)
			return executor->gone;
		if (executor->leading) {
			if (now >= deadline && trusted_until == 0)
				trusted_until = now + grace;
			if (now >= deadline && now >= trusted_until)
				return ETIMEDOUT;
			sleep_until(executor, now >= deadline ? trusted_until : deadline);
			continue;
		}
		executor->leading = true;
		lead(executor, deadline);
		executor->leading = false;
		/* What came is there for all, and another may lead from here on. */
		pthread_cond_broadcast(&executor->progress);
		/* Only a look that began after the deadline is the last one. */
		if (executor->returned == returned && !executor->gone && now >= deadline)
			return ETIMEDOUT;
	}
	return 0;
}

int executor_wait(struct executor *executor, uint64_t timeout_ns)
{
	uint64_t start = now_ns();
	uint64_t deadline = timeout_ns > UINT64_MAX / 2 - start ? UINT64_MAX / 2 : start + timeout_ns;
	int cancelling;
	int error;

	/* A player that cancels this thread must not take the lock, or the lead, along. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
	error = wait_until(executor, executor->returned, start, deadline);
	pthread_setcancelstate(cancelling, NULL);
	return error;
}

void executor_collect(struct executor *executor)
{
	/* Whoever leads is being woken by the same buffers, and hands them in. */
	if (executor->leading)
		return;
	for (int i = 0; i < MAX_COLLECT && !executor->lost && !executor->closed && !executor->gone; i++) {
		struct pollfd device = {.fd = executor->device.video_fd, .events = POLLIN | POLLOUT};

		if (poll(&device, 1, 0) <= 0)
			device.revents = 0;
		if (!take_returned(executor, device.revents))
			break;
	}
	executor_tell_damage(executor);
	pthread_cond_broadcast(&executor->progress);
}

void executor_pause(struct executor *executor, uint64_t time_ns)
{
	const uint64_t end = now_ns() + time_ns;
	int cancelling;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
	while (now_ns() < end && !executor->closed && !executor->lost)
		sleep_until(executor, end);
	pthread_setcancelstate(cancelling, NULL);
}

void executor_wait_closed(struct executor *executor)
{
	int cancelling;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
	while (!executor->closed)
		pthread_cond_wait(&executor->progress, &executor->lock);
	pthread_setcancelstate(cancelling, NULL);
}
