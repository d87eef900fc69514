/* SPDX-License-Identifier: MIT
 *
 * The words of a recording: what goes into a call and what comes back.
 */
#include "../../uapi.h"
#include "record.h"

#include <linux/media.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void line_add(struct record_line *line, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line->text + line->used, sizeof(line->text) - line->used, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->used += (size_t)length;
	if (line->used >= sizeof(line->text))
		line->used = sizeof(line->text) - 1;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

struct word {
	uint64_t value;
	const char *name;
};

static void add_set(struct record_line *line, const char *name, uint64_t set, const struct word *words)
{
	const char *separator = "";

	line_add(line, " %s=", name);
	for (; words->name; words++) {
		if (!(set & words->value))
			continue;
		line_add(line, "%s%s", separator, words->name);
		separator = "+";
		set &= ~words->value;
	}
	if (set)
		line_add(line, "%s0x%llx", separator, (unsigned long long)set);
}

static const struct word buffer_flags[] = {
	{V4L2_BUF_FLAG_MAPPED, "MAPPED"},      {V4L2_BUF_FLAG_QUEUED, "QUEUED"},
	{V4L2_BUF_FLAG_DONE, "DONE"},          {V4L2_BUF_FLAG_KEYFRAME, "KEYFRAME"},
	{V4L2_BUF_FLAG_PFRAME, "PFRAME"},      {V4L2_BUF_FLAG_BFRAME, "BFRAME"},
	{V4L2_BUF_FLAG_ERROR, "ERROR"},        {V4L2_BUF_FLAG_IN_REQUEST, "IN_REQUEST"},
	{V4L2_BUF_FLAG_TIMECODE, "TIMECODE"},  {V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF, "HOLD"},
	{V4L2_BUF_FLAG_PREPARED, "PREPARED"},  {V4L2_BUF_FLAG_TIMESTAMP_COPY, "COPY"},
	{V4L2_BUF_FLAG_TSTAMP_SRC_SOE, "SOE"}, {V4L2_BUF_FLAG_LAST, "LAST"},
	{V4L2_BUF_FLAG_REQUEST_FD, "REQUEST"}, {0, NULL},
};
static const struct word buffer_capabilities[] = {
	{V4L2_BUF_CAP_SUPPORTS_MMAP, "MMAP"},
	{V4L2_BUF_CAP_SUPPORTS_USERPTR, "USERPTR"},
	{V4L2_BUF_CAP_SUPPORTS_DMABUF, "DMABUF"},
	{V4L2_BUF_CAP_SUPPORTS_REQUESTS, "REQUESTS"},
	{V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS, "ORPHANED"},
	{V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF, "HOLD"},
	{V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS, "CACHE_HINTS"},
	{V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS, "MAX_NUM_BUFFERS"},
	{V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS, "REMOVE_BUFS"},
	{0, NULL},
};
static const struct word device_capabilities[] = {
	{V4L2_CAP_VIDEO_M2M, "VIDEO_M2M"},     {V4L2_CAP_VIDEO_M2M_MPLANE, "VIDEO_M2M_MPLANE"},
	{V4L2_CAP_STREAMING, "STREAMING"},     {V4L2_CAP_EXT_PIX_FORMAT, "EXT_PIX_FORMAT"},
	{V4L2_CAP_DEVICE_CAPS, "DEVICE_CAPS"}, {0, NULL},
};
static const struct word control_flags[] = {
	{V4L2_CTRL_FLAG_DISABLED, "DISABLED"},     {V4L2_CTRL_FLAG_READ_ONLY, "READ_ONLY"},
	{V4L2_CTRL_FLAG_WRITE_ONLY, "WRITE_ONLY"}, {V4L2_CTRL_FLAG_VOLATILE, "VOLATILE"},
	{V4L2_CTRL_FLAG_HAS_PAYLOAD, "PAYLOAD"},   {0, NULL},
};

void line_flags(struct record_line *line, const char *name, uint64_t flags)
{
	add_set(line, name, flags, buffer_flags);
}

