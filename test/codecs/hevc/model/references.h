/* SPDX-License-Identifier: MIT
 *
 * The pictures that a picture of HEVC may refer to: dpb[] and the lists of decode_params, beside what the model decoded.
 */
#ifndef TEST_CODECS_HEVC_REFERENCES_H
#define TEST_CODECS_HEVC_REFERENCES_H

#include "slice_header.h"

enum { KNOWN_PICTURES = 64 }; /* as many as a queue may have buffers */

struct known_picture {
	uint64_t timestamp;
	int32_t poc;
	bool field;
};

/* What was decoded, the last of each timestamp; the oldest leaves first. */
struct known_pictures {
	struct known_picture pictures[KNOWN_PICTURES];
	unsigned int count, next;
};

void hevc_known_add(struct known_pictures *known, const struct known_picture *picture);
const struct known_picture *hevc_known_find(const struct known_pictures *known,
                                            uint64_t timestamp); /* or NULL */

/* offset: of the picture before. What contradicts itself in decode_params is painted. */
void hevc_references_take(struct slice_references *references, struct model_result *result,
                          const struct hevc_job *job, int64_t offset);

/*
 * RefPicList0 and 1 of a P or B slice as a decoder makes them of decode_params and the header (8.3.4): indices into dpb[]. Each
 * that the slice names must be a picture that was decoded, with what dpb[] says of it.
 */
void hevc_references_lists(uint8_t lists[2][HEVC_DPB], struct model_result *result,
                           const struct hevc_job *job, const struct slice_header *header,
                           const struct known_pictures *known);

/* decode_params against the sets of the header, as far as these can be told without those of the SPS (8.3.2). */
void hevc_references_check(struct model_result *result, const struct hevc_job *job,
                           const struct slice_header *header);

#endif
