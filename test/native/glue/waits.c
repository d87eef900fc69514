/* SPDX-License-Identifier: MIT
 *
 * How the executor waits: until when, for whom, and what it makes of a poll() that lies, of signals, of a process that is stopped. Nobody
 * waits under the context's lock. The core and the device are stand-ins; the device is a pipe, so that the real poll() waits for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <va/va.h>

#include "context.h"
#include "core/clock.h"
#include "harness.h"
#include "interpose.h"
#include "plans/run.h"
#include "plans/wait.h"

enum { MS = 1000000 };

/* ---- poll() as a test wants it ------------------------------------------------------------------- */

static enum {
	POLL_TRUE,
	POLL_INTERRUPTED, /* each time */
	POLL_FAILS,
	POLL_SHORT,    /* returns 0 at once */
	POLL_LATE,     /* returns 0 long after its time, once */
	POLL_READABLE, /* says POLLIN, whatever there is */
	POLL_ODD,      /* says what nobody asked for */
	POLL_ERROR     /* says POLLERR, once */
} lie;
static unsigned polls;
static bool alone; /* one thread: nobody else holds the lock */

int poll(struct pollfd *polled, nfds_t count, int timeout)
{
	polls++;
	if (alone && timeout != 0) {
		CHECK_EQUAL(pthread_mutex_trylock(&executor.lock), 0);
		pthread_mutex_unlock(&executor.lock);
	}
	switch (lie) {
	case POLL_INTERRUPTED:
		errno = EINTR;
		return -1;
	case POLL_FAILS:
		errno = ENOMEM;
		return -1;
	case POLL_SHORT:
		return 0;
	case POLL_LATE:
		lie = POLL_TRUE;
		usleep(((unsigned)timeout + 50) * 1000);
		return 0;
	case POLL_READABLE:
		polled[0].revents = POLLIN;
		return 1;
	case POLL_ODD:
		polled[0].revents = POLLPRI | POLLRDBAND;
		return 1;
	case POLL_ERROR:
		lie = POLL_TRUE;
		polled[0].revents = POLLERR;
		return 1;
	default:
		return next_poll(polled, count, timeout);
	}
}

/* ---- a device that is a pipe ---------------------------------------------------------------------- */

static int pipes[2];