static const struct word commands[] = {
	{VIDIOC_QUERYCAP, "QUERYCAP"},
	{VIDIOC_ENUM_FMT, "ENUM_FMT"},
	{VIDIOC_ENUM_FRAMESIZES, "ENUM_FRAMESIZES"},
	{VIDIOC_ENUM_FRAMEINTERVALS, "ENUM_FRAMEINTERVALS"},
	{VIDIOC_G_FMT, "G_FMT"},
	{VIDIOC_S_FMT, "S_FMT"},
	{VIDIOC_TRY_FMT, "TRY_FMT"},
	{VIDIOC_REQBUFS, "REQBUFS"},
	{VIDIOC_CREATE_BUFS, "CREATE_BUFS"},
	{VIDIOC_REMOVE_BUFS, "REMOVE_BUFS"},
	{VIDIOC_QUERYBUF, "QUERYBUF"},
	{VIDIOC_PREPARE_BUF, "PREPARE_BUF"},
	{VIDIOC_QBUF, "QBUF"},
	{VIDIOC_DQBUF, "DQBUF"},
	{VIDIOC_EXPBUF, "EXPBUF"},
	{VIDIOC_STREAMON, "STREAMON"},
	{VIDIOC_STREAMOFF, "STREAMOFF"},
	{VIDIOC_QUERYCTRL, "QUERYCTRL"},
	{VIDIOC_QUERY_EXT_CTRL, "QUERY_EXT_CTRL"},
	{VIDIOC_QUERYMENU, "QUERYMENU"},
	{VIDIOC_G_CTRL, "G_CTRL"},
	{VIDIOC_S_CTRL, "S_CTRL"},
	{VIDIOC_G_EXT_CTRLS, "G_EXT_CTRLS"},
	{VIDIOC_S_EXT_CTRLS, "S_EXT_CTRLS"},
	{VIDIOC_TRY_EXT_CTRLS, "TRY_EXT_CTRLS"},
	{VIDIOC_DECODER_CMD, "DECODER_CMD"},
	{VIDIOC_TRY_DECODER_CMD, "TRY_DECODER_CMD"},
	{VIDIOC_SUBSCRIBE_EVENT, "SUBSCRIBE_EVENT"},
	{VIDIOC_UNSUBSCRIBE_EVENT, "UNSUBSCRIBE_EVENT"},
	{VIDIOC_DQEVENT, "DQEVENT"},
	{VIDIOC_G_PRIORITY, "G_PRIORITY"},
	{VIDIOC_S_PRIORITY, "S_PRIORITY"},
	{VIDIOC_G_SELECTION, "G_SELECTION"},
	{VIDIOC_G_PARM, "G_PARM"},
	{VIDIOC_G_INPUT, "G_INPUT"},
	{VIDIOC_LOG_STATUS, "LOG_STATUS"},
	{MEDIA_IOC_DEVICE_INFO, "DEVICE_INFO"},
	{MEDIA_IOC_ENUM_ENTITIES, "ENUM_ENTITIES"},
	{MEDIA_IOC_ENUM_LINKS, "ENUM_LINKS"},
	{MEDIA_IOC_SETUP_LINK, "SETUP_LINK"},
	{MEDIA_IOC_G_TOPOLOGY, "G_TOPOLOGY"},
	{MEDIA_IOC_REQUEST_ALLOC, "REQUEST_ALLOC"},
	{MEDIA_REQUEST_IOC_QUEUE, "REQUEST_QUEUE"},
	{MEDIA_REQUEST_IOC_REINIT, "REQUEST_REINIT"},
	{0, NULL},
};

static void add_name(struct record_line *line, uint64_t value, const struct word *words)
{
	for (; words->name; words++) {
		if (words->value == value) {
			line_add(line, "%s", words->name);
			return;
		}
	}
	line_add(line, "0x%llx", (unsigned long long)value);
}

static const char *queue_word(uint32_t type)
{
	switch (type) {
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE:
		return "OUTPUT";
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
	case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
		return "CAPTURE";
	default:
		return "OTHER";
	}
}

static const char *memory_word(uint32_t memory)
{
	switch (memory) {
	case V4L2_MEMORY_MMAP:
		return "MMAP";
	case V4L2_MEMORY_USERPTR:
		return "USERPTR";
	case V4L2_MEMORY_DMABUF:
		return "DMABUF";
	case 0:
		return "none";
	default:
		return "unknown";
	}
}

