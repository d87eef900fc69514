/* SPDX-License-Identifier: MIT */
#include "messages.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE = DRIVER_SENTENCE, FIELD = 64 };

void messages_open(struct driver *driver)
{
	pthread_mutex_init(&driver->messages.lock, NULL);
}

void messages_close(struct driver *driver)
{
	pthread_mutex_destroy(&driver->messages.lock);
}

/* ---- saying ------------------------------------------------------------------------------------ */

/* The callback belongs to libva, which calls the player's. Not every version of it looks whether the player has one:
 * vaSetErrorCallback(display, NULL, NULL) means that nothing is to be logged. */
static bool is_heard(VADriverContextP va)
{
	const struct VADisplayContext *display = va->pDisplayContext;

	return va->error_callback && (!display || display->error_callback);
}

static void say(VADriverContextP va, const char *sentence)
{
	char line[SENTENCE + 32];

	if (!is_heard(va))
		return;
	/* libva and its users print what they are given, so the line ends here. */
	snprintf(line, sizeof(line), "v4l2_request: %s\n", sentence);
	va->error_callback(va, line);
}

/* Takes the sentence that waits longest; false when there is none. */
static bool take(struct messages *messages, char sentence[SENTENCE])
{
	bool taken = true;

	pthread_mutex_lock(&messages->lock);
	if (messages->count > 0) {
		memcpy(sentence, messages->waiting[messages->first], SENTENCE);
		messages->first = (messages->first + 1) % DRIVER_MESSAGES;
		messages->count--;
	} else if (messages->left_out > 0) {
		snprintf(sentence, SENTENCE, "%u more sentences of this call are left out", messages->left_out);
		messages->left_out = 0;
	} else {
		taken = false;
	}
	pthread_mutex_unlock(&messages->lock);
	return taken;
}

void messages_deliver(struct driver *driver)
{
	char sentence[SENTENCE];

	if (atomic_load_explicit(&driver->messages.count, memory_order_relaxed) == 0)
		return;
	while (take(&driver->messages, sentence))
		say(driver->va, sentence);
}

static void keep(struct messages *messages, const char *format, va_list arguments)
{
	pthread_mutex_lock(&messages->lock);
	if (messages->count < DRIVER_MESSAGES) {
		uint32_t place = (messages->first + messages->count) % DRIVER_MESSAGES;

		vsnprintf(messages->waiting[place], SENTENCE, format, arguments);
		messages->count++;
	} else {
		messages->left_out++;
	}
	pthread_mutex_unlock(&messages->lock);
}

void messages_say(struct driver *driver, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	keep(&driver->messages, format, arguments);
	va_end(arguments);
}

VAStatus messages_refuse(struct driver *driver, VAStatus status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	keep(&driver->messages, format, arguments);
	va_end(arguments);
	return status;
}

VAStatus messages_unknown(struct driver *driver, VAStatus status, const char *call, const char *what,
                          uint32_t id)
{
	if (id != VA_INVALID_ID)
		messages_say(driver, "%s: there is no %s 0x%x; it was never created, or is destroyed already", call,
		             what, id);
	return status;
}

void messages_trap(char *text, size_t size, const char *what, const char *why)
{
	snprintf(text, size, "%s (%s); please report this as a bug of the driver", what,
	         why && why[0] ? why : "the core asked for something that does not exist");
}

/* ---- sentences of the core --------------------------------------------------------------------- */

