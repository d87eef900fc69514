/* SPDX-License-Identifier: MIT
 *
 * Syntax elements straight from a NAL unit of HEVC; emulation prevention bytes are stepped over where they come.
 */
#ifndef TEST_CODECS_HEVC_SYNTAX_H
#define TEST_CODECS_HEVC_SYNTAX_H

#include "client.h"

struct cursor {
	const uint8_t *data;
	size_t size, byte;
	unsigned int bit, zeros;
	unsigned int count;     /* bits so far, emulation prevention left out */
	unsigned int emulation; /* bytes that were stepped over */
	bool bad;               /* something was read that is not there */
};

/* Behind the NAL unit header. */
struct cursor hevc_cursor_open(const struct client_nal *nal);
unsigned int hevc_cursor_u(struct cursor *c, unsigned int count);
unsigned int hevc_cursor_ue(struct cursor *c);
int hevc_cursor_se(struct cursor *c);
unsigned int hevc_ceil_log2(unsigned int value);

/* st_ref_pic_set( index ), predicted from `sets`, of which there are `count`. predicted: gets NumDeltaPocs of the one that it is
 * predicted from; NULL: of no interest. */
bool hevc_read_rps(struct cursor *c, const struct client_rps *sets, unsigned int index, unsigned int count,
                   struct client_rps *out, unsigned int *predicted);

#endif