static void add_fourcc(struct record_line *line, uint32_t fourcc)
{
	line_add(line, " fourcc=%.4s", fourcc ? (const char *)&fourcc : "0");
}

/* FNV-1a, of what is too long to be written out. */
static uint32_t digest(const void *bytes, size_t size)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * 16777619u;
	return hash;
}

/* ---- structs --------------------------------------------------------------------------------------------------------- */

static void add_format(struct record_line *line, const struct v4l2_format *format)
{
	if (V4L2_TYPE_IS_MULTIPLANAR(format->type)) {
		const struct v4l2_pix_format_mplane *pix = &format->fmt.pix_mp;

		add_fourcc(line, pix->pixelformat);
		line_add(
			line, " width=%u height=%u stride=%u size=%u field=%u planes=%u colorspace=%u/%u/%u/%u flags=%u",
			pix->width, pix->height, pix->plane_fmt[0].bytesperline, pix->plane_fmt[0].sizeimage, pix->field,
			pix->num_planes, pix->colorspace, pix->ycbcr_enc, pix->quantization, pix->xfer_func, pix->flags);
	} else {
		const struct v4l2_pix_format *pix = &format->fmt.pix;

		add_fourcc(line, pix->pixelformat);
		line_add(line,
		         " width=%u height=%u stride=%u size=%u field=%u planes=1 colorspace=%u/%u/%u/%u flags=%u",
		         pix->width, pix->height, pix->bytesperline, pix->sizeimage, pix->field, pix->colorspace,
		         pix->ycbcr_enc, pix->quantization, pix->xfer_func, pix->flags);
	}
}

static const struct v4l2_plane *plane_of(const struct v4l2_buffer *buffer)
{
	return V4L2_TYPE_IS_MULTIPLANAR(buffer->type) && buffer->length > 0 ? buffer->m.planes : NULL;
}

static void add_times(struct record_line *line, const struct v4l2_buffer *buffer)
{
	line_add(line, " time=%lld.%06ld", (long long)buffer->timestamp.tv_sec, (long)buffer->timestamp.tv_usec);
}

static void buffer_arguments(struct record_line *line, unsigned long command,
                             const struct v4l2_buffer *buffer)
{
	const struct v4l2_plane *plane = plane_of(buffer);

	line_add(line, " %s", queue_word(buffer->type));
	if (command != VIDIOC_DQBUF)
		line_add(line, " %u", buffer->index);
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type) && (!plane || buffer->length != 1))
		line_add(line, " planes=%s%u", plane ? "" : "NULL/", buffer->length);
	if (command != VIDIOC_QBUF && command != VIDIOC_PREPARE_BUF)
		return;
	line_add(line, " %s", memory_word(buffer->memory));
	line_add(line, " used=%u", plane ? plane->bytesused : buffer->bytesused);
	if (buffer->memory == V4L2_MEMORY_DMABUF)
		line_add(line, " dmabuf=%s length=%u", record_name_of(plane ? plane->m.fd : buffer->m.fd),
		         plane ? plane->length : buffer->length);
	if (plane && plane->data_offset)
		line_add(line, " data_offset=%u", plane->data_offset);
	if (buffer->field)
		line_add(line, " field=%u", buffer->field);
	add_times(line, buffer);
	line_flags(line, "flags", buffer->flags);
	if (buffer->flags & V4L2_BUF_FLAG_REQUEST_FD)
		line_add(line, " request=%s", record_name_of(buffer->request_fd));
}

static void buffer_answer(struct record_line *line, const struct v4l2_buffer *buffer)
{
	const struct v4l2_plane *plane = plane_of(buffer);

	line_add(line, " index=%u memory=%s used=%u length=%u", buffer->index, memory_word(buffer->memory),
	         plane ? plane->bytesused : buffer->bytesused, plane ? plane->length : buffer->length);
	if (buffer->memory == V4L2_MEMORY_MMAP)
		line_add(line, " offset=0x%x", plane ? plane->m.mem_offset : buffer->m.offset);
	else
		line_add(line, " dmabuf=%s", record_name_of(plane ? plane->m.fd : buffer->m.fd));
	if (plane && plane->data_offset)
		line_add(line, " data_offset=%u", plane->data_offset);
	line_add(line, " field=%u sequence=%u", buffer->field, buffer->sequence);
	add_times(line, buffer);
	line_flags(line, "flags", buffer->flags);
	if (buffer->flags & V4L2_BUF_FLAG_TIMECODE)
		line_add(line, " timecode=%u:%u", buffer->timecode.seconds, buffer->timecode.frames);
	if (buffer->request_fd)
		line_add(line, " request=%s", record_name_of(buffer->request_fd));
	if (buffer->reserved2)
		line_add(line, " reserved2=%u", buffer->reserved2);
}

