/* SPDX-License-Identifier: MIT
 *
 * Control ioctls and what values are refused: v4l2-ctrls-api.c, v4l2-ctrls-core.c.
 */
#include "contract.h"

static void enumeration(void)
{
	struct v4l2_query_ext_ctrl query = {.id = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND};
	struct v4l2_queryctrl old = {.id = V4L2_CTRL_FLAG_NEXT_CTRL};
	bool sps = false;
	uint32_t last = 0;
	struct decoder decoder;

	open_decoder(&decoder);
	while (ioctl(decoder.video, VIDIOC_QUERY_EXT_CTRL, &query) == 0) {
		CHECK(query.id > last);
		last = query.id;
		if (query.id == V4L2_CID_STATELESS_H264_SPS) {
			sps = true;
			CHECK_EQUAL(query.type, V4L2_CTRL_TYPE_H264_SPS);
			CHECK_EQUAL(query.elem_size, sizeof(struct v4l2_ctrl_h264_sps));
			CHECK(query.flags & V4L2_CTRL_FLAG_HAS_PAYLOAD);
		}
		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	}
	CHECK_EQUAL(errno, EINVAL);
	CHECK(sps);
	/* Without NEXT_COMPOUND there are no compound controls. */
	while (ioctl(decoder.video, VIDIOC_QUERYCTRL, &old) == 0) {
		CHECK(old.type < V4L2_CTRL_COMPOUND_TYPES);
		old.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	CHECK_EQUAL(errno, EINVAL);
	old.id = 0x12345;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_QUERYCTRL, &old));
	close_decoder(&decoder);
}

static void menus(void)
{
	/* visl has no profiles, but both modes; the drivers of chips the other way round. */
	const uint32_t id =
		is_of_a_chip() ? V4L2_CID_MPEG_VIDEO_H264_PROFILE : V4L2_CID_STATELESS_H264_DECODE_MODE;
	struct v4l2_query_ext_ctrl query = {.id = id};
	struct v4l2_querymenu menu = {.id = id};
	struct v4l2_control control;
	unsigned items = 0;
	struct decoder decoder;

	open_decoder(&decoder);
	OK(ioctl(decoder.video, VIDIOC_QUERY_EXT_CTRL, &query));
	CHECK_EQUAL(query.type, V4L2_CTRL_TYPE_MENU);
	for (menu.index = 0; menu.index <= query.maximum; menu.index++) {
		if (ioctl(decoder.video, VIDIOC_QUERYMENU, &menu) == 0)
			items++;
	}
	CHECK(items >= 2);
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_QUERYMENU, &menu));
	/* v4l2_querymenu(): not a menu. */
	menu.id = V4L2_CID_STATELESS_H264_SPS;
	menu.index = 0;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_QUERYMENU, &menu));
	/* std_validate_elem(): out of the menu. */
	control.id = id;
	control.value = (int32_t)query.maximum + 1;
	EXPECT(ERANGE, ioctl(decoder.video, VIDIOC_S_CTRL, &control));
	control.value = (int32_t)query.default_value;
	OK(ioctl(decoder.video, VIDIOC_S_CTRL, &control));
	/* v4l2_s_ctrl(): compound. */
	control.id = V4L2_CID_STATELESS_H264_SPS;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_S_CTRL, &control));
	/* Decode mode and start code can be set to what they are. */
	control.id = V4L2_CID_STATELESS_H264_DECODE_MODE;
	OK(ioctl(decoder.video, VIDIOC_G_CTRL, &control));
	OK(ioctl(decoder.video, VIDIOC_S_CTRL, &control));
	/* Classes are neither read nor written. */
	control.id = V4L2_CID_CODEC_STATELESS_CLASS;
	EXPECT(EACCES, ioctl(decoder.video, VIDIOC_G_CTRL, &control));
	EXPECT(EACCES, ioctl(decoder.video, VIDIOC_S_CTRL, &control));
	close_decoder(&decoder);
}

