/* SPDX-License-Identifier: MIT */
#include "player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_NUM_BITS = 4, FRAME_NUMBERS = 1 << FRAME_NUM_BITS };

static void take_message(VADriverContextP va, const char *message)
{
	struct player *player = (struct player *)va; /* its first member */

	if (atomic_fetch_add(&player->messages, 1) == 0)
		snprintf(player->last, sizeof(player->last), "%s", message);
}

void player_prepare(struct player *player)
{
	memset(player, 0, sizeof(*player));
	player->va.vtable = &player->table;
	player->va.error_callback = take_message;
	player->va.display_type = 0x31; /* VA_DISPLAY_DRM_RENDERNODES; drm_state stays NULL, as under Wayland */
}

VAStatus player_open(struct player *player)
{
	player_prepare(player);
	return driver_init(&player->va);
}

void player_close(struct player *player)
{
	player->table.vaTerminate(&player->va);
}

VAStatus player_config(struct player *player, VAConfigID *config)
{
	return player->table.vaCreateConfig(&player->va, VAProfileH264High, VAEntrypointVLD, NULL, 0, config);
}

VAStatus player_context(struct player *player, VAConfigID config, VAContextID *context)
{
	return player->table.vaCreateContext(&player->va, config, PLAYER_SIDE, PLAYER_SIDE, VA_PROGRESSIVE, NULL,
	                                     0, context);
}

VAStatus player_surfaces(struct player *player, VASurfaceID *surfaces, unsigned int count)
{
	return player->table.vaCreateSurfaces2(&player->va, VA_RT_FORMAT_YUV420, PLAYER_SIDE, PLAYER_SIDE,
	                                       surfaces, count, NULL, 0);
}

/* ---- bitstream --------------------------------------------------------------------------------- */

struct bits {
	uint8_t bytes[16384];
	uint32_t count; /* bits */
};

static void put(struct bits *bits, uint32_t value, int width)
{
	while (width-- > 0) {
		if (value >> width & 1)
			bits->bytes[bits->count / 8] |= (uint8_t)(0x80 >> bits->count % 8);
		bits->count++;
	}
}

/* H.264 9.1 */
static void put_ue(struct bits *bits, uint32_t value)
{
	int length = 0;

	while ((value + 1) >> (length + 1))
		length++;
	put(bits, 0, length);
	put(bits, value + 1, length + 1);
}

uint8_t player_sample(uint8_t seed, int plane, int x, int y)
{
	return (uint8_t)(1 + (unsigned)(seed * 7 + plane * 53 + x * 3 + y * 5 + x * y / 7) % 254);
}

static void put_macroblock(struct bits *bits, uint8_t seed, int left, int top)
{
	put_ue(bits, 25); /* I_PCM */
	while (bits->count % 8)
		put(bits, 0, 1);
	for (int plane = 0; plane < 3; plane++) {
		int size = plane ? 8 : 16;

		for (int y = 0; y < size; y++) {
			for (int x = 0; x < size; x++)
				put(bits, player_sample(seed, plane, left * size + x, top * size + y), 8);
		}
	}
}

/* H.264 7.3.3, 7.3.4: the macroblocks [first, end) of a picture that is `side` across; returns slice_data_bit_offset. */
static uint32_t write_slice(const struct player_picture *picture, struct bits *bits, int side, int first,
                            int end)
{
	bool idr = picture->reference == VA_INVALID_SURFACE;
	uint32_t header;

	memset(bits, 0, sizeof(*bits));
	put(bits, idr ? 0x65 : 0x61, 8);
	put_ue(bits, (uint32_t)first); /* first_mb_in_slice */
	put_ue(bits, idr ? 7 : 5);     /* slice_type */
	put_ue(bits, 0);               /* pic_parameter_set_id */
	put(bits, picture->number % FRAME_NUMBERS, FRAME_NUM_BITS);
	if (idr) {
		put_ue(bits, picture->seed % 2); /* idr_pic_id: differs from that of the IDR picture before */
		put(bits, 0, 2);                 /* no_output_of_prior_pics_flag, long_term_reference_flag */
	} else {
		put(bits, 0, 3); /* num_ref_idx_active_override, ref_pic_list_modification, adaptive marking: none */
	}
	put_ue(bits, 0); /* slice_qp_delta */
	put_ue(bits, 1); /* disable_deblocking_filter_idc */
	header = bits->count;
	if (idr) {
		for (int i = first; i < end; i++)
			put_macroblock(bits, picture->seed, i % side, i / side);
	} else {
		put_ue(bits, (uint32_t)(end - first)); /* mb_skip_run */
	}
	put(bits, 1, 1);
	while (bits->count % 8)
		put(bits, 0, 1);
	return header;
}