static void controls_arguments(struct record_line *line, const struct v4l2_ext_controls *controls)
{
	line_add(line, " which=0x%x", controls->which);
	if (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL)
		line_add(line, " request=%s", record_name_of(controls->request_fd));
	line_add(line, " count=%u", controls->count);
	for (uint32_t i = 0; controls->controls && i < controls->count && i < 16; i++) {
		const struct v4l2_ext_control *control = &controls->controls[i];

		line_add(line, " 0x%x=%u", control->id, control->size);
	}
}

static void controls_answer(struct record_line *line, const struct v4l2_ext_controls *controls, bool failed)
{
	line_add(line, " error_idx=%u", controls->error_idx);
	for (uint32_t i = 0; controls->controls && i < controls->count && i < 16; i++) {
		const struct v4l2_ext_control *control = &controls->controls[i];

		line_add(line, " 0x%x=%u", control->id, control->size);
		if (failed) /* what was copied until then nobody may look at */
			continue;
		if (control->size > 0 && control->ptr)
			line_add(line, ":%08x", digest(control->ptr, control->size));
		else if (control->size == 0)
			line_add(line, ":%d", control->value);
	}
}

static void topology_answer(struct record_line *line, const struct media_v2_topology *topology)
{
	const struct media_v2_entity *entities = (const void *)(uintptr_t)topology->ptr_entities;
	const struct media_v2_interface *interfaces = (const void *)(uintptr_t)topology->ptr_interfaces;
	const struct media_v2_pad *pads = (const void *)(uintptr_t)topology->ptr_pads;
	const struct media_v2_link *links = (const void *)(uintptr_t)topology->ptr_links;

	line_add(line, " version=%llu entities=%u interfaces=%u pads=%u links=%u",
	         (unsigned long long)topology->topology_version, topology->num_entities, topology->num_interfaces,
	         topology->num_pads, topology->num_links);
	for (uint32_t i = 0; entities && i < topology->num_entities; i++)
		line_add(line, " entity%u=0x%x/0x%x/%s/0x%x", i, entities[i].id, entities[i].function,
		         entities[i].name, entities[i].flags);
	for (uint32_t i = 0; interfaces && i < topology->num_interfaces; i++)
		line_add(line, " interface%u=0x%x/0x%x/0x%x", i, interfaces[i].id, interfaces[i].intf_type,
		         interfaces[i].flags);
	for (uint32_t i = 0; pads && i < topology->num_pads; i++)
		line_add(line, " pad%u=0x%x/0x%x/0x%x/%u", i, pads[i].id, pads[i].entity_id, pads[i].flags,
		         pads[i].index);
	for (uint32_t i = 0; links && i < topology->num_links; i++)
		line_add(line, " link%u=0x%x/0x%x/0x%x/0x%x", i, links[i].id, links[i].source_id, links[i].sink_id,
		         links[i].flags);
}

#define ANY_NEXT (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)

/* ---- calls --------------------------------------------------------------------------------------------------------------- */

