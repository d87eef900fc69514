/* SPDX-License-Identifier: MIT */
#include "log.h"
#include "uapi.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/media.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CALLS = 64, MAX_FAILURES = 64, MAX_REASONS = 128 };

struct counter {
	const char *name; /* a literal */
	int error;
	unsigned count;
};

struct reason {
	char text[320];
	unsigned count;
};

static struct counter calls[MAX_CALLS];
static struct counter failures[MAX_FAILURES];
static struct reason reasons[MAX_REASONS];
static unsigned reason_count;
static unsigned jobs;
static unsigned pictures;
static unsigned good;
static unsigned painted;
static unsigned refused;
static unsigned in_flight;
static unsigned sync_starts;
static unsigned sync_ends;
static unsigned sync_mismatches;
static uint64_t busy;
static uint64_t bitstream_bytes;

static void count(struct counter *counters, unsigned size, const char *name, int error)
{
	for (unsigned i = 0; i < size; i++) {
		if (!counters[i].name) {
			counters[i].name = name;
			counters[i].error = error;
		}
		if (counters[i].error == error && strcmp(counters[i].name, name) == 0) {
			counters[i].count++;
			return;
		}
	}
}

void sim_log_call(const char *call, int error)
{
	count(calls, MAX_CALLS, call, 0);
	if (error)
		count(failures, MAX_FAILURES, call, error);
}

unsigned sim_log_job(void)
{
	return ++jobs;
}

void sim_log_picture(void)
{
	pictures++;
}

void sim_log_verdict(const char *verdict, const char *reason, uint64_t busy_ns, size_t bytes)
{
	char line[320];
	unsigned i;

	busy += busy_ns;
	bitstream_bytes += bytes;
	if (strcmp(verdict, "good") == 0) {
		good++;
		return;
	}
	if (strcmp(verdict, "painted") == 0)
		painted++;
	else
		refused++;
	snprintf(line, sizeof(line), "%s: %s", verdict, reason);
	for (i = 0; i < reason_count; i++) {
		if (strcmp(reasons[i].text, line) == 0)
			break;
	}
	if (i == MAX_REASONS)
		return;
	if (i == reason_count)
		memcpy(reasons[reason_count++].text, line, sizeof(line));
	reasons[i].count++;
}

void sim_log_in_flight(unsigned count_now)
{
	if (count_now > in_flight)
		in_flight = count_now;
}

void sim_log_sync(bool start, bool mismatch)
{
	if (start)
		sync_starts++;
	else
		sync_ends++;
	if (mismatch)
		sync_mismatches++;
}