/* ---- VA parameters ----------------------------------------------------------------------------- */

static void no_picture(VAPictureH264 *picture)
{
	*picture = (VAPictureH264){.picture_id = VA_INVALID_SURFACE, .flags = VA_PICTURE_H264_INVALID};
}

static void name_picture(VAPictureH264 *picture, VASurfaceID surface, uint32_t number)
{
	*picture = (VAPictureH264){
		.picture_id = surface,
		.frame_idx = number % FRAME_NUMBERS,
		.flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE,
		.TopFieldOrderCnt = (int32_t)(2 * number),
		.BottomFieldOrderCnt = (int32_t)(2 * number),
	};
}

static void fill_picture(const struct player_picture *picture, int side,
                         VAPictureParameterBufferH264 *parameters)
{
	memset(parameters, 0, sizeof(*parameters));
	name_picture(&parameters->CurrPic, picture->surface, picture->number);
	for (int i = 0; i < 16; i++)
		no_picture(&parameters->ReferenceFrames[i]);
	if (picture->reference != VA_INVALID_SURFACE)
		name_picture(&parameters->ReferenceFrames[0], picture->reference, picture->number - 1);
	parameters->picture_width_in_mbs_minus1 = (uint16_t)(side - 1);
	parameters->picture_height_in_mbs_minus1 = (uint16_t)(side - 1);
	parameters->num_ref_frames = 1;
	parameters->seq_fields.bits.chroma_format_idc = 1;
	parameters->seq_fields.bits.frame_mbs_only_flag = 1;
	parameters->seq_fields.bits.direct_8x8_inference_flag = 1;
	parameters->seq_fields.bits.log2_max_frame_num_minus4 = FRAME_NUM_BITS - 4;
	parameters->seq_fields.bits.pic_order_cnt_type = 2;
	parameters->pic_fields.bits.deblocking_filter_control_present_flag = 1;
	parameters->pic_fields.bits.reference_pic_flag = 1;
	parameters->frame_num = (uint16_t)(picture->number % FRAME_NUMBERS);
}

static void fill_slice(const struct player_picture *picture, uint32_t bytes, uint32_t header,
                       VASliceParameterBufferH264 *parameters)
{
	bool idr = picture->reference == VA_INVALID_SURFACE;

	memset(parameters, 0, sizeof(*parameters));
	parameters->slice_data_size = bytes;
	parameters->slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
	parameters->slice_data_bit_offset = (uint16_t)header;
	parameters->slice_type = idr ? 2 : 0;
	parameters->disable_deblocking_filter_idc = 1;
	for (int i = 0; i < 32; i++) {
		no_picture(&parameters->RefPicList0[i]);
		no_picture(&parameters->RefPicList1[i]);
	}
	if (!idr)
		name_picture(&parameters->RefPicList0[0], picture->reference, picture->number - 1);
}

static const struct player_shape plain = {PLAYER_MACROBLOCKS, 0};

VAStatus player_buffers(struct player *player, VAContextID context, const struct player_picture *picture,
                        VABufferID *buffers)
{
	return player_shaped_buffers(player, context, picture, &plain, buffers);
}

