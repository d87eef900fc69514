// SPDX-License-Identifier: MIT
/** The decoder of this context, the codec that it decodes, and how it wants its slices. */
import { CORE_OP_SET_CONTROLS, core_coded_format, core_decoder, core_decoder_SIZE } from "../abi/exchange";
import { input_address } from "../boundary/areas";
import { plan_control, plan_step } from "../boundary/plan";
import {
	CODEC_NONE,
	CodecFacts,
	codec_facts,
	DEPTH_10,
	MODE_EXPLICIT_SETS,
	MODE_FILM_GRAIN,
	MODE_SLICES,
	MODE_START_CODES,
	profile_facts,
} from "../codec/facts";
import { decoder_coded_format, decoder_control, decoder_menu_has } from "../device/decoder";

/** A copy of the facts, as the glue gave them to context_create(). */
const DECODER: usize = memory.data(core_decoder_SIZE, 8);
/** Items of both mode menus: 0 is SLICE_BASED and NONE, 1 is FRAME_BASED and ANNEX_B. */
const MENU_VALUES: usize = memory.data(8, 4);

let codec: u32 = CODEC_NONE;
let profile_depths: u32 = 0;
let modes: u32 = 0;

/**
 * For a new context. Input: core_decoder. Chooses frames rather than slices, and start codes rather than none, where the
 * device has the choice.
 */
export function take_decoder(profile: u32): void {
	memory.copy(DECODER, input_address(), core_decoder_SIZE);
	const row = profile_facts(profile);
	codec = row == null ? CODEC_NONE : row.codec;
	profile_depths = row == null ? 0 : row.depths;
	const facts = own_codec();
	modes = 0;
	if (facts.decode_mode != 0 && !decoder_menu_has(own_decoder(), facts.decode_mode, 1))
		modes |= MODE_SLICES;
	if (facts.start_code != 0 && decoder_menu_has(own_decoder(), facts.start_code, 1))
		modes |= MODE_START_CODES;
	if (facts.grain != 0 && decoder_control(own_decoder(), facts.grain) != null) modes |= MODE_FILM_GRAIN;
	if (facts.sets != 0 && decoder_control(own_decoder(), facts.sets) != null) modes |= MODE_EXPLICIT_SETS;
}

/** What was enumerated on the decoder of this context. */
export function own_decoder(): core_decoder {
	return core_decoder.at(DECODER);
}

/** Of CODEC_NONE when the profile is none that this driver has. */
export function own_codec(): CodecFacts {
	return codec_facts(codec);
}

/** The greatest bit depth that the profile allows. */
export function own_depth(): u32 {
	return (profile_depths & DEPTH_10) != 0 ? 10 : 8;
}

/** The decoder's coded format of the codec, or null. */
export function own_coded_format(): core_coded_format | null {
	return decoder_coded_format(own_decoder(), own_codec().coded_fourcc);
}

/** MODE_*. */
export function own_modes(): u32 {
	return modes;
}

/** Whether a request holds one slice, not a picture. */
export function is_slice_based(): bool {
	return (modes & MODE_SLICES) != 0;
}

/** Whether each slice has a start code in front of it. */
export function has_start_codes(): bool {
	return (modes & MODE_START_CODES) != 0;
}

/** Adds the steps that tell the device the modes. */
export function set_modes(): void {
	set_menu(own_codec().decode_mode, is_slice_based() ? 0 : 1, MENU_VALUES);
	set_menu(own_codec().start_code, has_start_codes() ? 1 : 0, MENU_VALUES + 4);
}

function set_menu(id: u32, item: u32, address: usize): void {
	if (id == 0 || !decoder_menu_has(own_decoder(), id, item)) return;
	store<u32>(address, item);
	const step = plan_step(CORE_OP_SET_CONTROLS);
	step.first_control = plan_control(id, address, 4);
	step.count = 1;
}