/* prepare_ext_ctrls(), and how error_idx hides the place from S but not from TRY. */
static void unknown_controls(void)
{
	struct job_controls values;
	struct v4l2_ext_control list[2] = {
		{.id = V4L2_CID_STATELESS_H264_PPS, .size = sizeof(values.pps)},
		{.id = V4L2_CID_STATELESS_H264_SPS - 0x800, .size = 4},
	};
	struct v4l2_ext_controls controls = {.count = 2, .controls = list};
	struct decoder decoder;
	uint32_t index;

	open_decoder(&decoder);
	fill_controls(&values);
	list[0].ptr = &values.pps;
	list[1].ptr = &values.pps;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_S_EXT_CTRLS, &controls));
	CHECK_EQUAL(controls.error_idx, 2);
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_TRY_EXT_CTRLS, &controls));
	CHECK_EQUAL(controls.error_idx, 1);
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_G_EXT_CTRLS, &controls));
	CHECK_EQUAL(controls.error_idx, 2);
	/* The class of `which` must be the controls'. */
	controls.count = 1;
	controls.which = V4L2_CTRL_CLASS_CODEC;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_S_EXT_CTRLS, &controls));
	controls.which = V4L2_CTRL_CLASS_CODEC_STATELESS;
	OK(ioctl(decoder.video, VIDIOC_S_EXT_CTRLS, &controls));
	/* The default cannot be set, but read. */
	controls.which = V4L2_CTRL_WHICH_DEF_VAL;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_S_EXT_CTRLS, &controls));
	controls.which = V4L2_CTRL_WHICH_DEF_VAL;
	OK(ioctl(decoder.video, VIDIOC_G_EXT_CTRLS, &controls));
	controls.which = 0;
	controls.count = 0;
	OK(ioctl(decoder.video, VIDIOC_S_EXT_CTRLS, &controls));
	/* Sizes: EFAULT when setting, the size that is needed when getting; more is cut. */
	EXPECT(EFAULT,
	       set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &values.pps, 2, -1, &index));
	CHECK_EQUAL(index, 1);
	EXPECT(ENOSPC,
	       set_one(&decoder, VIDIOC_G_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &values.pps, 2, -1, NULL));
	OK(set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &values.pps, sizeof(values), -1,
	           NULL));
	EXPECT(EFAULT, set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, NULL,
	                       sizeof(values.pps), -1, NULL));
	if (decoder.frame_based && is_of_a_chip()) /* a control the device does not have */
		EXPECT(EINVAL, set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_SLICE_PARAMS,
		                       &values.slice_params, sizeof(values.slice_params), -1, NULL));
	close_decoder(&decoder);
}

static void request_values(void)
{
	struct job_controls values;
	struct decoder decoder;
	uint32_t index;
	int request;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	fill_controls(&values);
	request = new_request(&decoder);
	/* v4l2_ctrls_find_req_obj(): nothing was set yet, and trying makes no object. */
	EXPECT(ENOMEM, set_one(&decoder, VIDIOC_TRY_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &values.pps,
	                       sizeof(values.pps), request, NULL));
	OK(set_controls(&decoder, &values, request));
	OK(set_one(&decoder, VIDIOC_TRY_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &values.pps, sizeof(values.pps),
	           request, NULL));
	/* media_request_get_by_fd(): not a request; no descriptor. */
	EXPECT(EINVAL, set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &values.pps,
	                       sizeof(values.pps), decoder.media, NULL));
	EXPECT(EINVAL, set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &values.pps,
	                       sizeof(values.pps), 4000, NULL));
	/* Values of a request are checked as they are set; a compound one keeps its place in error_idx. */
	values.pps.weighted_bipred_idc = 3;
	EXPECT(EINVAL, set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_PPS, &values.pps,
	                       sizeof(values.pps), request, &index));
	CHECK_EQUAL(index, 0);
	close(request);
	close_decoder(&decoder);
}

static int try_value(const struct decoder *decoder, uint32_t id, void *value, uint32_t size)
{
	return set_one(decoder, VIDIOC_TRY_EXT_CTRLS, id, value, size, -1, NULL);
}

#define REFUSED(member, id, statement)                                        \
	do {                                                                      \
		struct job_controls v;                                                \
		fill_controls(&v);                                                    \
		OK(try_value(&decoder, id, &v.member, sizeof(v.member)));             \
		statement;                                                            \
		EXPECT(EINVAL, try_value(&decoder, id, &v.member, sizeof(v.member))); \
	} while (0)