/* What the user can look up: the ioctl behind an operation. */
static const char *operation_name(uint32_t op)
{
	static const char *const names[] = {
		[CORE_OP_NONE] = "nothing",
		[CORE_OP_SET_FORMAT] = "VIDIOC_S_FMT",
		[CORE_OP_SET_CONTROLS] = "VIDIOC_S_EXT_CTRLS",
		[CORE_OP_REQUEST_BUFFERS] = "making buffers (VIDIOC_REQBUFS, mmap, MEDIA_IOC_REQUEST_ALLOC)",
		[CORE_OP_CREATE_BUFFERS] =
			"making larger buffers (VIDIOC_CREATE_BUFS, mmap, MEDIA_IOC_REQUEST_ALLOC)",
		[CORE_OP_STREAM_ON] = "VIDIOC_STREAMON",
		[CORE_OP_STREAM_OFF] = "VIDIOC_STREAMOFF",
		[CORE_OP_USE_LAYOUT] = "the picture layout",
		[CORE_OP_APPEND] = "the bitstream buffer",
		[CORE_OP_MOVE_SLOT] = "the bitstream buffer",
		[CORE_OP_CLEAR_SLOT] = "MEDIA_REQUEST_IOC_REINIT",
		[CORE_OP_QUEUE_CAPTURE] = "taking a surface's memory for a picture (its allocation, or VIDIOC_QBUF)",
		[CORE_OP_QUEUE_OUTPUT] = "VIDIOC_QBUF of the bitstream",
		[CORE_OP_QUEUE_REQUEST] = "MEDIA_REQUEST_IOC_QUEUE",
		[CORE_OP_FLUSH] = "VIDIOC_DECODER_CMD",
	};

	return op < sizeof(names) / sizeof(names[0]) ? names[op] : "an operation";
}

static const char *feature_name(uint32_t feature)
{
	switch (feature) {
	case CORE_FEATURE_FMO:
		return "flexible macroblock ordering (several slice groups)";
	case CORE_FEATURE_MULTI_SLICE_WITHOUT_HOLD:
		return "several slices in a picture";
	case CORE_FEATURE_D_PICTURES:
		return "D pictures of MPEG-1";
	case CORE_FEATURE_LARGE_SCALE_TILE:
		return "large scale tiles";
	default:
		return "a coding tool of this stream";
	}
}

static void fourcc_text(uint32_t fourcc, char text[5])
{
	for (int i = 0; i < 4; i++) {
		char letter = (char)(fourcc >> (8 * i));

		text[i] = letter > ' ' && letter < 0x7f ? letter : '?';
	}
	text[4] = 0;
}

