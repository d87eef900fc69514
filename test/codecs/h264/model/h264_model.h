/* SPDX-License-Identifier: MIT
 *
 * A decoder model for H.264: what a stateless decoder would make of exactly what it was given, and nothing else.
 *
 * It sees the submitted controls, the OUTPUT bytes and the CAPTURE pictures that reference timestamps name. It knows
 * nothing of the driver, of VA-API, or of the file that is played. It is unforgiving: where a control contradicts
 * the bitstream or the decoding process of ITU-T H.264, it refuses the job or paints the picture wrong on purpose,
 * and says which field.
 */
#ifndef TEST_CODECS_H264_H264_MODEL_H
#define TEST_CODECS_H264_H264_MODEL_H

#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h264_model;

/* A picture in memory: NV12, or P010 when depth is 10 (16-bit little-endian samples in the high bits). */
struct h264_model_image {
	uint8_t *luma;
	uint8_t *chroma; /* interleaved Cb, Cr */
	size_t luma_stride;
	size_t chroma_stride; /* bytes */
	uint32_t width;
	uint32_t height; /* coded size: luma rows that exist in memory, at least that of the SPS */
	uint32_t depth;  /* 8 or 10 */
};

/* One job of the decoder: in frame-based mode one frame or field, in slice-based mode one slice. */
struct h264_model_job {
	uint32_t decode_mode; /* enum v4l2_stateless_h264_decode_mode */
	uint32_t start_code;  /* enum v4l2_stateless_h264_start_code */
	const struct v4l2_ctrl_h264_sps *sps;
	const struct v4l2_ctrl_h264_pps *pps;
	const struct v4l2_ctrl_h264_scaling_matrix *scaling_matrix; /* as last set, or NULL when never set */
	const struct v4l2_ctrl_h264_decode_params *decode_params;
	const struct v4l2_ctrl_h264_slice_params *slice_params; /* slice-based only, else NULL */
	const struct v4l2_ctrl_h264_pred_weights
		*pred_weights;        /* slice-based only and when set for this request, else NULL */
	const uint8_t *bitstream; /* the bytes of the OUTPUT buffer that are used */
	size_t size;
	uint64_t timestamp; /* ns, of the OUTPUT buffer */
	bool hold;          /* V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF: more jobs follow for this picture */
	struct h264_model_image destination;
	/* The CAPTURE picture whose timestamp this is, as vb2_find_buffer() would; false when there is none. */
	bool (*find_reference)(void *opaque, uint64_t timestamp, struct h264_model_image *image);
	void *opaque;
};

enum h264_model_verdict {
	H264_MODEL_GOOD,    /* decoded; in slice-based mode possibly not yet visible while `hold` */
	H264_MODEL_PAINTED, /* a field was wrong in a way hardware would not report: wrong pixels on purpose */
	H264_MODEL_REFUSED  /* the decoder would flag the buffer with V4L2_BUF_FLAG_ERROR */
};

struct h264_model_result {
	enum h264_model_verdict verdict;
	char reason[256]; /* one sentence naming the field; empty when good */
};

/* A model is one decoder context: one per open of the video node. NULL when there is no memory. */
struct h264_model *h264_model_open(void);
void h264_model_close(struct h264_model *model);

/* Decodes one job; writes the destination no later than the job without `hold`, or h264_model_flush(). */
void h264_model_decode(struct h264_model *model, const struct h264_model_job *job,
                       struct h264_model_result *result);

/* A held picture is given back with what it has (VIDIOC_DECODER_CMD(FLUSH), or a job with another timestamp). */
void h264_model_flush(struct h264_model *model, struct h264_model_result *result);

/* STREAMOFF: nothing that came before has happened. References in CAPTURE memory stay usable. */
void h264_model_reset(struct h264_model *model);

#endif
