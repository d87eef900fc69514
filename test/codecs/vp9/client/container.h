/* SPDX-License-Identifier: MIT
 *
 * IVF files, and the frames in a superframe (annex B of the VP9 specification).
 */
#ifndef TEST_CODECS_VP9_CLIENT_CONTAINER_H
#define TEST_CODECS_VP9_CLIENT_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gets the frames of a file one by one, in the order of decoding; false ends it. */
typedef bool (*vp9_take_frame)(void *opaque, size_t start, size_t end);

/* False when a frame was not taken. */
bool vp9_frames(const uint8_t *data, size_t size, vp9_take_frame take, void *opaque);

#endif
