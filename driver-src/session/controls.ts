// SPDX-License-Identifier: MIT
/** Puts the controls that the codec filled into the plan. */
import { CORE_OP_SET_CONTROLS } from "../abi/exchange";
import { plan_control, plan_step } from "../boundary/plan";
import {
	controls_address,
	controls_count,
	controls_id,
	controls_is_optional,
	controls_size,
} from "../codec/controls";
import { decoder_control } from "../device/decoder";
import { own_decoder } from "./decoder";

/** Adds the step that sets those which the device takes, if there are any: in the request of a slot, or at once (CORE_NONE). */
export function set_controls(slot: u32): void {
	let count: u32 = 0;
	let first: u32 = 0;
	for (let i: u32 = 0; i < controls_count(); i++) {
		if (controls_is_optional(i) && decoder_control(own_decoder(), controls_id(i)) == null) continue;
		const place = plan_control(controls_id(i), controls_address(i), controls_size(i));
		if (count == 0) first = place;
		count++;
	}
	if (count == 0) return;
	const step = plan_step(CORE_OP_SET_CONTROLS);
	step.slot = slot;
	step.first_control = first;
	step.count = count;
}
