/* SPDX-License-Identifier: MIT
 *
 * HEVC's decoder model. libavcodec decodes, kept in step with the pictures, since motion vectors of references stay behind their
 * CAPTURE buffers in a chip, too. It gets parameter sets and slice segment headers that are written from the controls, the data
 * behind each header as it is in OUTPUT, and samples of references from the CAPTURE buffers that dpb[] names.
 */
#include "checks.h"
#include "controls.h"
#include "kept_stream.h"
#include "libavcodec.h"
#include "parameter_sets.h"
#include "references.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

/* The picture whose slices are being collected. */
struct picture {
	bool active;
	bool frame_based;
	uint64_t timestamp;
	struct v4l2_ctrl_hevc_sps sps;
	struct v4l2_ctrl_hevc_decode_params params;
	struct model_image destination;
	unsigned int pic_struct;
	bool has_slice; /* in `slice`, for dependent segments */
	struct slice_header slice;
	uint32_t next_address; /* the least that the next segment may have */
	struct slice_references references;
	struct model_result result;
};

struct hevc_model {
	struct codec *codec;
	struct picture picture;
	struct known_pictures known;
	int64_t poc_offset;
	struct byte_buffer sent_sps, sent_pps; /* as libavcodec has them, a VPS before the SPS */
	struct byte_buffer sets;
	struct byte_buffer rbsp, header, entry_points, stream;
	struct kept_stream kept;
};

static void *open_model(void)
{
	struct hevc_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->codec = codec_open("hevc");
	if (!model->codec) {
		free(model);
		return NULL;
	}
	return model;
}

static void close_model(void *decoder)
{
	struct hevc_model *model = decoder;

	if (!model)
		return;
	codec_close(model->codec);
	buffer_free(&model->sent_sps);
	buffer_free(&model->sent_pps);
	buffer_free(&model->sets);
	buffer_free(&model->rbsp);
	buffer_free(&model->header);
	buffer_free(&model->entry_points);
	buffer_free(&model->stream);
	hevc_stream_close(&model->kept);
	free(model);
}

/* ---- a picture -------------------------------------------------------------------------------------------------------- */

/* For a frame of libavcodec: the CAPTURE buffer, if the submitted dpb[] names it and the queue has it. */
static bool name_reference(void *opaque, uint64_t timestamp, struct model_image *image)
{
	const struct hevc_job *job = opaque;

	for (unsigned int i = 0; i < job->decode_params->num_active_dpb_entries; i++)
		if (job->decode_params->dpb[i].timestamp == timestamp)
			return job->given->find_reference(job->given->opaque, timestamp, image);
	return false;
}

/* Appends what is in `sets`, unless libavcodec has it. */
static bool send_changed(struct hevc_model *model, struct byte_buffer *sent)
{
	if (sent->size == model->sets.size && !memcmp(sent->data, model->sets.data, sent->size))
		return false;
	sent->size = 0;
	buffer_append(sent, model->sets.data, model->sets.size);
	buffer_append(&model->stream, model->sets.data, model->sets.size);
	return true;
}

/* Puts the parameter sets into the stream where libavcodec does not have them yet. */
static void send_parameter_sets(struct hevc_model *model, const struct hevc_job *job)
{
	const bool listed = sps_has(job->sps, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED);

	model->sets.size = 0;
	hevc_vps_write(&model->sets);
	hevc_sps_write(&model->sets, job->sps, HEVC_HEADERS_WRITTEN);
	if (send_changed(model, &model->sent_sps))
		model->sent_pps.size = 0; /* libavcodec forgets the PPSs of an SPS that changes */
	model->sets.size = 0;
	hevc_pps_write(&model->sets, job->pps, listed ? job->scaling_matrix : NULL, HEVC_HEADERS_WRITTEN);
	send_changed(model, &model->sent_pps);
}

static void begin_picture(struct hevc_model *model, struct hevc_job *job, const struct slice_header *header)
{
	struct picture *picture = &model->picture;

	memset(picture, 0, sizeof(*picture));
	picture->active = true;
	picture->frame_based = job->decode_mode == V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED;
	picture->timestamp = job->given->timestamp;
	picture->sps = *job->sps;
	picture->params = *job->decode_params;
	picture->destination = job->given->destination;
	picture->pic_struct = job->slice_params ? job->slice_params->pic_struct : 0;
	hevc_references_take(&picture->references, &picture->result, job, model->poc_offset);
	model->poc_offset = picture->references.offset;
	hevc_check_picture(&picture->result, job, header);
	hevc_references_check(&picture->result, job, header);
	codec_refresh(model->codec, name_reference, job, NULL);
	model->stream.size = 0;
	model->stream.failed = false;
	send_parameter_sets(model, job);
}

