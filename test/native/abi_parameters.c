/* SPDX-License-Identifier: MIT
 *
 * Parameters with pointers in them, laid out by this compiler: the core finds the fields before and behind the pointers. A field
 * shows that it was found when it is wrong, and named.
 */
#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>
#include <va/va.h>

#include "answers.h"
#include "harness.h"
#include "newer.h"

enum { SIDE = 64, SURFACE = 10, SLOTS = 8 };

static struct core *open_av1(void)
{
	struct core *core = core_open();
	const struct core_decoder facts = {
		.coded_count = 1,
		.coded = {{
			.fourcc = V4L2_PIX_FMT_AV1_FRAME,
			.capture_count = 1,
			.captures = {{.fourcc = V4L2_PIX_FMT_NV12, .depths = CORE_DEPTH_8}},
		}},
		.control_count = 3,
		.controls =
			{
				{.id = V4L2_CID_STATELESS_AV1_SEQUENCE,
	             .elem_size = sizeof(struct v4l2_ctrl_av1_sequence),
	             .elems = 1},
				{.id = V4L2_CID_STATELESS_AV1_FRAME,
	             .elem_size = sizeof(struct v4l2_ctrl_av1_frame),
	             .elems = 1},
				{.id = V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
	             .elem_size = sizeof(struct v4l2_ctrl_av1_tile_group_entry),
	             .elems = 1,
	             .max_elems = 128},
			},
	};
	struct core_plan plan;
	uint32_t result;

	CHECK(core);
	memcpy(core_input(core), &facts, sizeof(facts));
	CHECK(core_context_create(core, &result, VAProfileAV1Profile0, SIDE, SIDE, 0));
	CHECK(take_plan(core, &plan));
	CHECK_EQUAL(plan.status, VA_STATUS_SUCCESS);
	return core;
}

/* A key frame of one tile. */
static VADecPictureParameterBufferAV1 key_frame(void)
{
	VADecPictureParameterBufferAV1 picture;

	/* Where no field is, there may be anything. */
	memset(&picture, 0, sizeof(picture));
	picture.anchor_frames_list = (VASurfaceID *)UINTPTR_MAX;
	picture.seq_info_fields.fields.subsampling_x = 1;
	picture.seq_info_fields.fields.subsampling_y = 1;
	picture.current_frame = SURFACE;
	picture.current_display_picture = SURFACE;
	picture.frame_width_minus1 = SIDE - 1;
	picture.frame_height_minus1 = SIDE - 1;
	for (int i = 0; i < SLOTS; i++)
		picture.ref_frame_map[i] = VA_INVALID_SURFACE;
	picture.primary_ref_frame = 7; /* PRIMARY_REF_NONE */
	picture.tile_cols = 1;
	picture.tile_rows = 1;
	picture.pic_info_fields.bits.show_frame = 1;
	picture.pic_info_fields.bits.uniform_tile_spacing_flag = 1;
	return picture;
}

/* What comes of the parameters, or of their first bytes. */
static struct core_plan render(struct core *core, const VADecPictureParameterBufferAV1 *picture, size_t size)
{
	struct core_plan plan;
	uint32_t result;

	CHECK(core_context_begin_picture(core, &result, SURFACE, SIDE, SIDE, 0));
	CHECK(take_plan(core, &plan));
	CHECK_EQUAL(plan.status, VA_STATUS_SUCCESS);
	memset(core_input(core), 0xff, CORE_INPUT_CAPACITY);
	memcpy(core_input(core), picture, size);
	CHECK(core_context_render_parameter(core, &result, VAPictureParameterBufferType, (uint32_t)size));
	CHECK(take_plan(core, &plan));
	return plan;
}

static void refuses(struct core *core, const VADecPictureParameterBufferAV1 *picture, const char *field)
{
	struct core_plan plan = render(core, picture, sizeof(*picture));
	char named[64] = "nothing";

	if (plan.message == CORE_MESSAGE_BAD_PICTURE)
		core_text(core, plan.message_values[0], named, sizeof(named));
	CHECK_STRING(named, field);
	CHECK_EQUAL(plan.status, VA_STATUS_ERROR_INVALID_PARAMETER);
}

