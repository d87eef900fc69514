/* SPDX-License-Identifier: MIT
 *
 * The kinds of decoder, and what the environment makes of them (README.md documents each V4L2SIM_ variable).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

struct sim_configuration sim_configuration;

/* Sizes behind the picture as hantro has them: 64 bytes of motion vectors per macroblock, and 32. */
static const struct sim_kind kinds[] = {
	{
		.name = "frame",
		.card = "simulated-frame-dec",
		.codec = SIM_CODEC_H264,
		.coded_fourcc = V4L2_PIX_FMT_H264_SLICE,
		.multiplanar = true,
		.frame_based = true,
		.annex_b = true,
		.hold = true,
		.frame_sizes = true,
		.aligned_width = true,
		.monochrome = true,
		.sps_must_fit = true,
		.stride_alignment = 64,
		.extra_per_macroblock = 64,
		.extra_per_buffer = 32,
		.max_capture_buffers = 64,
		.min_width = 48,
		.min_height = 48,
		.max_width = 4096,
		.max_height = 2304,
		.step = 16,
	},
	{
		.name = "slice",
		.card = "simulated-slice-dec",
		.codec = SIM_CODEC_H264,
		.coded_fourcc = V4L2_PIX_FMT_H264_SLICE,
		.hold = true,
		.stride_alignment = 16,
		.max_capture_buffers = 32,
		.min_width = 16,
		.min_height = 16,
		.max_width = 4096,
		.max_height = 2304,
		.step = 1,
	},
	{
		.name = "mpeg2",
		.card = "simulated-mpeg2-dec",
		.codec = SIM_CODEC_MPEG2,
		.coded_fourcc = V4L2_PIX_FMT_MPEG2_SLICE,
		.multiplanar = true,
		.frame_based = true,
		.frame_sizes = true,
		.aligned_width = true,
		.stride_alignment = 16,
		.max_capture_buffers = 64,
		.min_width = 48,
		.min_height = 48,
		.max_width = 1920,
		.max_height = 1088,
		.step = 16,
	},
	{
		/* No decoder at all: a scaler, as every board has some. */
		.name = "scaler",
		.card = "simulated-scaler",
		.codec = SIM_CODEC_NONE,
		.coded_fourcc = V4L2_PIX_FMT_NV12,
		.multiplanar = true,
		.frame_based = true,
		.stride_alignment = 16,
		.max_capture_buffers = 32,
		.min_width = 16,
		.min_height = 16,
		.max_width = 4096,
		.max_height = 4096,
		.step = 16,
	},
};

/* ---- controls: names and menus of v4l2-ctrls-defs.c -------------------------------------------------------------- */

static const char *const profile_menu[] = {
	"Baseline", "Constrained Baseline", "Main", "Extended", "High", "High 10",
};
static const char *const profile_names[] = {
	"baseline", "constrained_baseline", "main", "extended", "high", "high_10",
};
static const char *const level_menu[] = {
	"1", "1b", "1.1", "1.2", "1.3", "2", "2.1", "2.2", "3", "3.1", "3.2", "4", "4.1", "4.2", "5", "5.1",
};
static const char *const decode_mode_menu[] = {"Slice-Based", "Frame-Based"};
static const char *const start_code_menu[] = {"No Start Code", "Annex B Start Code"};

static struct sim_control *add_control(struct sim_device *device, uint32_t id, uint32_t type,
                                       const char *name, uint32_t size)
{
	struct sim_control *control = &device->controls[device->control_count++];

	*control = (struct sim_control){.id = id, .type = type, .name = name, .size = size};
	if (type == V4L2_CTRL_TYPE_CTRL_CLASS)
		control->flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY;
	return control;
}

static void add_menu(struct sim_device *device, uint32_t id, const char *name, const char *const *menu,
                     int minimum, int maximum, int default_value, uint64_t skip_mask)
{
	struct sim_control *control = add_control(device, id, V4L2_CTRL_TYPE_MENU, name, sizeof(int32_t));

	control->menu = menu;
	control->minimum = minimum;
	control->maximum = maximum;
	control->default_value = default_value;
	control->skip_mask = skip_mask;
}

/* The profile menu of a list of names; default is Main, where it is offered. */
static void add_profiles(struct sim_device *device, const char *list)
{
	uint64_t offered = 0;
	int minimum = -1;
	int maximum = 0;
	int main_profile = V4L2_MPEG_VIDEO_H264_PROFILE_MAIN;

	for (int i = 0; i < (int)(sizeof(profile_names) / sizeof(profile_names[0])); i++) {
		const size_t length = strlen(profile_names[i]);

		for (const char *name = list; *name; name += strcspn(name, ","), name += *name == ',') {
			if (strcspn(name, ",") == length && strncmp(name, profile_names[i], length) == 0)
				offered |= 1ull << i;
		}
		if (!(offered & 1ull << i))
			continue;
		maximum = i;
		if (minimum < 0)
			minimum = i;
	}
	if (minimum < 0)
		return;
	if (!(offered & 1ull << main_profile))
		main_profile = maximum;
	add_menu(device, V4L2_CID_MPEG_VIDEO_H264_PROFILE, "H264 Profile", profile_menu, minimum, maximum,
	         main_profile, ~offered & ((2ull << maximum) - 1));
}

