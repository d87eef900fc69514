/* SPDX-License-Identifier: MIT */
#include "contract.h"

#include <sys/sysmacros.h>

const char *wanted_driver = "v4l2-simulated";
int wanted_mode = -1;
char media_path[32];
char video_path[32];

bool is_of_a_chip(void)
{
	return strcmp(wanted_driver, "visl") != 0;
}

static bool find_video(const struct media_v2_interface *interface)
{
	for (int i = 0; i < 64; i++) {
		struct stat status;

		snprintf(video_path, sizeof(video_path), "/dev/video%d", i);
		if (stat(video_path, &status) == 0 && S_ISCHR(status.st_mode) &&
		    status.st_rdev == makedev(interface->devnode.major, interface->devnode.minor))
			return true;
	}
	return false;
}

/* Not an encoder beside it, nor a decoder of other codecs. */
static bool takes_h264(void)
{
	struct v4l2_control mode = {.id = V4L2_CID_STATELESS_H264_DECODE_MODE};
	int video = open(video_path, O_RDWR | O_CLOEXEC);
	bool taken = video >= 0 && ioctl(video, VIDIOC_G_CTRL, &mode) == 0;

	if (video >= 0)
		close(video);
	return taken;
}

static bool topology_names_decoder(int media)
{
	struct media_v2_entity entities[16] = {0};
	struct media_v2_interface interfaces[8] = {0};
	struct media_v2_topology topology = {
		.num_entities = 16,
		.ptr_entities = (uintptr_t)entities,
		.num_interfaces = 8,
		.ptr_interfaces = (uintptr_t)interfaces,
	};
	bool named = false;

	if (ioctl(media, MEDIA_IOC_G_TOPOLOGY, &topology) < 0)
		return false;
	for (uint32_t i = 0; i < topology.num_entities; i++)
		named |= entities[i].function == MEDIA_ENT_F_PROC_VIDEO_DECODER;
	for (uint32_t i = 0; named && i < topology.num_interfaces; i++)
		if (find_video(&interfaces[i]) && takes_h264())
			return true;
	return false;
}

bool find_decoder(void)
{
	for (int i = 0; i < 64; i++) {
		struct media_device_info info = {0};
		bool found;
		int media;

		snprintf(media_path, sizeof(media_path), "/dev/media%d", i);
		media = open(media_path, O_RDWR | O_CLOEXEC);
		if (media < 0)
			continue;
		found = ioctl(media, MEDIA_IOC_DEVICE_INFO, &info) == 0 && strcmp(info.driver, wanted_driver) == 0 &&
		        topology_names_decoder(media);
		close(media);
		if (found)
			return true;
	}
	return false;
}

/* A device that has both modes is put into the wanted one, with the start codes that usually go with it. */
static void choose_mode(const struct decoder *decoder, struct v4l2_control *mode)
{
	struct v4l2_control start_code = {.id = V4L2_CID_STATELESS_H264_START_CODE, .value = wanted_mode};

	if (wanted_mode < 0 || mode->value == wanted_mode)
		return;
	mode->value = wanted_mode;
	OK(ioctl(decoder->video, VIDIOC_S_CTRL, mode));
	OK(ioctl(decoder->video, VIDIOC_S_CTRL, &start_code));
}

