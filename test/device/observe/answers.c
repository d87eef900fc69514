/* SPDX-License-Identifier: MIT
 *
 * The only answers of the kernel that the observer alters, and only when told to: those in which a device says what it can
 * do. visl takes slices and frames, with and without start codes, its own memory and everybody's; these make a
 * decoder of it that takes one of each, so that the program has no choice. What the program then does goes to the kernel.
 */
#include "observe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANY = -1 };

static struct {
	int decode_mode;
	int start_code;
	bool no_dmabuf;
	bool no_expbuf;
} only = {ANY, ANY, false, false};

static int item_of(const char *variable, const char *zero, const char *one)
{
	const char *value = getenv(variable);

	if (!value || !*value)
		return ANY;
	if (strcmp(value, zero) == 0)
		return 0;
	if (strcmp(value, one) == 0)
		return 1;
	fprintf(stderr, "%s is %s: it takes %s or %s.\n", variable, value, zero, one);
	exit(2);
}

static bool flag(const char *variable)
{
	const char *value = getenv(variable);

	return value && strcmp(value, "1") == 0;
}

void observe_answers_configure(void)
{
	only.decode_mode = item_of("V4L2OBSERVE_DECODE_MODE", "slice", "frame");
	only.start_code = item_of("V4L2OBSERVE_START_CODE", "none", "annex-b");
	only.no_dmabuf = flag("V4L2OBSERVE_NO_DMABUF");
	only.no_expbuf = flag("V4L2OBSERVE_NO_EXPBUF");
}

static enum model_menu_kind kind_of_menu(uint32_t id)
{
	for (unsigned i = 0; model_codecs[i]; i++) {
		for (unsigned j = 0; j < model_codecs[i]->control_count; j++) {
			const struct model_control *control = &model_codecs[i]->controls[j];

			if (control->id == id && control->menu)
				return control->menu->kind;
		}
	}
	return MODEL_MENU_PLAIN;
}

static bool menu_denies(const struct v4l2_querymenu *menu)
{
	const enum model_menu_kind kind = kind_of_menu(menu->id);
	int item = ANY;

	if (kind == MODEL_MENU_DECODE_MODE)
		item = only.decode_mode;
	else if (kind == MODEL_MENU_START_CODE)
		item = only.start_code;
	return item != ANY && menu->index != (uint32_t)item;
}

static bool is_capture_dmabuf(uint32_t type, uint32_t memory)
{
	return V4L2_TYPE_IS_CAPTURE(type) && memory == V4L2_MEMORY_DMABUF;
}

int observe_answer_denied(unsigned long command, const void *argument)
{
	bool denied = false;

	if (!argument)
		return 0;
	if (command == VIDIOC_EXPBUF)
		return only.no_expbuf ? ENOTTY : 0; /* v4l2_ioctl_ops without vidioc_expbuf */
	if (command == VIDIOC_QUERYMENU) {
		denied = menu_denies(argument); /* v4l2_querymenu(): an item that the menu skips */
	} else if (command == VIDIOC_REQBUFS) {
		const struct v4l2_requestbuffers *request = argument;

		/* vb2_verify_memory_type(), of a queue without VB2_DMABUF */
		denied = only.no_dmabuf && is_capture_dmabuf(request->type, request->memory);
	} else if (command == VIDIOC_CREATE_BUFS) {
		const struct v4l2_create_buffers *create = argument;

		denied = only.no_dmabuf && is_capture_dmabuf(create->format.type, create->memory);
	}
	return denied ? EINVAL : 0;
}

void observe_answer_narrow(unsigned long command, void *argument)
{
	struct v4l2_requestbuffers *request = argument;
	struct v4l2_create_buffers *create = argument;

	if (!only.no_dmabuf || !argument)
		return;
	if (command == VIDIOC_REQBUFS && V4L2_TYPE_IS_CAPTURE(request->type))
		request->capabilities &= ~(uint32_t)V4L2_BUF_CAP_SUPPORTS_DMABUF;
	else if (command == VIDIOC_CREATE_BUFS && V4L2_TYPE_IS_CAPTURE(create->format.type))
		create->capabilities &= ~(uint32_t)V4L2_BUF_CAP_SUPPORTS_DMABUF;
}