static void add_h264_controls(struct sim_device *device, const char *profiles)
{
	const int mode = device->kind.frame_based ? V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED
	                                          : V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED;
	const int start_code =
		device->kind.annex_b ? V4L2_STATELESS_H264_START_CODE_ANNEX_B : V4L2_STATELESS_H264_START_CODE_NONE;

	add_control(device, V4L2_CID_CODEC_CLASS, V4L2_CTRL_TYPE_CTRL_CLASS, "Codec Controls", 4);
	if (device->kind.frame_based)
		add_menu(device, V4L2_CID_MPEG_VIDEO_H264_LEVEL, "H264 Level", level_menu, 0,
		         V4L2_MPEG_VIDEO_H264_LEVEL_5_1, 0, 0);
	add_profiles(device, profiles);
	add_control(device, V4L2_CID_CODEC_STATELESS_CLASS, V4L2_CTRL_TYPE_CTRL_CLASS, "Stateless Codec Controls",
	            4);
	add_menu(device, V4L2_CID_STATELESS_H264_DECODE_MODE, "H264 Decode Mode", decode_mode_menu,
	         device->kind.frame_based ? mode : 0, mode, mode, 0);
	add_menu(device, V4L2_CID_STATELESS_H264_START_CODE, "H264 Start Code", start_code_menu,
	         device->kind.annex_b ? start_code : 0, start_code, start_code, 0);
	add_control(device, V4L2_CID_STATELESS_H264_SPS, V4L2_CTRL_TYPE_H264_SPS, "H264 Sequence Parameter Set",
	            sizeof(struct v4l2_ctrl_h264_sps));
	add_control(device, V4L2_CID_STATELESS_H264_PPS, V4L2_CTRL_TYPE_H264_PPS, "H264 Picture Parameter Set",
	            sizeof(struct v4l2_ctrl_h264_pps));
	add_control(device, V4L2_CID_STATELESS_H264_SCALING_MATRIX, V4L2_CTRL_TYPE_H264_SCALING_MATRIX,
	            "H264 Scaling Matrix", sizeof(struct v4l2_ctrl_h264_scaling_matrix));
	if (!device->kind.frame_based) {
		add_control(device, V4L2_CID_STATELESS_H264_PRED_WEIGHTS, V4L2_CTRL_TYPE_H264_PRED_WEIGHTS,
		            "H264 Prediction Weight Table", sizeof(struct v4l2_ctrl_h264_pred_weights));
		add_control(device, V4L2_CID_STATELESS_H264_SLICE_PARAMS, V4L2_CTRL_TYPE_H264_SLICE_PARAMS,
		            "H264 Slice Parameters", sizeof(struct v4l2_ctrl_h264_slice_params));
	}
	add_control(device, V4L2_CID_STATELESS_H264_DECODE_PARAMS, V4L2_CTRL_TYPE_H264_DECODE_PARAMS,
	            "H264 Decode Parameters", sizeof(struct v4l2_ctrl_h264_decode_params));
}

/* Compound controls bring no class control (handler_new_ref()). */
static void add_mpeg2_controls(struct sim_device *device)
{
	add_control(device, V4L2_CID_STATELESS_MPEG2_SEQUENCE, V4L2_CTRL_TYPE_MPEG2_SEQUENCE,
	            "MPEG-2 Sequence Header", sizeof(struct v4l2_ctrl_mpeg2_sequence));
	add_control(device, V4L2_CID_STATELESS_MPEG2_PICTURE, V4L2_CTRL_TYPE_MPEG2_PICTURE,
	            "MPEG-2 Picture Header", sizeof(struct v4l2_ctrl_mpeg2_picture));
	add_control(device, V4L2_CID_STATELESS_MPEG2_QUANTISATION, V4L2_CTRL_TYPE_MPEG2_QUANTISATION,
	            "MPEG-2 Quantisation Matrices", sizeof(struct v4l2_ctrl_mpeg2_quantisation));
}

/* ---- environment --------------------------------------------------------------------------------------------------- */

