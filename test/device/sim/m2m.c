/* SPDX-License-Identifier: MIT
 *
 * When a job runs, and what is held: drivers/media/v4l2-core/v4l2-mem2mem.c.
 */
#include <errno.h>
#include <poll.h>

#include "sim.h"

static void give_back_held(struct sim_context *context, struct sim_buffer *held)
{
	held->held = false;
	sim_job_flush(context);
	sim_list_remove(&context->capture.ready, held);
	sim_buffer_done(held, SIM_BUFFER_DONE);
}

/* __v4l2_m2m_try_queue() */
void sim_m2m_try_schedule(struct sim_context *context)
{
	struct sim_buffer *source;
	struct sim_buffer *destination;

	if (!context->output.streaming || !context->capture.streaming || context->abort || context->job_queued)
		return;
	source = sim_list_first(&context->output.ready);
	destination = sim_list_first(&context->capture.ready);
	if (!source || !destination)
		return;
	if (destination->held && destination->copied_timestamp && destination->timestamp != source->timestamp) {
		give_back_held(context, destination);
		destination = sim_list_first(&context->capture.ready);
		if (!destination)
			return;
	}
	context->new_frame = !destination->copied_timestamp || destination->timestamp != source->timestamp;
	context->job_queued = true;
	sim_changed();
}

/* v4l2_m2m_cancel_job(): a running job is waited for, a waiting one forgotten. */
void sim_m2m_cancel(struct sim_context *context)
{
	context->abort = true;
	sim_changed(); /* a job that hangs ends now */
	while (context->running)
		sim_wait(0);
	context->job_queued = false;
}

/* The end of v4l2_m2m_streamoff(). */
void sim_m2m_uncancel(struct sim_context *context)
{
	context->abort = false;
	context->job_queued = false;
}

/* v4l2_m2m_buf_done_and_job_finish(): CAPTURE first, so that whoever waits for the request finds it done. */
void sim_m2m_finish(struct sim_context *context, enum sim_buffer_state state)
{
	struct sim_buffer *source = sim_list_first(&context->output.ready);
	struct sim_buffer *destination = sim_list_first(&context->capture.ready);

	source->sequence = context->output.sequence++;
	destination->sequence = context->capture.sequence++;
	sim_list_remove(&context->output.ready, source);
	destination->held = source->flags & V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
	if (!destination->held) {
		sim_list_remove(&context->capture.ready, destination);
		sim_buffer_done(destination, state);
	}
	sim_buffer_done(source, state);
	context->running = false;
	context->job_queued = false;
	sim_m2m_try_schedule(context);
	sim_changed();
}

/* v4l2_m2m_ioctl_stateless_decoder_cmd() */
int sim_m2m_decoder_command(struct sim_context *context, struct v4l2_decoder_cmd *command, bool only_try)
{
	struct sim_list *sources = &context->output.ready;
	struct sim_list *destinations = &context->capture.ready;

	if (command->cmd != V4L2_DEC_CMD_FLUSH)
		return -EINVAL;
	command->flags = 0;
	if (only_try)
		return 0;
	if (sources->count > 0) {
		sources->items[sources->count - 1]->flags &= ~(uint32_t)V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
	} else if (destinations->count > 0 && destinations->items[destinations->count - 1]->held) {
		/* Where more CAPTURE buffers wait, the last is not the held one: nothing happens, as in the kernel. */
		give_back_held(context, destinations->items[destinations->count - 1]);
	}
	return 0;
}

/* v4l2_poll() and v4l2_m2m_poll(); control events are never sent. */
short sim_m2m_poll(struct sim_context *context, short events)
{
	const struct sim_queue *output = &context->output;
	const struct sim_queue *capture = &context->capture;
	short result = 0;

	if (context->device->gone)
		return POLLERR | POLLHUP | POLLPRI;
	if (!(events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)))
		return 0;
	if ((!output->streaming || output->queued.count == 0) &&
	    (!capture->streaming || capture->queued.count == 0))
		return POLLERR;
	if (output->done.count > 0)
		result |= POLLOUT | POLLWRNORM;
	if (capture->done.count > 0)
		result |= POLLIN | POLLRDNORM;
	return result;
}