void describe_arguments(struct record_line *line, unsigned long command, const void *argument)
{
	add_name(line, command, commands);
	if (!argument)
		return;
	switch (command) {
	case VIDIOC_ENUM_FMT: {
		const struct v4l2_fmtdesc *description = argument;

		line_add(line, " %s index=%u", queue_word(description->type), description->index);
		break;
	}
	case VIDIOC_ENUM_FRAMESIZES: {
		const struct v4l2_frmsizeenum *sizes = argument;

		line_add(line, " %.4s %u", (const char *)&sizes->pixel_format, sizes->index);
		break;
	}
	case VIDIOC_G_FMT:
		line_add(line, " %s", queue_word(*(const uint32_t *)argument));
		break;
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT: {
		struct record_line format = {.used = 0};
		char *next;

		line_add(line, " %s", queue_word(*(const uint32_t *)argument));
		add_format(&format, argument);
		for (char *word = strtok_r(format.text, " ", &next); word; word = strtok_r(NULL, " ", &next))
			line_add(line, " %s", word);
		break;
	}
	case VIDIOC_REQBUFS: {
		const struct v4l2_requestbuffers *request = argument;

		line_add(line, " %s %s count=%u", queue_word(request->type), memory_word(request->memory),
		         request->count);
		break;
	}
	case VIDIOC_CREATE_BUFS: {
		const struct v4l2_create_buffers *create = argument;

		line_add(line, " %s %s count=%u", queue_word(create->format.type), memory_word(create->memory),
		         create->count);
		break;
	}
	case VIDIOC_REMOVE_BUFS: {
		const struct v4l2_remove_buffers *remove = argument;

		line_add(line, " %s index=%u count=%u", queue_word(remove->type), remove->index, remove->count);
		break;
	}
	case VIDIOC_QUERYBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_QBUF:
	case VIDIOC_DQBUF:
		buffer_arguments(line, command, argument);
		break;
	case VIDIOC_EXPBUF: {
		const struct v4l2_exportbuffer *export = argument;

		line_add(line, " %s %u plane=%u flags=0x%x", queue_word(export->type), export->index, export->plane,
		         export->flags);
		break;
	}
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		line_add(line, " %s", queue_word(*(const uint32_t *)argument));
		break;
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERY_EXT_CTRL:
		if (*(const uint32_t *)argument & ANY_NEXT)
			line_add(line, " next%u", *(const uint32_t *)argument >> 30);
		else
			line_add(line, " 0x%x", *(const uint32_t *)argument);
		break;
	case VIDIOC_G_CTRL:
		line_add(line, " 0x%x", *(const uint32_t *)argument);
		break;
	case VIDIOC_QUERYMENU: {
		const struct v4l2_querymenu *menu = argument;

		line_add(line, " 0x%x %u", menu->id, menu->index);
		break;
	}
	case VIDIOC_S_CTRL: {
		const struct v4l2_control *control = argument;

		line_add(line, " 0x%x value=%d", control->id, control->value);
		break;
	}
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		controls_arguments(line, argument);
		break;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_TRY_DECODER_CMD: {
		const struct v4l2_decoder_cmd *decoder = argument;

		line_add(line, " %u flags=%u", decoder->cmd, decoder->flags);
		break;
	}
	case VIDIOC_SUBSCRIBE_EVENT:
	case VIDIOC_UNSUBSCRIBE_EVENT: {
		const struct v4l2_event_subscription *event = argument;

		line_add(line, " %u 0x%x", event->type, event->id);
		break;
	}
	case MEDIA_IOC_ENUM_ENTITIES:
		line_add(line, " 0x%x", ((const struct media_entity_desc *)argument)->id);
		break;
	}
}

/* What an enumeration came upon is a word, too: devices have different numbers of things. */
void describe_found(struct record_line *line, unsigned long command, const void *argument, bool failed)
{
	const char *words = line->text;
	uint32_t found;

	if (!argument)
		return;
	switch (command) {
	case VIDIOC_ENUM_FMT:
		found = ((const struct v4l2_fmtdesc *)argument)->pixelformat;
		line_add(line, failed ? " end" : " %.4s", (const char *)&found);
		break;
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERY_EXT_CTRL:
		if (strstr(words, " next"))
			line_add(line, failed ? " end" : " 0x%x", *(const uint32_t *)argument);
		break;
	}
}

static void control_answer(struct record_line *line, const struct v4l2_query_ext_ctrl *query)
{
	line_add(line, " id=0x%x type=%u name=\"%s\" elem=%u elems=%u dims=%u range=%lld..%lld/%llu default=%lld",
	         query->id, query->type, query->name, query->elem_size, query->elems, query->nr_of_dims,
	         (long long)query->minimum, (long long)query->maximum, (unsigned long long)query->step,
	         (long long)query->default_value);
	add_set(line, "flags", query->flags, control_flags);
}

