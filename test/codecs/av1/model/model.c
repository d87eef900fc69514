/* SPDX-License-Identifier: MIT
 *
 * AV1's decoder model. The sequence header and the frame header are written anew from the controls, in front of the tiles that the
 * entries find in the OUTPUT buffer, and libdav1d decodes that. As VPU981 does, it keeps in the slots that refresh_frame_flags names what
 * comes with a frame beside its samples: probabilities, motion vectors, the segmentation map. The samples of references come from the CAPTURE buffers
 * that reference_frame_ts names; those of frames with film grain are the decoder's own (hantro's post-processor writes to CAPTURE).
 */
#include "model.h"

#include "controls.h"
#include "header.h"
#include "libdav1d.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

/* Frames that VPU981's driver knows (AV1_MAX_FRAME_BUF_COUNT). */
enum { KNOWN_FRAMES = 16, MOST_BYTES = 64 << 20 };
enum { OBU_SEQUENCE_HEADER = 1, OBU_FRAME = 6 };

struct known_frame {
	bool used;
	uint64_t timestamp, identity;
};

struct av1_model {
	struct av1_codec *codec;
	struct slot slots[AV1_SLOTS];
	/* The frames that may be referred to: all jobs since have had them in reference_frame_ts. */
	struct known_frame known[KNOWN_FRAMES];
};

/* One job, and what becomes of it. */
struct work {
	struct av1_model *model;
	const struct model_job *job;
	const struct v4l2_ctrl_av1_sequence *sequence;
	const struct v4l2_ctrl_av1_frame *frame;
	const struct v4l2_ctrl_av1_film_grain *grain;
	const struct v4l2_ctrl_av1_tile_group_entry *tiles;
	size_t tile_count;
	struct model_result *result;
	uint64_t identity;
	unsigned int width, height; /* even */
};

static void *open_model(void)
{
	struct av1_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->codec = av1_codec_open();
	if (!model->codec) {
		free(model);
		return NULL;
	}
	return model;
}

static void close_model(void *decoder)
{
	struct av1_model *model = decoder;

	if (model)
		av1_codec_close(model->codec);
	free(model);
}

/* ---- references --------------------------------------------------------------------------------------------------- */

static const struct known_frame *find_known(const struct av1_model *model, uint64_t timestamp)
{
	for (unsigned int i = 0; i < KNOWN_FRAMES; i++)
		if (model->known[i].used && model->known[i].timestamp == timestamp)
			return &model->known[i];
	return NULL;
}

/* rockchip_vpu981_av1_dec_clean_refs() */
static void forget_frames(const struct work *work)
{
	for (unsigned int i = 0; i < KNOWN_FRAMES; i++) {
		struct known_frame *known = &work->model->known[i];
		bool named = false;

		for (unsigned int k = 0; k < AV1_SLOTS; k++)
			named |= work->frame->reference_frame_ts[k] == known->timestamp;
		/* a CAPTURE buffer that is decoded to again is no reference any more */
		known->used &= named && known->timestamp != work->job->timestamp;
	}
}

/*
 * For a frame of libdav1d, the CAPTURE buffer. Where the frame is in a slot that the job refers to, that is the one that the control names
 * for this slot.
 */
static bool name_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct work *work = opaque;

	for (unsigned int i = 0; i < AV1_REFERENCES && !is_intra(work->frame); i++) {
		const unsigned int at = work->frame->ref_frame_idx[i] & 7;

		if (work->model->slots[at].timestamp == timestamp) {
			timestamp = work->frame->reference_frame_ts[at];
			break;
		}
	}
	return work->job->find_reference(work->job->opaque, timestamp, image);
}