static const char *text(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool flag(const char *name, bool otherwise)
{
	const char *value = text(name);

	return value ? strcmp(value, "0") != 0 : otherwise;
}

static void parse_size(const char *name, uint32_t *width, uint32_t *height)
{
	const char *value = text(name);
	unsigned w;
	unsigned h;

	if (value && sscanf(value, "%ux%u", &w, &h) == 2) {
		*width = w;
		*height = h;
	}
}

/* The first number of a node that this machine does not have, so that real devices stay what they are. */
static int free_number(const char *prefix)
{
	char path[32];
	int number;

	for (number = 0; number < 200; number++) {
		snprintf(path, sizeof(path), "%s%d", prefix, number);
		if (faccessat(-100 /* AT_FDCWD */, path, 0, 0) != 0)
			break;
	}
	return number;
}

/* The profiles of the device with this number: parts of the list by semicolons, the last for all that follow. */
static const char *profiles_of(const char *list, unsigned number, char *part, size_t size)
{
	for (; number > 0 && strchr(list, ';'); number--)
		list = strchr(list, ';') + 1;
	snprintf(part, size, "%.*s", (int)strcspn(list, ";"), list);
	return part;
}

static void add_device(const struct sim_kind *kind)
{
	struct sim_device *device = &sim_configuration.devices[sim_configuration.device_count];
	const char *api = text("V4L2SIM_API");
	const char *profiles = text("V4L2SIM_PROFILES");
	const char *depth = text("V4L2SIM_DEPTH");
	const char *step = text("V4L2SIM_STEP");
	char part[128];

	device->kind = *kind;
	if (api)
		device->kind.multiplanar = strcmp(api, "single") != 0;
	device->depth = depth && strcmp(depth, "10") == 0 ? 10 : 8;
	device->requests = !flag("V4L2SIM_NO_REQUESTS", false);
	device->requires_requests = flag("V4L2SIM_REQUIRE_REQUESTS", true);
	device->imports = !flag("V4L2SIM_NO_DMABUF", false);
	device->tiled_default = flag("V4L2SIM_TILED", false);
	device->kind.monochrome = flag("V4L2SIM_MONOCHROME", kind->monochrome);
	parse_size("V4L2SIM_MIN", &device->kind.min_width, &device->kind.min_height);
	parse_size("V4L2SIM_MAX", &device->kind.max_width, &device->kind.max_height);
	if (step && atoi(step) > 0)
		device->kind.step = (uint32_t)atoi(step);
	if (!profiles)
		profiles = device->depth > 8 ? "baseline,constrained_baseline,main,high,high_10"
		                             : "baseline,constrained_baseline,main,high";
	if (kind->codec == SIM_CODEC_H264)
		add_h264_controls(device, profiles_of(profiles, sim_configuration.device_count, part, sizeof(part)));
	else if (kind->codec == SIM_CODEC_MPEG2)
		add_mpeg2_controls(device);
	device->video_minor = free_number("/dev/video") + (int)sim_configuration.device_count;
	device->media_minor = free_number("/dev/media") + (int)sim_configuration.device_count;
	snprintf(device->video_path, sizeof(device->video_path), "/dev/video%d", device->video_minor);
	snprintf(device->media_path, sizeof(device->media_path), "/dev/media%d", device->media_minor);
	sim_configuration.device_count++;
}

static void configure(void)
{
	const char *list = text("V4L2SIM_KIND");
	const char *delay = text("V4L2SIM_DELAY_US");
	const char *render = text("V4L2SIM_RENDER");
	const char *digits;

	if (!list)
		list = "frame";
	if (flag("V4L2SIM_NONE", false))
		list = "";
	for (const char *name = list; *name; name += strcspn(name, ","), name += *name == ',') {
		bool known = false;

		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (strcspn(name, ",") != strlen(kinds[i].name) ||
			    strncmp(name, kinds[i].name, strlen(kinds[i].name)) != 0)
				continue;
			known = true;
			if (sim_configuration.device_count < SIM_MAX_DEVICES)
				add_device(&kinds[i]);
		}
		if (!known)
			fprintf(stderr,
			        "V4L2SIM_KIND=%s: there are frame, slice, mpeg2 and scaler, separated by commas.\n",
			        list);
	}
	snprintf(sim_configuration.render_path, sizeof(sim_configuration.render_path), "%s",
	         render ? render : "/dev/dri/renderD128");
	digits = strpbrk(sim_configuration.render_path, "0123456789");
	sim_configuration.render_minor = digits ? atoi(digits) : 128;
	sim_configuration.no_permission = flag("V4L2SIM_PERMISSION", false);
	sim_configuration.scribble = flag("V4L2SIM_SCRIBBLE", true);
	sim_configuration.delay_ns = delay ? strtoull(delay, NULL, 10) * 1000 : 0;
	sim_configuration.log_path = text("V4L2SIM_LOG");
	sim_fault_configure(text("V4L2SIM_FAULT"), text("V4L2SIM_MUTATE"));
}

void sim_configure(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, configure);
}
