// SPDX-License-Identifier: MIT
/**
 * The decoded picture buffer, made of VA's ReferenceFrames.
 *
 * dpb[] begins with the pictures that the current one may refer to: RefPicSetStCurrBefore and RefPicSetStCurrAfter in the order of
 * 8.3.2, which is that of their distance, then the long-term ones. Their order in RefPicSetLtCurr is not in VA-API: it is found
 * where a slice names them, and poc_lt_curr[] says it. Behind them are the pictures that later ones refer to (the Foll sets).
 *
 * A place is a reference's number in that order. It is its index in dpb[] as well, unless pictures are missing: those have no entry,
 * since hantro takes no picture that it has not decoded (hantro_hevc_get_ref_buf()). What refers to one refers to the nearest picture
 * that there is. Decoders that read rewritten headers find pictures by their counts, so there a missing one has an entry, with the
 * other's samples.
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
import { surface_find } from "../../queues/surfaces";
import { active_count, header_list_entry, SliceHeader } from "./slice-header";
import { decoded_of, hevc_picture, hevc_state, MAX_REFERENCES } from "./state";

const CURR: u32 =
	VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE | VA_PICTURE_HEVC_RPS_ST_CURR_AFTER | VA_PICTURE_HEVC_RPS_LT_CURR;
/** No picture. */
export const NO_ENTRY: u32 = 0xff;

/** Which of ReferenceFrames is at a place, and the place of each of ReferenceFrames. */
const ENTRIES: usize = memory.data(MAX_REFERENCES, 4);
const PLACES: usize = memory.data(MAX_REFERENCES, 4);
/** Per place: index in dpb[], NO_ENTRY where there is none; and the place of the picture that is there. */
const INDICES: usize = memory.data(MAX_REFERENCES, 4);
const SOURCES: usize = memory.data(MAX_REFERENCES, 4);
/** RefPicSetLtCurr: places, NO_ENTRY while no slice has shown which. */
const LONG_TERM_ORDER: usize = memory.data(MAX_REFERENCES, 4);
/** The same of rewritten headers, which have an order of their own. */
const REWRITTEN_ORDER: usize = memory.data(MAX_REFERENCES, 4);

let before: u32 = 0;
let after: u32 = 0;
let long_term: u32 = 0;
/** Of places, the Foll sets included. */
let count: u32 = 0;
/** Of entries in dpb[]. */
let active: u32 = 0;

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

/** The reference at a place, below reference_count(). */
export function reference_at(place: u32): VAPictureHEVC {
	assert(place < count, "no such reference");
	return entry_at(place);
}

/** Whether the reference at a place is one of the current picture; else later ones refer to it. */
export function reference_is_used(place: u32): bool {
	return place < num_pic_total_curr();
}

/** Whether VA marks it as a long-term reference. */
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
	settle_entries();
	return null;
}

/** Gives each place its index in dpb[]. */
function settle_entries(): void {
	active = 0;
	for (let place: u32 = 0; place < count; place++) {
		const source = has_picture(entry_at(place)) ? place : nearest_picture(entry_at(place));
		const by_count = hevc_state().rewrites != 0 && reference_is_used(place);
		store<u8>(SOURCES + <usize>place, source);
		store<u8>(INDICES + <usize>place, source == place || by_count ? active++ : NO_ENTRY);
	}
}

/** The index in dpb[] of what a reference to this place refers to; 0 when there is no picture at all. */
export function index_of_place(place: u32): u32 {
	const own: u32 = load<u8>(INDICES + <usize>place);
	if (own != NO_ENTRY) return own;
	const source: u32 = load<u8>(SOURCES + <usize>place);
	return source == NO_ENTRY ? 0 : load<u8>(INDICES + <usize>source);
}

/** Whether the surface holds the picture that the reference means. */
function has_picture(reference: VAPictureHEVC): bool {
	const record = surface_find(reference.picture_id);
	if (record == null || record.timestamp == 0) return false;
	const decoded = decoded_of(record);
	return decoded.valid != 0 && decoded.pic_order_cnt == reference.pic_order_cnt;
}

/** The place of the reference that is a picture and nearest in output order, in place of one that is missing. */
function nearest_picture(missing: VAPictureHEVC): u32 {
	let best: u32 = NO_ENTRY;
	let least: u32 = 0;
	for (let place: u32 = 0; place < count; place++) {
		const reference = entry_at(place);
		if (!has_picture(reference)) continue;
		const away = distance(reference.pic_order_cnt, missing.pic_order_cnt);
		if (best != NO_ENTRY && away >= least) continue;
		best = place;
		least = away;
	}
	return best;
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
		while (place > first && from_current(reference) < from_current(entry_at(place - 1))) {
			store<u8>(ENTRIES + <usize>place, load<u8>(ENTRIES + <usize>(place - 1)));
			place--;
		}
		store<u8>(ENTRIES + <usize>place, i);
		count++;
	}
	return count - first;
}

function from_current(reference: VAPictureHEVC): u32 {
	return distance(reference.pic_order_cnt, hevc_picture().CurrPic.pic_order_cnt);
}

function distance(one: i32, other: i32): u32 {
	const difference = one - other;
	return <u32>(difference < 0 ? -difference : difference);
}

// ---- lists ----------------------------------------------------------------------------------------------

/**
 * The place of entry i of a list of the slice, by the header and the sets (8.3.4): NO_ENTRY for a long-term picture that no
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
 * The place of entry i of a list of the slice: what RefPicList says, and where it says nothing, what the header comes to.
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
	for (let place: u32 = 0; place < count; place++) {
		const index: u32 = load<u8>(INDICES + <usize>place);
		if (index == NO_ENTRY) continue;
		const reference = entry_at(place);
		const entry = params.dpb(index);
		entry.timestamp = timestamp_of(load<u8>(SOURCES + <usize>place));
		entry.pic_order_cnt_val = reference.pic_order_cnt;
		if (reference_is_long_term(reference)) entry.flags = <u8>V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
		entry.field_pic = <u8>pic_struct(reference.flags);
	}
	params.num_active_dpb_entries = <u8>active;
	params.num_poc_st_curr_before = <u8>before;
	params.num_poc_st_curr_after = <u8>after;
	params.num_poc_lt_curr = <u8>long_term;
	for (let i: u32 = 0; i < before; i++) params.set_poc_st_curr_before(i, <u8>index_of_place(i));
	for (let i: u32 = 0; i < after; i++) params.set_poc_st_curr_after(i, <u8>index_of_place(before + i));
	complete_long_term_order();
	const order = hevc_state().rewrites != 0 ? REWRITTEN_ORDER : LONG_TERM_ORDER;
	for (let i: u32 = 0; i < long_term; i++)
		params.set_poc_lt_curr(i, <u8>index_of_place(load<u8>(order + <usize>i)));
}

/** Entry i of RefPicSetLtCurr, in the rewritten headers, is the picture at this place. */
export function note_rewritten_order(i: u32, place: u32): void {
	assert(i < MAX_REFERENCES, "no such long-term picture");
	store<u8>(REWRITTEN_ORDER + <usize>i, place);
}

/** 0, which names no picture, where there is none. */
function timestamp_of(place: u32): u64 {
	if (place == NO_ENTRY) return 0;
	const record = surface_find(entry_at(place).picture_id);
	return record == null ? 0 : record.timestamp;
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