/* trap: why the instance is lost (may be empty), NULL while it is well. field: of CORE_MESSAGE_BAD_PICTURE. */
static void sentence_of(const struct executor_outcome *outcome, const char *trap, const char *field,
                        char *text, size_t size)
{
	uint32_t a = outcome->values[0];
	uint32_t b = outcome->values[1];
	char first[5];
	char second[5];

	switch (outcome->message) {
	case CORE_MESSAGE_STEP_FAILED:
		/* The kernel answers ENOSPC to a size that is wrong; E2BIG is the limit of plans/steps.c. */
		if (a == CORE_OP_SET_CONTROLS && b == E2BIG) {
			snprintf(
				text, size,
				"a picture has more slices or tiles than this driver can describe to the decoder; it is not "
				"decoded");
			break;
		}
		snprintf(text, size, "%s failed (%s); this picture is not decoded", operation_name(a),
		         strerror((int)b));
		break;
	case CORE_MESSAGE_DEVICE_GONE:
		snprintf(text, size, "the decoder has disappeared; play the file again when it is back");
		break;
	case CORE_MESSAGE_NO_MEMORY:
		snprintf(text, size,
		         "no memory for the decoder (%s); close other players, or give the kernel more contiguous "
		         "memory (cma=)",
		         operation_name(a));
		break;
	case CORE_MESSAGE_NO_DESCRIPTORS:
		snprintf(text, size,
		         "too many files are open for %s; raise the limit (ulimit -n), or close other windows of the "
		         "player",
		         operation_name(a));
		break;
	case CORE_MESSAGE_DECODER_SILENT:
		snprintf(text, size, "the decoder has not answered for %u ms, twice in a row; play the file again",
		         a);
		break;
	case CORE_MESSAGE_DECODER_RESTARTED:
		snprintf(text, size,
		         "the decoder has not answered for %u ms and was started again; the pictures that it had are "
		         "missing",
		         a);
		break;
	case CORE_MESSAGE_SIZE_NOT_SUPPORTED:
		snprintf(text, size,
		         "this decoder cannot decode pictures of %ux%u; use software decoding for this stream", a, b);
		break;
	case CORE_MESSAGE_FORMAT_NOT_SUPPORTED:
		snprintf(
			text, size,
			"this decoder cannot decode %u bit with chroma format %u; use software decoding for this stream",
			a, b);
		break;
	case CORE_MESSAGE_CAPTURE_FORMAT:
		fourcc_text(a, first);
		fourcc_text(b, second);
		snprintf(text, size,
		         "the decoder gives pictures as %s where %s is needed; use software decoding for this stream",
		         second, first);
		break;
	case CORE_MESSAGE_NO_PICTURE_PARAMETERS:
		snprintf(text, size,
		         "the player gave slices before the picture parameters; this picture is not decoded");
		break;
	case CORE_MESSAGE_NO_SLICES:
		snprintf(text, size, "the player ended a picture without slices; it is not decoded");
		break;
	case CORE_MESSAGE_BAD_PARAMETER_SIZE:
		snprintf(text, size,
		         "a parameter buffer of type %u has the wrong size (%u bytes); "
		         "the player may be built for another version of VA-API",
		         a, b);
		break;
	case CORE_MESSAGE_BAD_BUFFER_TYPE:
		snprintf(text, size, "a buffer of type %u has no place in a picture of this codec", a);
		break;
	case CORE_MESSAGE_BAD_SLICE_RANGE:
		snprintf(text, size,
		         "a slice is said to be at bytes %u..%u+%u, outside of its data; the stream may be truncated",
		         a, a, b);
		break;
	case CORE_MESSAGE_BAD_SLICE_HEADER:
		snprintf(text, size, "the header of slice %u makes no sense; the stream is damaged here", a);
		break;
	case CORE_MESSAGE_BAD_PICTURE:
		snprintf(text, size,
		         "the picture parameters contradict the specification (%s); the stream is damaged here",
		         field);
		break;
	case CORE_MESSAGE_FEATURE_NOT_SUPPORTED:
		snprintf(text, size, "this decoder cannot decode %s; use software decoding for this stream",
		         feature_name(a));
		break;
	case CORE_MESSAGE_PICTURE_OPEN:
		snprintf(text, size, "the player began a picture before it ended the last one");
		break;
	case CORE_MESSAGE_NO_PICTURE_OPEN:
		snprintf(text, size, "the player rendered or ended a picture that it had not begun");
		break;
	case CORE_MESSAGE_SURFACE_MEMORY:
		snprintf(
			text, size,
			"surface 0x%x is not of the format of this stream's pictures; the player must make new surfaces",
			a);
		break;
	case CORE_MESSAGE_PICTURE_TOO_LARGE:
		snprintf(text, size, "a picture of %u bytes is larger than the decoder's buffers; it is not decoded",
		         a);
		break;
	case CORE_MESSAGE_CONTEXT_LOST:
		if (trap)
			messages_trap(text, size, "decoding stopped by a fault inside the driver", trap);
		else
			snprintf(text, size, "decoding was given up after an earlier failure; play the file again");
		break;
	case CORE_MESSAGE_PICTURE_FLAGGED:
		snprintf(text, size,
		         "the decoder reports an error in a picture; the stream is damaged there, or asks for what "
		         "this decoder cannot do");
		break;
	case CORE_MESSAGE_NO_SURFACE:
		snprintf(
			text, size,
			"the player has no surface for a picture, which is not decoded; the stream is damaged there");
		break;
	case CORE_MESSAGE_LARGER_THAN_SURFACE:
		snprintf(
			text, size,
			"the stream changes to %ux%u, which is larger than the player's surface; this picture is not "
			"decoded, and the player must make new surfaces or use software decoding",
			a, b);
		break;
	case CORE_MESSAGE_TOO_MANY_ELEMENTS:
		snprintf(text, size,
		         "a picture has %u slices, entry points or tiles, and this decoder takes %u; use software "
		         "decoding "
		         "for this "
		         "stream",
		         a, b);
		break;
	case CORE_MESSAGE_REFERENCES_LOST:
		snprintf(text, size,
		         "the stream changes to %ux%u in a picture that refers to pictures of another size, which no "
		         "decoder "
		         "here can do; it goes on with the next key frame",
		         a, b);
		break;
	case CORE_MESSAGE_REFERENCES_MISSING:
		snprintf(
			text, size,
			"a picture refers to pictures that were not decoded here; decoding goes on with the next key "
			"frame");
		break;
	case CORE_MESSAGE_TILES_MISSING:
		snprintf(text, size,
		         "%u of %u tiles of a picture came; it is not decoded, the stream is damaged here", a, b);
		break;
	case CORE_MESSAGE_NO_FILM_GRAIN:
		snprintf(text, size,
		         "this decoder adds no film grain; the stream is shown without, or use software decoding");
		break;
	case CORE_MESSAGE_READERS_SILENT:
		snprintf(text, size,
		         "somebody has been reading a surface for %u ms, and it gets its next picture all the same; "
		         "the GPU "
		         "may hang",
		         a);
		break;
	case CORE_MESSAGE_TOO_MANY_REFERENCES:
		snprintf(text, size, "the stream refers to more pictures than the decoder can hold");
		break;
	default:
		snprintf(text, size, "unknown failure (message %u); please report it", outcome->message);
		break;
	}
}

