/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>
#include <stddef.h>
#include <stdio.h>
#include <va/va.h>

#include "../glue-c/core/exchange.h"
#include "newer.h"

struct name {
	uint32_t number;
	const char *text;
};

#define NAME(number) {(uint32_t)(number), #number}

static const char *look_up(const struct name *names, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].number == number)
			return names[i].text;
	}
	return NULL;
}

const char *profile_name(int32_t profile, char buffer[24])
{
	static const struct name names[] = {
		NAME(VAProfileH264ConstrainedBaseline),
		NAME(VAProfileH264Main),
		NAME(VAProfileH264High),
		{36, "VAProfileH264High10"}, /* newer than Debian 12's headers */
		NAME(VAProfileVP8Version0_3),
		NAME(VAProfileMPEG2Simple),
		NAME(VAProfileMPEG2Main),
		NAME(VAProfileHEVCMain),
		NAME(VAProfileHEVCMain10),
		NAME(VAProfileVP9Profile0),
		NAME(VAProfileVP9Profile2),
		NAME(VAProfileAV1Profile0),
	};
	const char *text = look_up(names, sizeof(names) / sizeof(names[0]), (uint32_t)profile);

	if (!text)
		snprintf(buffer, 24, "VAProfile %d", profile);
	return text ? text : buffer;
}

const char *control_name(uint32_t control, char buffer[24])
{
	static const struct name names[] = {
		NAME(V4L2_CID_STATELESS_H264_SPS),           NAME(V4L2_CID_STATELESS_H264_PPS),
		NAME(V4L2_CID_STATELESS_H264_DECODE_PARAMS), NAME(V4L2_CID_STATELESS_VP8_FRAME),
		NAME(V4L2_CID_STATELESS_MPEG2_SEQUENCE),     NAME(V4L2_CID_STATELESS_MPEG2_PICTURE),
		NAME(V4L2_CID_STATELESS_MPEG2_QUANTISATION), NAME(V4L2_CID_STATELESS_HEVC_SPS),
		NAME(V4L2_CID_STATELESS_HEVC_PPS),           NAME(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS),
		NAME(V4L2_CID_STATELESS_VP9_FRAME),          NAME(V4L2_CID_MPEG_VIDEO_H264_PROFILE),
		NAME(V4L2_CID_MPEG_VIDEO_VP8_PROFILE),       NAME(V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE),
		NAME(V4L2_CID_MPEG_VIDEO_HEVC_PROFILE),      NAME(V4L2_CID_MPEG_VIDEO_VP9_PROFILE),
	};
	const char *text = look_up(names, sizeof(names) / sizeof(names[0]), control);

	if (!text)
		snprintf(buffer, 24, "control 0x%08x", control);
	return text ? text : buffer;
}

const char *fourcc_name(uint32_t fourcc, char buffer[24])
{
	for (int i = 0; i < 4; i++) {
		char letter = (char)(fourcc >> (8 * i));

		buffer[i] = letter > ' ' && letter < 0x7f ? letter : '?';
	}
	buffer[4] = 0;
	return buffer;
}

const char *codec_name(uint32_t coded_fourcc, char buffer[24])
{
	static const struct name names[] = {
		{V4L2_PIX_FMT_MPEG2_SLICE, "MPEG-2"},
		{V4L2_PIX_FMT_H264_SLICE, "H.264"},
		{V4L2_PIX_FMT_HEVC_SLICE, "HEVC"},
		{V4L2_PIX_FMT_VP8_FRAME, "VP8"},
		{V4L2_PIX_FMT_VP9_FRAME, "VP9"},
		{v4l2_fourcc('A', 'V', '1', 'F'), "AV1"}, /* newer than Debian 12's headers */
	};
	const char *text = look_up(names, sizeof(names) / sizeof(names[0]), coded_fourcc);

	return text ? text : fourcc_name(coded_fourcc, buffer);
}

const char *source_name(uint32_t source)
{
	switch (source) {
	case CORE_SOURCE_SYSTEM_HEAP:
		return "heap of the system";
	case CORE_SOURCE_CONTIGUOUS_HEAP:
		return "contiguous heap";
	default:
		return "udmabuf";
	}
}