/* Not recorded: nothing here is but what the device is. */
void open_decoder(struct decoder *decoder)
{
	const bool paused = record_pause(true);
	struct v4l2_capability capability;
	struct v4l2_control mode = {.id = V4L2_CID_STATELESS_H264_DECODE_MODE};

	memset(decoder, 0, sizeof(*decoder));
	decoder->media = open(media_path, O_RDWR | O_CLOEXEC);
	decoder->video = open(video_path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	CHECK(decoder->media >= 0 && decoder->video >= 0);
	OK(ioctl(decoder->video, VIDIOC_QUERYCAP, &capability));
	decoder->multiplanar = capability.device_caps & V4L2_CAP_VIDEO_M2M_MPLANE;
	decoder->output_type =
		decoder->multiplanar ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
	decoder->capture_type =
		decoder->multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
	OK(ioctl(decoder->video, VIDIOC_G_CTRL, &mode));
	choose_mode(decoder, &mode);
	record_pause(paused);
	decoder->frame_based = mode.value == V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED;
}

void close_decoder(struct decoder *decoder)
{
	close(decoder->video);
	close(decoder->media);
}

struct v4l2_format get_format(const struct decoder *decoder, uint32_t type)
{
	struct v4l2_format format = {.type = type};

	OK(ioctl(decoder->video, VIDIOC_G_FMT, &format));
	return format;
}

uint32_t size_of_image(const struct decoder *decoder, const struct v4l2_format *format)
{
	return decoder->multiplanar ? format->fmt.pix_mp.plane_fmt[0].sizeimage : format->fmt.pix.sizeimage;
}

int set_output_format(const struct decoder *decoder, uint32_t fourcc, uint32_t width, uint32_t height,
                      struct v4l2_format *format)
{
	memset(format, 0, sizeof(*format));
	format->type = decoder->output_type;
	if (decoder->multiplanar) {
		format->fmt.pix_mp.pixelformat = fourcc;
		format->fmt.pix_mp.width = width;
		format->fmt.pix_mp.height = height;
		format->fmt.pix_mp.num_planes = 1;
		format->fmt.pix_mp.plane_fmt[0].sizeimage = BITSTREAM_SIZE;
	} else {
		format->fmt.pix.pixelformat = fourcc;
		format->fmt.pix.width = width;
		format->fmt.pix.height = height;
		format->fmt.pix.sizeimage = BITSTREAM_SIZE;
	}
	return ioctl(decoder->video, VIDIOC_S_FMT, format);
}

void set_up_formats(struct decoder *decoder)
{
	struct v4l2_format format;
	struct job_controls controls;

	OK(set_output_format(decoder, V4L2_PIX_FMT_H264_SLICE, WIDTH, HEIGHT, &format));
	fill_controls(&controls);
	OK(set_one(decoder, VIDIOC_S_EXT_CTRLS, V4L2_CID_STATELESS_H264_SPS, &controls.sps, sizeof(controls.sps),
	           -1, NULL));
}

int request_buffers(const struct decoder *decoder, uint32_t type, uint32_t memory, uint32_t count,
                    uint32_t *got)
{
	struct v4l2_requestbuffers request = {.count = count, .type = type, .memory = memory};
	int result = ioctl(decoder->video, VIDIOC_REQBUFS, &request);

	if (result == 0 && got)
		*got = request.count;
	return result;
}

int stream(const struct decoder *decoder, uint32_t type, bool on)
{
	int argument = (int)type;

	return ioctl(decoder->video, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &argument);
}

int query_buffer(const struct decoder *decoder, uint32_t type, uint32_t index, uint32_t *length,
                 uint32_t *offset)
{
	struct v4l2_plane plane = {0};
	struct v4l2_buffer buffer = {.type = type, .index = index};
	int result;

	if (decoder->multiplanar) {
		buffer.m.planes = &plane;
		buffer.length = 1;
	}
	result = ioctl(decoder->video, VIDIOC_QUERYBUF, &buffer);
	if (result == 0) {
		*length = decoder->multiplanar ? plane.length : buffer.length;
		*offset = decoder->multiplanar ? plane.m.mem_offset : buffer.m.offset;
	}
	return result;
}

int export_buffer(const struct decoder *decoder, uint32_t type, uint32_t index, uint32_t flags,
                  int *descriptor)
{
	struct v4l2_exportbuffer export = {.type = type, .index = index, .flags = flags};
	int result = ioctl(decoder->video, VIDIOC_EXPBUF, &export);

	if (result == 0)
		*descriptor = export.fd;
	return result;
}

/* ---- a picture that a decoder can decode --------------------------------------------------------------------- */

/*
 * An IDR picture, all grey. slice_header() of H.264 7.3.3: first_mb_in_slice 0, slice_type 7 (I), pic_parameter_set_id 0,
 * frame_num u(4) 0, idr_pic_id 0, pic_order_cnt_lsb u(4) 0, no_output_of_prior_pics_flag 0, long_term_reference_flag 0,
 * slice_qp_delta 0. Then each macroblock is the same 8 bits: mb_type 3 (I_16x16, DC prediction, no coefficients),
 * intra_chroma_pred_mode 0, mb_qp_delta 0, coeff_token of no coefficients. No emulation prevention byte is needed.
 */
static const char slice_header[] = "1"
								   "0001000"
								   "1"
								   "0000"
								   "1"
								   "0000"
								   "00"
								   "1";
static const char macroblock[] = "00100"
								 "1"
								 "1"
								 "1";
enum { MACROBLOCKS = WIDTH / 16 * (HEIGHT / 16), NAL_HEADER = 0x25 /* nal_ref_idc 1, nal_unit_type 5 */ };

struct bits {
	uint8_t *bytes;
	size_t count;
};

static void put_bits(struct bits *bits, const char *digits)
{
	for (; *digits; digits++, bits->count++) {
		uint8_t *byte = &bits->bytes[bits->count / 8];

		*byte = (uint8_t)((bits->count % 8 ? *byte : 0) | (*digits - '0') << (7 - bits->count % 8));
	}
}

uint32_t fill_picture(const struct decoder *decoder, uint8_t *bytes)
{
	const uint32_t start_code = decoder->frame_based ? 3 : 0;
	struct bits bits = {.bytes = bytes + start_code + 1};

	if (start_code)
		memcpy(bytes, "\0\0\1", 3);
	bytes[start_code] = NAL_HEADER;
	put_bits(&bits, slice_header);
	for (unsigned i = 0; i < MACROBLOCKS; i++)
		put_bits(&bits, macroblock);
	put_bits(&bits, "1"); /* rbsp_stop_one_bit */
	return start_code + 1 + (uint32_t)((bits.count + 7) / 8);
}

/* Into a buffer of OUTPUT, where there is one of that index; nothing of it is recorded. The size is the same for all. */
uint32_t write_picture(const struct decoder *decoder, uint32_t index)
{
	static uint8_t picture[1024];
	const bool paused = record_pause(true);
	const uint32_t size = fill_picture(decoder, picture);
	uint32_t length;
	uint32_t offset;
	uint8_t *mapped;

	if (query_buffer(decoder, decoder->output_type, index, &length, &offset) == 0) {
		mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, decoder->video, offset);
		if (mapped != MAP_FAILED) {
			memcpy(mapped, picture, size);
			munmap(mapped, size);
		}
	}
	record_pause(paused);
	return size;
}