/* Whether a context says this now; executor.lock held. The end of a context is said once, with what follows from it. Of the
 * rest, each sentence is said the first time, the 10th, the 100th ...: a damaged stream has a reason for it in each picture. */
static bool worth_saying(struct context *context, uint32_t message, uint32_t *times)
{
	bool ends = message == CORE_MESSAGE_CONTEXT_LOST || message == CORE_MESSAGE_DEVICE_GONE ||
	            message == CORE_MESSAGE_DECODER_SILENT;
	uint32_t power = 1;

	*times = 1;
	if (ends) {
		bool said = context->loss_said;

		context->loss_said = true;
		return !said;
	}
	if (message >= CORE_MESSAGE_END)
		return true;
	*times = ++context->said[message];
	while (power < *times && power <= UINT32_MAX / 10)
		power *= 10;
	return power == *times;
}

static void say_outcome(struct context *context, const struct executor_outcome *outcome)
{
	char sentence[SENTENCE / 2];
	char reason[SENTENCE / 4] = "";
	char field[FIELD] = "";
	char again[64] = "";
	const char *why;
	uint32_t times;
	bool fault;
	bool worth;

	executor_lock(&context->executor);
	why = core_trap_reason(context->executor.core);
	fault = context->executor.lost;
	worth = worth_saying(context, outcome->message, &times);
	if (why)
		snprintf(reason, sizeof(reason), "%s", why);
	if (outcome->message == CORE_MESSAGE_BAD_PICTURE)
		core_text(context->executor.core, outcome->values[0], field, sizeof(field));
	executor_unlock(&context->executor);
	if (!worth)
		return;
	if (times > 1)
		snprintf(again, sizeof(again), " (the %uth time in this stream)", times);
	sentence_of(outcome, fault ? reason : NULL, field, sentence, sizeof(sentence));
	messages_say(context->driver, "%s (%s): %s%s", context->node->video_path, context->node->driver, sentence,
	             again);
}

VAStatus messages_outcome(struct context *context, const struct executor_outcome *outcome)
{
	if (outcome->message != CORE_MESSAGE_NONE)
		say_outcome(context, outcome);
	return status_of_core(outcome->status);
}