/* All slices are there. */
static void finish_picture(struct hevc_model *model)
{
	struct picture *picture = &model->picture;
	const unsigned int width = picture->sps.pic_width_in_luma_samples;
	const unsigned int height = picture->sps.pic_height_in_luma_samples;
	enum codec_outcome outcome = CODEC_FAILED;
	bool blank;

	picture->active = false;
	if (!model->stream.failed)
		outcome = codec_decode(model->codec, model->stream.data, model->stream.size, picture->timestamp,
		                       width, height, picture->destination.depth, false);
	if (outcome == CODEC_FAILED) {
		verdict_refuse(&picture->result, "the slices cannot be decoded with these parameters");
		image_paint(&picture->destination, width, height);
		model->sent_sps.size = 0; /* parameter sets of a packet that failed may not have arrived */
		return;
	}
	blank = planes_have_blank(codec_planes(model->codec), IMAGE_FRAME);
	image_store(&picture->destination, codec_planes(model->codec), IMAGE_FRAME);
	if (picture->result.verdict == MODEL_PAINTED)
		image_paint(&picture->destination, width, height);
	codec_stored(model->codec, &picture->destination, picture->result.verdict == MODEL_PAINTED, true);
	if (outcome == CODEC_DAMAGED || blank)
		verdict_refuse(&picture->result, "slice data is damaged, or slices of the picture are missing");
	hevc_known_add(&model->known, &(struct known_picture){
									  .timestamp = picture->timestamp,
									  .poc = picture->params.pic_order_cnt_val,
									  .field = hevc_is_field(picture->pic_struct),
								  });
}

/* ---- its slice segments ------------------------------------------------------------------------------------------------- */

/* In slice-based mode each slice brings these controls of its own: the same for the whole picture. */
static void check_same_params(struct model_result *result, const struct hevc_job *job,
                              const struct picture *picture)
{
	if (memcmp(job->decode_params, &picture->params, sizeof(picture->params)) != 0)
		verdict_paint(result, "decode_params differ between slices of the picture of %d",
		              picture->params.pic_order_cnt_val);
	if (memcmp(job->sps, &picture->sps, sizeof(picture->sps)) != 0)
		verdict_paint(result, "sps differs between slices of the picture of %d",
		              picture->params.pic_order_cnt_val);
	if (job->given->destination.luma != picture->destination.luma)
		verdict_paint(result, "slices of one picture go to two CAPTURE buffers");
}

/* How many bytes of a NAL unit become so many of its RBSP. */
static size_t raw_offset(const uint8_t *nal, size_t size, size_t rbsp_bytes)
{
	size_t zeros = 0, at = 0;

	for (; at < size && rbsp_bytes; at++) {
		if (zeros >= 2 && nal[at] == 3) {
			zeros = 0;
			continue;
		}
		zeros = nal[at] ? 0 : zeros + 1;
		rbsp_bytes--;
	}
	return at;
}

static const char *segment_refusal(const struct picture *picture, const struct hevc_job *job,
                                   const struct slice_header *header)
{
	const uint32_t ctbs = ctbs_of(job->sps->pic_width_in_luma_samples, job->sps) *
	                      ctbs_of(job->sps->pic_height_in_luma_samples, job->sps);

	if (header->first_segment_in_pic == picture->active)
		return picture->active ? "the OUTPUT buffers hold slices of two pictures"
		                       : "the first slice segment of the picture is missing";
	if (header->segment_address >= ctbs ||
	    (picture->active && header->segment_address < picture->next_address))
		return "slice segments of the picture are out of order, or beyond its end";
	if (header->slice_type != V4L2_HEVC_SLICE_TYPE_I && !total_curr(job->decode_params))
		return "a P or B slice comes without pictures in decode_params that it may refer to";
	return NULL;
}