int enqueue(const struct decoder *decoder, unsigned long command, uint32_t type,
            const struct queueing *queueing)
{
	struct v4l2_plane plane = {0};
	struct v4l2_buffer buffer = {
		.type = type,
		.index = queueing->index,
		.memory = queueing->memory,
		.flags = queueing->flags,
		.timestamp = {.tv_sec = (time_t)(queueing->microseconds / 1000000),
	                  .tv_usec = (suseconds_t)(queueing->microseconds % 1000000)},
	};

	if (queueing->request >= 0) {
		buffer.flags |= V4L2_BUF_FLAG_REQUEST_FD;
		buffer.request_fd = queueing->request;
	}
	if (decoder->multiplanar) {
		plane.bytesused = queueing->bytesused;
		plane.length = queueing->length;
		plane.m.fd = queueing->dmabuf;
		buffer.m.planes = &plane;
		buffer.length = 1;
	} else {
		buffer.bytesused = queueing->bytesused;
		buffer.length = queueing->length;
		buffer.m.fd = queueing->dmabuf;
	}
	return ioctl(decoder->video, command, &buffer);
}

int queue_buffer(const struct decoder *decoder, uint32_t type, const struct queueing *queueing)
{
	return enqueue(decoder, VIDIOC_QBUF, type, queueing);
}

int dequeue_buffer(const struct decoder *decoder, uint32_t type, struct v4l2_buffer *buffer)
{
	static struct v4l2_plane plane;
	int result;

	memset(buffer, 0, sizeof(*buffer));
	buffer->type = type;
	buffer->memory = V4L2_MEMORY_MMAP;
	if (decoder->multiplanar) {
		buffer->m.planes = &plane;
		buffer->length = 1;
	}
	result = ioctl(decoder->video, VIDIOC_DQBUF, buffer);
	if (result == 0 && decoder->multiplanar)
		buffer->bytesused = plane.bytesused;
	return result;
}

int queue_capture(const struct decoder *decoder, uint32_t index)
{
	const struct queueing queueing = {.index = index, .memory = V4L2_MEMORY_MMAP, .request = -1};

	return queue_buffer(decoder, decoder->capture_type, &queueing);
}

int new_request(const struct decoder *decoder)
{
	int request = -1;

	OK(ioctl(decoder->media, MEDIA_IOC_REQUEST_ALLOC, &request));
	CHECK(request >= 0);
	return request;
}