/* std_validate_compound(), and what every H.264 driver's try_ctrl refuses. */
static void refused_sequences(void)
{
	const uint32_t id = V4L2_CID_STATELESS_H264_SPS;
	struct decoder decoder;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	REFUSED(sps, id, (v.sps.profile_idc = 100, v.sps.chroma_format_idc = 2));
	REFUSED(sps, id, (v.sps.profile_idc = 122, v.sps.chroma_format_idc = 3));
	REFUSED(sps, id, (v.sps.profile_idc = 244, v.sps.chroma_format_idc = 4));
	REFUSED(sps, id,
	        (v.sps.profile_idc = 110, v.sps.bit_depth_luma_minus8 = 7, v.sps.bit_depth_chroma_minus8 = 7));
	if (is_of_a_chip()) /* rkvdec_h264_validate_sps(), hantro_try_ctrl() */
		REFUSED(sps, id, (v.sps.profile_idc = 110, v.sps.bit_depth_luma_minus8 = 1));
	REFUSED(sps, id, v.sps.log2_max_frame_num_minus4 = 13);
	REFUSED(sps, id, v.sps.pic_order_cnt_type = 3);
	REFUSED(sps, id, v.sps.log2_max_pic_order_cnt_lsb_minus4 = 13);
	REFUSED(sps, id, v.sps.max_num_ref_frames = V4L2_H264_REF_LIST_LEN + 1);
	close_decoder(&decoder);
}

static void refused_pictures(void)
{
	const uint32_t id = V4L2_CID_STATELESS_H264_PPS;
	const uint32_t slice = V4L2_CID_STATELESS_H264_SLICE_PARAMS;
	struct decoder decoder;

	open_decoder(&decoder);
	REFUSED(pps, id, v.pps.num_slice_groups_minus1 = 8);
	REFUSED(pps, id, v.pps.num_ref_idx_l0_default_active_minus1 = 32);
	REFUSED(pps, id, v.pps.num_ref_idx_l1_default_active_minus1 = 32);
	REFUSED(pps, id, v.pps.weighted_bipred_idc = 3);
	REFUSED(pps, id, v.pps.pic_init_qp_minus26 = 26);
	REFUSED(pps, id, v.pps.pic_init_qp_minus26 = -63);
	REFUSED(pps, id, v.pps.pic_init_qs_minus26 = -27);
	REFUSED(pps, id, v.pps.chroma_qp_index_offset = 13);
	REFUSED(pps, id, v.pps.second_chroma_qp_index_offset = -13);
	REFUSED(decode_params, V4L2_CID_STATELESS_H264_DECODE_PARAMS, v.decode_params.nal_ref_idc = 4);
	if (!decoder.frame_based) {
		REFUSED(slice_params, slice, v.slice_params.colour_plane_id = 3);
		REFUSED(slice_params, slice, v.slice_params.cabac_init_idc = 3);
		REFUSED(slice_params, slice, v.slice_params.disable_deblocking_filter_idc = 3);
		REFUSED(slice_params, slice, v.slice_params.slice_alpha_c0_offset_div2 = 7);
		REFUSED(slice_params, slice, v.slice_params.slice_beta_offset_div2 = -7);
		REFUSED(slice_params, slice,
		        (v.slice_params.slice_type = V4L2_H264_SLICE_TYPE_P,
		         v.slice_params.num_ref_idx_l0_active_minus1 = 32));
	}
	close_decoder(&decoder);
}

/* Fields without a meaning are zeroed, and the caller sees it. */
static void values_are_put_right(void)
{
	struct job_controls values;
	struct decoder decoder;

	open_decoder(&decoder);
	set_up_formats(&decoder);
	fill_controls(&values);
	values.sps.pic_order_cnt_type = 2;
	values.sps.log2_max_pic_order_cnt_lsb_minus4 = 5;
	values.sps.chroma_format_idc = 3; /* of a profile that has no such field */
	values.sps.flags |= V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD;
	values.decode_params.dpb[3].reserved[0] = 9;
	OK(try_value(&decoder, V4L2_CID_STATELESS_H264_SPS, &values.sps, sizeof(values.sps)));
	CHECK_EQUAL(values.sps.log2_max_pic_order_cnt_lsb_minus4, 0);
	CHECK_EQUAL(values.sps.chroma_format_idc, 1);
	CHECK(!(values.sps.flags & V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD));
	OK(try_value(&decoder, V4L2_CID_STATELESS_H264_DECODE_PARAMS, &values.decode_params,
	             sizeof(values.decode_params)));
	CHECK_EQUAL(values.decode_params.dpb[3].reserved[0], 0);
	close_decoder(&decoder);
}

