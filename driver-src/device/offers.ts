// SPDX-License-Identifier: MIT
/** Which profiles and surface formats a decoder offers, and the decoders of a display together. */
import {
	CORE_VERDICT_NO_CAPTURE_FORMAT,
	CORE_VERDICT_NO_CODED_FORMAT,
	CORE_VERDICT_NO_CONTROL,
	CORE_VERDICT_NO_SUCH_PROFILE,
	CORE_VERDICT_NOT_IN_MENU,
	CORE_VERDICT_OFFERED,
	core_coded_format,
	core_decoder,
} from "../abi/exchange";
import { VA_FOURCC_NV12, VA_FOURCC_P010 } from "../abi/va";
import {
	codec_facts,
	codec_of_profile,
	DEPTH_8,
	DEPTH_10,
	depth_set,
	needed_at,
	needed_count,
	ProfileFacts,
	profile_at,
	profile_count,
	profile_facts,
} from "../codec/facts";
import {
	coded_max_height,
	coded_max_width,
	coded_takes_size,
	coded_told_area,
	decoder_capture_fourcc,
	decoder_coded_format,
	decoder_control,
	decoder_is_linear,
} from "./decoder";
import { decoder_at, decoder_count } from "./registry";

/** Whether a decoder serves a VAProfile, or else why not. */
export function verdict(decoder: core_decoder, profile: u32): u32 {
	const facts = profile_facts(profile);
	if (facts == null) return CORE_VERDICT_NO_SUCH_PROFILE;
	const coded = decoder_coded_format(decoder, codec_facts(facts.codec).coded_fourcc);
	if (coded == null) return CORE_VERDICT_NO_CODED_FORMAT;
	if (missing_control(decoder, facts.codec) != 0) return CORE_VERDICT_NO_CONTROL;
	if ((coded_depths(coded) & facts.needed_depths) != facts.needed_depths)
		return CORE_VERDICT_NO_CAPTURE_FORMAT;
	// The menu is optional (V4L2 stateless decoder interface).
	if (decoder_control(decoder, facts.menu) == null)
		return facts.without_menu != 0 ? CORE_VERDICT_OFFERED : CORE_VERDICT_NOT_IN_MENU;
	return menu_lists(decoder, facts) ? CORE_VERDICT_OFFERED : CORE_VERDICT_NOT_IN_MENU;
}

/** A control that every picture of a codec needs and the device has not; 0 when it has all. */
export function missing_control(decoder: core_decoder, codec: u32): u32 {
	for (let i: u32 = 0; i < needed_count(); i++) {
		const needed = needed_at(i);
		if (needed.codec == codec && decoder_control(decoder, needed.id) == null) return needed.id;
	}
	return 0;
}

function menu_lists(decoder: core_decoder, facts: ProfileFacts): bool {
	const menu = decoder_control(decoder, facts.menu);
	return menu != null && (menu.menu_mask & facts.items) != 0;
}

/** The bit depths that CAPTURE has a format for. */
export function coded_depths(coded: core_coded_format): u32 {
	let depths: u32 = 0;
	if (decoder_capture_fourcc(coded, 8) != 0) depths |= DEPTH_8;
	if (decoder_capture_fourcc(coded, 10) != 0) depths |= DEPTH_10;
	return depths;
}

/** Whether the device may decode a bit depth of a codec: where it has no profile menu, only trying shows. */
export function may_have_depth(decoder: core_decoder, codec: u32, bit_depth: u32): bool {
	for (let i: u32 = 0; i < profile_count(); i++) {
		const facts = profile_at(i);
		if (facts.codec != codec || (facts.depths & depth_set(bit_depth)) == 0) continue;
		if (decoder_control(decoder, facts.menu) == null || menu_lists(decoder, facts)) return true;
	}
	return false;
}

/** The coded format with which a decoder serves a profile; null when it does not. */
function serves(decoder: core_decoder, profile: u32): core_coded_format | null {
	if (verdict(decoder, profile) != CORE_VERDICT_OFFERED) return null;
	return decoder_coded_format(decoder, codec_facts(codec_of_profile(profile)).coded_fourcc);
}

