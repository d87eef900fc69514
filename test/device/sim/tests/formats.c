/* SPDX-License-Identifier: MIT
 *
 * Media topology, capabilities, formats.
 */
#include "contract.h"

static void topology(void)
{
	struct media_v2_topology counts = {0};
	struct media_v2_entity one;
	struct media_v2_topology small = {.num_entities = 1, .ptr_entities = (uintptr_t)&one};
	struct media_entity_desc entity = {.id = MEDIA_ENT_ID_FLAG_NEXT};
	struct decoder decoder;
	unsigned entities = 0;

	open_decoder(&decoder);
	OK(ioctl(decoder.media, MEDIA_IOC_G_TOPOLOGY, &counts));
	CHECK(counts.num_entities >= 3 && counts.num_interfaces >= 1 && counts.num_pads >= 4 &&
	      counts.num_links >= 4);
	/* media_device_get_topology(): an array that is too small. */
	EXPECT(ENOSPC, ioctl(decoder.media, MEDIA_IOC_G_TOPOLOGY, &small));
	while (ioctl(decoder.media, MEDIA_IOC_ENUM_ENTITIES, &entity) == 0) {
		entities++;
		entity.id |= MEDIA_ENT_ID_FLAG_NEXT;
	}
	CHECK_EQUAL(errno, EINVAL); /* media_device_enum_entities() */
	CHECK_EQUAL(entities, counts.num_entities);
	/* media_device_ioctl(): not in ioctl_info. */
	EXPECT(ENOTTY, ioctl(decoder.media, VIDIOC_STREAMON, &entities));
	close_decoder(&decoder);
}

static void capabilities(void)
{
	struct v4l2_capability capability;
	struct decoder decoder;

	open_decoder(&decoder);
	OK(ioctl(decoder.video, VIDIOC_QUERYCAP, &capability));
	CHECK(capability.capabilities & V4L2_CAP_DEVICE_CAPS);
	CHECK(capability.device_caps & V4L2_CAP_STREAMING);
	CHECK(capability.device_caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE));
	/* __video_do_ioctl(): no ioctl at all, one of another class. */
	EXPECT(ENOTTY, ioctl(decoder.video, _IO('V', 200)));
	EXPECT(ENOTTY, ioctl(decoder.video, MEDIA_IOC_REQUEST_ALLOC, &capability));
	close_decoder(&decoder);
}

static void enumerate_formats(void)
{
	struct v4l2_fmtdesc description = {0};
	bool h264 = false;
	bool nv12 = false;
	struct decoder decoder;

	open_decoder(&decoder);
	description.type = decoder.output_type;
	for (; ioctl(decoder.video, VIDIOC_ENUM_FMT, &description) == 0; description.index++) {
		if (description.pixelformat == V4L2_PIX_FMT_H264_SLICE) {
			h264 = true;
			CHECK(description.flags & V4L2_FMT_FLAG_COMPRESSED); /* v4l_fill_fmtdesc() */
		}
	}
	CHECK_EQUAL(errno, EINVAL);
	CHECK(h264);
	set_up_formats(&decoder);
	memset(&description, 0, sizeof(description));
	description.type = decoder.capture_type;
	for (; ioctl(decoder.video, VIDIOC_ENUM_FMT, &description) == 0; description.index++)
		nv12 = nv12 || description.pixelformat == V4L2_PIX_FMT_NV12;
	CHECK(nv12);
	/* v4l_enum_fmt(): the other API's types. */
	description.index = 0;
	description.type = decoder.multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_ENUM_FMT, &description));
	close_decoder(&decoder);
}

static void wrong_types(void)
{
	struct v4l2_format format = {0};
	struct decoder decoder;

	open_decoder(&decoder);
	/* check_fmt(), or no vidioc_g_fmt_* of that API. */
	format.type = decoder.multiplanar ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_G_FMT, &format));
	format.type = V4L2_BUF_TYPE_VBI_CAPTURE;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_S_FMT, &format));
	EXPECT(EINVAL, request_buffers(&decoder, V4L2_BUF_TYPE_VBI_CAPTURE, V4L2_MEMORY_MMAP, 1, NULL));
	EXPECT(EINVAL, stream(&decoder, V4L2_BUF_TYPE_VBI_CAPTURE, true));
	close_decoder(&decoder);
}

/* hantro_set_fmt_out(), rkvdec_s_output_fmt(), cedrus_s_fmt_vid_out_p(): the size goes on to CAPTURE. */
static void output_propagates(void)
{
	struct v4l2_format output;
	struct v4l2_format capture;
	struct decoder decoder;

	open_decoder(&decoder);
	OK(set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, WIDTH, HEIGHT, &output));
	CHECK(size_of_image(&decoder, &output) >= BITSTREAM_SIZE);
	capture = get_format(&decoder, decoder.capture_type);
	if (decoder.multiplanar) {
		CHECK(capture.fmt.pix_mp.width >= WIDTH && capture.fmt.pix_mp.height >= HEIGHT);
		CHECK_EQUAL(capture.fmt.pix_mp.num_planes, 1);
		CHECK(capture.fmt.pix_mp.plane_fmt[0].bytesperline >= WIDTH);
	} else {
		CHECK(capture.fmt.pix.width >= WIDTH && capture.fmt.pix.height >= HEIGHT);
		CHECK(capture.fmt.pix.bytesperline >= WIDTH);
	}
	CHECK(size_of_image(&decoder, &capture) >= WIDTH * HEIGHT * 3 / 2);
	close_decoder(&decoder);
}