void fill_controls(struct job_controls *controls)
{
	memset(controls, 0, sizeof(*controls));
	controls->sps.profile_idc = 77;
	controls->sps.level_idc = 30;
	controls->sps.chroma_format_idc = 1;
	controls->sps.max_num_ref_frames = 1;
	controls->sps.pic_width_in_mbs_minus1 = WIDTH / 16 - 1;
	controls->sps.pic_height_in_map_units_minus1 = HEIGHT / 16 - 1;
	controls->sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
	memset(&controls->scaling_matrix, 16, sizeof(controls->scaling_matrix));
	controls->decode_params.nal_ref_idc = 1;
	controls->decode_params.dec_ref_pic_marking_bit_size = 2;
	controls->decode_params.pic_order_cnt_bit_size = 4;
	controls->decode_params.flags = V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
	controls->slice_params.slice_type = V4L2_H264_SLICE_TYPE_I;
	controls->slice_params.header_bit_size = 8 + sizeof(slice_header) - 1;
}

int set_one(const struct decoder *decoder, unsigned long command, uint32_t id, void *value, uint32_t size,
            int request, uint32_t *error_index)
{
	struct v4l2_ext_control control = {.id = id, .size = size};
	struct v4l2_ext_controls controls = {.count = 1, .controls = &control};
	int result;

	control.ptr = value;
	if (request >= 0) {
		controls.which = V4L2_CTRL_WHICH_REQUEST_VAL;
		controls.request_fd = request;
	}
	result = ioctl(decoder->video, command, &controls);
	if (error_index)
		*error_index = controls.error_idx;
	return result;
}

int set_controls(const struct decoder *decoder, struct job_controls *controls, int request)
{
	struct v4l2_ext_control list[5] = {
		{.id = V4L2_CID_STATELESS_H264_SPS, .size = sizeof(controls->sps)},
		{.id = V4L2_CID_STATELESS_H264_PPS, .size = sizeof(controls->pps)},
		{.id = V4L2_CID_STATELESS_H264_SCALING_MATRIX, .size = sizeof(controls->scaling_matrix)},
		{.id = V4L2_CID_STATELESS_H264_DECODE_PARAMS, .size = sizeof(controls->decode_params)},
		{.id = V4L2_CID_STATELESS_H264_SLICE_PARAMS, .size = sizeof(controls->slice_params)},
	};
	struct v4l2_ext_controls all = {
		.which = request >= 0 ? V4L2_CTRL_WHICH_REQUEST_VAL : V4L2_CTRL_WHICH_CUR_VAL,
		.count = decoder->frame_based ? 4 : 5, /* a frame-based device does not have slice parameters */
		.request_fd = request >= 0 ? request : 0,
		.controls = list,
	};

	list[0].ptr = &controls->sps;
	list[1].ptr = &controls->pps;
	list[2].ptr = &controls->scaling_matrix;
	list[3].ptr = &controls->decode_params;
	list[4].ptr = &controls->slice_params;
	return ioctl(decoder->video, VIDIOC_S_EXT_CTRLS, &all);
}

void submit(const struct decoder *decoder, int request, uint32_t index, uint64_t microseconds, uint32_t flags)
{
	const struct queueing queueing = {
		.index = index,
		.memory = V4L2_MEMORY_MMAP,
		.bytesused = write_picture(decoder, index),
		.microseconds = microseconds,
		.flags = flags,
		.request = request,
	};
	struct job_controls controls;

	fill_controls(&controls);
	OK(set_controls(decoder, &controls, request));
	OK(queue_buffer(decoder, decoder->output_type, &queueing));
	OK(ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
}

short poll_once(int descriptor, short events, int milliseconds)
{
	struct pollfd polled = {.fd = descriptor, .events = events};

	return poll(&polled, 1, milliseconds) < 0 ? POLLNVAL : polled.revents;
}

bool wait_for_request(int request)
{
	return poll_once(request, POLLPRI, 5000) == POLLPRI;
}

void start_streaming(struct decoder *decoder, uint32_t outputs, uint32_t captures)
{
	open_decoder(decoder);
	set_up_formats(decoder);
	OK(request_buffers(decoder, decoder->output_type, V4L2_MEMORY_MMAP, outputs, NULL));
	OK(request_buffers(decoder, decoder->capture_type, V4L2_MEMORY_MMAP, captures, NULL));
	OK(stream(decoder, decoder->output_type, true));
	OK(stream(decoder, decoder->capture_type, true));
}