/** Whether some decoder of the display serves a profile. */
export function is_offered(profile: u32): bool {
	for (let i: u32 = 0; i < decoder_count(); i++) {
		if (verdict(decoder_at(i), profile) == CORE_VERDICT_OFFERED) return true;
	}
	return false;
}

/** The bit depths of a profile that some decoder has CAPTURE formats for, a set; empty when none offers the profile. */
export function offered_depths(profile: u32): u32 {
	const facts = profile_facts(profile);
	let depths: u32 = 0;
	for (let i: u32 = 0; i < decoder_count(); i++) {
		const coded = serves(decoder_at(i), profile);
		if (coded != null) depths |= coded_depths(coded);
	}
	return facts == null ? 0 : facts.depths & depths;
}

/** The greatest width that some decoder takes with a profile; 0 when none offers it. */
export function offered_width(profile: u32): u32 {
	let width: u32 = 0;
	for (let i: u32 = 0; i < decoder_count(); i++) {
		const coded = serves(decoder_at(i), profile);
		if (coded != null) width = max<u32>(width, coded_max_width(coded));
	}
	return width;
}

/** The greatest height. */
export function offered_height(profile: u32): u32 {
	let height: u32 = 0;
	for (let i: u32 = 0; i < decoder_count(); i++) {
		const coded = serves(decoder_at(i), profile);
		if (coded != null) height = max<u32>(height, coded_max_height(coded));
	}
	return height;
}

/** Of the contexts of a decoder; more of them count as many. */
const MOST_CONTEXTS: u32 = 0xffff;

/**
 * The decoder for a context: of those that serve the profile, one that takes the size, with the most of the depths asked for
 * (a set), linear pictures, and the fewest contexts; of equals, the one for the largest pictures, since a stream may grow and such a decoder
 * is the faster one (RK3588: VDPU381 beside VPU121), or else the one discovered first. contexts: address of a u32 for each
 * decoder, 0: none has any. Null when no decoder serves the profile; one that does not take the size will say so itself.
 */
export function best_decoder(
	profile: u32,
	depths: u32,
	width: u32,
	height: u32,
	contexts: usize,
): core_decoder | null {
	let best: core_decoder | null = null;
	let best_rank: i32 = 0;
	let best_area: u64 = 0;
	for (let i: u32 = 0; i < decoder_count(); i++) {
		const coded = serves(decoder_at(i), profile);
		if (coded == null) continue;
		const use: u32 =
			contexts == 0
				? 0
				: min<u32>(load<u32>(contexts + <usize>(decoder_at(i).index * 4)), MOST_CONTEXTS);
		const takes: u32 = coded_takes_size(coded, width, height) ? 1 : 0;
		const linear: u32 = decoder_is_linear(coded, depths) ? 1 : 0;
		const merits: u32 = (takes << 8) | (popcnt<u32>(coded_depths(coded) & depths) << 1) | linear;
		const rank: i32 = <i32>(merits * (MOST_CONTEXTS + 1)) - <i32>use;
		const area = coded_told_area(coded);
		if (best != null && (rank < best_rank || (rank == best_rank && area <= best_area))) continue;
		best = decoder_at(i);
		best_rank = rank;
		best_area = area;
	}
	return best;
}

/** Of how many decoders it is known whether they offer 10 bit, and whether. Players ask with each picture that they read. */
let deep_known_of: u32 = 0;
let deep_offered: bool = false;

/** Whether there are surfaces of a format: 10-bit ones where a profile offers those, since players try all that is offered. */
export function surface_fourcc_offered(fourcc: u32): bool {
	if (fourcc != VA_FOURCC_P010) return fourcc == VA_FOURCC_NV12;
	if (deep_known_of != decoder_count()) {
		deep_known_of = decoder_count();
		deep_offered = offers_deep();
	}
	return deep_offered;
}

function offers_deep(): bool {
	for (let i: u32 = 0; i < profile_count(); i++) {
		const facts = profile_at(i);
		if ((facts.depths & DEPTH_10) != 0 && (offered_depths(facts.profile) & DEPTH_10) != 0) return true;
	}
	return false;
}
