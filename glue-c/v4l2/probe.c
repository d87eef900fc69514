/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <string.h>

#include "../core/answers.h"

bool probe_of_core(struct core *core, const struct core_decoder *facts, uint32_t coded_fourcc,
                   uint32_t bit_depth, struct facts_probe *probe, bool *has)
{
	struct core_control control;
	uint32_t answer;

	memcpy(core_input(core), facts, sizeof(*facts));
	if (!core_display_probe_control(core, &answer, coded_fourcc, bit_depth))
		return false;
	*has = answer != 0;
	if (!*has)
		return true;
	if (!take_control(core, &control, probe->bytes, sizeof(probe->bytes)))
		return false;
	probe->id = control.id;
	probe->size = control.size;
	return true;
}
