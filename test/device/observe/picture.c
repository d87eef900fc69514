/* SPDX-License-Identifier: MIT */
#include "observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../sim/log.h"
#include "image.h"
#include "verdict.h"

struct format {
	uint32_t coded;
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	uint32_t bytesperline;
	uint32_t sizeimage;
};

struct mapping {
	uint8_t *bytes;
	size_t length;
};

/* A CAPTURE buffer that came back, and what was mapped for it. */
struct picture {
	struct observe_context *context;
	struct format format;
	const struct observe_job *job;
	uint32_t index;
	struct mapping destination;
	struct mapping references[OBSERVE_MAX_BUFFERS];
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static bool read_format(const struct observe_context *context, struct format *result)
{
	const bool multiplanar = V4L2_TYPE_IS_MULTIPLANAR(context->capture_type);
	struct v4l2_format format = {.type = multiplanar ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
	                                                 : V4L2_BUF_TYPE_VIDEO_OUTPUT};

	if (observe_real_ioctl(context->descriptor, VIDIOC_G_FMT, &format))
		return false;
	result->coded = multiplanar ? format.fmt.pix_mp.pixelformat : format.fmt.pix.pixelformat;
	format.type = context->capture_type;
	if (observe_real_ioctl(context->descriptor, VIDIOC_G_FMT, &format))
		return false;
	result->fourcc = multiplanar ? format.fmt.pix_mp.pixelformat : format.fmt.pix.pixelformat;
	result->width = multiplanar ? format.fmt.pix_mp.width : format.fmt.pix.width;
	result->height = multiplanar ? format.fmt.pix_mp.height : format.fmt.pix.height;
	result->bytesperline =
		multiplanar ? format.fmt.pix_mp.plane_fmt[0].bytesperline : format.fmt.pix.bytesperline;
	result->sizeimage = multiplanar ? format.fmt.pix_mp.plane_fmt[0].sizeimage : format.fmt.pix.sizeimage;
	return true;
}

static struct model_image image_in(const struct format *format, uint8_t *bytes)
{
	return image_of(format->fourcc, format->width, format->height, format->bytesperline, bytes, NULL);
}

/* What the kernel would have read there when the job ran. */
static uint8_t *reference_bytes(struct picture *picture, uint32_t index)
{
	const struct observe_buffer *buffer = &picture->context->capture[index];
	struct mapping *mapping = &picture->references[index];

	if (index == picture->index)
		return picture->destination.bytes;
	if (buffer->kept)
		return buffer->kept_size < picture->format.sizeimage ? NULL : buffer->kept;
	if (!mapping->bytes)
		mapping->bytes = observe_map_capture(picture->context, index, &mapping->length);
	return mapping->length < picture->format.sizeimage ? NULL : mapping->bytes;
}

/* vb2_find_buffer() */
static bool find_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	struct picture *picture = opaque;

	for (uint32_t i = 0; i < OBSERVE_MAX_BUFFERS; i++) {
		const struct observe_buffer *buffer = &picture->context->capture[i];
		uint8_t *bytes;

		if (!buffer->has_timestamp || buffer->timestamp != timestamp)
			continue;
		bytes = reference_bytes(picture, i);
		if (!bytes)
			return false;
		*image = image_in(&picture->format, bytes);
		return true;
	}
	return false;
}

static struct model_value value_of(const void *opaque, uint32_t id)
{
	const struct picture *picture = opaque;

	return observe_value_of(picture->job->values, id);
}

static void decode(struct picture *picture, const struct observe_job *job, struct model_result *result)
{
	struct observe_context *context = picture->context;
	const struct model_job model_job = {
		.value_of = value_of,
		.bitstream = job->bitstream,
		.size = job->size,
		.timestamp = job->timestamp,
		.hold = job->hold,
		.destination = image_in(&picture->format, picture->destination.bytes),
		.find_reference = find_reference,
		.opaque = picture,
	};
	const struct image_format *format = image_format_of(picture->format.fourcc);
	const bool known = format && format->memory_planes == 1;
	const char *wrong = known ? model_decoder_open(&context->model, model_codec_of(picture->format.coded))
	                          : "the model does not write this CAPTURE format";

	picture->job = job;
	if (wrong)
		verdict_refuse(result, "%s", wrong);
	else
		context->model.codec->decode(context->model.decoder, &model_job, result);
}

/* All jobs of the timestamp, up to the one that did not hold the buffer. */
static void decode_jobs(struct picture *picture, uint64_t timestamp)
{
	struct observe_context *context = picture->context;
	struct model_result result = {.verdict = MODEL_GOOD};
	bool any = false;
	bool held = true;

	/* Those before ran into buffers that STREAMOFF took away. */
	while (context->jobs && context->jobs->timestamp != timestamp)
		observe_context_job_drop(context);
	while (held && context->jobs && context->jobs->timestamp == timestamp) {
		const uint64_t started = now();

		memset(&result, 0, sizeof(result));
		decode(picture, context->jobs, &result);
		sim_log_job();
		sim_log_verdict(verdict_name(result.verdict), result.reason, now() - started, context->jobs->size);
		held = context->jobs->hold;
		any = true;
		observe_context_job_drop(context);
	}
	if (!any) {
		sim_log_verdict("refused", "a CAPTURE buffer came back that no request was for", 0, 0);
		return;
	}
	sim_log_picture();
	if (held) {
		model_decoder_flush(&context->model, &result);
		if (result.verdict != MODEL_GOOD)
			sim_log_verdict(verdict_name(result.verdict), result.reason, 0, 0);
	}
}

static void count_in_flight(const struct observe_context *context)
{
	unsigned pictures = 0;
	uint64_t last = 0;

	for (const struct observe_job *job = context->jobs; job; job = job->next) {
		if (!pictures || job->timestamp != last)
			pictures++;
		last = job->timestamp;
	}
	sim_log_in_flight(pictures);
}

void observe_picture_done(struct observe_context *context, const struct v4l2_buffer *user)
{
	struct picture picture = {.context = context, .index = user->index};
	const uint64_t timestamp = observe_timestamp(user);
	struct observe_buffer *buffer = &context->capture[user->index % OBSERVE_MAX_BUFFERS];

	count_in_flight(context);
	if (read_format(context, &picture.format))
		picture.destination.bytes = observe_map_capture(context, user->index, &picture.destination.length);
	if (picture.destination.bytes && picture.destination.length >= picture.format.sizeimage) {
		/* The second field of a picture that was given back in between: the kernel has painted over the first. */
		if (buffer->kept && buffer->timestamp == timestamp && buffer->kept_size == picture.destination.length)
			memcpy(picture.destination.bytes, buffer->kept, buffer->kept_size);
		buffer->has_timestamp = true; /* v4l2_m2m_buf_copy_metadata() */
		buffer->timestamp = timestamp;
		decode_jobs(&picture, timestamp);
	} else {
		sim_log_verdict("refused", "the memory of a CAPTURE buffer cannot be mapped", 0, 0);
	}
	free(buffer->kept);
	buffer->kept = NULL;
	observe_unmap(picture.destination.bytes, picture.destination.length);
	for (int i = 0; i < OBSERVE_MAX_BUFFERS; i++)
		observe_unmap(picture.references[i].bytes, picture.references[i].length);
}
