// SPDX-License-Identifier: MIT
/**
 * The decoded picture buffer, made of VA's ReferenceFrames.
 *
 * dpb[] begins with the pictures that the current one may refer to: RefPicSetStCurrBefore and RefPicSetStCurrAfter in the order of
 * 8.3.2, which is that of their distance, then the long-term ones. Their order in RefPicSetLtCurr is not in VA-API: it is found
 * where a slice names them, and poc_lt_curr[] says it. Behind them are the pictures that later ones refer to (the Foll sets).
 */
import { V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE, v4l2_ctrl_hevc_decode_params } from "../../abi/v4l2";
import {
	VA_INVALID_SURFACE,
	VA_PICTURE_HEVC_BOTTOM_FIELD,
	VA_PICTURE_HEVC_FIELD_PIC,
	VA_PICTURE_HEVC_INVALID,
	VA_PICTURE_HEVC_LONG_TERM_REFERENCE,
	VA_PICTURE_HEVC_RPS_LT_CURR,
	VA_PICTURE_HEVC_RPS_ST_CURR_AFTER,
	VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE,
	VAPictureHEVC,
	VASliceParameterBufferHEVC,
} from "../../abi/va";
import { SurfaceRecord, surface_find } from "../../queues/surfaces";
import { active_count, header_list_entry, SliceHeader } from "./slice-header";
import { decoded_of, hevc_picture, hevc_state, MAX_REFERENCES } from "./state";

const CURR: u32 =
	VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE | VA_PICTURE_HEVC_RPS_ST_CURR_AFTER | VA_PICTURE_HEVC_RPS_LT_CURR;
/** No picture. */
export const NO_ENTRY: u32 = 0xff;

/** Which of ReferenceFrames dpb[i] is, and where each of ReferenceFrames is in dpb[]. */
const ENTRIES: usize = memory.data(MAX_REFERENCES, 4);
const PLACES: usize = memory.data(MAX_REFERENCES, 4);
/** RefPicSetLtCurr: places in dpb[], NO_ENTRY while no slice has shown which. */
const LONG_TERM_ORDER: usize = memory.data(MAX_REFERENCES, 4);

let before: u32 = 0;
let after: u32 = 0;
let long_term: u32 = 0;
/** Of dpb[], the Foll sets included. */
let count: u32 = 0;

function entry_at(place: u32): VAPictureHEVC {
	return hevc_picture().ReferenceFrames(load<u8>(ENTRIES + <usize>place));
}

/** Whether ReferenceFrames(i) is one. */
export function reference_exists(reference: VAPictureHEVC): bool {
	return (
		(reference.flags & VA_PICTURE_HEVC_INVALID) == 0 &&
		reference.picture_id != VA_INVALID_SURFACE &&
		reference.picture_id != hevc_state().surface
	);
}

/** NumPicTotalCurr (7-55). */
export function num_pic_total_curr(): u32 {
	return before + after + long_term;
}

/** How many pictures are in RefPicSetLtCurr. */
export function num_long_term_curr(): u32 {
	return long_term;
}

/** How many of ReferenceFrames there are. */
export function reference_count(): u32 {
	return count;
}

/** The reference at a place of dpb[], below reference_count(). */
export function reference_at(place: u32): VAPictureHEVC {
	assert(place < count, "no such reference");
	return entry_at(place);
}

/** Whether the reference at a place is one of the current picture; else later ones refer to it. */
export function reference_is_used(place: u32): bool {
	return place < num_pic_total_curr();
}

export function reference_is_long_term(reference: VAPictureHEVC): bool {
	return (reference.flags & (VA_PICTURE_HEVC_LONG_TERM_REFERENCE | VA_PICTURE_HEVC_RPS_LT_CURR)) != 0;
}

