/* SPDX-License-Identifier: MIT
 *
 * An observer of a real stateless decoder, preloaded into the program that uses it. It emulates nothing: each call goes to
 * the kernel as it came. From what the kernel took (controls of requests, OUTPUT bytes, timestamps, CAPTURE memory) the
 * decoder model (../model) makes the pictures, and when the kernel gives a CAPTURE buffer back, its picture is put in there
 * before the program sees it. So a device that decodes nothing, the kernel's visl, shows the right film if, and only if,
 * the right things went through the kernel.
 *
 * Calls of its own: G_CTRL, G_FMT, QUERYBUF and mmap, which change nothing. answers.c has the answers that it can be told to narrow.
 * preload.c has the lock; everything else is called with it.
 */
#ifndef TEST_DEVICE_OBSERVE_OBSERVE_H
#define TEST_DEVICE_OBSERVE_OBSERVE_H

#include <linux/media.h>
#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model.h"

enum {
	OBSERVE_MAX_BUFFERS = 64,
};

/* The next definitions of these. Return 0 or an errno. */
int observe_real_ioctl(int descriptor, unsigned long command, void *argument);
int observe_real_close(int descriptor);

/* ---- controls.c ------------------------------------------------------------------------------------------------ */

/* Values of the controls of all codecs, each at its place in controls.c; NULL: no memory. */
struct observe_values;

struct observe_values *observe_values_new(void);
void observe_values_free(struct observe_values *values);
void observe_values_clear(struct observe_values *values);
void observe_values_copy(struct observe_values *values, const struct observe_values *from);
/* The menus as the device has them when it is opened. */
void observe_values_read(struct observe_values *values, int descriptor);
/* What S_EXT_CTRLS left in the program's memory: the kernel copies back the values as it keeps them. */
void observe_values_take(struct observe_values *values, const struct v4l2_ext_controls *controls);
void observe_values_take_one(struct observe_values *values, const struct v4l2_control *control);
/* Sets what the request sets, and remembers what that was. */
void observe_values_apply(struct observe_values *values, const struct observe_values *request);
struct model_value observe_value_of(const struct observe_values *values, uint32_t id);

/* ---- context.c: open video nodes, and what their queues hold --------------------------------------------------------- */

/* A CAPTURE buffer. */
struct observe_buffer {
	uint32_t memory; /* enum v4l2_memory, 0 when nothing was ever queued */
	int dmabuf;      /* a descriptor of our own */
	ino_t identity;  /* of the dma-buf */
	size_t length;
	bool has_timestamp; /* vb2_buffer.copied_timestamp */
	uint64_t timestamp;
	uint8_t *kept; /* what was in it when it was queued: the kernel paints it before the model gets there */
	size_t kept_size;
};

/* What one request asked for. */
struct observe_job {
	struct observe_job *next;
	struct observe_values *values;
	uint64_t timestamp;
	bool hold;
	size_t size;
	uint8_t bitstream[];
};

struct observe_context {
	struct observe_context *next;
	int descriptor;
	uint32_t capture_type;
	struct observe_values *values; /* once all requests queued so far have run */
	struct observe_buffer capture[OBSERVE_MAX_BUFFERS];
	struct observe_job *jobs; /* queued, their pictures not given back */
	struct model_decoder model;
};

struct observe_context *observe_context_of(int descriptor);   /* NULL: not seen before */
struct observe_context *observe_context_open(int descriptor); /* NULL: no video node */
bool observe_context_close(int descriptor);
void observe_contexts_forget(void); /* after fork */
unsigned observe_context_count(void);

void observe_context_reset(struct observe_context *context, uint32_t type);        /* STREAMOFF */
void observe_context_free_buffers(struct observe_context *context, uint32_t type); /* REQBUFS */
void observe_context_capture_prepare(struct observe_context *context, const struct v4l2_buffer *buffer);
void observe_context_capture_queued(struct observe_context *context, const struct v4l2_buffer *buffer);
struct observe_job *observe_context_job_new(struct observe_context *context, const struct v4l2_buffer *output,
                                            const struct observe_values *values);
void observe_context_job_add(struct observe_context *context, struct observe_job *job);
void observe_context_job_drop(struct observe_context *context); /* the first */
void observe_job_free(struct observe_job *job);

/* The first plane of a buffer of either API. */
struct v4l2_plane observe_plane(const struct v4l2_buffer *buffer);
uint64_t observe_timestamp(const struct v4l2_buffer *buffer); /* ns */

/* Memory of a buffer of the kernel, until observe_unmap(); NULL when it cannot be mapped. */
uint8_t *observe_map_kernel(const struct observe_context *context, uint32_t type, uint32_t index,
                            size_t *length);
uint8_t *observe_map_capture(const struct observe_context *context, uint32_t index, size_t *length);
void observe_unmap(uint8_t *bytes, size_t length);

/* ---- request.c --------------------------------------------------------------------------------------------------------- */

void observe_request_open(int descriptor);
bool observe_request_close(int descriptor);
void observe_request_clear(int descriptor);
void observe_request_set_controls(int descriptor, const struct v4l2_ext_controls *controls);
void observe_request_set_buffer(int descriptor, struct observe_context *context,
                                const struct v4l2_buffer *buffer);
/* MEDIA_REQUEST_IOC_QUEUE itself: no picture may be given back before its job is known. Returns 0 or an errno. */
int observe_request_queue(int descriptor);
void observe_requests_forget(void);
unsigned observe_request_count(void);

/* ---- picture.c ----------------------------------------------------------------------------------------------------------- */

/* The kernel gave this CAPTURE buffer back: decodes its jobs into it. */
void observe_picture_done(struct observe_context *context, const struct v4l2_buffer *buffer);

/* ---- answers.c ----------------------------------------------------------------------------------------------------------- */

void observe_answers_configure(void);
/* The errno that a narrower device would answer with, or 0. */
int observe_answer_denied(unsigned long command, const void *argument);
/* Takes out of an answer what a narrower device would not have said. */
void observe_answer_narrow(unsigned long command, void *argument);

#endif
