// SPDX-License-Identifier: MIT
/** How this device wants its slices: frames rather than slices, start codes rather than none, where it has the choice. */
import { CORE_OP_SET_CONTROLS, core_decoder } from "../abi/exchange";
import { plan_control, plan_step } from "../boundary/plan";
import { CodecFacts, MODE_SLICES, MODE_START_CODES } from "../codec/facts";
import { decoder_menu_has } from "../device/decoder";

/** Items of both menus: 0 is SLICE_BASED and NONE, 1 is FRAME_BASED and ANNEX_B. */
const MENU_VALUES: usize = memory.data(8, 4);

let modes: u32 = 0;

/** Chooses for a new context. Returns MODE_*. */
export function modes_choose(decoder: core_decoder, facts: CodecFacts): u32 {
	modes = 0;
	if (facts.decode_mode != 0 && !decoder_menu_has(decoder, facts.decode_mode, 1)) modes |= MODE_SLICES;
	if (facts.start_code != 0 && decoder_menu_has(decoder, facts.start_code, 1)) modes |= MODE_START_CODES;
	return modes;
}

/** Adds the steps that tell the device. */
export function modes_set(decoder: core_decoder, facts: CodecFacts): void {
	set_menu(decoder, facts.decode_mode, modes_slice_based() ? 0 : 1, MENU_VALUES);
	set_menu(decoder, facts.start_code, modes_start_codes() ? 1 : 0, MENU_VALUES + 4);
}

function set_menu(decoder: core_decoder, id: u32, item: u32, address: usize): void {
	if (id == 0 || !decoder_menu_has(decoder, id, item)) return;
	store<u32>(address, item);
	const step = plan_step(CORE_OP_SET_CONTROLS);
	step.first_control = plan_control(id, address, 4);
	step.count = 1;
}

/** Whether a request holds one slice, not a picture. */
export function modes_slice_based(): bool {
	return (modes & MODE_SLICES) != 0;
}

/** Whether each slice has a start code in front of it. */
export function modes_start_codes(): bool {
	return (modes & MODE_START_CODES) != 0;
}