/** Sorts the picture parameters' references. Returns the field that contradicts 8.3.2; null when there is none. */
export function settle_references(): string | null {
	count = 0;
	before = append(VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE);
	after = append(VA_PICTURE_HEVC_RPS_ST_CURR_AFTER);
	long_term = append(VA_PICTURE_HEVC_RPS_LT_CURR);
	append(0);
	memory.fill(LONG_TERM_ORDER, <u8>NO_ENTRY, MAX_REFERENCES);
	memory.fill(PLACES, <u8>NO_ENTRY, MAX_REFERENCES);
	const current = hevc_picture().CurrPic.pic_order_cnt;
	for (let place: u32 = 0; place < count; place++) {
		const flags = entry_at(place).flags & CURR;
		store<u8>(PLACES + load<u8>(ENTRIES + <usize>place), place);
		if (popcnt<u32>(flags) > 1) return "ReferenceFrames.flags";
		if (place < before && entry_at(place).pic_order_cnt >= current)
			return "ReferenceFrames.pic_order_cnt";
		if (place >= before && place < before + after && entry_at(place).pic_order_cnt <= current)
			return "ReferenceFrames.pic_order_cnt";
	}
	return null;
}

/** Adds the references with this flag of CURR, or with none, the nearest first. Returns how many. */
function append(flag: u32): u32 {
	const first = count;
	for (let i: u32 = 0; i < MAX_REFERENCES; i++) {
		const reference = hevc_picture().ReferenceFrames(i);
		if (!reference_exists(reference)) continue;
		const flags = reference.flags & CURR;
		if (flag == 0 ? flags != 0 : (flags & flag) == 0) continue;
		if (count == MAX_REFERENCES) break; // flagged twice, which settle_references() finds
		let place = count;
		while (place > first && distance(reference) < distance(entry_at(place - 1))) {
			store<u8>(ENTRIES + <usize>place, load<u8>(ENTRIES + <usize>(place - 1)));
			place--;
		}
		store<u8>(ENTRIES + <usize>place, i);
		count++;
	}
	return count - first;
}

function distance(reference: VAPictureHEVC): u32 {
	const difference = reference.pic_order_cnt - hevc_picture().CurrPic.pic_order_cnt;
	return <u32>(difference < 0 ? -difference : difference);
}

// ---- lists ----------------------------------------------------------------------------------------------

/**
 * Where entry i of a list of the slice is in dpb[], by the header and the sets (8.3.4): NO_ENTRY for a long-term picture that no
 * slice has shown yet.
 */
function implied_place(header: SliceHeader, list: u32, i: u32): u32 {
	const total = num_pic_total_curr();
	const modified = (header.ref_pic_list_modification & (1 << list)) != 0;
	const position = modified ? header_list_entry(list, i) : i % total;
	if (position >= before + after) return load<u8>(LONG_TERM_ORDER + <usize>(position - before - after));
	if (list == 0) return position;
	return position < after ? before + position : position - after;
}

/** Notes that this entry of the list is the long-term picture at `place`. False when another is there, or it is elsewhere. */
function note_long_term(header: SliceHeader, list: u32, i: u32, place: u32): bool {
	const modified = (header.ref_pic_list_modification & (1 << list)) != 0;
	const position = modified ? header_list_entry(list, i) : i % num_pic_total_curr();
	if (position < before + after || place < before + after || place >= num_pic_total_curr()) return false;
	const slot = position - before - after;
	for (let other: u32 = 0; other < long_term; other++) {
		if (other != slot && <u32>load<u8>(LONG_TERM_ORDER + <usize>other) == place) return false;
	}
	store<u8>(LONG_TERM_ORDER + <usize>slot, place);
	return true;
}

/**
 * Where entry i of a list of the slice is in dpb[]: what RefPicList says, and where it says nothing, what the header comes to.
 * NO_ENTRY when both are unknown, or contradict each other.
 */
export function place_of_list_entry(
	header: SliceHeader,
	slice: VASliceParameterBufferHEVC,
	list: u32,
	i: u32,
): u32 {
	const given: u32 = slice.get_RefPicList(list, i);
	const implied = implied_place(header, list, i);
	if (given >= MAX_REFERENCES) return implied;
	const place: u32 = load<u8>(PLACES + <usize>given);
	if (place == implied) return place;
	return implied == NO_ENTRY && place != NO_ENTRY && note_long_term(header, list, i, place)
		? place
		: NO_ENTRY;
}