/* number: of the segment in the job. */
static void add_segment(struct hevc_model *model, struct hevc_job *job, struct segment *segment,
                        unsigned int number, struct model_result *result)
{
	struct picture *picture = &model->picture;
	const uint8_t *nal = job->given->bitstream + segment->start;
	uint8_t lists[2][HEVC_DPB] = {{0}};
	struct slice_header header;
	const char *wrong;

	nal_unescape(&model->rbsp, nal, segment->size);
	model->entry_points.size = 0;
	wrong =
		hevc_slice_read(&header, &model->rbsp, job,
	                    picture->active && picture->has_slice ? &picture->slice : NULL, &model->entry_points);
	if (!wrong)
		wrong = segment_refusal(picture, job, &header);
	if (wrong) {
		verdict_refuse(result, "%s", wrong);
		return;
	}
	hevc_stream_keep(&model->kept, job, nal, segment->size);
	if (!picture->active)
		begin_picture(model, job, &header);
	else if (!picture->frame_based)
		check_same_params(&picture->result, job, picture);
	if (!header.dependent) {
		picture->slice = header;
		picture->has_slice = true;
	}
	picture->next_address = header.segment_address + 1;
	segment->data_offset = raw_offset(nal, segment->size, header.data_offset);
	segment->entry_points = (const uint32_t *)(const void *)model->entry_points.data;
	if (header.slice_type != V4L2_HEVC_SLICE_TYPE_I)
		hevc_references_lists(lists, &picture->result, job, &header, &model->known);
	if (number < job->slices) {
		hevc_check_segment(&picture->result, job, &header, segment, &job->slice_params[number], lists);
		if (job->slice_params[number].pic_struct != picture->pic_struct)
			verdict_paint(&picture->result, "slice_params.pic_struct differs between slices of a picture");
	}
	hevc_check_entry_points(&picture->result, job, &header, segment);
	hevc_slice_write(&model->header, &header, job, &picture->references, lists);
	nal_append(&model->stream, model->header.data, model->header.size);
	buffer_append(&model->stream, nal + segment->data_offset, segment->size - segment->data_offset);
}

/* rpi-hevc-dec goes by bit_size, which counts from the begin of OUTPUT; the last slice ends where the data ends. */
static size_t end_without_start_codes(const struct hevc_job *job, unsigned int number)
{
	const size_t size = job->given->size;
	const size_t end = number + 1 < job->slices ? job->slice_params[number].bit_size / 8 : size;

	return end < size ? end : size;
}

/* Slice segment `number`, from `from` on, up to the next start code; false: there is none. */
static bool next_segment(const struct hevc_job *job, unsigned int number, size_t from,
                         struct segment *segment, size_t *next)
{
	const uint8_t *data = job->given->bitstream;
	const size_t size = job->given->size;
	size_t end;

	if (job->start_code == V4L2_STATELESS_HEVC_START_CODE_NONE) {
		*next = end_without_start_codes(job, number);
		*segment = (struct segment){.start = from, .size = *next - from};
		return from < *next;
	}
	segment->start = find_start_code(data, size, from) + 3;
	if (segment->start >= size)
		return false;
	*next = find_start_code(data, size, segment->start);
	/* Zero bytes in front of a start code belong to it (B.2). */
	for (end = *next; *next < size && end > segment->start && !data[end - 1];)
		end--;
	segment->size = end - segment->start;
	*next = end;
	return true;
}

static void add_segments(struct hevc_model *model, struct hevc_job *job, struct model_result *result)
{
	const uint8_t *data = job->given->bitstream;
	const size_t size = job->given->size;
	const bool none = job->start_code == V4L2_STATELESS_HEVC_START_CODE_NONE;
	struct segment segment;
	unsigned int segments = 0;
	size_t next = 0;

	if (none && (size < 3 || (!data[0] && !data[1]) || find_start_code(data, size, 0) < size)) {
		verdict_refuse(result, "the OUTPUT buffer has start codes, which this decoder does not expect");
		return;
	}
	if (!none && (size < 4 || data[0] || data[1] || data[2] > 1 || (!data[2] && data[3] != 1))) {
		verdict_refuse(result, "the OUTPUT buffer does not begin with a start code");
		return;
	}
	while (next_segment(job, segments, next, &segment, &next) && result->verdict != MODEL_REFUSED)
		add_segment(model, job, &segment, segments++, result);
	if (model->picture.active)
		hevc_check_entry_point_count(&model->picture.result, job);
	if (job->slice_params && job->slices != segments)
		verdict_refuse(result, "slice_params has %u slices, where the OUTPUT buffer holds %u", job->slices,
		               segments);
}

/* ---- jobs ---------------------------------------------------------------------------------------------------------------- */

