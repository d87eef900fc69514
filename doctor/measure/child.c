/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../glue-c/core/clock.h"
#include "../../glue-c/core/exchange.h"

enum { LOOK_MS = 500, NS_PER_MS = 1000000, MISSING_STATUS = 127, STREAMS = 2 };

/* One of the two pipes from the program. */
struct stream {
	int fd;
	void (*hears)(void *opaque, const char *line);
	size_t used;
	char line[CHILD_LINE];
};

/* ---- in the child ----------------------------------------------------------------------------------------- */

/* Never returns. Its descriptors are the pipes' ends, and standard input that is empty. */
static void become(const struct child *child, int words, int numbers)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	/* Above the numbers that are filled below. */
	int kept_words = fcntl(words, F_DUPFD_CLOEXEC, CHILD_NUMBERS + 1);
	int kept_numbers = fcntl(numbers, F_DUPFD_CLOEXEC, CHILD_NUMBERS + 1);

	/* What the program starts ends with it, and it ends with the doctor. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(kept_words, STDOUT_FILENO) < 0 ||
	    dup2(kept_words, STDERR_FILENO) < 0 || dup2(kept_numbers, CHILD_NUMBERS) < 0)
		_exit(MISSING_STATUS);
	execvp(child->arguments[0], child->arguments);
	_exit(MISSING_STATUS);
}

/* ---- in the doctor ---------------------------------------------------------------------------------------- */

static void end_line(const struct child *child, struct stream *stream)
{
	stream->line[stream->used] = 0;
	if (stream->used > 0)
		stream->hears(child->opaque, stream->line);
	stream->used = 0;
}

static void split(const struct child *child, struct stream *stream, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r')
			end_line(child, stream);
		else if (stream->used + 1 < sizeof(stream->line))
			stream->line[stream->used++] = bytes[i];
	}
}

/* What is there now. False at the end. */
static bool drain(const struct child *child, struct stream *stream)
{
	char bytes[4096];
	ssize_t got;

	while ((got = read(stream->fd, bytes, sizeof(bytes))) > 0)
		split(child, stream, bytes, (size_t)got);
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static void listen_once(const struct child *child, struct stream streams[STREAMS])
{
	struct pollfd polls[STREAMS];

	for (int i = 0; i < STREAMS; i++)
		polls[i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
	poll(polls, STREAMS, LOOK_MS / 25);
	for (int i = 0; i < STREAMS; i++) {
		if (polls[i].revents && !drain(child, &streams[i])) {
			close(streams[i].fd);
			streams[i].fd = -1;
		}
	}
}

/* How far a program has come. */
struct watch {
	uint64_t start;
	uint64_t looked;
	uint64_t progressed;
	uint32_t pictures;
};

/* CORE_MEASURE_END_STOPPED or _HUNG when the program must end now, else _DONE. */
static uint32_t look(const struct child *child, struct watch *watch)
{
	uint64_t now = now_ns();
	uint32_t elapsed = (uint32_t)((now - watch->start) / NS_PER_MS);
	uint32_t pictures;

	if (now - watch->looked < (uint64_t)LOOK_MS * NS_PER_MS)
		return CORE_MEASURE_END_DONE;
	watch->looked = now;
	pictures = child->looks(child->opaque, elapsed);
	if (pictures != watch->pictures)
		watch->progressed = now;
	watch->pictures = pictures;
	if (now - watch->progressed > (uint64_t)CHILD_PATIENCE_MS * NS_PER_MS)
		return CORE_MEASURE_END_HUNG;
	return elapsed > child->limit_ms ? CORE_MEASURE_END_STOPPED : CORE_MEASURE_END_DONE;
}

static uint32_t milliseconds(const struct timeval *time)
{
	return (uint32_t)(time->tv_sec * 1000 + time->tv_usec / 1000);
}

static uint32_t end_of(int status, uint32_t ended)
{
	if (ended != CORE_MEASURE_END_DONE)
		return ended;
	if (!WIFEXITED(status))
		return CORE_MEASURE_END_FAILED;
	if (WEXITSTATUS(status) == MISSING_STATUS)
		return CORE_MEASURE_END_MISSING;
	return WEXITSTATUS(status) == 0 ? CORE_MEASURE_END_DONE : CORE_MEASURE_END_FAILED;
}

static void attend(const struct child *child, pid_t pid, struct stream streams[STREAMS],
                   struct child_end *end)
{
	struct watch watch = {.start = now_ns()};
	uint32_t ended = CORE_MEASURE_END_DONE;
	struct rusage usage = {0};
	int status = 0;

	watch.looked = watch.progressed = watch.start;
	while (wait4(pid, &status, WNOHANG, &usage) == 0) {
		listen_once(child, streams);
		if (ended == CORE_MEASURE_END_DONE)
			ended = look(child, &watch);
		if (ended != CORE_MEASURE_END_DONE)
			kill(-pid, SIGKILL);
	}
	kill(-pid, SIGKILL);
	end->ended_ns = now_ns();
	end->elapsed_ms = (uint32_t)((end->ended_ns - watch.start) / NS_PER_MS);
	for (int i = 0; i < STREAMS; i++) {
		if (streams[i].fd >= 0)
			drain(child, &streams[i]);
		end_line(child, &streams[i]);
	}
	end->end = end_of(status, ended);
	end->cpu_ms = milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime);
	end->memory_kb = (uint32_t)usage.ru_maxrss;
}

static bool open_pipe(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static void close_all(int ends[2])
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			close(ends[i]);
		ends[i] = -1;
	}
}

void child_run(const struct child *child, struct child_end *end)
{
	int words[2] = {-1, -1};
	int numbers[2] = {-1, -1};
	pid_t pid = -1;

	memset(end, 0, sizeof(*end));
	end->end = CORE_MEASURE_END_FAILED;
	if (open_pipe(words) && open_pipe(numbers))
		pid = fork();
	if (pid == 0)
		become(child, words[1], numbers[1]);
	if (pid > 0) {
		struct stream streams[STREAMS] = {{.fd = words[0], .hears = child->says},
		                                  {.fd = numbers[0], .hears = child->counts}};

		/* Here as well, for the child may not have come so far when it must be killed. */
		setpgid(pid, pid);
		words[0] = numbers[0] = -1;
		close(words[1]);
		close(numbers[1]);
		words[1] = numbers[1] = -1;
		attend(child, pid, streams, end);
		for (int i = 0; i < STREAMS; i++) {
			if (streams[i].fd >= 0)
				close(streams[i].fd);
		}
	}
	close_all(words);
	close_all(numbers);
}