/* Formats that do not exist, and sizes out of range, are replaced by what does: never an error. */
static void formats_are_put_right(void)
{
	struct v4l2_format format;
	struct decoder decoder;
	uint32_t fourcc;

	open_decoder(&decoder);
	OK(set_output_format(&decoder, v4l2_fourcc('n', 'o', 'n', 'e'), 1, 100000, &format));
	fourcc = decoder.multiplanar ? format.fmt.pix_mp.pixelformat : format.fmt.pix.pixelformat;
	CHECK(fourcc != v4l2_fourcc('n', 'o', 'n', 'e'));
	CHECK((decoder.multiplanar ? format.fmt.pix_mp.width : format.fmt.pix.width) >= 16);
	CHECK((decoder.multiplanar ? format.fmt.pix_mp.height : format.fmt.pix.height) < 100000);
	/* TRY changes nothing. */
	OK(set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, WIDTH, HEIGHT, &format));
	if (decoder.multiplanar)
		format.fmt.pix_mp.width = 640;
	else
		format.fmt.pix.width = 640;
	OK(ioctl(decoder.video, VIDIOC_TRY_FMT, &format));
	format = get_format(&decoder, decoder.output_type);
	CHECK_EQUAL(decoder.multiplanar ? format.fmt.pix_mp.width : format.fmt.pix.width, WIDTH);
	close_decoder(&decoder);
}

/* rkvdec_s_output_fmt(), rkvdec_s_capture_fmt(), and the same of cedrus and visl. */
static void formats_before_buffers(void)
{
	struct v4l2_format format;
	struct decoder decoder;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 1, NULL));
	EXPECT(EBUSY, set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, 640, 480, &format));
	format = get_format(&decoder, decoder.capture_type);
	EXPECT(is_of_a_chip() ? EBUSY : 0, ioctl(decoder.video, VIDIOC_S_FMT, &format));
	OK(request_buffers(&decoder, decoder.capture_type, V4L2_MEMORY_MMAP, 0, NULL));
	/* Buffers on OUTPUT alone do not hinder another size ... */
	OK(request_buffers(&decoder, decoder.output_type, V4L2_MEMORY_MMAP, 1, NULL));
	OK(set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, 640, 480, &format));
	/* ... but streaming does. */
	set_up_formats(&decoder);
	OK(stream(&decoder, decoder.output_type, true));
	EXPECT(is_of_a_chip() ? EBUSY : 0,
	       set_output_format(&decoder, V4L2_PIX_FMT_H264_SLICE, 640, 480, &format));
	close_decoder(&decoder);
}

static void frame_sizes(void)
{
	struct v4l2_frmsizeenum sizes = {.pixel_format = V4L2_PIX_FMT_H264_SLICE};
	struct decoder decoder;

	open_decoder(&decoder);
	if (ioctl(decoder.video, VIDIOC_ENUM_FRAMESIZES, &sizes) == 0) {
		CHECK(sizes.type == V4L2_FRMSIZE_TYPE_STEPWISE || sizes.type == V4L2_FRMSIZE_TYPE_CONTINUOUS);
		CHECK(sizes.stepwise.max_width >= sizes.stepwise.min_width);
		sizes.index = 1;
		EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_ENUM_FRAMESIZES, &sizes));
		sizes.index = 0;
		sizes.pixel_format = v4l2_fourcc('n', 'o', 'n', 'e');
		EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_ENUM_FRAMESIZES, &sizes));
	} else {
		CHECK_EQUAL(errno, ENOTTY); /* cedrus does not have it */
	}
	close_decoder(&decoder);
}

/* Each open has formats of its own: struct v4l2_fh. */
static void opens_are_apart(void)
{
	struct v4l2_format format;
	struct decoder first;
	struct decoder second;

	open_decoder(&first);
	open_decoder(&second);
	OK(set_output_format(&first, V4L2_PIX_FMT_H264_SLICE, WIDTH, HEIGHT, &format));
	OK(set_output_format(&second, V4L2_PIX_FMT_H264_SLICE, 640, 480, &format));
	format = get_format(&first, first.output_type);
	CHECK_EQUAL(first.multiplanar ? format.fmt.pix_mp.width : format.fmt.pix.width, WIDTH);
	close_decoder(&second);
	close_decoder(&first);
}

const struct test format_tests[] = {
	{"media topology", topology, NULL},
	{"capabilities", capabilities, NULL},
	{"formats are enumerated", enumerate_formats, NULL},
	{"types of another API", wrong_types, NULL},
	{"S_FMT on OUTPUT settles CAPTURE", output_propagates, NULL},
	{"impossible formats are put right", formats_are_put_right, NULL},
	{"formats come before buffers", formats_before_buffers, NULL},
	{"frame sizes", frame_sizes, NULL},
	{"each open is apart", opens_are_apart, NULL},
};
const unsigned format_test_count = TEST_COUNT(format_tests);
