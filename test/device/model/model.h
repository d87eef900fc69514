/* SPDX-License-Identifier: MIT
 *
 * A decoder model: what a stateless decoder would make of exactly what it was given, and nothing else. One for each codec
 * (test/codecs/CODEC/model), all with this interface, which the simulated device and the observer use.
 *
 * A model sees the submitted controls, the OUTPUT bytes and the CAPTURE pictures that reference timestamps name. It knows
 * nothing of the driver, of VA-API, or of the file that is played. It is unforgiving: where a control contradicts the
 * bitstream or the decoding process of the codec, it refuses the job or paints the picture wrong on purpose, and says
 * which field.
 */
#ifndef TEST_DEVICE_MODEL_MODEL_H
#define TEST_DEVICE_MODEL_MODEL_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- controls ------------------------------------------------------------------------------------------- */

/* How a device is given slices; whether a control exists may depend on it. The values are those of the decode mode menus. */
enum model_mode {
	MODEL_SLICE_BASED, /* one slice to a job, without start codes */
	MODEL_FRAME_BASED, /* one frame or field to a job, with Annex B start codes where the codec has such */
};

enum model_menu_kind { MODEL_MENU_PLAIN, MODEL_MENU_PROFILE, MODEL_MENU_DECODE_MODE, MODEL_MENU_START_CODE };

struct model_menu {
	enum model_menu_kind kind;
	const char *const *items; /* as v4l2_ctrl_get_menu() names them */
	int count;
	int initial; /* the greatest item where a device does not offer it */
	uint64_t
		offered; /* by devices of 8 bits; decode mode and start code: by nobody, a device's mode says which one */
	uint64_t deep; /* in addition, by devices of 10 bits */
};

struct model_control {
	uint32_t id;
	uint32_t type;                 /* enum v4l2_ctrl_type */
	uint32_t size;                 /* bytes of its value; of a dynamic array, of an element */
	const char *name;              /* of V4L2SIM_MUTATE: "h264.sps" */
	const char *title;             /* as v4l2_ctrl_get_name() has it */
	unsigned modes;                /* 1 << enum model_mode: which devices have it */
	const struct model_menu *menu; /* of V4L2_CTRL_TYPE_MENU */
	bool
		of_sets; /* only devices have it that read slice headers with the reference picture sets of the SPS */
	uint32_t elements[2]; /* by enum model_mode: how many a dynamic array may have; 0: it is none */
};

enum { MODEL_ALL_MODES = 1 << MODEL_SLICE_BASED | 1 << MODEL_FRAME_BASED };

/* What a control tells a device of the stream before the first picture. */
struct model_sequence {
	uint32_t width, height; /* luma samples, coded size */
	uint32_t luma_depth, chroma_depth;
	uint32_t chroma_format; /* chroma_format_idc: 0 4:0:0, 1 4:2:0, 2 4:2:2, 3 4:4:4 */
};

/* ---- jobs ------------------------------------------------------------------------------------------------- */

/* A picture in memory: NV12, or P010 when depth is 10 (16-bit little-endian samples in the high bits); or else than linear. */
struct model_image {
	uint8_t *luma;
	uint8_t *chroma; /* interleaved Cb, Cr */
	size_t luma_stride;
	size_t chroma_stride; /* bytes */
	uint32_t width;
	uint32_t height; /* coded size: luma rows that exist in memory, at least that of the sequence */
	uint32_t depth;  /* 8 or 10 */
	const struct image_format *format; /* NULL: linear (image.h) */
};

/* A control as a job decodes with it. */
struct model_value {
	const void *bytes; /* NULL: the device does not have the control */
	uint32_t size;     /* of a dynamic array: of the elements that it has */
	bool was_set;      /* by this or any earlier request; else it is the initial value */
	bool of_request;   /* by the request of this job */
};

/* One job of the decoder: in frame-based mode one frame or field, in slice-based mode one slice. */
struct model_job {
	struct model_value (*value_of)(const void *opaque, uint32_t id);
	const uint8_t *bitstream; /* the bytes of the OUTPUT buffer that are used */
	size_t size;
	uint64_t timestamp; /* ns, of the OUTPUT buffer */
	bool hold;          /* V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF: more jobs follow for this picture */
	struct model_image destination;
	/* The CAPTURE picture whose timestamp this is, as vb2_find_buffer() would; false when there is none. */
	bool (*find_reference)(void *opaque, uint64_t timestamp, struct model_image *image);
	void *opaque;
};

enum model_verdict {
	MODEL_GOOD,    /* decoded; in slice-based mode possibly not yet visible while `hold` */
	MODEL_PAINTED, /* a field was wrong in a way hardware would not report: wrong pixels on purpose */
	MODEL_REFUSED  /* the decoder would flag the buffer with V4L2_BUF_FLAG_ERROR */
};

struct model_result {
	enum model_verdict verdict;
	char reason[256]; /* one sentence naming the field; empty when good */
};

/* ---- codecs --------------------------------------------------------------------------------------------------- */

struct model_codec {
	const char *name; /* as in V4L2SIM_KIND: "h264" */
	uint32_t coded_fourcc;
	const char *format_title;             /* as v4l_fill_fmtdesc() has it */
	const struct model_control *controls; /* by ascending id */
	unsigned control_count;

	/* The initial value of a control; it is zero before. std_init_compound() */
	void (*init)(uint32_t id, void *value);
	/* 0 or -EINVAL; puts right what may be put right. Compound controls, and each element: std_validate_compound() */
	int (*validate)(uint32_t id, void *value);
	/* What the value of this control says of the stream; false when it is not the control that does. NULL: none does. */
	bool (*sequence)(uint32_t id, const void *value, struct model_sequence *sequence);

	/*
	 * The rest is NULL for a codec whose controls are known and whose pictures are not decoded: each job fails.
	 * A decoder is one per open of the video node. NULL when there is no memory.
	 */
	void *(*open)(void);
	void (*close)(void *decoder);
	/* Decodes one job; writes the destination no later than the job without `hold`, or flush(). */
	void (*decode)(void *decoder, const struct model_job *job, struct model_result *result);
	/* A held picture is given back with what it has (VIDIOC_DECODER_CMD(FLUSH), or a job with another timestamp). */
	void (*flush)(void *decoder, struct model_result *result);
	/* STREAMOFF: nothing that came before has happened. References in CAPTURE memory stay usable. */
	void (*reset)(void *decoder);
};

/* All codecs of test/codecs, NULL behind the last. */
extern const struct model_codec *const model_codecs[];

/* The codec with this name of `length` characters, or with this coded format; NULL when there is none. */
const struct model_codec *model_codec_named(const char *name, size_t length);
const struct model_codec *model_codec_of(uint32_t coded_fourcc);

/* What a device decodes with: the decoder of the codec that came last. All zero: none yet. */
struct model_decoder {
	const struct model_codec *codec;
	void *decoder;
};

/* Opens the decoder of this codec, unless it is open. What is wrong, as a sentence, or NULL; codec may be NULL. */
const char *model_decoder_open(struct model_decoder *decoder, const struct model_codec *codec);
/* The rest does nothing while none is open. */
void model_decoder_close(struct model_decoder *decoder);
void model_decoder_flush(struct model_decoder *decoder, struct model_result *result);
void model_decoder_reset(struct model_decoder *decoder);

#endif