void describe_answer(struct record_line *line, unsigned long command, const void *argument, bool failed)
{
	if (!argument)
		return;
	switch (command) {
	case VIDIOC_QUERYCAP: {
		const struct v4l2_capability *capability = argument;

		line_add(line, " driver=%s card=%s bus=%s version=0x%x", capability->driver, capability->card,
		         capability->bus_info, capability->version >> 8);
		add_set(line, "caps", capability->capabilities, device_capabilities);
		add_set(line, "device_caps", capability->device_caps, device_capabilities);
		break;
	}
	case VIDIOC_ENUM_FMT: {
		const struct v4l2_fmtdesc *description = argument;

		add_fourcc(line, description->pixelformat);
		line_add(line, " flags=0x%x mbus=%u text=\"%s\"", description->flags, description->mbus_code,
		         description->description);
		break;
	}
	case VIDIOC_ENUM_FRAMESIZES: {
		const struct v4l2_frmsizeenum *sizes = argument;

		line_add(line, " type=%u width=%u..%u/%u height=%u..%u/%u", sizes->type, sizes->stepwise.min_width,
		         sizes->stepwise.max_width, sizes->stepwise.step_width, sizes->stepwise.min_height,
		         sizes->stepwise.max_height, sizes->stepwise.step_height);
		break;
	}
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		add_format(line, argument);
		break;
	case VIDIOC_REQBUFS: {
		const struct v4l2_requestbuffers *request = argument;

		line_add(line, " count=%u flags=%u", request->count, request->flags);
		add_set(line, "caps", request->capabilities, buffer_capabilities);
		break;
	}
	case VIDIOC_CREATE_BUFS: {
		const struct v4l2_create_buffers *create = argument;

		line_add(line, " index=%u count=%u flags=%u max=%u", create->index, create->count, create->flags,
		         get_max_num_buffers(create));
		add_set(line, "caps", create->capabilities, buffer_capabilities);
		break;
	}
	case VIDIOC_QUERYBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_QBUF:
	case VIDIOC_DQBUF:
		buffer_answer(line, argument);
		break;
	case VIDIOC_EXPBUF:
		line_add(line, " dmabuf=%s", record_name_of(((const struct v4l2_exportbuffer *)argument)->fd));
		break;
	case VIDIOC_QUERYCTRL: {
		const struct v4l2_queryctrl *query = argument;

		line_add(line, " id=0x%x type=%u name=\"%s\" range=%d..%d/%d default=%d", query->id, query->type,
		         query->name, query->minimum, query->maximum, query->step, query->default_value);
		add_set(line, "flags", query->flags, control_flags);
		break;
	}
	case VIDIOC_QUERY_EXT_CTRL:
		control_answer(line, argument);
		break;
	case VIDIOC_QUERYMENU:
		line_add(line, " name=\"%s\"", ((const struct v4l2_querymenu *)argument)->name);
		break;
	case VIDIOC_G_CTRL:
	case VIDIOC_S_CTRL:
		line_add(line, " value=%d", ((const struct v4l2_control *)argument)->value);
		break;
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		controls_answer(line, argument, failed);
		break;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_TRY_DECODER_CMD:
		line_add(line, " flags=%u", ((const struct v4l2_decoder_cmd *)argument)->flags);
		break;
	case VIDIOC_G_PRIORITY:
		line_add(line, " priority=%u", *(const uint32_t *)argument);
		break;
	case MEDIA_IOC_DEVICE_INFO: {
		const struct media_device_info *info = argument;

		line_add(line, " driver=%s model=%s serial=\"%s\" bus=%s version=0x%x/0x%x hw=%u", info->driver,
		         info->model, info->serial, info->bus_info, info->media_version >> 8,
		         info->driver_version >> 8, info->hw_revision);
		break;
	}
	case MEDIA_IOC_ENUM_ENTITIES: {
		const struct media_entity_desc *entity = argument;

		line_add(line, " id=0x%x name=%s type=0x%x flags=0x%x pads=%u links=%u", entity->id, entity->name,
		         entity->type, entity->flags, entity->pads, entity->links);
		break;
	}
	case MEDIA_IOC_G_TOPOLOGY:
		topology_answer(line, argument);
		break;
	case MEDIA_IOC_REQUEST_ALLOC:
		line_add(line, " request=%s", record_name_of(*(const int *)argument));
		break;
	}
}
