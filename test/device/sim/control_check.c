/* SPDX-License-Identifier: MIT
 *
 * Which control values are refused, and which are put right: std_validate_elem() of
 * drivers/media/v4l2-core/v4l2-ctrls-core.c, then the driver's try_ctrl. Compound ones are validated by their codec.
 */
#include <errno.h>
#include <string.h>

#include "sim.h"

static int check_elements(const struct sim_control *control, uint8_t *value, uint32_t size)
{
	int result = 0;

	for (uint32_t at = 0; control->codec && !result && at < size; at += control->element_size)
		result = control->codec->validate(control->id, value + at);
	return result;
}

int sim_control_check(const struct sim_control *control, void *value, uint32_t size)
{
	int32_t item;

	if (control->type != V4L2_CTRL_TYPE_MENU)
		return check_elements(control, value, size);
	memcpy(&item, value, sizeof(item));
	if (item < control->minimum || item > control->maximum)
		return -ERANGE;
	return control->skip_mask & 1ull << item ? -EINVAL : 0;
}

/* hantro_try_ctrl(), cedrus_try_ctrl(), rkvdec_h264_validate_sps() */
int sim_control_try(struct sim_context *context, const struct sim_control *control, const void *value)
{
	const struct sim_kind *kind = &context->device->kind;
	struct model_sequence sequence;

	if (!control->codec || !control->codec->sequence ||
	    !control->codec->sequence(control->id, value, &sequence))
		return 0;
	if (sequence.chroma_format > 1 || (sequence.chroma_format == 0 && !kind->monochrome))
		return -EINVAL;
	if (sequence.luma_depth != sequence.chroma_depth)
		return -EINVAL;
	if (sequence.luma_depth != 8 && (sequence.luma_depth != 10 || context->device->depth < 10))
		return -EINVAL;
	if (!kind->must_fit)
		return 0;
	return sequence.width > context->output_format.width || sequence.height > context->output_format.height
	           ? -EINVAL
	           : 0;
}
