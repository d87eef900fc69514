/* SPDX-License-Identifier: MIT
 *
 * What a program did with a decoder, for tests: counted while it runs, one line of JSON when it ends. Shared with the
 * observer (../observe). The caller locks.
 */
#ifndef TEST_DEVICE_SIM_LOG_H
#define TEST_DEVICE_SIM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Descriptors that were never closed. */
struct sim_log_open {
	unsigned video, media, render, request, dmabuf;
};

void sim_log_call(const char *call, int error); /* error: 0 or an errno */
unsigned sim_log_job(void);                     /* the number of this job in the process, from 1 */
void sim_log_verdict(const char *verdict, const char *reason, uint64_t busy_ns, size_t bytes);
void sim_log_picture(void);
void sim_log_in_flight(unsigned pictures);
void sim_log_sync(bool start, bool mismatch);
/* Appends the line; a process that never came near a decoder has none. */
void sim_log_write(const char *variable, const char *path, const struct sim_log_open *open);
void sim_log_clear(void); /* after fork */
const char *sim_command_name(unsigned long command);

#endif
