/* SPDX-License-Identifier: MIT
 *
 * usage: v4l2-probe NAME STEP...
 *
 * Opens the video node that sysfs calls NAME, does the steps one after another and prints what each of them was answered, in
 * one line: a value, "ok", or the errno by name. OUTPUT is `out`, CAPTURE is `cap`.
 *
 *   out=S264:320x240[:BYTES]   VIDIOC_S_FMT: what became of it, "S264 320x240 stride 0 bytes 153600"
 *   out, cap                   VIDIOC_G_FMT
 *   list-out, list-cap         VIDIOC_ENUM_FMT
 *   sizes=S264                 VIDIOC_ENUM_FRAMESIZES, the first
 *   req-out=4, req-cap=4       VIDIOC_REQBUFS (MMAP): how many there are
 *   on-out, on-cap, off-out    VIDIOC_STREAMON, STREAMOFF
 *   queue-out[=1], queue-cap   VIDIOC_QBUF of buffer 0 or another
 *   take-out, take-cap         VIDIOC_DQBUF, with patience: "done" or "error", and of what is done its size
 *   h264=320x240:1:8           VIDIOC_S_EXT_CTRLS of an SPS: size, chroma_format_idc, bit depth
 *   hevc=320x240:1:8
 *   vp9=320x240                VIDIOC_S_EXT_CTRLS of a frame header
 *   set=0x00a40906:104         VIDIOC_S_EXT_CTRLS of so many zeros
 *   request                    MEDIA_IOC_REQUEST_ALLOC; controls and OUTPUT buffers go into it, until
 *   submit                     MEDIA_REQUEST_IOC_QUEUE
 *   over                       whether the request completes, with patience
 *   planes                     whether the API is the multi-planar one
 *   has=0x00a40900             VIDIOC_QUERY_EXT_CTRL: "yes", and of a menu what it has
 *   hold                       whether OUTPUT can hold CAPTURE buffers
 *   flush, stop                VIDIOC_DECODER_CMD
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* More than the drivers' watchdogs take. */
#define PATIENCE_MS 3000

struct device {
	int node;
	int media;
	int request;
	bool filling; /* the request takes controls and buffers */
	bool planes;  /* the multi-planar API */
};

static bool is_named(const char *node, const char *name)
{
	char path[300], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/video4linux/%s/name", node);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fgets(text, sizeof(text), file))
		text[strcspn(text, "\n")] = 0;
	fclose(file);
	return !strcmp(text, name);
}

/* The media device is a child of the same hardware. */
static int open_media(const char *node)
{
	char path[300];
	DIR *all;
	int media = -1;

	snprintf(path, sizeof(path), "/sys/class/video4linux/%s/device", node);
	all = opendir(path);
	for (struct dirent *entry; all && media < 0 && (entry = readdir(all));) {
		if (strncmp(entry->d_name, "media", 5))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		media = open(path, O_RDWR | O_CLOEXEC);
	}
	if (all)
		closedir(all);
	return media;
}