static void check_reference(const struct work *work, unsigned int i)
{
	const struct v4l2_ctrl_av1_frame *frame = work->frame;
	const unsigned int at = frame->ref_frame_idx[i] & 7;
	const struct slot *slot = &work->model->slots[at];
	const struct known_frame *known = find_known(work->model, frame->reference_frame_ts[at]);
	struct model_image image;

	if (frame->ref_frame_idx[i] != (int)at)
		verdict_paint(work->result, "av1.frame: ref_frame_idx[%u] is of no slot", i);
	if (!work->job->find_reference(work->job->opaque, frame->reference_frame_ts[at], &image))
		verdict_paint(work->result, "av1.frame: reference_frame_ts[%u] is of no picture", at);
	else if (!known)
		verdict_paint(work->result,
		              "av1.frame: reference_frame_ts[%u] is of a picture that frames since did not name", at);
	else if (!slot->filled || slot->identity != known->identity)
		verdict_paint(work->result,
		              "av1.frame: reference_frame_ts[%u] is not of the picture that refresh_frame_flags "
		              "put there",
		              at);
	if (frame->order_hints[i + 1] != slot->order_hint)
		verdict_paint(work->result, "av1.frame: order_hints[%u] is not the reference's", i + 1);
}

static uint64_t mixed(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash ^ hash >> 29;
}

/* Two jobs with the same bytes, fields and references give the same frame, wherever they put it. */
static uint64_t identify(const struct work *work)
{
	struct v4l2_ctrl_av1_frame frame = *work->frame;
	uint64_t hash = mixed(0xcbf29ce484222325u, work->job->bitstream, work->job->size);

	for (unsigned int i = 0; i < AV1_REFERENCES && !is_intra(&frame); i++)
		hash = mixed(hash, &work->model->slots[frame.ref_frame_idx[i] & 7].identity, sizeof(hash));
	memset(frame.reference_frame_ts, 0, sizeof(frame.reference_frame_ts));
	memset(frame.ref_frame_idx, 0, sizeof(frame.ref_frame_idx));
	frame.refresh_frame_flags = 0;
	/* a frame may be shown the first time, and put into its slots the second time */
	frame.flags &= ~(uint32_t)(V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME);
	return mixed(hash, &frame, sizeof(frame));
}

static void keep_frame(const struct work *work)
{
	const struct v4l2_ctrl_av1_frame *frame = work->frame;
	struct slot slot = {
		.filled = true,
		.timestamp = work->job->timestamp,
		.identity = work->identity,
		.order_hint = frame->order_hint,
		.motion = frame->global_motion,
		.filter = frame->loop_filter,
		.segmentation = frame->segmentation,
	};

	if (av1_has_grain(work->grain))
		slot.grain = *work->grain;
	for (unsigned int i = 0; i < AV1_SLOTS; i++)
		if (frame->refresh_frame_flags >> i & 1)
			work->model->slots[i] = slot;
	for (unsigned int i = 0; i < KNOWN_FRAMES; i++) {
		struct known_frame *known = &work->model->known[i];

		if (known->used)
			continue;
		*known = (struct known_frame){true, slot.timestamp, slot.identity};
		break;
	}
}

/* ---- the data ------------------------------------------------------------------------------------------------------ */

static void put_obu(struct byte_buffer *out, unsigned int type, size_t size)
{
	uint8_t header[6] = {(uint8_t)(type << 3 | 2)};

	for (unsigned int i = 0; i < 5; i++)
		header[i + 1] = (uint8_t)((size >> 7 * i & 0x7f) | (i < 4 ? 0x80 : 0));
	buffer_append(out, header, sizeof(header));
}

static const char *check_tiles(const struct work *work)
{
	const struct v4l2_av1_tile_info *info = &work->frame->tile_info;

	if (work->tile_count < (size_t)info->tile_cols * info->tile_rows || !work->tile_count)
		return "there are fewer entries of tiles than tiles";
	for (size_t i = 0; i < work->tile_count; i++) {
		const struct v4l2_ctrl_av1_tile_group_entry *tile = &work->tiles[i];

		if (!tile->tile_size || tile->tile_offset > work->job->size ||
		    tile->tile_size > work->job->size - tile->tile_offset)
			return "a tile is empty or goes beyond the OUTPUT buffer";
	}
	return NULL;
}

