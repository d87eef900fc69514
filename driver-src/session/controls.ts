// SPDX-License-Identifier: MIT
/** Puts the controls that the codec filled into the plan. */
import { CORE_OP_SET_CONTROLS } from "../abi/exchange";
import { plan_control, plan_step } from "../boundary/plan";
import { controls_address, controls_count, controls_id, controls_size } from "../codec/controls";

/** Adds the step that sets them: in the request of a slot, or at once (CORE_NONE). */
export function set_controls(slot: u32): void {
	const step = plan_step(CORE_OP_SET_CONTROLS);
	step.slot = slot;
	step.count = controls_count();
	for (let i: u32 = 0; i < controls_count(); i++) {
		const place = plan_control(controls_id(i), controls_address(i), controls_size(i));
		if (i == 0) step.first_control = place;
	}
}
