// SPDX-License-Identifier: MIT
/** Puts the controls that the codec filled into the plan. */
import {
	CORE_MESSAGE_TOO_MANY_ELEMENTS,
	CORE_NONE,
	CORE_OP_SET_CONTROLS,
	core_control_facts,
} from "../abi/exchange";
import { VA_STATUS_ERROR_UNIMPLEMENTED } from "../abi/va";
import { plan_control, plan_return, plan_step } from "../boundary/plan";
import {
	controls_address,
	controls_count,
	controls_id,
	controls_is_largest,
	controls_is_optional,
	controls_size,
} from "../codec/controls";
import { decoder_control, decoder_elements } from "../device/decoder";
import { own_decoder } from "./decoder";

/** More than any array has elements. */
const LENGTH_RANGE: u32 = 4096;
/** What arrays_length() was for the last request. */
let requested_length: u32 = 0;

/** Adds the step that sets those which the device takes, if there are any: in the request of a slot, or at once (CORE_NONE). */
export function set_controls(slot: u32): void {
	const length = add_controls(slot);
	if (slot != CORE_NONE) requested_length = length;
}

/** The same for a request that has its controls: these replace some of them, and no array. */
export function amend_controls(slot: u32): void {
	add_controls(slot);
}

/** Returns what arrays_length() is for those that the device takes. */
function add_controls(slot: u32): u32 {
	let count: u32 = 0;
	let first: u32 = 0;
	let length: u32 = 0;
	for (let i: u32 = 0; i < controls_count(); i++) {
		const facts = decoder_control(own_decoder(), controls_id(i));
		if (controls_is_optional(i) && facts == null) continue;
		length = with_array(length, i, facts);
		const size = controls_is_largest(i) ? largest_size(i, facts) : controls_size(i);
		if (size == 0) continue;
		const place = plan_control(controls_id(i), controls_address(i), size);
		if (count == 0) first = place;
		count++;
	}
	if (count == 0) return length;
	const step = plan_step(CORE_OP_SET_CONTROLS);
	step.slot = slot;
	step.first_control = first;
	step.count = count;
	return length;
}

function is_array(facts: core_control_facts): bool {
	return facts.max_elems != 0 && facts.elem_size != 0;
}

/** Bytes of control i at the device's largest; 0 where it takes one element only. */
function largest_size(i: u32, facts: core_control_facts | null): u32 {
	if (facts == null || !is_array(facts) || facts.max_elems == 1) return 0;
	return min<u32>(controls_size(i), facts.max_elems * facts.elem_size);
}

/** The lengths of the dynamic arrays among the controls, as one number. */
function arrays_length(): u32 {
	let length: u32 = 0;
	for (let i: u32 = 0; i < controls_count(); i++) {
		length = with_array(length, i, decoder_control(own_decoder(), controls_id(i)));
	}
	return length;
}

/** `length` with that of control i, which counts if it is an array. */
function with_array(length: u32, i: u32, facts: core_control_facts | null): u32 {
	if (facts == null || !is_array(facts)) return length;
	return length * LENGTH_RANGE + controls_size(i) / facts.elem_size;
}

/**
 * Whether these controls have arrays of other lengths than those of the last request. Which length the picture before is decoded
 * with, rkvdec reads when it begins with it, and that may be this one then (rkvdec_hevc_run_preamble(), new_elems).
 */
export function arrays_change_length(): bool {
	return arrays_length() != requested_length;
}

/** Whether the device takes all elements of all arrays; else the plan refuses. */
export function arrays_fit(): bool {
	for (let i: u32 = 0; i < controls_count(); i++) {
		const facts = decoder_control(own_decoder(), controls_id(i));
		if (facts == null || !is_array(facts)) continue;
		const elements = controls_size(i) / facts.elem_size;
		const most = decoder_elements(own_decoder(), facts);
		if (elements <= most) continue;
		plan_return(VA_STATUS_ERROR_UNIMPLEMENTED, CORE_MESSAGE_TOO_MANY_ELEMENTS, elements, most);
		return false;
	}
	return true;
}