/* VPU981 takes the entries in raster order, and the first for the start of all data. */
static void check_entries(const struct work *work)
{
	const struct v4l2_av1_tile_info *info = &work->frame->tile_info;
	size_t largest = 0;

	if (work->tile_count != (size_t)info->tile_cols * info->tile_rows)
		verdict_paint(work->result, "av1.tile_group_entry: there are more entries than tiles");
	for (unsigned int i = 0; i < work->tile_count; i++) {
		const struct v4l2_ctrl_av1_tile_group_entry *tile = &work->tiles[i];

		if (tile->tile_row != i / info->tile_cols || tile->tile_col != i % info->tile_cols)
			verdict_paint(work->result, "av1.tile_group_entry: tile_row or tile_col of %u is not its place",
			              i);
		if (i && tile->tile_offset < work->tiles[i - 1].tile_offset + work->tiles[i - 1].tile_size)
			verdict_paint(work->result, "av1.tile_group_entry: tile_offset of %u is within a tile before", i);
		if (i + 1 < work->tile_count && tile->tile_size - 1 > largest)
			largest = tile->tile_size - 1;
	}
	if (work->tile_count > 1 && info->tile_size_bytes < sizeof(largest) &&
	    largest >> 8 * info->tile_size_bytes)
		verdict_paint(work->result, "av1.frame: tile_info.tile_size_bytes is less than a tile's size needs");
}

static void put_tiles(const struct work *work, struct byte_buffer *out)
{
	for (size_t i = 0; i < work->tile_count; i++) {
		const struct v4l2_ctrl_av1_tile_group_entry *tile = &work->tiles[i];
		const uint32_t size = tile->tile_size - 1;
		const uint8_t bytes[AV1_TILE_SIZE_BYTES] = {(uint8_t)size, (uint8_t)(size >> 8),
		                                            (uint8_t)(size >> 16), (uint8_t)(size >> 24)};

		if (i + 1 < work->tile_count)
			buffer_append(out, bytes, sizeof(bytes));
		buffer_append(out, work->job->bitstream + tile->tile_offset, tile->tile_size);
	}
}

static struct header_writer writer_of(const struct work *work, struct byte_buffer *out)
{
	const struct v4l2_ctrl_av1_frame *frame = work->frame;
	const bool dependent = !is_intra(frame) && frame->primary_ref_frame < AV1_REFERENCES;

	return (struct header_writer){
		.bits = {.out = out},
		.sequence = work->sequence,
		.frame = frame,
		.grain = work->grain,
		.slots = work->model->slots,
		.before = dependent ? &work->model->slots[frame->ref_frame_idx[frame->primary_ref_frame] & 7] : NULL,
	};
}

/* The temporal unit of the frame. */
static bool write_unit(const struct work *work, struct byte_buffer *out)
{
	struct byte_buffer sequence = {0}, frame = {0};
	struct header_writer w = writer_of(work, &sequence);

	av1_put_sequence_header(&w);
	put_u(&w.bits, 1, 1); /* trailing_bits() */
	put_align(&w.bits, 0);
	w.bits = (struct bit_writer){.out = &frame};
	av1_put_frame_header(&w);
	put_align(&w.bits, 0);
	if (work->tile_count > 1) {
		put_u(&w.bits, 1, 0); /* tile_start_and_end_present_flag */
		put_align(&w.bits, 0);
	}
	put_tiles(work, &frame);
	if (w.wrong)
		verdict_paint(work->result, "av1: %s contradicts other fields, or is what no header says", w.wrong);
	put_obu(out, OBU_SEQUENCE_HEADER, sequence.size);
	buffer_append(out, sequence.data, sequence.size);
	put_obu(out, OBU_FRAME, frame.size);
	buffer_append(out, frame.data, frame.size);
	out->failed |= sequence.failed || frame.failed;
	buffer_free(&sequence);
	buffer_free(&frame);
	return !out->failed;
}

/* ---- decoding ----------------------------------------------------------------------------------------------------- */

