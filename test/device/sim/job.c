/* SPDX-License-Identifier: MIT
 *
 * The decoder: a thread per open video node runs one job at a time, as device_run and the interrupt of a chip would.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "sim.h"
#include "verdict.h"

enum { SENTINEL = 0xab };

struct reference {
	uint64_t timestamp;
	struct sim_memory *memory[SIM_MAX_PLANES];
};

/* All that a job needs while the lock is given up. */
struct job {
	struct sim_context *context;
	const struct model_codec *codec; /* NULL: the device is no decoder */
	unsigned number;
	struct sim_format format;
	struct sim_memory *source;
	struct sim_memory *destination[SIM_MAX_PLANES];
	size_t offset;
	size_t size;
	uint64_t timestamp;
	bool hold;
	bool new_frame;
	enum sim_decode_fault fault;
	struct reference references[SIM_MAX_BUFFERS];
	unsigned reference_count;
	struct model_result result;
	bool was_set[SIM_MAX_CONTROLS];
	bool of_request[SIM_MAX_CONTROLS];
	uint32_t sizes[SIM_MAX_CONTROLS];
	_Alignas(8) uint8_t values[]; /* as those of the context */
};

static struct model_image image_in(const struct sim_format *format, struct sim_memory *const *memory)
{
	return image_of(format->fourcc, format->width, format->height, format->bytesperline, memory[0]->bytes,
	                memory[1] ? memory[1]->bytes : NULL);
}

/* vb2_find_buffer() on what the queue held when the job began. */
static bool find_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct job *job = opaque;

	for (unsigned i = 0; i < job->reference_count; i++) {
		if (job->references[i].timestamp == timestamp) {
			*image = image_in(&job->format, job->references[i].memory);
			return true;
		}
	}
	return false;
}

/* ---- with the lock ------------------------------------------------------------------------------------------------- */

static bool holds_picture(const struct sim_buffer *buffer, const struct sim_format *format)
{
	for (unsigned i = 0; i < format->plane_count; i++) {
		if (!buffer->planes[i].memory || buffer->planes[i].memory->size < format->sizeimage[i])
			return false;
	}
	return true;
}

static void reference_planes(struct sim_memory **memory, const struct sim_buffer *buffer)
{
	for (unsigned i = 0; i < buffer->plane_count; i++)
		memory[i] = sim_memory_reference(buffer->planes[i].memory);
}

static void take_references(struct job *job, const struct sim_queue *capture)
{
	for (unsigned i = 0; i < capture->max_buffers; i++) {
		const struct sim_buffer *buffer = capture->buffers[i];

		if (!buffer || !buffer->copied_timestamp || !holds_picture(buffer, &job->format))
			continue;
		job->references[job->reference_count].timestamp = buffer->timestamp;
		reference_planes(job->references[job->reference_count++].memory, buffer);
	}
}

static void copy_values(struct job *job)
{
	const struct sim_context *context = job->context;

	memcpy(job->sizes, context->sizes, sizeof(job->sizes));
	for (unsigned i = 0; i < context->device->control_count; i++) {
		const uint32_t offset = context->device->controls[i].offset;

		memcpy(job->values + offset, context->values + offset, job->sizes[i]);
	}
}

/* Flips what V4L2SIM_MUTATE says in the values this job decodes with; false when the kernel would have refused them. */
static bool mutate_values(struct job *job)
{
	const struct sim_device *device = job->context->device;

	for (unsigned i = 0; i < device->control_count; i++) {
		const struct sim_control *control = &device->controls[i];

		uint8_t *value = job->values + control->offset;

		if (!sim_mutate(job->number, control->name, value, job->sizes[i]))
			continue;
		if (sim_control_check(control, value, job->sizes[i]) ||
		    sim_control_try(job->context, control, value)) {
			verdict_refuse(&job->result, "the kernel refuses the value of %s", control->title);
			return false;
		}
	}
	return true;
}

/* device_run of the driver: v4l2_m2m_buf_copy_metadata(), v4l2_ctrl_request_setup(), _complete(). */
static struct job *begin(struct sim_context *context)
{
	struct sim_buffer *source = sim_list_first(&context->output.ready);
	struct sim_buffer *destination = sim_list_first(&context->capture.ready);
	struct sim_request *request = source->bound;
	struct sim_request_controls *values = request ? sim_request_controls_of(request, context, false) : NULL;
	const uint32_t copied = V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_TSTAMP_SRC_MASK | V4L2_BUF_FLAG_KEYFRAME |
	                        V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME;
	struct job *job = calloc(1, sizeof(*job) + context->device->values_size);

	context->running = true;
	destination->timestamp = source->timestamp;
	destination->timecode = source->timecode;
	destination->field = source->field;
	destination->flags = (destination->flags & ~copied) | (source->flags & copied);
	destination->copied_timestamp = true;
	if (!job)
		return NULL;
	job->context = context;
	job->codec = sim_format_codec(context->device, context->output_format.fourcc);
	job->number = sim_log_job();
	job->format = context->capture_format;
	job->source = sim_memory_reference(source->planes[0].memory);
	reference_planes(job->destination, destination);
	job->offset = source->planes[0].data_offset;
	job->size = source->planes[0].bytesused - job->offset;
	job->timestamp = source->timestamp;
	job->hold = source->flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
	job->new_frame = context->new_frame;
	if (values)
		memcpy(job->of_request, values->valid, sizeof(job->of_request));
	job->fault = sim_fault_decode();
	take_references(job, &context->capture);
	if (sim_controls_apply_request(context, values))
		verdict_refuse(&job->result, "a control of the request cannot be applied any more");
	memcpy(job->was_set, context->was_set, sizeof(job->was_set));
	copy_values(job);
	mutate_values(job);
	sim_request_controls_complete(request, context);
	if (job->new_frame)
		sim_log_picture();
	return job;
}