static bool open_device(struct device *device, const char *name)
{
	DIR *all = opendir("/sys/class/video4linux");
	struct v4l2_capability capability = {0};
	char path[300];

	device->node = device->media = device->request = -1;
	for (struct dirent *entry; all && device->node < 0 && (entry = readdir(all));) {
		if (!is_named(entry->d_name, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		device->node = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		device->media = open_media(entry->d_name);
	}
	if (all)
		closedir(all);
	if (device->node < 0 || ioctl(device->node, VIDIOC_QUERYCAP, &capability))
		return false;
	device->planes = capability.device_caps & V4L2_CAP_VIDEO_M2M_MPLANE;
	return true;
}

static uint32_t queue_type(const struct device *device, const char *step)
{
	if (strstr(step, "out"))
		return device->planes ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
	return device->planes ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

static uint32_t fourcc(const char *text)
{
	return v4l2_fourcc((uint32_t)text[0], (uint32_t)text[1], (uint32_t)text[2], (uint32_t)text[3]);
}

static void answer(int result)
{
	if (result < 0)
		printf("%s", strerrorname_np(errno));
	else
		printf("ok");
}

static void format(const struct device *device, const char *step)
{
	struct v4l2_format all = {.type = queue_type(device, step)};
	struct v4l2_pix_format *single = &all.fmt.pix;
	struct v4l2_pix_format_mplane *multi = &all.fmt.pix_mp;
	unsigned int width = 0, height = 0, size = 0;
	unsigned long call = strchr(step, '=') ? VIDIOC_S_FMT : VIDIOC_G_FMT;
	uint32_t pixels = call == VIDIOC_S_FMT ? fourcc(step + 4) : 0;

	if (pixels)
		sscanf(step + 9, "%ux%u:%u", &width, &height, &size);
	if (device->planes) {
		*multi = (struct v4l2_pix_format_mplane){
			.pixelformat = pixels, .width = width, .height = height, .num_planes = 1};
		multi->plane_fmt[0].sizeimage = size;
	} else {
		*single = (struct v4l2_pix_format){
			.pixelformat = pixels, .width = width, .height = height, .sizeimage = size};
	}
	if (ioctl(device->node, call, &all)) {
		answer(-1);
		return;
	}
	pixels = device->planes ? multi->pixelformat : single->pixelformat;
	printf("%.4s %ux%u stride %u bytes %u", (const char *)&pixels,
	       device->planes ? multi->width : single->width, device->planes ? multi->height : single->height,
	       device->planes ? multi->plane_fmt[0].bytesperline : single->bytesperline,
	       device->planes ? multi->plane_fmt[0].sizeimage : single->sizeimage);
}

static void list(const struct device *device, const char *step)
{
	struct v4l2_fmtdesc each = {.type = queue_type(device, step)};

	for (; !ioctl(device->node, VIDIOC_ENUM_FMT, &each); each.index++)
		printf("%s%.4s", each.index ? " " : "", (const char *)&each.pixelformat);
}

static void sizes(const struct device *device, const char *step)
{
	struct v4l2_frmsizeenum first = {.pixel_format = fourcc(step + 6)};
	const struct v4l2_frmsize_stepwise *range = &first.stepwise;

	if (ioctl(device->node, VIDIOC_ENUM_FRAMESIZES, &first))
		answer(-1);
	else
		printf("%s %ux%u to %ux%u step %ux%u",
		       first.type == V4L2_FRMSIZE_TYPE_CONTINUOUS ? "continuous" : "stepwise", range->min_width,
		       range->min_height, range->max_width, range->max_height, range->step_width, range->step_height);
}

static int request(const struct device *device, const char *step, struct v4l2_requestbuffers *buffers)
{
	const char *count = strchr(step, '=');

	*buffers = (struct v4l2_requestbuffers){
		.count = count ? (uint32_t)atoi(count + 1) : 0,
		.type = queue_type(device, step),
		.memory = V4L2_MEMORY_MMAP,
	};
	return ioctl(device->node, VIDIOC_REQBUFS, buffers);
}

/* One buffer of a queue, and its one plane. */
struct buffer {
	struct v4l2_buffer all;
	struct v4l2_plane plane;
};

static void describe(struct buffer *buffer, const struct device *device, const char *step)
{
	const char *index = strchr(step, '=');

	*buffer = (struct buffer){
		.all = {.type = queue_type(device, step), .memory = V4L2_MEMORY_MMAP, .bytesused = 64},
		.plane = {.bytesused = 64},
	};
	buffer->all.index = index ? (uint32_t)atoi(index + 1) : 0;
	if (device->planes) {
		buffer->all.m.planes = &buffer->plane;
		buffer->all.length = 1;
	}
}

static int queue(const struct device *device, const char *step)
{
	struct buffer buffer;

	describe(&buffer, device, step);
	if (device->filling && strstr(step, "out")) {
		buffer.all.flags = V4L2_BUF_FLAG_REQUEST_FD;
		buffer.all.request_fd = device->request;
	}
	return ioctl(device->node, VIDIOC_QBUF, &buffer.all);
}

static void take(const struct device *device, const char *step)
{
	bool out = strstr(step, "out");
	struct pollfd node = {.fd = device->node, .events = out ? POLLOUT : POLLIN};
	struct buffer buffer;

	describe(&buffer, device, step);
	poll(&node, 1, PATIENCE_MS);
	if (ioctl(device->node, VIDIOC_DQBUF, &buffer.all))
		answer(-1);
	else if (buffer.all.flags & V4L2_BUF_FLAG_ERROR)
		printf("error");
	else
		printf("done %u", device->planes ? buffer.plane.bytesused : buffer.all.bytesused);
}

static int new_request(struct device *device)
{
	device->filling = true;
	return ioctl(device->media, MEDIA_IOC_REQUEST_ALLOC, &device->request);
}

static int submit(struct device *device)
{
	device->filling = false;
	return ioctl(device->request, MEDIA_REQUEST_IOC_QUEUE);
}

static bool is_over(const struct device *device)
{
	struct pollfd request = {.fd = device->request, .events = POLLPRI};

	return poll(&request, 1, PATIENCE_MS) == 1;
}

static int set_control(const struct device *device, uint32_t id, void *value, uint32_t size)
{
	struct v4l2_ext_control control = {.id = id, .size = size, .ptr = value};
	struct v4l2_ext_controls all = {.count = 1, .controls = &control};

	if (device->filling) {
		all.which = V4L2_CTRL_WHICH_REQUEST_VAL;
		all.request_fd = device->request;
	}
	return ioctl(device->node, VIDIOC_S_EXT_CTRLS, &all);
}

static int set_sps(const struct device *device, const char *step)
{
	unsigned int width = 0, height = 0, chroma = 1, depth = 8;

	sscanf(step + 5, "%ux%u:%u:%u", &width, &height, &chroma, &depth);
	if (!strncmp(step, "hevc", 4)) {
		struct v4l2_ctrl_hevc_sps sps = {
			.chroma_format_idc = (uint8_t)chroma,
			.bit_depth_luma_minus8 = (uint8_t)(depth - 8),
			.bit_depth_chroma_minus8 = (uint8_t)(depth - 8),
			.pic_width_in_luma_samples = (uint16_t)width,
			.pic_height_in_luma_samples = (uint16_t)height,
		};

		return set_control(device, V4L2_CID_STATELESS_HEVC_SPS, &sps, sizeof(sps));
	}
	struct v4l2_ctrl_h264_sps sps = {
		.profile_idc = depth > 8 ? 110 : 100,
		.level_idc = 40,
		.chroma_format_idc = (uint8_t)chroma,
		.bit_depth_luma_minus8 = (uint8_t)(depth - 8),
		.bit_depth_chroma_minus8 = (uint8_t)(depth - 8),
		.max_num_ref_frames = 1,
		.pic_width_in_mbs_minus1 = (uint16_t)(width / 16 - 1),
		.pic_height_in_map_units_minus1 = (uint16_t)(height / 16 - 1),
		.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY,
	};

	return set_control(device, V4L2_CID_STATELESS_H264_SPS, &sps, sizeof(sps));
}

static int set_vp9_frame(const struct device *device, const char *step)
{
	unsigned int width = 0, height = 0;

	sscanf(step + 4, "%ux%u", &width, &height);
	struct v4l2_ctrl_vp9_frame frame = {
		.flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING |
	             V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING,
		.compressed_header_size = 1,
		.uncompressed_header_size = 1,
		.frame_width_minus_1 = (uint16_t)(width - 1),
		.frame_height_minus_1 = (uint16_t)(height - 1),
		.render_width_minus_1 = (uint16_t)(width - 1),
		.render_height_minus_1 = (uint16_t)(height - 1),
		.bit_depth = 8,
	};

	return set_control(device, V4L2_CID_STATELESS_VP9_FRAME, &frame, sizeof(frame));
}

static int set_zeros(const struct device *device, const char *step)
{
	static uint8_t zeros[4096];
	unsigned int id = 0, size = 0;

	sscanf(step + 4, "%x:%u", &id, &size);
	return set_control(device, id, zeros, size < sizeof(zeros) ? size : sizeof(zeros));
}

static void has(const struct device *device, const char *step)
{
	struct v4l2_query_ext_ctrl control = {.id = (uint32_t)strtoul(step + 4, NULL, 16)};

	if (ioctl(device->node, VIDIOC_QUERY_EXT_CTRL, &control)) {
		answer(-1);
		return;
	}
	printf("yes");
	if (control.type != V4L2_CTRL_TYPE_MENU)
		return;
	for (uint32_t i = 0; i <= (uint32_t)control.maximum; i++) {
		struct v4l2_querymenu item = {.id = control.id, .index = i};

		if (!ioctl(device->node, VIDIOC_QUERYMENU, &item))
			printf(", %s", (const char *)item.name);
	}
}

static int command(const struct device *device, uint32_t cmd)
{
	struct v4l2_decoder_cmd all = {.cmd = cmd};

	return ioctl(device->node, VIDIOC_DECODER_CMD, &all);
}

static bool do_step(struct device *device, const char *step)
{
	struct v4l2_requestbuffers buffers;
	uint32_t type = queue_type(device, step);

	if (!strncmp(step, "out", 3) || !strncmp(step, "cap", 3))
		format(device, step);
	else if (!strncmp(step, "list-", 5))
		list(device, step);
	else if (!strncmp(step, "sizes=", 6))
		sizes(device, step);
	else if (!strncmp(step, "req-", 4)) {
		if (request(device, step, &buffers))
			answer(-1);
		else
			printf("%u", buffers.count);
	} else if (!strcmp(step, "hold"))
		printf("%s", request(device, "out=0", &buffers)                                  ? "fails"
		             : buffers.capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF ? "yes"
		                                                                                 : "no");
	else if (!strncmp(step, "on-", 3))
		answer(ioctl(device->node, VIDIOC_STREAMON, &type));
	else if (!strncmp(step, "off-", 4))
		answer(ioctl(device->node, VIDIOC_STREAMOFF, &type));
	else if (!strncmp(step, "queue-", 6))
		answer(queue(device, step));
	else if (!strncmp(step, "take-", 5))
		take(device, step);
	else if (!strcmp(step, "request"))
		answer(new_request(device));
	else if (!strcmp(step, "submit"))
		answer(submit(device));
	else if (!strcmp(step, "over"))
		printf("%s", is_over(device) ? "yes" : "never");
	else if (!strcmp(step, "planes"))
		printf("%s", device->planes ? "several" : "one");
	else if (!strncmp(step, "vp9=", 4))
		answer(set_vp9_frame(device, step));
	else if (!strncmp(step, "set=", 4))
		answer(set_zeros(device, step));
	else if (!strncmp(step, "h264=", 5) || !strncmp(step, "hevc=", 5))
		answer(set_sps(device, step));
	else if (!strncmp(step, "has=", 4))
		has(device, step);
	else if (!strcmp(step, "flush") || !strcmp(step, "stop"))
		answer(command(device, *step == 'f' ? V4L2_DEC_CMD_FLUSH : V4L2_DEC_CMD_STOP));
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct device device;

	if (argc < 3 || !open_device(&device, argv[1])) {
		fprintf(stderr, "v4l2-probe: there is no video node %s\n", argc > 1 ? argv[1] : "without a name");
		return 1;
	}
	for (int i = 2; i < argc; i++) {
		printf("%s", i > 2 ? "; " : "");
		if (!do_step(&device, argv[i])) {
			fprintf(stderr, "v4l2-probe: there is no step %s\n", argv[i]);
			return 2;
		}
	}
	printf("\n");
	close(device.node);
	return 0;
}
