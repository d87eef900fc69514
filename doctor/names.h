/* SPDX-License-Identifier: MIT
 *
 * What numbers of VA-API and V4L2 are called.
 */
#ifndef DOCTOR_NAMES_H
#define DOCTOR_NAMES_H

#include <stdint.h>

/* "VAProfileH264Main"; of one that is not known: "VAProfile 77", in the buffer. */
const char *profile_name(int32_t profile, char buffer[24]);
/* "V4L2_CID_STATELESS_H264_SPS"; of one that is not known its number, in the buffer. */
const char *control_name(uint32_t control, char buffer[24]);
/* "NV12": its four letters. */
const char *fourcc_name(uint32_t fourcc, char buffer[24]);
/* "H.264": the codec of an OUTPUT format; of one that is not known its four letters, in the buffer. */
const char *codec_name(uint32_t coded_fourcc, char buffer[24]);
/* "default_cma_region": what a source of memory is (CORE_SOURCE_*). */
const char *source_name(uint32_t source);

#endif
