/* SPDX-License-Identifier: MIT */
#include "facts.h"

#include <errno.h>
#include <string.h>

#include "../memory/ioctl.h"

/* What formats are enumerated at, where a device does not name its sizes. */
enum { PROBE_WIDTH = 1920, PROBE_HEIGHT = 1088, DEEP = 10, MAX_ENUMERATED = 256 };

static int32_t clamp_to_int32(int64_t value)
{
	return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

/* How an enumeration ends: by an answer, whatever it is, or by trouble. */
static int ended(int error)
{
	return v4l2_is_trouble(error) ? error : 0;
}

static int query_menu(const struct v4l2_device *device, uint32_t id, int64_t minimum, int64_t maximum,
                      uint32_t *mask)
{
	*mask = 0;
	for (int64_t item = minimum < 0 ? 0 : minimum; item <= maximum && item < 32; item++) {
		struct v4l2_querymenu menu = {.id = id, .index = (uint32_t)item};

		int error = retry_ioctl(device->video_fd, VIDIOC_QUERYMENU, &menu);

		if (ended(error))
			return error;
		if (!error)
			*mask |= 1u << item;
	}
	return 0;
}

/* The controls of one class; only menus if so asked (of the codec class: which profiles and levels there are). */
static int enumerate_controls(const struct v4l2_device *device, uint32_t class, bool menus_only,
                              struct core_decoder *facts, uint32_t *full)
{
	struct v4l2_query_ext_ctrl query = {.id = class};

	for (;;) {
		struct core_control_facts *control;
		bool menu;
		int error;

		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
		error = retry_ioctl(device->video_fd, VIDIOC_QUERY_EXT_CTRL, &query);
		if (error || V4L2_CTRL_ID2WHICH(query.id) != class)
			return ended(error);
		menu = query.type == V4L2_CTRL_TYPE_MENU || query.type == V4L2_CTRL_TYPE_INTEGER_MENU;
		if (query.type == V4L2_CTRL_TYPE_CTRL_CLASS || query.flags & V4L2_CTRL_FLAG_DISABLED ||
		    (menus_only && !menu))
			continue;
		if (facts->control_count == CORE_MAX_CONTROLS) {
			*full |= FACTS_FULL_CONTROLS;
			return 0;
		}
		control = &facts->controls[facts->control_count];
		control->id = query.id;
		control->type = query.type;
		control->minimum = clamp_to_int32(query.minimum);
		control->maximum = clamp_to_int32(query.maximum);
		control->default_value = clamp_to_int32(query.default_value);
		control->elem_size = query.elem_size;
		control->elems = query.elems;
		control->max_elems = query.flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY ? query.dims[0] : 0;
		control->menu_mask = 0;
		if (menu)
			error = query_menu(device, query.id, query.minimum, query.maximum, &control->menu_mask);
		if (error)
			return error;
		facts->control_count++;
	}
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t greatest(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static int enumerate_sizes(const struct v4l2_device *device, uint32_t fourcc, struct core_frame_sizes *sizes)
{
	struct v4l2_frmsizeenum size = {.pixel_format = fourcc};
	int error;

	memset(sizes, 0, sizeof(*sizes));
	sizes->kind = CORE_SIZES_UNKNOWN;
	error = retry_ioctl(device->video_fd, VIDIOC_ENUM_FRAMESIZES, &size);
	if (error)
		return ended(error);
	if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE) {
		sizes->kind = size.type == V4L2_FRMSIZE_TYPE_STEPWISE ? CORE_SIZES_STEPWISE : CORE_SIZES_CONTINUOUS;
		sizes->min_width = size.stepwise.min_width;
		sizes->max_width = size.stepwise.max_width;
		sizes->step_width = size.stepwise.step_width;
		sizes->min_height = size.stepwise.min_height;
		sizes->max_height = size.stepwise.max_height;
		sizes->step_height = size.stepwise.step_height;
		return 0;
	}
	sizes->kind = CORE_SIZES_DISCRETE;
	sizes->step_width = 1;
	sizes->step_height = 1;
	sizes->min_width = UINT32_MAX;
	sizes->min_height = UINT32_MAX;
	do {
		sizes->min_width = least(sizes->min_width, size.discrete.width);
		sizes->max_width = greatest(sizes->max_width, size.discrete.width);
		sizes->min_height = least(sizes->min_height, size.discrete.height);
		sizes->max_height = greatest(sizes->max_height, size.discrete.height);
		size.index++;
		error = size.index < 256 ? retry_ioctl(device->video_fd, VIDIOC_ENUM_FRAMESIZES, &size) : EINVAL;
	} while (!error && size.type == V4L2_FRMSIZE_TYPE_DISCRETE);
	return ended(error);
}

static int enumerate_coded_formats(const struct v4l2_device *device, uint32_t *formats, uint32_t *count,
                                   uint32_t *full)
{
	for (*count = 0;; (*count)++) {
		struct v4l2_fmtdesc format = {.index = *count, .type = device_buffer_type(device, CORE_QUEUE_OUTPUT)};
		int error = retry_ioctl(device->video_fd, VIDIOC_ENUM_FMT, &format);

		if (error)
			return ended(error);
		if (*count == CORE_MAX_CODED_FORMATS) {
			*full |= FACTS_FULL_CODED;
			return 0;
		}
		formats[*count] = format.pixelformat;
	}
}

/* The table's entry of a CAPTURE format, new without depths; NULL when there is no room. */
static struct core_capture_format *capture_entry(struct core_coded_format *coded, uint32_t fourcc)
{
	for (uint32_t i = 0; i < coded->capture_count; i++) {
		if (coded->captures[i].fourcc == fourcc)
			return &coded->captures[i];
	}
	if (coded->capture_count == CORE_MAX_CAPTURE_FORMATS)
		return NULL;
	coded->captures[coded->capture_count] = (struct core_capture_format){.fourcc = fourcc};
	return &coded->captures[coded->capture_count++];
}

/* The formats that CAPTURE has now, which are those of a depth. No table goes on for ever. */
static int enumerate_captures(const struct v4l2_device *device, uint32_t depth,
                              struct core_coded_format *coded, uint32_t *full)
{
	for (uint32_t i = 0; i < MAX_ENUMERATED; i++) {
		struct v4l2_fmtdesc format = {.index = i, .type = device_buffer_type(device, CORE_QUEUE_CAPTURE)};
		struct core_capture_format *entry;
		int error = retry_ioctl(device->video_fd, VIDIOC_ENUM_FMT, &format);

		if (error)
			return ended(error);
		entry = capture_entry(coded, format.pixelformat);
		if (entry)
			entry->depths |= depth;
		else
			*full |= FACTS_FULL_CAPTURE;
	}
	return 0;
}

static int set_coded(const struct v4l2_device *device, const struct core_coded_format *coded)
{
	const struct core_frame_sizes *sizes = &coded->sizes;
	uint32_t width = sizes->max_width ? least(PROBE_WIDTH, sizes->max_width) : PROBE_WIDTH;
	uint32_t height = sizes->max_height ? least(PROBE_HEIGHT, sizes->max_height) : PROBE_HEIGHT;
	struct core_format got;
	int error = device_set_format(device, CORE_QUEUE_OUTPUT, coded->fourcc, width, height, 0, &got);

	return error ? error : got.fourcc == coded->fourcc ? 0 : EINVAL;
}

/* 10-bit CAPTURE formats show only once a 10-bit sequence is set (rkvdec, hantro G2). */
static int enumerate_deep(const struct v4l2_device *device, facts_ask_probe *ask, void *opaque,
                          const struct core_decoder *facts, struct core_coded_format *coded, uint32_t *full)
{
	struct facts_probe probe;
	struct v4l2_ext_control sequence = {0};
	int error;

	if (!ask(opaque, facts, coded->fourcc, DEEP, &probe))
		return 0;
	error = set_coded(device, coded);
	if (error)
		return ended(error);
	sequence.id = probe.id;
	sequence.size = probe.size;
	sequence.ptr = probe.bytes;
	error = device_set_controls(device, -1, &sequence, 1);
	if (error)
		return ended(error);
	return enumerate_captures(device, CORE_DEPTH_10, coded, full);
}

static int enumerate_coded(const struct v4l2_device *device, uint32_t fourcc, struct core_coded_format *coded,
                           uint32_t *full)
{
	int error;

	memset(coded, 0, sizeof(*coded));
	coded->fourcc = fourcc;
	error = enumerate_sizes(device, fourcc, &coded->sizes);
	if (error)
		return error;
	error = set_coded(device, coded);
	if (error)
		return ended(error);
	return enumerate_captures(device, CORE_DEPTH_8, coded, full);
}

int facts_enumerate(const struct v4l2_device *device, facts_ask_probe *ask, void *opaque,
                    struct core_decoder *facts, uint32_t *full)
{
	uint32_t formats[CORE_MAX_CODED_FORMATS];
	int error;

	*full = 0;
	facts->control_count = 0;
	error = enumerate_controls(device, V4L2_CTRL_CLASS_CODEC_STATELESS, false, facts, full);
	if (!error)
		error = enumerate_controls(device, V4L2_CTRL_CLASS_CODEC, true, facts, full);
	if (!error)
		error = enumerate_coded_formats(device, formats, &facts->coded_count, full);
	for (uint32_t i = 0; i < facts->coded_count && !error; i++)
		error = enumerate_coded(device, formats[i], &facts->coded[i], full);
	/* After all others: a deep sequence stays set. */
	for (uint32_t i = 0; i < facts->coded_count && !error; i++)
		error = enumerate_deep(device, ask, opaque, facts, &facts->coded[i], full);
	return error;
}
