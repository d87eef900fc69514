/* SPDX-License-Identifier: MIT
 *
 * For the programs that prove decoder models: frames of libavcodec's plain decoding.
 */
#ifndef TEST_DEVICE_MODEL_TEST_FRAMES_H
#define TEST_DEVICE_MODEL_TEST_FRAMES_H

#include <libavutil/frame.h>
#include <stdint.h>

/* test_hash() of a frame of 4:2:0 or 4:0:0, 8 or 10 bit, as its rows lie in NV12 or P010. */
uint64_t test_hash_frame(const AVFrame *frame);

#endif
