/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 4096 };

static FILE *output;
static bool paused;

static struct name {
	const char *kind;
	unsigned number;
} names[MAX_DESCRIPTORS];

bool record_open(const char *path)
{
	output = fopen(path, "we");
	return output != NULL;
}

bool record_pause(bool pause)
{
	const bool before = paused;

	paused = pause;
	return before;
}

static bool is_recording(void)
{
	return output && !paused && syscall(SYS_gettid) == getpid();
}

void record_note(const char *format, ...)
{
	va_list arguments;

	if (!is_recording())
		return;
	va_start(arguments, format);
	vfprintf(output, format, arguments);
	va_end(arguments);
	fputc('\n', output);
}

static void give_name(int descriptor, const char *kind)
{
	unsigned number = 1;

	if (descriptor < 0 || descriptor >= MAX_DESCRIPTORS)
		return;
	/* The first number that no open descriptor of this kind has. */
	for (int i = 0; i < MAX_DESCRIPTORS; i++) {
		if (names[i].kind && strcmp(names[i].kind, kind) == 0 && names[i].number == number) {
			number++;
			i = -1;
		}
	}
	names[descriptor] = (struct name){kind, number};
}

const char *record_name_of(int descriptor)
{
	static char texts[4][24];
	static unsigned next;
	char *text = texts[next++ % 4];

	if (descriptor < 0)
		return "none";
	if (descriptor >= MAX_DESCRIPTORS || !names[descriptor].kind)
		return "other";
	if (names[descriptor].number == 1)
		return names[descriptor].kind;
	snprintf(text, sizeof(texts[0]), "%s%u", names[descriptor].kind, names[descriptor].number);
	return text;
}

static const char *error_name(int error)
{
	return error ? strerrorname_np(error) : "0";
}

int recorded_ioctl(int descriptor, unsigned long command, ...)
{
	struct record_line line = {.used = 0};
	va_list arguments;
	void *argument;
	int result;
	int error;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (is_recording())
		describe_arguments(&line, command, argument);
	errno = 0;
	result = ioctl(descriptor, command, argument);
	error = result < 0 ? errno : 0;
	if (error == 0 && command == MEDIA_IOC_REQUEST_ALLOC)
		give_name(*(int *)argument, "request");
	if (error == 0 && command == VIDIOC_EXPBUF)
		give_name(((struct v4l2_exportbuffer *)argument)->fd, "dmabuf");
	if (is_recording()) {
		struct record_line answer = {.used = 0};

		describe_found(&line, command, argument, error != 0);
		/* On failure only these are copied back: INFO_FL_ALWAYS_COPY of v4l2-ioctl.c. */
		if (error == 0 || command == VIDIOC_G_EXT_CTRLS || command == VIDIOC_S_EXT_CTRLS ||
		    command == VIDIOC_TRY_EXT_CTRLS)
			describe_answer(&answer, command, argument, error != 0);
		fprintf(output, "%.*s %s%s => %s%s\n", (int)strcspn(line.text, " "), line.text,
		        record_name_of(descriptor), line.text + strcspn(line.text, " "), error_name(error),
		        answer.used > 0 ? answer.text : "");
	}
	errno = error;
	return result;
}

int recorded_open(const char *path, int flags, ...)
{
	const int descriptor = open(path, flags);

	if (descriptor >= 0 && strncmp(path, "/dev/media", 10) == 0)
		give_name(descriptor, "media");
	if (descriptor >= 0 && strncmp(path, "/dev/video", 10) == 0)
		give_name(descriptor, "video");
	return descriptor;
}

int recorded_close(int descriptor)
{
	if (is_recording())
		fprintf(output, "close %s\n", record_name_of(descriptor));
	if (descriptor >= 0 && descriptor < MAX_DESCRIPTORS)
		names[descriptor].kind = NULL;
	return close(descriptor);
}

static void add_events(struct record_line *line, const char *name, short events)
{
	static const struct {
		short bit;
		const char *name;
	} bits[] = {
		{POLLIN, "IN"},   {POLLPRI, "PRI"},   {POLLOUT, "OUT"},       {POLLERR, "ERR"},
		{POLLHUP, "HUP"}, {POLLNVAL, "NVAL"}, {POLLRDNORM, "RDNORM"}, {POLLWRNORM, "WRNORM"},
	};
	const char *separator = "";

	line_add(line, " %s=", name);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (!(events & bits[i].bit))
			continue;
		line_add(line, "%s%s", separator, bits[i].name);
		separator = "+";
	}
}

int recorded_poll(struct pollfd *polled, nfds_t count, int timeout)
{
	const int result = poll(polled, count, timeout);
	const int error = errno;

	for (nfds_t i = 0; i < count && is_recording(); i++) {
		struct record_line line = {.used = 0};

		add_events(&line, "events", polled[i].events);
		line_add(&line, " => %s", error_name(result < 0 ? error : 0));
		add_events(&line, "revents", polled[i].revents);
		fprintf(output, "poll %s%s\n", record_name_of(polled[i].fd), line.text);
	}
	errno = error;
	return result;
}

void *recorded_mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
	void *result = mmap(address, length, protection, flags, descriptor, offset);
	const int error = result == MAP_FAILED ? errno : 0;

	if (is_recording() && descriptor >= 0)
		fprintf(output, "mmap %s %s%s%s length=%zu offset=0x%llx => %s\n", record_name_of(descriptor),
		        protection & PROT_READ ? "READ" : "", protection & PROT_WRITE ? "WRITE" : "",
		        flags & MAP_PRIVATE ? " PRIVATE" : " SHARED", length, (unsigned long long)offset,
		        error_name(error));
	errno = error;
	return result;
}