static void write_text(FILE *out, const char *value)
{
	fputc('"', out);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else if ((unsigned char)*value < 0x20)
			fprintf(out, "\\u%04x", (unsigned)*value);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

static void write_line(FILE *out, const struct sim_log_open *open)
{
	fprintf(out, "{\"pid\":%d,\"program\":", (int)getpid());
	write_text(out, program_invocation_short_name);
	fputs(",\"calls\":{", out);
	for (unsigned i = 0; i < MAX_CALLS && calls[i].name; i++)
		fprintf(out, "%s\"%s\":%u", i ? "," : "", calls[i].name, calls[i].count);
	fputs("},\"failed\":{", out);
	for (unsigned i = 0; i < MAX_FAILURES && failures[i].name; i++) {
		const char *name = strerrorname_np(failures[i].error);

		fprintf(out, "%s\"%s %s\":%u", i ? "," : "", failures[i].name, name ? name : "?", failures[i].count);
	}
	fprintf(out, "},\"jobs\":%u,\"pictures\":%u,\"good\":%u,\"painted\":%u,\"refused\":%u,\"reasons\":{",
	        jobs, pictures, good, painted, refused);
	for (unsigned i = 0; i < reason_count; i++) {
		fputs(i ? "," : "", out);
		write_text(out, reasons[i].text);
		fprintf(out, ":%u", reasons[i].count);
	}
	fprintf(out,
	        "},\"max_in_flight\":%u,\"decode_busy_ns\":%" PRIu64 ",\"bitstream_bytes\":%" PRIu64
	        ",\"sync\":{\"start\":%u,\"end\":%u,\"mismatched\":%u}",
	        in_flight, busy, bitstream_bytes, sync_starts, sync_ends, sync_mismatches);
	fprintf(out,
	        ",\"open_at_exit\":{\"video\":%u,\"media\":%u,\"render\":%u,\"request\":%u,\"dmabuf\":%u}}\n",
	        open->video, open->media, open->render, open->request, open->dmabuf);
}

void sim_log_write(const char *variable, const char *path, const struct sim_log_open *open)
{
	enum { LONGEST_LINE = 1 << 16 };
	FILE *out;

	if (!path || !calls[0].name)
		return;
	out = fopen(path, "ae");
	if (out) {
		setvbuf(out, NULL, _IOFBF,
		        LONGEST_LINE); /* one write, so that lines of several processes do not mix */
		write_line(out, open);
	}
	if (!out || fclose(out))
		fprintf(stderr, "%s=%s cannot be written: %s.\n", variable, path, strerror(errno));
}

void sim_log_clear(void)
{
	memset(calls, 0, sizeof(calls));
	memset(failures, 0, sizeof(failures));
	memset(reasons, 0, sizeof(reasons));
	reason_count = 0;
	jobs = pictures = good = painted = refused = in_flight = 0;
	sync_starts = sync_ends = sync_mismatches = 0;
	busy = bitstream_bytes = 0;
}

const char *sim_command_name(unsigned long command)
{
	static const struct {
		unsigned long command;
		const char *name;
	} names[] = {
#define NAME(command) {command, #command}
		NAME(VIDIOC_QUERYCAP),
		NAME(VIDIOC_ENUM_FMT),
		NAME(VIDIOC_ENUM_FRAMESIZES),
		NAME(VIDIOC_G_FMT),
		NAME(VIDIOC_S_FMT),
		NAME(VIDIOC_TRY_FMT),
		NAME(VIDIOC_REQBUFS),
		NAME(VIDIOC_CREATE_BUFS),
		NAME(VIDIOC_QUERYBUF),
		NAME(VIDIOC_QBUF),
		NAME(VIDIOC_DQBUF),
		NAME(VIDIOC_EXPBUF),
		NAME(VIDIOC_PREPARE_BUF),
		NAME(VIDIOC_REMOVE_BUFS),
		NAME(VIDIOC_STREAMON),
		NAME(VIDIOC_STREAMOFF),
		NAME(VIDIOC_QUERYCTRL),
		NAME(VIDIOC_QUERY_EXT_CTRL),
		NAME(VIDIOC_QUERYMENU),
		NAME(VIDIOC_G_CTRL),
		NAME(VIDIOC_S_CTRL),
		NAME(VIDIOC_G_EXT_CTRLS),
		NAME(VIDIOC_S_EXT_CTRLS),
		NAME(VIDIOC_TRY_EXT_CTRLS),
		NAME(VIDIOC_DECODER_CMD),
		NAME(VIDIOC_TRY_DECODER_CMD),
		NAME(VIDIOC_SUBSCRIBE_EVENT),
		NAME(VIDIOC_UNSUBSCRIBE_EVENT),
		NAME(VIDIOC_DQEVENT),
		NAME(MEDIA_IOC_DEVICE_INFO),
		NAME(MEDIA_IOC_G_TOPOLOGY),
		NAME(MEDIA_IOC_ENUM_ENTITIES),
		NAME(MEDIA_IOC_REQUEST_ALLOC),
		NAME(MEDIA_REQUEST_IOC_QUEUE),
		NAME(MEDIA_REQUEST_IOC_REINIT),
		{0x40086200, "DMA_BUF_IOCTL_SYNC"},
#undef NAME
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].command == command)
			return names[i].name;
	}
	return "other";
}