VAStatus player_shaped_buffers(struct player *player, VAContextID context,
                               const struct player_picture *picture, const struct player_shape *shape,
                               VABufferID *buffers)
{
	VAPictureParameterBufferH264 parameters;
	VAIQMatrixBufferH264 matrix;
	VASliceParameterBufferH264 slice;
	struct bits bits; /* nothing is allocated: some tests count who does */
	uint32_t header =
		write_slice(picture, &bits, shape->macroblocks, 0, shape->macroblocks * shape->macroblocks);
	uint32_t bytes = bits.count / 8;
	struct {
		VABufferType type;
		void *data;
		unsigned int size;
	} parts[PLAYER_BUFFERS] = {
		{VAPictureParameterBufferType, &parameters, sizeof(parameters)},
		{VAIQMatrixBufferType, &matrix, sizeof(matrix)},
		{VASliceParameterBufferType, &slice, sizeof(slice)},
		{VASliceDataBufferType, shape->padding ? NULL : bits.bytes, bytes + shape->padding},
	};
	VAStatus status = VA_STATUS_SUCCESS;
	void *data = NULL;

	fill_picture(picture, shape->macroblocks, &parameters);
	memset(&matrix, 16, sizeof(matrix));
	fill_slice(picture, bytes + shape->padding, header, &slice);
	for (int i = 0; i < PLAYER_BUFFERS; i++) {
		VAStatus made = player->table.vaCreateBuffer(&player->va, context, parts[i].type, parts[i].size, 1,
		                                             parts[i].data, &buffers[i]);

		if (status == VA_STATUS_SUCCESS)
			status = made;
	}
	if (shape->padding && status == VA_STATUS_SUCCESS)
		status = player->table.vaMapBuffer(&player->va, buffers[PLAYER_BUFFERS - 1], &data);
	if (data) {
		memcpy(data, bits.bytes, bytes);
		player->table.vaUnmapBuffer(&player->va, buffers[PLAYER_BUFFERS - 1]);
	}
	return status;
}

void player_half(const struct player_picture *picture, int half, VASliceParameterBufferH264 *slice,
                 uint8_t *data, uint32_t *size)
{
	enum { HALF = PLAYER_MACROBLOCKS * PLAYER_MACROBLOCKS / 2 };
	struct bits bits;
	uint32_t header = write_slice(picture, &bits, PLAYER_MACROBLOCKS, half * HALF, (half + 1) * HALF);

	*size = bits.count / 8;
	memcpy(data, bits.bytes, *size);
	fill_slice(picture, *size, header, slice);
	slice->first_mb_in_slice = (uint16_t)(half * HALF);
}

VAStatus player_decode(struct player *player, VAContextID context, const struct player_picture *picture)
{
	return player_decode_shaped(player, context, picture, &plain);
}

VAStatus player_decode_shaped(struct player *player, VAContextID context,
                              const struct player_picture *picture, const struct player_shape *shape)
{
	VABufferID buffers[PLAYER_BUFFERS];
	VAStatus statuses[4];

	statuses[0] = player_shaped_buffers(player, context, picture, shape, buffers);
	statuses[1] = player->table.vaBeginPicture(&player->va, context, picture->surface);
	statuses[2] = player->table.vaRenderPicture(&player->va, context, buffers, PLAYER_BUFFERS);
	statuses[3] = player->table.vaEndPicture(&player->va, context);
	for (int i = 0; i < PLAYER_BUFFERS; i++) {
		if (buffers[i] != VA_INVALID_ID)
			player->table.vaDestroyBuffer(&player->va, buffers[i]);
	}
	for (int i = 0; i < 4; i++) {
		if (statuses[i] != VA_STATUS_SUCCESS)
			return statuses[i];
	}
	return VA_STATUS_SUCCESS;
}

VAStatus player_render_halves(struct player *player, VAContextID context,
                              const struct player_picture *picture, bool broken)
{
	VABufferID buffers[PLAYER_BUFFERS];
	VAStatus status = player_buffers(player, context, picture, buffers);

	if (status == VA_STATUS_SUCCESS)
		status = player->table.vaRenderPicture(&player->va, context, buffers, 2);
	for (int half = 0; half < 2 && status == VA_STATUS_SUCCESS; half++) {
		VASliceParameterBufferH264 slice;
		uint8_t data[16384];
		uint32_t size;
		VABufferID parts[2] = {VA_INVALID_ID, VA_INVALID_ID};

		player_half(picture, half, &slice, data, &size);
		if (broken)
			memset(data + 16, 0x01, size - 16);
		status = player->table.vaCreateBuffer(&player->va, context, VASliceParameterBufferType, sizeof(slice),
		                                      1, &slice, &parts[0]);
		if (status == VA_STATUS_SUCCESS)
			status = player->table.vaCreateBuffer(&player->va, context, VASliceDataBufferType, size, 1, data,
			                                      &parts[1]);
		if (status == VA_STATUS_SUCCESS)
			status = player->table.vaRenderPicture(&player->va, context, parts, 2);
		for (int i = 0; i < 2; i++)
			player->table.vaDestroyBuffer(&player->va, parts[i]);
	}
	for (int i = 0; i < PLAYER_BUFFERS; i++)
		player->table.vaDestroyBuffer(&player->va, buffers[i]);
	return status;
}