static void log_job(const struct job *job, uint64_t busy)
{
	sim_log_verdict(verdict_name(job->result.verdict), job->result.reason, busy, job->size);
}

static void end(struct job *job)
{
	for (unsigned k = 0; k < SIM_MAX_PLANES; k++) {
		for (unsigned i = 0; i < job->reference_count; i++)
			sim_memory_put(job->references[i].memory[k]);
		sim_memory_put(job->destination[k]);
	}
	sim_memory_put(job->source);
	free(job);
}

/* ---- without the lock ---------------------------------------------------------------------------------------------- */

static struct model_value value_of(const void *opaque, uint32_t id)
{
	const struct job *job = opaque;
	const struct sim_device *device = job->context->device;
	const int index = sim_controls_index(device, id);
	const struct sim_control *control;

	if (index < 0)
		return (struct model_value){0};
	control = &device->controls[index];
	return (struct model_value){job->values + control->offset, job->sizes[index], job->was_set[index],
	                            job->of_request[index]};
}

static void decode(struct job *job)
{
	const uint8_t *bitstream = job->source->bytes + job->offset;
	struct model_decoder *model = &job->context->model;
	uint8_t *mutated = NULL;
	struct model_job model_job = {
		.value_of = value_of,
		.size = job->size,
		.timestamp = job->timestamp,
		.hold = job->hold,
		.destination = image_in(&job->format, job->destination),
		.find_reference = find_reference,
		.opaque = job,
	};
	const char *wrong = model_decoder_open(model, job->codec);

	if (wrong) {
		verdict_refuse(&job->result, "%s", wrong);
		return;
	}
	if (sim_mutates_bitstream()) {
		mutated = malloc(job->size + 1);
		if (mutated) {
			memcpy(mutated, bitstream, job->size);
			sim_mutate(job->number, "bitstream", mutated, job->size);
			bitstream = mutated;
		}
	}
	model_job.bitstream = bitstream;
	job->codec->decode(model->decoder, &model_job, &job->result);
	free(mutated);
}

static void scribble(const struct job *job)
{
	for (unsigned i = 0; i < job->format.plane_count && sim_configuration.scribble; i++)
		memset(job->destination[i]->bytes, SENTINEL, job->format.sizeimage[i]);
}

/* ---- the thread ---------------------------------------------------------------------------------------------------- */

static void run(struct sim_context *context)
{
	struct job *job = begin(context);
	uint64_t started;
	uint64_t busy;

	if (!job) {
		sim_m2m_finish(context, SIM_BUFFER_ERROR);
		return;
	}
	if (job->fault == SIM_DECODE_HANG || job->fault == SIM_DECODE_GONE) {
		if (job->fault == SIM_DECODE_GONE)
			context->device->gone = true;
		sim_changed();
		while (!context->abort)
			sim_wait(0);
		verdict_refuse(&job->result, "%s",
		               job->fault == SIM_DECODE_GONE ? "the device was gone" : "told to hang");
		log_job(job, 0);
		end(job);
		sim_m2m_finish(context, SIM_BUFFER_ERROR);
		return;
	}
	sim_unlock();
	started = sim_now();
	if (job->new_frame)
		scribble(job);
	if (job->result.verdict == MODEL_GOOD)
		decode(job);
	if (job->fault == SIM_DECODE_ERROR) {
		scribble(job);
		verdict_refuse(&job->result, "told to fail");
	}
	busy = sim_now() - started;
	sim_lock();
	while (!context->abort && sim_now() < started + sim_configuration.delay_ns)
		sim_wait(started + sim_configuration.delay_ns);
	log_job(job, busy);
	sim_m2m_finish(context, job->result.verdict == MODEL_REFUSED ? SIM_BUFFER_ERROR : SIM_BUFFER_DONE);
	end(job);
}

static void *work(void *argument)
{
	struct sim_context *context = argument;

	sim_lock();
	while (!context->closing) {
		if (context->job_queued && !context->abort)
			run(context);
		else
			sim_wait(0);
	}
	sim_unlock();
	return NULL;
}

int sim_job_start_worker(struct sim_context *context)
{
	sigset_t every;
	sigset_t before;
	int error;

	if (context->has_worker)
		return 0;
	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	error = pthread_create(&context->worker, NULL, work, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	context->has_worker = error == 0;
	return -error;
}

void sim_job_stop_worker(struct sim_context *context)
{
	if (context->has_worker) {
		sim_unlock();
		pthread_join(context->worker, NULL);
		sim_lock();
		context->has_worker = false;
	}
	model_decoder_close(&context->model);
}

void sim_job_forget_worker(struct sim_context *context)
{
	context->has_worker = false;
	context->running = false;
	context->job_queued = false;
	context->model.decoder =
		NULL; /* it may have been in the middle of a job; its memory is lost in the child */
}

/* The worker is idle whenever a held picture is given back, so the model is nobody else's. */
void sim_job_flush(struct sim_context *context)
{
	struct model_result result;

	model_decoder_flush(&context->model, &result);
	if (result.verdict != MODEL_GOOD)
		sim_log_verdict(verdict_name(result.verdict), result.reason, 0, 0);
}

void sim_job_reset(struct sim_context *context)
{
	model_decoder_reset(&context->model);
}
