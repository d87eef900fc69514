/* SPDX-License-Identifier: MIT */
#include "controls.h"

/* Its controls are known, its pictures are not decoded. */
const struct model_codec model_av1 = {
	.name = "av1",
	.coded_fourcc = V4L2_PIX_FMT_AV1_FRAME,
	.format_title = "AV1 Frame",
	.controls = av1_controls,
	.control_count = AV1_CONTROLS,
	.init = av1_init_control,
	.validate = av1_validate_control,
	.sequence = av1_sequence,
};