/* std_init_compound(): flat matrices from the beginning; TRY changes nothing. */
static void initial_values(void)
{
	struct job_controls values;
	struct v4l2_ext_control control = {.id = V4L2_CID_STATELESS_H264_SCALING_MATRIX,
	                                   .size = sizeof(values.scaling_matrix)};
	struct v4l2_ext_controls defaults = {.which = V4L2_CTRL_WHICH_DEF_VAL, .count = 1, .controls = &control};
	struct decoder decoder;

	open_decoder(&decoder);
	OK(set_one(&decoder, VIDIOC_G_EXT_CTRLS, V4L2_CID_STATELESS_H264_SCALING_MATRIX, &values.scaling_matrix,
	           sizeof(values.scaling_matrix), -1, NULL));
	CHECK_EQUAL(values.scaling_matrix.scaling_list_4x4[5][15], 16);
	CHECK_EQUAL(values.scaling_matrix.scaling_list_8x8[0][0], 16);
	memset(&values.scaling_matrix, 3, sizeof(values.scaling_matrix));
	OK(try_value(&decoder, V4L2_CID_STATELESS_H264_SCALING_MATRIX, &values.scaling_matrix,
	             sizeof(values.scaling_matrix)));
	OK(set_one(&decoder, VIDIOC_G_EXT_CTRLS, V4L2_CID_STATELESS_H264_SCALING_MATRIX, &values.scaling_matrix,
	           sizeof(values.scaling_matrix), -1, NULL));
	CHECK_EQUAL(values.scaling_matrix.scaling_list_4x4[0][0], 16);
	/* A value that was set does not hide the default. */
	memset(&values.scaling_matrix, 3, sizeof(values.scaling_matrix));
	OK(set_one(&decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_SCALING_MATRIX, &values.scaling_matrix,
	           sizeof(values.scaling_matrix), -1, NULL));
	control.ptr = &values.scaling_matrix;
	OK(ioctl(decoder.video, VIDIOC_G_EXT_CTRLS, &defaults));
	CHECK_EQUAL(values.scaling_matrix.scaling_list_4x4[0][0], 16);
	close_decoder(&decoder);
}

static void events(void)
{
	struct v4l2_event_subscription subscription = {.type = V4L2_EVENT_EOS};
	struct v4l2_event event;
	struct decoder decoder;

	open_decoder(&decoder);
	/* v4l2_ctrl_subscribe_event() */
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_SUBSCRIBE_EVENT, &subscription));
	subscription.type = V4L2_EVENT_CTRL;
	EXPECT(EINVAL, ioctl(decoder.video, VIDIOC_SUBSCRIBE_EVENT, &subscription));
	subscription.id = V4L2_CID_STATELESS_H264_DECODE_MODE;
	OK(ioctl(decoder.video, VIDIOC_SUBSCRIBE_EVENT, &subscription));
	EXPECT(ENOENT, ioctl(decoder.video, VIDIOC_DQEVENT, &event));
	OK(ioctl(decoder.video, VIDIOC_UNSUBSCRIBE_EVENT, &subscription));
	close_decoder(&decoder);
}

const struct test control_tests[] = {
	{"controls are enumerated", enumeration, NULL},
	{"menus", menus, NULL},
	{"unknown controls and wrong sizes", unknown_controls, NULL},
	{"values of a request", request_values, NULL},
	{"refused sequences", refused_sequences, NULL},
	{"refused pictures and slices", refused_pictures, NULL},
	{"values are put right", values_are_put_right, NULL},
	{"initial values", initial_values, NULL},
	{"events", events, NULL},
};
const unsigned control_test_count = TEST_COUNT(control_tests);