VAStatus player_decode_data_first(struct player *player, VAContextID context,
                                  const struct player_picture *picture)
{
	VABufferID buffers[PLAYER_BUFFERS];
	VASliceParameterBufferH264 slices[2];
	uint8_t data[2 * 16384];
	uint32_t used = 0;
	VABufferID parts[3] = {VA_INVALID_ID, VA_INVALID_ID, VA_INVALID_ID};
	VAStatus status = player_buffers(player, context, picture, buffers);

	for (int half = 0; half < 2; half++) {
		uint32_t size;

		player_half(picture, half, &slices[half], data + used, &size);
		slices[half].slice_data_offset = used;
		used += size;
	}
	if (status == VA_STATUS_SUCCESS)
		status = player->table.vaBeginPicture(&player->va, context, picture->surface);
	if (status == VA_STATUS_SUCCESS)
		status = player->table.vaRenderPicture(&player->va, context, buffers, 2);
	if (status == VA_STATUS_SUCCESS)
		status = player->table.vaCreateBuffer(&player->va, context, VASliceDataBufferType, used, 1, data,
		                                      &parts[0]);
	if (status == VA_STATUS_SUCCESS)
		status = player->table.vaRenderPicture(&player->va, context, parts, 1);
	/* Its parameters need it all the same. */
	player->table.vaDestroyBuffer(&player->va, parts[0]);
	for (int half = 0; half < 2 && status == VA_STATUS_SUCCESS; half++) {
		status = player->table.vaCreateBuffer(&player->va, context, VASliceParameterBufferType,
		                                      sizeof(slices[half]), 1, &slices[half], &parts[1 + half]);
		if (status == VA_STATUS_SUCCESS)
			status = player->table.vaRenderPicture(&player->va, context, &parts[1 + half], 1);
		player->table.vaDestroyBuffer(&player->va, parts[1 + half]);
	}
	if (status == VA_STATUS_SUCCESS)
		status = player->table.vaEndPicture(&player->va, context);
	for (int i = 0; i < PLAYER_BUFFERS; i++)
		player->table.vaDestroyBuffer(&player->va, buffers[i]);
	return status;
}

/* ---- pixels ------------------------------------------------------------------------------------ */

bool player_equal(const uint8_t *data, const uint32_t *offsets, const uint32_t *pitches, uint8_t seed)
{
	for (int y = 0; y < PLAYER_SIDE; y++) {
		for (int x = 0; x < PLAYER_SIDE; x++) {
			if (data[offsets[0] + (uint32_t)y * pitches[0] + (uint32_t)x] != player_sample(seed, 0, x, y))
				return false;
		}
	}
	for (int y = 0; y < PLAYER_SIDE / 2; y++) {
		for (int x = 0; x < PLAYER_SIDE; x++) {
			if (data[offsets[1] + (uint32_t)y * pitches[1] + (uint32_t)x] !=
			    player_sample(seed, 1 + x % 2, x / 2, y))
				return false;
		}
	}
	return true;
}

VAStatus player_compare(struct player *player, VASurfaceID surface, uint8_t seed, bool *equal)
{
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
	VAImage image;
	void *data = NULL;
	VAStatus status;

	*equal = false;
	status = player->table.vaCreateImage(&player->va, &format, PLAYER_SIDE, PLAYER_SIDE, &image);
	if (status != VA_STATUS_SUCCESS)
		return status;
	status = player->table.vaGetImage(&player->va, surface, 0, 0, PLAYER_SIDE, PLAYER_SIDE, image.image_id);
	if (status == VA_STATUS_SUCCESS)
		status = player->table.vaMapBuffer(&player->va, image.buf, &data);
	if (status == VA_STATUS_SUCCESS) {
		*equal = player_equal(data, image.offsets, image.pitches, seed);
		player->table.vaUnmapBuffer(&player->va, image.buf);
	}
	player->table.vaDestroyImage(&player->va, image.image_id);
	return status;
}

bool player_is_bad(struct player *player, VASurfaceID surface)
{
	VASurfaceDecodeMBErrors *errors = NULL;

	if (player->table.vaQuerySurfaceError(&player->va, surface, VA_STATUS_ERROR_DECODING_ERROR,
	                                      (void **)&errors) != VA_STATUS_SUCCESS)
		abort();
	if (errors[0].status == -1)
		return false;
	if (errors[0].status != 1 || errors[1].status != -1 || errors[0].start_mb != 0 ||
	    errors[0].num_mb != errors[0].end_mb + 1)
		abort();
	return true;
}