/* CAPTURE buffers 0 and 1 are with the device. */
static void open_device(void)
{
	open_executor();
	CHECK_EQUAL(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
	pictures = pipes[0];
	executor.device.video_fd = pipes[0];
	captures_queued(&executor.captures, 0, 7);
	captures_queued(&executor.captures, 1, 8);
	polls = 0;
}

static void close_device(void)
{
	lie = POLL_TRUE;
	alone = false;
	executor.device.video_fd = backing;
	pictures = -1;
	close(pipes[0]);
	close(pipes[1]);
	executor_close(&executor);
}

static void give_back(uint8_t index)
{
	CHECK_EQUAL(write(pipes[1], &index, 1), 1);
}

/* Waits; returns what executor_wait() does, and how long it took. */
static int wait_for(uint64_t timeout_ns, uint64_t *took_ns)
{
	uint64_t start = now_ns();
	int error;

	executor_lock(&executor);
	error = executor_wait(&executor, timeout_ns);
	executor_unlock(&executor);
	*took_ns = now_ns() - start;
	return error;
}

/* ---- how a wait ends ------------------------------------------------------------------------------ */

/* A wait with nothing queued ends with its time, and does not spin: memfds are always ready to poll(). */
static void waits_end(void)
{
	struct executor_outcome outcome;

	open_executor();
	plan_count = 2;
	plans[0].then = CORE_THEN_WAIT;
	plans[0].timeout_ms = 60;
	plans[1].status = VA_STATUS_ERROR_TIMEDOUT;
	run_plans(NULL, &outcome);
	CHECK_EQUAL(outcome.status, VA_STATUS_ERROR_TIMEDOUT);
	executor_close(&executor);
}

/* A core that starts a silent device again and again, and waits each time: the call ends after a few waits. */
static void silences_are_counted(void)
{
	struct executor_outcome outcome;

	open_executor();
	plan_count = 1;
	plans[0].step_count = 1;
	plans[0].steps[0] = (struct core_step){.op = CORE_OP_STREAM_OFF, .queue = CORE_QUEUE_CAPTURE};
	plans[0].then = CORE_THEN_WAIT;
	plans[0].timeout_ms = 1;
	run_plans(NULL, &outcome);
	check_refused(&outcome);
	CHECK(ioctls <= 5);
	executor_close(&executor);
}

/* A pause lasts as long as it says, is no silence of the device's, and an event has not more than a hundred of them. */
static void pauses_are_counted(void)
{
	struct executor_outcome outcome;
	uint64_t start = now_ns();

	open_executor();
	plan_count = 7;
	for (int i = 0; i < 6; i++) {
		plans[i].then = CORE_THEN_PAUSE;
		plans[i].timeout_ms = 10;
	}
	run_plans(NULL, &outcome);
	CHECK_EQUAL(outcome.status, VA_STATUS_SUCCESS);
	CHECK(now_ns() - start >= 60 * MS && now_ns() - start < 1000ull * MS);
	CHECK_EQUAL(polls, 0);
	CHECK_EQUAL(timeouts, 0);
	plans[0].timeout_ms = 1;
	plan_count = 1;
	run_plans(NULL, &outcome);
	check_refused(&outcome);
	executor_close(&executor);
}

static unsigned reads;

static int read_by_somebody(void *owner, uint32_t surface, uint32_t timeout_ms)
{
	(void)owner;
	CHECK_EQUAL(surface, 7);
	CHECK_EQUAL(timeout_ms, 60);
	/* Others may enter meanwhile. */
	CHECK_EQUAL(pthread_mutex_trylock(&executor.lock), 0);
	pthread_mutex_unlock(&executor.lock);
	return reads++ ? ETIMEDOUT : 0;
}

/* Without the lock, and the core hears whether it was in time. */
static void readers_are_waited_for(void)
{
	struct executor_outcome outcome;

	open_executor();
	executor.wait_readers = read_by_somebody;
	for (uint32_t late = 0; late < 2; late++) {
		plan_next = 0;
		plan_count = 2;
		plans[0] = (struct core_plan){
			.then = CORE_THEN_WAIT_READERS, .timeout_ms = 60, .surface = 7, .token = 5 + late};
		plans[1] = (struct core_plan){.then = CORE_THEN_RETURN};
		timeouts = 0;
		run_plans(NULL, &outcome);
		CHECK_EQUAL(outcome.status, VA_STATUS_SUCCESS);
		CHECK_EQUAL(reads, late + 1);
		CHECK_EQUAL(resumed_token, 5 + late);
		CHECK_EQUAL(timeouts, late);
	}
	executor_close(&executor);
}

/* The OUTPUT buffer comes back before its request is complete: the slot is not given to the core until then. */
static void requests_are_waited_for(void)
{
	struct executor_outcome outcome;

	open_executor();
	plan_count = 2;
	plans[0].step_count = 2;
	plans[0].steps[0] = (struct core_step){.op = CORE_OP_QUEUE_OUTPUT, .slot = 1};
	plans[0].steps[1] = (struct core_step){.op = CORE_OP_QUEUE_REQUEST, .slot = 1};
	plans[0].then = CORE_THEN_WAIT;
	plans[0].timeout_ms = 5000;
	output_returned = true;
	busy = 6;
	outputs_done = 0;
	run_plans(NULL, &outcome);
	CHECK_EQUAL(outcome.status, VA_STATUS_SUCCESS);
	CHECK_EQUAL(outputs_done, 1);
	CHECK_EQUAL(executor.output.slot[1].state, SLOT_IDLE);
	executor_close(&executor);
}

/* poll() found nothing queued; when the device is asked why, a picture that another thread queued meanwhile is done already. */
static void buffer_behind_an_error(void)
{
	uint64_t took;

	open_device();
	executor.output.slot[1].state = SLOT_QUEUED;
	output_returned = true;
	lie = POLL_ERROR;
	CHECK_EQUAL(wait_for(2000ull * MS, &took), 0);
	CHECK_EQUAL(polls, 1);
	CHECK_EQUAL(outputs_done, 1);
	CHECK_EQUAL(executor.output.slot[1].state, SLOT_IDLE);
	close_device();
}

/* Requests that STREAMOFF leaves with the device are not waited for: their slots get new ones. */
static void streamoff_waits_for_nobody(void)
{
	struct executor_outcome outcome;
	uint64_t start;

	open_device();
	alone = true;
	plan_count = 1;
	plans[0].step_count = 5;
	for (uint32_t i = 0; i < 4; i++)
		plans[0].steps[i] = (struct core_step){.op = CORE_OP_QUEUE_OUTPUT, .slot = i};
	plans[0].steps[4] = (struct core_step){.op = CORE_OP_STREAM_OFF, .queue = CORE_QUEUE_OUTPUT};
	busy = 4;
	start = now_ns();
	for (uint32_t i = 0; i < 4; i++)
		plans[0].steps[i].slot = i;
	run_plans(NULL, &outcome);
	CHECK_EQUAL(outcome.status, VA_STATUS_SUCCESS);
	CHECK(now_ns() - start < 100 * MS);
	CHECK_EQUAL(polls, 0);
	CHECK_EQUAL(busy, 0);
	CHECK_EQUAL(requests, 4);
	for (uint32_t i = 0; i < 4; i++) {
		CHECK_EQUAL(executor.output.slot[i].state, SLOT_IDLE);
		CHECK(!executor.output.slot[i].touched);
	}
	close_device();
}

/* However long a player says that it has time, the deadline is in the future: now_ns() plus it does not overflow. */
static void long_waits(void)
{
	static const uint64_t times[] = {UINT64_MAX, UINT64_MAX / 2, INT64_MAX, (uint64_t)INT32_MAX * 1000 * MS,
	                                 (uint64_t)UINT32_MAX * 1000 * MS};
	uint64_t took;

	for (size_t i = 0; i < TEST_COUNT(times); i++) {
		pid_t device;

		open_device();
		alone = true;
		device = fork();
		CHECK(device >= 0);
		if (device == 0) {
			usleep(30000);
			give_back(0);
			_exit(0);
		}
		CHECK_EQUAL(wait_for(times[i], &took), 0);
		CHECK(took < 5000ull * MS);
		CHECK(polls <= 3);
		waitpid(device, NULL, 0);
		close_device();
	}
}

/* ---- a poll() that lies --------------------------------------------------------------------------- */

static void poll_that_lies(void)
{
	/* Of 100 ms, how often it may be asked at most; 0: as often as it answers at once. */
	static const struct {
		int lie;
		unsigned polls;
	} lies[] = {{POLL_TRUE, 2},   {POLL_INTERRUPTED, 0}, {POLL_SHORT, 0},
	            {POLL_FAILS, 12}, {POLL_READABLE, 12},   {POLL_ODD, 12}};
	uint64_t took;

	for (size_t i = 0; i < TEST_COUNT(lies); i++) {
		open_device();
		alone = true;
		lie = lies[i].lie;
		CHECK_EQUAL(wait_for(100 * MS, &took), ETIMEDOUT);
		CHECK(took >= 100 * MS && took < 400 * MS);
		CHECK(lies[i].polls == 0 || polls <= lies[i].polls);
		CHECK(!executor.lost && !executor.gone && !executor.leading);
		/* What comes later is not lost. */
		lie = POLL_TRUE;
		give_back(1);
		CHECK_EQUAL(wait_for(2000ull * MS, &took), 0);
		CHECK_EQUAL(captures_done, 1);
		close_device();
	}
}

/* Nothing is judged by a look that began before the deadline. */
static void poll_that_is_late(void)
{
	uint64_t took;

	open_device();
	alone = true;
	give_back(0);
	lie = POLL_LATE;
	CHECK_EQUAL(wait_for(50 * MS, &took), 0);
	CHECK(took >= 100 * MS);
	CHECK_EQUAL(polls, 2);
	CHECK_EQUAL(captures_done, 1);
	close_device();
}

/* Buffers that the device cannot have are not handed in, and hold nobody up. */
static void wrong_indexes(void)
{
	static const uint8_t wrong[] = {2, 3, 4, 31, 32, 200, UINT8_MAX};
	uint64_t took;

	open_device();
	alone = true;
	for (size_t i = 0; i < TEST_COUNT(wrong); i++)
		give_back(wrong[i]);
	give_back(0);
	CHECK_EQUAL(wait_for(2000ull * MS, &took), 0);
	CHECK_EQUAL(captures_done, 1);
	/* An OUTPUT buffer that is not queued: slot 1 is idle. */
	output_returned = true;
	lie = POLL_TRUE;
	give_back(0);
	outputs_done = 0;
	CHECK_EQUAL(wait_for(50 * MS, &took), ETIMEDOUT);
	CHECK_EQUAL(captures_done, 1);
	CHECK_EQUAL(outputs_done, 0);
	CHECK(!executor.lost);
	close_device();
}

/* ---- signals -------------------------------------------------------------------------------------- */

static void ignore(int signal)
{
	(void)signal;
}

/* A signal each millisecond: the deadline stays where it is, and what comes meanwhile is taken. */
static void storm_of_signals(void)
{
	const struct sigaction action = {.sa_handler = ignore};
	const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
	uint64_t took;
	pid_t device;

	open_device();
	alone = true;
	CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
	device = fork();
	CHECK(device >= 0);
	if (device == 0) {
		usleep(150000);
		give_back(0);
		_exit(0);
	}
	CHECK_EQUAL(setitimer(ITIMER_REAL, &often, NULL), 0);
	CHECK_EQUAL(wait_for(100 * MS, &took), ETIMEDOUT);
	CHECK(took >= 100 * MS && took < 145 * MS + 1000ull * MS);
	CHECK_EQUAL(wait_for(3000ull * MS, &took), 0);
	CHECK(polls > 10);
	CHECK_EQUAL(setitimer(ITIMER_REAL, &never, NULL), 0);
	CHECK_EQUAL(captures_done, 1);
	CHECK_EQUAL(waitpid(device, NULL, 0), device);
	close_device();
}

/* ---- a process that is stopped --------------------------------------------------------------------- */

static struct executor_outcome outcomes[2];

static void *wait_for_picture(void *argument)
{
	struct executor_outcome *outcome = argument;
	uint32_t result;

	executor_lock(&executor);
	executor_run(&executor, core_context_begin_picture(executor.core, &result, 0, 16, 16, 0), NULL, outcome);
	executor_unlock(&executor);
	return NULL;
}

/*
 * Ctrl-Z, a debugger, a freezer: the process stands still for longer than anybody has patience, and the device finishes meanwhile. Both
 * who wait find the picture, whoever of them polls.
 */
static void stopped_while_two_wait(void)
{
	enum { ROUNDS = 5, PATIENCE = 300 };

	for (int round = 0; round < ROUNDS; round++) {
		pthread_t threads[2];
		pid_t self = getpid(), device;

		open_device();
		plan_count = 4;
		plan_next = 0;
		for (int i = 0; i < 2; i++) {
			plans[i].then = CORE_THEN_WAIT;
			plans[i].timeout_ms = PATIENCE;
		}
		device = fork();
		CHECK(device >= 0);
		if (device == 0) {
			usleep(80000);
			kill(self, SIGSTOP);
			usleep(50000);
			give_back(0);
			usleep(2 * PATIENCE * 1000);
			kill(self, SIGCONT);
			_exit(0);
		}
		for (int i = 0; i < 2; i++)
			CHECK_EQUAL(pthread_create(&threads[i], NULL, wait_for_picture, &outcomes[i]), 0);
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		CHECK_EQUAL(waitpid(device, NULL, 0), device);
		CHECK_EQUAL(timeouts, 0);
		CHECK_EQUAL(captures_done, 1);
		CHECK_EQUAL(plan_next, 4);
		CHECK(outcomes[0].status == VA_STATUS_SUCCESS && outcomes[1].status == VA_STATUS_SUCCESS);
		close_device();
	}
}

/* ---- a thread that is cancelled --------------------------------------------------------------------- */

static void *wait_to_be_cancelled(void *argument)
{
	uint64_t took;

	(void)argument;
	wait_for(200 * MS, &took);
	pthread_testcancel();
	return NULL;
}

/* Neither the lock nor the lead goes with it: others poll the device from then on. */
static void cancelled_while_it_waits(void)
{
	pthread_t thread;
	void *result;
	uint64_t took;

	open_device();
	CHECK_EQUAL(pthread_create(&thread, NULL, wait_to_be_cancelled, NULL), 0);
	usleep(50000);
	CHECK_EQUAL(pthread_cancel(thread), 0);
	pthread_join(thread, &result);
	CHECK(result == PTHREAD_CANCELED);
	alone = true;
	give_back(0);
	CHECK_EQUAL(wait_for(2000ull * MS, &took), 0);
	CHECK_EQUAL(captures_done, 1);
	close_device();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"waits end", waits_end, NULL},
		{"silences are counted", silences_are_counted, NULL},
		{"pauses are counted", pauses_are_counted, NULL},
		{"readers are waited for", readers_are_waited_for, NULL},
		{"requests are waited for", requests_are_waited_for, NULL},
		{"a buffer behind POLLERR", buffer_behind_an_error, NULL},
		{"STREAMOFF waits for nobody", streamoff_waits_for_nobody, NULL},
		{"long waits", long_waits, NULL},
		{"a poll() that lies", poll_that_lies, NULL},
		{"a poll() that is late", poll_that_is_late, NULL},
		{"wrong indexes", wrong_indexes, NULL},
		{"a storm of signals", storm_of_signals, NULL},
		{"stopped while two wait", stopped_while_two_wait, NULL},
		{"cancelled while it waits", cancelled_while_it_waits, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
