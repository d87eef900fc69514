/* SPDX-License-Identifier: MIT
 *
 * The recording of a contract test: a line for each call that goes to the device, with its arguments and its answer.
 *
 *   CALL object WORD... argument=value... => ERRNO field=value...
 *
 * Words (queue, index, ids) say which call it is; two recordings are aligned by them. Descriptors have names in the order in
 * which they appear, and both APIs (one plane) are written alike, so that recordings of different devices can be compared.
 * Only calls of the main thread are recorded: those of others come in no certain order.
 */
#ifndef TEST_DEVICE_SIM_TESTS_RECORD_H
#define TEST_DEVICE_SIM_TESTS_RECORD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../uapi.h"

bool record_open(const char *path); /* false: it cannot be written */
bool record_pause(bool pause);      /* what it was before */
void record_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

int recorded_ioctl(int descriptor, unsigned long command, ...);
int recorded_open(const char *path, int flags, ...);
int recorded_close(int descriptor);
int recorded_poll(struct pollfd *polled, nfds_t count, int timeout);
void *recorded_mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset);

/* record_text.c */
struct record_line {
	char text[4096];
	size_t used;
};

void line_add(struct record_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
void line_flags(struct record_line *line, const char *name, uint64_t flags);
const char *record_name_of(int descriptor);
void describe_arguments(struct record_line *line, unsigned long command, const void *argument);
void describe_found(struct record_line *line, unsigned long command, const void *argument, bool failed);
void describe_answer(struct record_line *line, unsigned long command, const void *argument, bool failed);

#endif