static void a_picture_is_taken(void)
{
	struct core *core = open_av1();
	VADecPictureParameterBufferAV1 picture = key_frame();
	struct core_plan plan = render(core, &picture, sizeof(picture));

	CHECK_EQUAL(plan.message, CORE_MESSAGE_NONE);
	CHECK_EQUAL(plan.status, VA_STATUS_SUCCESS);
	core_close(core);
}

static void a_part_of_it_is_not(void)
{
	struct core *core = open_av1();
	VADecPictureParameterBufferAV1 picture = key_frame();

	CHECK_EQUAL(render(core, &picture, sizeof(picture) - 1).message, CORE_MESSAGE_BAD_PARAMETER_SIZE);
	core_close(core);
}

#define REFUSES(member, value)                                    \
	{                                                             \
		VADecPictureParameterBufferAV1 wrong = picture;           \
		const char *path = #member, *dot = strrchr(path, '.');    \
		char name[64];                                            \
                                                                  \
		wrong.member = (value);                                   \
		snprintf(name, sizeof(name), "%s", dot ? dot + 1 : path); \
		name[strcspn(name, "[")] = 0;                             \
		refuses(core, &wrong, name);                              \
	}

static void each_field_is_found(void)
{
	struct core *core = open_av1();
	VADecPictureParameterBufferAV1 picture = key_frame();

	REFUSES(profile, 1)
	REFUSES(seq_info_fields.fields.subsampling_x, 0)
	REFUSES(current_frame, SURFACE + 1)
	REFUSES(primary_ref_frame, 0)
	REFUSES(tile_cols, 65)
	REFUSES(tile_rows, 0)
	REFUSES(context_update_tile_id, 1)
	REFUSES(interp_filter, 5)
	REFUSES(filter_level[1], 64)
	REFUSES(filter_level_u, 64)
	REFUSES(filter_level_v, 64)
	REFUSES(ref_deltas[7], 64)
	REFUSES(mode_deltas[1], 64)
	REFUSES(y_dc_delta_q, 64)
	REFUSES(v_ac_delta_q, -65)
	REFUSES(cdef_damping_minus_3, 4)
	REFUSES(cdef_bits, 4)
	REFUSES(cdef_y_strengths[0], 64)
	REFUSES(cdef_uv_strengths[0], 64)
	REFUSES(loop_restoration_fields.bits.lr_unit_shift, 3)
	REFUSES(mode_control_fields.bits.tx_mode, 3)
	picture.pic_info_fields.bits.use_superres = 1;
	REFUSES(superres_scale_denominator, 17)
	picture = key_frame();
	picture.seg_info.segment_info_fields.bits.enabled = 1;
	picture.seg_info.segment_info_fields.bits.update_map = 1;
	picture.seg_info.feature_mask[7] = 1 << 5;
	REFUSES(seg_info.feature_data[7][5], 8)
	picture = key_frame();
	picture.seq_info_fields.fields.film_grain_params_present = 1;
	picture.film_grain_info.film_grain_info_fields.bits.apply_grain = 1;
	REFUSES(film_grain_info.num_y_points, 15)
	REFUSES(film_grain_info.num_cr_points, 11)
	picture = key_frame();
	picture.pic_info_fields.bits.frame_type = V4L2_AV1_INTER_FRAME;
	REFUSES(ref_frame_idx[6], 8)
	REFUSES(wm[0].wmtype, 4)
	REFUSES(wm[6].wmtype, 4)
	/* Two tiles across and two down, of a superblock each. */
	picture = key_frame();
	picture.frame_width_minus1 = 2 * SIDE - 1;
	picture.frame_height_minus1 = 2 * SIDE - 1;
	picture.pic_info_fields.bits.uniform_tile_spacing_flag = 0;
	picture.tile_cols = 2;
	picture.tile_rows = 2;
	CHECK_EQUAL(render(core, &picture, sizeof(picture)).status, VA_STATUS_SUCCESS);
	REFUSES(width_in_sbs_minus_1[0], 2)
	REFUSES(height_in_sbs_minus_1[0], 2)
	core_close(core);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"AV1: a picture is taken", a_picture_is_taken, NULL},
		{"AV1: a part of its parameters is not", a_part_of_it_is_not, NULL},
		{"AV1: each field that can be wrong is found", each_field_is_found, NULL},
	};
	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
