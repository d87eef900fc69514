/* SPDX-License-Identifier: MIT
 *
 * ffmpeg writes frames one after the other as they come out, and says nothing of which they are: that follows from the pictures' orders.
 */
#include "exchange.h"
#include "harness.h"
#include "right.h"

/* A frame that comes out. */
struct output {
	unsigned int frame;
	int order;
};

struct right {
	struct film *film;
	struct output *outputs; /* in the order in which they come out, up to the last that flushed */
	unsigned int count;
	unsigned int flushed; /* so many are before all that follow */
};

struct right *right_open(struct film *film)
{
	struct right *right = calloc(1, sizeof(*right));

	CHECK(right);
	right->film = film;
	if (!strcmp(film->reader->name, "mpeg2"))
		film->rounding = CORE_MEASURE_MOST_ROUNDING; /* ffmpeg's transform is that of the processor */
	return right;
}

/* Each to behind those of its order and of lower ones. */
static void sort_outputs(struct right *right)
{
	for (unsigned int i = right->flushed + 1; i < right->count; i++) {
		const struct output output = right->outputs[i];
		unsigned int place = i;

		for (; place > right->flushed && right->outputs[place - 1].order > output.order; place--)
			right->outputs[place] = right->outputs[place - 1];
		right->outputs[place] = output;
	}
}

static void flush(struct right *right, unsigned int count)
{
	const unsigned int all = right->count;

	right->count = count;
	sort_outputs(right);
	right->flushed = count;
	right->count = all;
}

void right_take(struct right *right, const struct reader_picture *picture)
{
	if (picture->second) {
		if (picture->flushes)
			flush(right, right->count - 1);
		right->outputs[right->count - 1].order = picture->order;
		return;
	}
	if (picture->flushes || picture->again)
		flush(right, right->count);
	if (picture->hidden && !picture->again)
		return;
	right->outputs = realloc(right->outputs, (right->count + 1) * sizeof(*right->outputs));
	CHECK(right->outputs);
	right->outputs[right->count++] = (struct output){reader_seen(picture), picture->order};
	if (picture->again)
		flush(right, right->count);
}

/* Without cropping and scaling, each frame once, and also those that are damaged. */
static FILE *run_ffmpeg(const struct film *film)
{
	char command[sizeof(film->path) + 256];
	FILE *pipe;

	CHECK(!strchr(film->path, '\''));
	snprintf(command, sizeof(command),
	         "ffmpeg -nostdin -v fatal -apply_cropping 0 -flags +output_corrupt%s -strict strict "
	         "-c:v %s "
	         "-i 'file:%s' -map 0:v:0 -fps_mode passthrough -noautoscale -f rawvideo -",
	         film->no_grain ? " -export_side_data film_grain" : "", film->reader->decoder, film->path);
	pipe = popen(command, "re");
	CHECK(pipe);
	return pipe;
}

static void read_frame(FILE *pipe, struct film *film, unsigned int number)
{
	const struct film_frame *frame = &film->frames[number];
	const unsigned int bytes = frame->depth > 8 ? 2 : 1;
	const size_t width = (size_t)frame->width * bytes, half = (frame->width + 1) / 2 * bytes;
	const size_t luma = width * frame->height, chroma = half * ((frame->height + 1) / 2);
	uint8_t *samples = malloc(luma + 2 * chroma);
	const struct planar planar = {
		{samples, samples + luma, samples + luma + chroma}, {(int)width, (int)half, (int)half}, bytes};

	CHECK(samples);
	CHECK_EQUAL(fread(samples, 1, luma + 2 * chroma, pipe), luma + 2 * chroma);
	film_keep(film, number, &planar);
	free(samples);
}

void right_close(struct right *right)
{
	FILE *pipe = run_ffmpeg(right->film);

	flush(right, right->count);
	for (unsigned int i = 0; i < right->count; i++)
		read_frame(pipe, right->film, right->outputs[i].frame);
	CHECK_EQUAL(fgetc(pipe), EOF);
	CHECK_EQUAL(pclose(pipe), 0);
	free(right->outputs);
	free(right);
}