/** Whether the lists of a slice name only pictures of its reference picture set, in the order that the header asks for. */
export function lists_agree(header: SliceHeader, slice: VASliceParameterBufferHEVC): bool {
	for (let list: u32 = 0; list < 2; list++) {
		const active = active_count(header, list);
		if (active > 0 && num_pic_total_curr() == 0) return false; // 7.4.7.1: not in P and B slices
		for (let i: u32 = 0; i < active; i++) {
			if (place_of_list_entry(header, slice, list, i) == NO_ENTRY) return false;
		}
	}
	return true;
}

// ---- DECODE_PARAMS --------------------------------------------------------------------------------------

/** dpb[], and which of its entries are in the Curr sets. */
export function fill_dpb(params: v4l2_ctrl_hevc_decode_params): void {
	const total = num_pic_total_curr();
	let active: u32 = 0;
	for (let place: u32 = 0; place < count; place++) {
		const reference = entry_at(place);
		let record = record_with(reference);
		// hantro takes no picture that it has not decoded (hantro_hevc_get_ref_buf()), and nobody misses one that is not referred to.
		if (record == null && place >= total) continue;
		const entry = params.dpb(active);
		active++;
		entry.pic_order_cnt_val = reference.pic_order_cnt;
		if (reference_is_long_term(reference)) entry.flags = <u8>V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
		entry.field_pic = <u8>pic_struct(reference.flags);
		if (record == null) record = stand_in(reference);
		if (record == null) continue;
		entry.timestamp = record.timestamp;
		// Of the picture that is there, since hantro looks for it by its count. Rewritten headers name the missing one by its own.
		if (hevc_state().rewrites == 0) entry.pic_order_cnt_val = decoded_of(record).pic_order_cnt;
	}
	params.num_active_dpb_entries = <u8>active;
	params.num_poc_st_curr_before = <u8>before;
	params.num_poc_st_curr_after = <u8>after;
	params.num_poc_lt_curr = <u8>long_term;
	for (let i: u32 = 0; i < before; i++) params.set_poc_st_curr_before(i, <u8>i);
	for (let i: u32 = 0; i < after; i++) params.set_poc_st_curr_after(i, <u8>(before + i));
	complete_long_term_order();
	for (let i: u32 = 0; i < long_term; i++) params.set_poc_lt_curr(i, load<u8>(LONG_TERM_ORDER + <usize>i));
}

/** Those that no slice names, in any order. */
function complete_long_term_order(): void {
	let named: u32 = 0;
	for (let i: u32 = 0; i < long_term; i++) {
		const place: u32 = load<u8>(LONG_TERM_ORDER + <usize>i);
		if (place != NO_ENTRY) named |= 1 << place;
	}
	let next = before + after;
	for (let i: u32 = 0; i < long_term; i++) {
		if (<u32>load<u8>(LONG_TERM_ORDER + <usize>i) != NO_ENTRY) continue;
		while ((named & (1 << next)) != 0) next++;
		store<u8>(LONG_TERM_ORDER + <usize>i, next);
		next++;
	}
}

/** pic_struct of a field (table D.2), 0 of a frame. VA-API says no more. */
export function pic_struct(flags: u32): u32 {
	if ((flags & VA_PICTURE_HEVC_FIELD_PIC) == 0) return 0;
	return (flags & VA_PICTURE_HEVC_BOTTOM_FIELD) != 0 ? 2 : 1;
}

/** The surface, if it holds the picture that the reference means. */
function record_with(reference: VAPictureHEVC): SurfaceRecord | null {
	const record = surface_find(reference.picture_id);
	if (record == null || record.timestamp == 0) return null;
	const decoded = decoded_of(record);
	return decoded.valid != 0 && decoded.pic_order_cnt == reference.pic_order_cnt ? record : null;
}

/** A reference of which there is a picture, the nearest in output order, in place of one that is missing. */
function stand_in(missing: VAPictureHEVC): SurfaceRecord | null {
	let best: SurfaceRecord | null = null;
	let best_distance: u32 = 0;
	for (let place: u32 = 0; place < count; place++) {
		const reference = entry_at(place);
		const record = record_with(reference);
		if (record == null) continue;
		const difference = reference.pic_order_cnt - missing.pic_order_cnt;
		const away = <u32>(difference < 0 ? -difference : difference);
		if (best != null && away >= best_distance) continue;
		best = record;
		best_distance = away;
	}
	return best;
}
