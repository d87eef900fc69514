/* SPDX-License-Identifier: MIT
 *
 * A small stateless client of its own: it reads an Annex B stream of HEVC, keeps the decoded picture buffer, and fills the controls
 * of V4L2 as the kernel's documentation asks. It shares no code with the model that it feeds.
 */
#ifndef TEST_CODECS_HEVC_CLIENT_H
#define TEST_CODECS_HEVC_CLIENT_H

#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_REFERENCES = 16 };

struct client_nal {
	const uint8_t *data; /* header first, without start code */
	size_t size;
	unsigned int type, layer, temporal_id_plus1;
};

/* A short-term reference picture set: pictures before, and after. */
struct client_rps {
	unsigned int count[2];
	int delta[2][CLIENT_REFERENCES];
	bool used[2][CLIENT_REFERENCES];
};

struct client_sps {
	bool valid;
	struct v4l2_ctrl_hevc_sps v4l2;
	unsigned int profile_idc;
	uint32_t compatible;  /* general_profile_compatibility_flag[0] is the highest bit */
	unsigned int crop[4]; /* left, right, top, bottom, in luma samples */
	struct client_rps rps[64];
	unsigned int long_term_lsb[32];
	bool long_term_used[32];
	bool lists_present;
	struct v4l2_ctrl_hevc_scaling_matrix matrix;
};

struct client_pps {
	bool valid;
	unsigned int sps_id;
	struct v4l2_ctrl_hevc_pps v4l2;
	bool lists_present;
	struct v4l2_ctrl_hevc_scaling_matrix matrix;
};

struct client_slice {
	struct client_nal nal;
	struct v4l2_ctrl_hevc_slice_params
		v4l2; /* what the header says; lists and counts are filled in by client_fill_slice() */
	bool first_in_picture, dependent;
	bool no_output_of_prior_pics;
	bool output; /* pic_output_flag */
	unsigned int pps_id;
	unsigned int poc_lsb;
	bool rps_of_sps;
	unsigned int rps_index;
	unsigned int num_delta_pocs; /* of the set that its own is predicted from */
	struct client_rps rps;
	unsigned int long_terms;
	struct {
		unsigned int lsb, msb_cycle;
		bool used, has_msb;
	} long_term[CLIENT_REFERENCES];
	bool modified[2];
	unsigned int list_entry[2][CLIENT_REFERENCES];
	uint32_t *entry_points;        /* malloc(); hevc_client_free_slice() */
	unsigned int header_bytes;     /* of the NAL unit, emulation prevention included */
	unsigned int header_emulation; /* so many of them are emulation prevention */
};

struct client_stream {
	struct client_sps sps[16];
	struct client_pps pps[64];
};

/* The next NAL unit of an Annex B stream from *position on; false at the end. */
bool hevc_client_next_nal(const uint8_t *data, size_t size, size_t *position, struct client_nal *nal);
bool hevc_client_read_sps(struct client_stream *stream, const struct client_nal *nal);
bool hevc_client_read_pps(struct client_stream *stream, const struct client_nal *nal);
/* before: the segment before it in the picture, or NULL. */
bool hevc_client_read_slice(const struct client_stream *stream, const struct client_nal *nal,
                            const struct client_slice *before, struct client_slice *slice);
void hevc_client_free_slice(struct client_slice *slice);

/* The slice segments of a picture, in the stream's order, and where its bytes lie in the stream. */
struct client_picture {
	struct client_slice *slices;
	unsigned int count;
	size_t start, end;
	bool after_end; /* an end of sequence came before it */
};

/* Hands over each picture, with the parameter sets in `stream` that it was coded with, until it is refused. False when
 * it was, or without memory; `unreadable` counts slices whose header could not be read. */
bool hevc_client_pictures(struct client_stream *stream, const uint8_t *data, size_t size,
                          bool (*take)(void *opaque, const struct client_picture *picture), void *opaque,
                          unsigned int *unreadable);

enum client_mark { CLIENT_UNUSED, CLIENT_FOLLOWS, CLIENT_BEFORE, CLIENT_AFTER, CLIENT_LONG };

/* A frame that was decoded and may still be referred to. */
struct client_frame {
	unsigned int frame; /* its number in decoding order; the timestamp is (frame + 1) * 1000 */
	int poc;
	bool long_term;
	enum client_mark mark; /* for the current picture */
};

struct client_dpb {
	struct client_frame frames[CLIENT_REFERENCES + 1];
	unsigned int count;
	/* RefPicSetStCurrBefore, StCurrAfter and LtCurr: indices into frames, or -1: it is missing */
	int set[3][CLIENT_REFERENCES];
	unsigned int set_count[3];
	/* the current picture */
	unsigned int frame;
	int poc;
	bool starts;  /* IRAP with NoRaslOutputFlag */
	bool skipped; /* RASL of such one */
	unsigned int frames_so_far;
	bool any, skips_rasl;
	int previous_poc; /* of prevTid0Pic */
};

void hevc_client_begin(struct client_dpb *dpb, const struct client_picture *picture,
                       const struct client_sps *sps);
/* The current picture becomes a reference. */
void hevc_client_end(struct client_dpb *dpb);
/* RefPicList0 or 1 of the slice: indices into frames, or -1. */
void hevc_client_list(const struct client_dpb *dpb, const struct client_slice *slice, unsigned int list,
                      int out[CLIENT_REFERENCES]);

#endif
