/* SPDX-License-Identifier: MIT
 *
 * A small stateless client of its own: it reads an Annex B stream and fills the controls of V4L2 as the kernel's
 * documentation asks. It keeps fields, not frames, and shares no code with the model that it feeds.
 */
#ifndef TEST_CODECS_H264_CLIENT_H
#define TEST_CODECS_H264_CLIENT_H

#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client_nal {
	const uint8_t *data; /* header byte first, without start code */
	size_t size;
};

struct client_sps {
	bool valid;
	struct v4l2_ctrl_h264_sps v4l2;
	bool scaling_present;
	bool list_present[8];
	uint8_t lists[8][64]; /* in coded order; 8x8: Intra Y, Inter Y */
	unsigned int crop[4]; /* left, right, top, bottom, in luma samples */
};

struct client_pps {
	bool valid;
	struct v4l2_ctrl_h264_pps v4l2;
	struct v4l2_ctrl_h264_scaling_matrix matrix;
};

struct client_slice {
	int nal_ref_idc, nal_unit_type;
	unsigned int first_mb, type, pps_id, frame_num, idr_pic_id, poc_lsb;
	bool field, bottom;
	int delta_bottom, delta[2];
	unsigned int redundant;
	bool direct_spatial;
	unsigned int active[2];
	unsigned int reorderings[2];
	struct {
		unsigned int op, value;
	} reordering[2][40];
	bool weighted;
	struct v4l2_ctrl_h264_pred_weights weights;
	bool long_term_idr, adaptive;
	unsigned int operations;
	struct {
		unsigned int op, difference, index;
	} operation[70];
	unsigned int cabac_init_idc, deblocking_idc;
	int qp_delta, alpha, beta;
	unsigned int poc_bits, marking_bits, header_bits;
};

struct client_stream {
	struct client_sps sps[32];
	struct client_pps pps[256];
};

/* The next NAL unit of an Annex B stream from *position on; false at the end. */
bool client_next_nal(const uint8_t *data, size_t size, size_t *position, struct client_nal *nal);
bool client_read_sps(struct client_stream *stream, const struct client_nal *nal);
bool client_read_pps(struct client_stream *stream, const struct client_nal *nal);
bool client_read_slice(const struct client_stream *stream, const struct client_nal *nal,
                       struct client_slice *slice);

struct client_picture_slice {
	struct client_nal nal;
	struct client_slice slice;
};

/* The slices of one frame or field, in the stream's order, and where its bytes lie in the stream. */
struct client_picture {
	const struct client_picture_slice *slices;
	unsigned int count;
	size_t start, end;
};

/* Hands over each picture, with the parameter sets in `stream` that it was coded with, until it is refused. False when
 * it was, or without memory; `unreadable` counts slices whose header could not be read. */
bool client_pictures(struct client_stream *stream, const uint8_t *data, size_t size,
                     bool (*take)(void *opaque, const struct client_picture *picture), void *opaque,
                     unsigned int *unreadable);

/* One field of the decoded picture buffer. */
struct client_field {
	bool used;          /* the slot */
	unsigned int frame; /* which frame it is of; the timestamp is (frame + 1) * 1000 */
	int parity;         /* 0 top, 1 bottom */
	unsigned int frame_num;
	int poc;
	enum { CLIENT_UNUSED, CLIENT_SHORT, CLIENT_LONG } mark;
	unsigned int long_idx;
	bool missing; /* of a frame that a gap in frame_num infers */
	unsigned int
		stand_in; /* then: the frame before it, plus 1; where pictures were lost it is decoded from that */
	bool coded_as_field;
};

#define CLIENT_FIELDS 96

struct client_dpb {
	struct client_field fields[CLIENT_FIELDS];
	/* the current picture */
	unsigned int frame;
	bool second;
	int poc[2];
	/* the previous one */
	bool any;
	bool pair_open; /* a first field waits for its second */
	struct client_slice previous;
	unsigned int frames; /* so far */
	int previous_msb, previous_lsb;
	unsigned int previous_ref_frame_num, previous_frame_num;
	int previous_offset, offset, msb;
	int first_poc;
};

void client_begin(struct client_dpb *dpb, const struct client_slice *slice,
                  const struct v4l2_ctrl_h264_sps *sps);
void client_fill(const struct client_dpb *dpb, const struct client_slice *slice,
                 const struct v4l2_ctrl_h264_sps *sps, struct v4l2_ctrl_h264_decode_params *params);
void client_fill_slice(const struct client_dpb *dpb, const struct client_slice *slice,
                       const struct v4l2_ctrl_h264_sps *sps,
                       const struct v4l2_ctrl_h264_decode_params *params,
                       struct v4l2_ctrl_h264_slice_params *out);
void client_end(struct client_dpb *dpb, const struct client_slice *slice,
                const struct v4l2_ctrl_h264_sps *sps);
bool client_is_reference(const struct client_dpb *dpb, unsigned int frame);

#endif