static const char *job_refusal(const struct work *work)
{
	const struct model_image *to = &work->job->destination;

	if (!work->sequence || !work->frame || !work->tiles)
		return "the control of the sequence, of the frame or of the tiles was never set";
	if (work->sequence->seq_profile || work->sequence->bit_depth > 10)
		return "sequence.seq_profile or sequence.bit_depth is of no decoder";
	if (work->sequence->order_hint_bits > 8)
		return "sequence.order_hint_bits is none";
	if (!to->luma || !to->chroma || to->depth != work->sequence->bit_depth)
		return "the CAPTURE format is not of the bit depth";
	if (!work->job->bitstream || work->job->size > MOST_BYTES)
		return "the OUTPUT buffer is empty or too large";
	if (!work->frame->upscaled_width || work->frame->upscaled_width > UINT16_MAX ||
	    work->frame->frame_height_minus_1 >= UINT16_MAX || work->frame->frame_width_minus_1 >= UINT16_MAX)
		return "frame.upscaled_width or frame.frame_height_minus_1 is of no frame";
	if (work->frame->frame_type > V4L2_AV1_SWITCH_FRAME)
		return "frame.frame_type is none";
	return check_tiles(work);
}

static bool decode_frame(struct work *work)
{
	struct byte_buffer data = {0};
	bool good = false;

	if (write_unit(work, &data)) {
		av1_codec_refresh(work->model->codec, name_reference, work);
		good = av1_codec_decode(work->model->codec, data.data, data.size, work->job->timestamp, work->width,
		                        work->height, work->sequence->bit_depth);
	}
	buffer_free(&data);
	return good;
}

static struct work work_of(struct av1_model *model, const struct model_job *job, struct model_result *result)
{
	const struct model_value tiles = job->value_of(job->opaque, V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY);
	const struct work work = {
		.model = model,
		.job = job,
		.sequence = job->value_of(job->opaque, V4L2_CID_STATELESS_AV1_SEQUENCE).bytes,
		.frame = job->value_of(job->opaque, V4L2_CID_STATELESS_AV1_FRAME).bytes,
		.grain = job->value_of(job->opaque, V4L2_CID_STATELESS_AV1_FILM_GRAIN).bytes,
		.tiles = tiles.bytes,
		.tile_count = tiles.size / sizeof(*work.tiles),
		.result = result,
	};

	return work;
}

static void decode(void *decoder, const struct model_job *job, struct model_result *result)
{
	const struct model_image *to = &job->destination;
	struct work work = work_of(decoder, job, result);
	const char *wrong = job_refusal(&work);

	memset(result, 0, sizeof(*result));
	if (wrong) {
		verdict_refuse(result, "%s", wrong);
		return;
	}
	work.width = (work.frame->upscaled_width + 1) & ~1u;
	work.height = (work.frame->frame_height_minus_1 + 2) & ~1u;
	if (!image_holds(to, work.width, work.height)) {
		verdict_refuse(result, "the CAPTURE buffer is smaller than the frame control says");
		return;
	}
	check_entries(&work);
	forget_frames(&work);
	for (unsigned int i = 0; i < AV1_REFERENCES && !is_intra(work.frame); i++)
		check_reference(&work, i);
	work.identity = identify(&work);
	if (!decode_frame(&work)) {
		verdict_refuse(result, "the frame cannot be decoded");
		image_paint(to, work.width, work.height);
		return;
	}
	image_store(to, av1_codec_grained(work.model->codec), IMAGE_FRAME);
	if (result->verdict == MODEL_PAINTED)
		image_paint(to, work.width, work.height);
	av1_codec_stored(work.model->codec, to, result->verdict == MODEL_PAINTED);
	keep_frame(&work);
}

/* A picture is one job: nothing is ever held. */
static void flush(void *decoder, struct model_result *result)
{
	(void)decoder;
	memset(result, 0, sizeof(*result));
}

/* Probabilities and what else slots have are the driver's: they go with the queue (rockchip_vpu981_av1_dec_exit()). */
static void reset(void *decoder)
{
	struct av1_model *model = decoder;

	av1_codec_flush(model->codec);
	memset(model->slots, 0, sizeof(model->slots));
	memset(model->known, 0, sizeof(model->known));
}

const struct model_codec model_av1 = {
	.name = "av1",
	.coded_fourcc = V4L2_PIX_FMT_AV1_FRAME,
	.format_title = "AV1 Frame",
	.controls = av1_controls,
	.control_count = AV1_CONTROLS,
	.init = av1_init_control,
	.validate = av1_validate_control,
	.sequence = av1_sequence,
	.open = open_model,
	.close = close_model,
	.decode = decode,
	.flush = flush,
	.reset = reset,
};