static const char *job_refusal(const struct hevc_job *job)
{
	const struct model_image *to = &job->given->destination;
	const bool slice_based = job->decode_mode == V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED;
	const char *wrong;

	if (!job->sps || !job->pps || !job->decode_params || (slice_based && !job->slice_params))
		return "a control that the decode mode needs was never set";
	wrong = hevc_sps_refusal(job->sps);
	if (!wrong)
		wrong = hevc_pps_refusal(job->sps, job->pps);
	if (wrong)
		return wrong;
	/* Linux 7.3's rkvdec reads them after it has begun with the picture (rkvdec-hevc.c), so a client is better without. */
	if (job->sets_given)
		return "ext_sps_st_rps or ext_sps_lt_rps was set, and this model does not read them";
	if (job->reads_sets && (job->sps->num_short_term_ref_pic_sets || job->sps->num_long_term_ref_pics_sps))
		return "sps has reference picture sets, but ext_sps_st_rps and ext_sps_lt_rps were never set";
	if (sps_has(job->sps, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) && !job->scaling_matrix)
		return "sps.flags has SCALING_LIST_ENABLED, but scaling_matrix was never set";
	if (!to->luma || !to->chroma || to->depth != job->sps->bit_depth_luma_minus8 + 8u)
		return "the CAPTURE format has not the bit depth of the SPS";
	if (!image_holds(to, job->sps->pic_width_in_luma_samples, job->sps->pic_height_in_luma_samples))
		return "the CAPTURE buffer is smaller than the SPS says";
	if (!job->given->bitstream || job->given->size > (64u << 20))
		return "the OUTPUT buffer is empty or too large";
	return NULL;
}

/* The controls by name. */
static struct hevc_job job_of(const struct model_job *given)
{
#define VALUE(control) given->value_of(given->opaque, V4L2_CID_STATELESS_HEVC_##control)
	const struct model_value sps = VALUE(SPS), pps = VALUE(PPS), params = VALUE(DECODE_PARAMS);
	const struct model_value matrix = VALUE(SCALING_MATRIX), slices = VALUE(SLICE_PARAMS);
	const struct model_value entries = VALUE(ENTRY_POINT_OFFSETS);
	const struct model_value short_term = VALUE(EXT_SPS_ST_RPS), long_term = VALUE(EXT_SPS_LT_RPS);
	const int32_t *mode = VALUE(DECODE_MODE).bytes, *code = VALUE(START_CODE).bytes;

	return (struct hevc_job){
		.given = given,
		.decode_mode = mode ? (uint32_t)*mode : V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED,
		.start_code = code ? (uint32_t)*code : V4L2_STATELESS_HEVC_START_CODE_NONE,
		.sps = sps.was_set ? sps.bytes : NULL,
		.pps = pps.was_set ? pps.bytes : NULL,
		.scaling_matrix = matrix.was_set ? matrix.bytes : NULL,
		.decode_params = params.was_set ? params.bytes : NULL,
		.slice_params = slices.of_request ? slices.bytes : NULL,
		.slices =
			slices.of_request ? (unsigned int)(slices.size / sizeof(struct v4l2_ctrl_hevc_slice_params)) : 0,
		.reads_sets = short_term.bytes,
		.sets_given = short_term.was_set || long_term.was_set,
		.entry_points = entries.bytes,
		.entry_point_count = entries.of_request ? (unsigned int)(entries.size / sizeof(uint32_t)) : 0,
	};
#undef VALUE
}

static void decode(void *decoder, const struct model_job *given, struct model_result *result)
{
	struct hevc_model *model = decoder;
	struct picture *picture = &model->picture;
	struct hevc_job job = job_of(given);
	const char *wrong = job_refusal(&job);

	memset(result, 0, sizeof(*result));
	/* As v4l2-mem2mem does: another timestamp ends a held picture. */
	if (picture->active && picture->timestamp != given->timestamp)
		finish_picture(model);
	if (wrong) {
		verdict_refuse(result, "%s", wrong);
		return;
	}
	add_segments(model, &job, result);
	if (!picture->active) {
		if (result->verdict == MODEL_REFUSED)
			image_paint(&given->destination, job.sps->pic_width_in_luma_samples,
			            job.sps->pic_height_in_luma_samples);
		return;
	}
	verdict_merge(&picture->result, result);
	if (picture->frame_based || !given->hold)
		finish_picture(model);
	verdict_merge(result, &picture->result);
}

static void flush(void *decoder, struct model_result *result)
{
	struct hevc_model *model = decoder;

	memset(result, 0, sizeof(*result));
	if (!model->picture.active)
		return;
	finish_picture(model);
	*result = model->picture.result;
}

/* What lies behind the CAPTURE buffers stays, so a stream may go on where it was. */
static void reset(void *decoder)
{
	struct hevc_model *model = decoder;

	model->picture.active = false;
}

const struct model_codec model_hevc = {
	.name = "hevc",
	.coded_fourcc = V4L2_PIX_FMT_HEVC_SLICE,
	.format_title = "HEVC Parsed Slice Data",
	.controls = hevc_controls,
	.control_count = HEVC_CONTROL_COUNT,
	.validate = hevc_validate,
	.sequence = hevc_sequence,
	.open = open_model,
	.close = close_model,
	.decode = decode,
	.flush = flush,
	.reset = reset,
};
