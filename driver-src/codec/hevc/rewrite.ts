// SPDX-License-Identifier: MIT
/**
 * Slice headers for decoders that read them themselves, with the sets of the SPS (rkvdec-vdpu381-hevc.c, rkvdec-vdpu383-hevc.c).
 *
 * VA-API carries none of those sets, so the decoder is told of an SPS without any (fill_sps()), and each slice header gets the set of
 * its picture in explicit form: the same pictures, by what VA says of them. The rest of the header is taken over bit by bit and
 * aligned anew. Streams without sets in their SPS, IDR pictures and dependent slice segments stay as they are.
 *
 * Which of two or more long-term pictures comes first in the lists depends on the order in which a header names them, which has
 * to be that of their MSBs. There the lists are made explicit as well (PPS: lists_modification_present_flag), from RefPicList.
 */

import { VAPictureHEVC, VASliceParameterBufferHEVC } from "../../abi/va";
import { START_CODE, START_CODE_SIZE } from "../../bits/annex-b";
import { bits_open, bits_u } from "../../bits/nal-bits";
import {
	write_alignment,
	write_bits_read,
	write_u,
	write_ue,
	writer_end,
	writer_failed,
	writer_open,
} from "../../bits/nal-writer";
import { SLICE } from "../result";
import {
	NO_ENTRY,
	note_rewritten_order,
	num_pic_total_curr,
	place_of_list_entry,
	reference_at,
	reference_count,
	reference_is_long_term,
	reference_is_used,
} from "./references";
import { active_count, ceil_log2, SliceHeader } from "./slice-header";
import { hevc_picture, hevc_rewritten, hevc_state, MAX_REFERENCES, REWRITTEN_CAPACITY } from "./state";

/** delta_poc_s0_minus1 and delta_poc_s1_minus1 are below. */
const MAX_DELTA: i32 = 0x8000;

/** Places of the long-term pictures in the order in which they are written; the order of the set that is written, by place. */
const LONG_TERM: usize = memory.data(MAX_REFERENCES, 4);
const ORDER: usize = memory.data(MAX_REFERENCES, 4);
let long_term: u32 = 0;
let ordered: u32 = 0;

/** Whether the header of this slice segment is to be rewritten. */
export function rewrite_is_needed(header: SliceHeader): bool {
	if (hevc_state().rewrites == 0 || header.dependent_slice_segment_flag != 0) return false;
	return header.sets_end != 0 || (hevc_state().rewrites_lists != 0 && header.lists_end != 0);
}

/**
 * Makes SLICE a rewritten header, with the slice data behind it, and brings the header's sizes up to date. address: the NAL unit.
 * False when its set cannot be expressed: two pictures with the same count, or a long-term picture that only its LSBs could name
 * and do not.
 */
export function rewrite_header(
	header: SliceHeader,
	slice: VASliceParameterBufferHEVC,
	address: usize,
	size: u32,
): bool {
	const start_code = SLICE.prefix_size;
	assert(start_code == 0 || start_code == START_CODE_SIZE, "an unknown prefix");
	const rewritten = hevc_rewritten();
	memory.copy(rewritten, START_CODE, START_CODE_SIZE);
	writer_open(rewritten + START_CODE_SIZE, REWRITTEN_CAPACITY - START_CODE_SIZE);
	bits_open(address, size);
	let read: u32 = 0;
	if (header.sets_end != 0) {
		write_bits_read(header.sets_begin);
		write_u(1, 0); // short_term_ref_pic_set_sps_flag
		if (!write_short_term_set(header) || !write_long_term_set(header)) return false;
		read = skip(header.sets_begin, header.sets_end);
		header.num_delta_pocs_of_ref_rps_idx = 0;
	}
	if (hevc_state().rewrites_lists != 0 && header.lists_end != 0) {
		write_bits_read(header.lists_begin - read);
		if (!write_lists(header, slice)) return false;
		read = skip(header.lists_begin, header.lists_end);
	}
	write_bits_read(header.end - read);
	write_alignment();
	if (writer_failed()) return false;
	SLICE.prefix = rewritten + START_CODE_SIZE - start_code;
	SLICE.prefix_size = <u32>(writer_end() - SLICE.prefix);
	SLICE.skip += header.data_byte_offset;
	header.data_byte_offset = 0;
	return true;
}

/** Leaves out the bits in between. Returns where the reader is. */
function skip(begin: u32, end: u32): u32 {
	for (let left = end - begin; left > 0; ) {
		const some = min<u32>(left, 32);
		bits_u(some);
		left -= some;
	}
	return end;
}

/** Bits of ue(v). */
function ue_size(value: u32): u32 {
	return 2 * (32 - <u32>clz<u32>(value + 1)) - 1;
}

/** st_ref_pic_set() with no other to predict it from: earlier pictures by falling count, then later ones by rising count (7-65 on). */
function write_short_term_set(header: SliceHeader): bool {
	ordered = 0;
	const negative = count_short_term(-1);
	const positive = count_short_term(1);
	write_ue(negative);
	write_ue(positive);
	header.short_term_ref_pic_set_size = ue_size(negative) + ue_size(positive);
	return write_side(header, -1, negative) && write_side(header, 1, positive);
}

/** How far a reference is from the current picture on this side of it; 0 or less: it is not. */
function delta_of(reference: VAPictureHEVC, side: i32): i32 {
	return side * (reference.pic_order_cnt - hevc_picture().CurrPic.pic_order_cnt);
}

function count_short_term(side: i32): u32 {
	let found: u32 = 0;
	for (let place: u32 = 0; place < reference_count(); place++) {
		const reference = reference_at(place);
		if (!reference_is_long_term(reference) && delta_of(reference, side) > 0) found++;
	}
	return found;
}

/** The pictures of one side, the nearest first. */
function write_side(header: SliceHeader, side: i32, expected: u32): bool {
	let last: i32 = 0;
	for (let i: u32 = 0; i < expected; i++) {
		let next: u32 = NO_ENTRY;
		let nearest: i32 = i32.MAX_VALUE;
		for (let place: u32 = 0; place < reference_count(); place++) {
			const delta = delta_of(reference_at(place), side);
			if (reference_is_long_term(reference_at(place)) || delta <= last || delta > nearest) continue;
			nearest = delta;
			next = place;
		}
		if (next == NO_ENTRY || nearest - last > MAX_DELTA) return false; // the same count twice, or too far
		const gap = <u32>(nearest - last - 1);
		write_ue(gap);
		write_u(1, reference_is_used(next) ? 1 : 0);
		header.short_term_ref_pic_set_size += ue_size(gap) + 1;
		last = nearest;
		if (reference_is_used(next)) note_order(next);
	}
	return true;
}

function note_order(place: u32): void {
	store<u8>(ORDER + <usize>ordered, place);
	ordered++;
}

/** How many periods of the LSBs a picture lies before the current one, (7-52); below 0: behind it. */
function msb_cycle(reference: VAPictureHEVC): i32 {
	const log2 = <u32>hevc_picture().log2_max_pic_order_cnt_lsb_minus4 + 4;
	return (hevc_picture().CurrPic.pic_order_cnt >> log2) - (reference.pic_order_cnt >> log2);
}

/** The long-term pictures, explicit, by rising distance of their MSBs, which are coded as differences. */
function write_long_term_set(header: SliceHeader): bool {
	sort_long_term();
	header.long_term_ref_pic_set_size = 0;
	if (hevc_picture().slice_parsing_fields_long_term_ref_pics_present_flag == 0) return long_term == 0;
	const width = <u32>hevc_picture().log2_max_pic_order_cnt_lsb_minus4 + 4;
	write_ue(long_term); // num_long_term_pics
	let bits = ue_size(long_term);
	let last: i32 = 0;
	let used: u32 = 0;
	for (let i: u32 = 0; i < long_term; i++) {
		const place: u32 = load<u8>(LONG_TERM + <usize>i);
		const reference = reference_at(place);
		const cycle = msb_cycle(reference);
		write_u(width, reference.pic_order_cnt & ((1 << width) - 1)); // poc_lsb_lt
		write_u(1, reference_is_used(place) ? 1 : 0); // used_by_curr_pic_lt_flag
		write_u(1, cycle >= 0 ? 1 : 0); // delta_poc_msb_present_flag
		bits += width + 2;
		if (cycle >= 0) {
			write_ue(<u32>(cycle - last)); // delta_poc_msb_cycle_lt
			bits += ue_size(<u32>(cycle - last));
			last = cycle;
		} else if (!lsb_is_unique(place, width)) {
			return false;
		}
		if (!reference_is_used(place)) continue;
		note_order(place);
		note_rewritten_order(used++, place);
	}
	header.long_term_ref_pic_set_size = bits;
	return true;
}

/** By rising distance; those behind the current picture, which have none, first. */
function sort_long_term(): void {
	long_term = 0;
	for (let place: u32 = 0; place < reference_count(); place++) {
		if (!reference_is_long_term(reference_at(place))) continue;
		let at = long_term;
		const cycle = msb_cycle(reference_at(place));
		while (at > 0 && msb_cycle(reference_at(load<u8>(LONG_TERM + <usize>(at - 1)))) > cycle) {
			store<u8>(LONG_TERM + <usize>at, load<u8>(LONG_TERM + <usize>(at - 1)));
			at--;
		}
		store<u8>(LONG_TERM + <usize>at, place);
		long_term++;
	}
}

/** Whether no other reference has the LSBs of this one: then they name it (8.3.2). */
function lsb_is_unique(place: u32, width: u32): bool {
	const mask = (1 << width) - 1;
	const lsb = reference_at(place).pic_order_cnt & mask;
	for (let other: u32 = 0; other < reference_count(); other++) {
		if (other != place && (reference_at(other).pic_order_cnt & mask) == lsb) return false;
	}
	return true;
}

/** ref_pic_lists_modification() with each entry of the lists, as RefPicList has them. */
function write_lists(header: SliceHeader, slice: VASliceParameterBufferHEVC): bool {
	const total = num_pic_total_curr();
	const width = ceil_log2(total);
	for (let list: u32 = 0; list < 2; list++) {
		const active = active_count(header, list);
		if (active > 0) write_u(1, 1); // ref_pic_list_modification_flag
		for (let i: u32 = 0; i < active; i++) {
			const place = place_of_list_entry(header, slice, list, i);
			const position = place == NO_ENTRY ? NO_ENTRY : position_of(place, list);
			if (position >= total) return false;
			write_u(width, position); // list_entry_l0, list_entry_l1
		}
	}
	return true;
}

/** Where a picture is in RefPicListTemp0 or RefPicListTemp1 of the set that was written (8-8, 8-10). */
function position_of(place: u32, list: u32): u32 {
	const current = hevc_picture().CurrPic.pic_order_cnt;
	let earlier: u32 = 0;
	let later: u32 = 0;
	for (let i: u32 = 0; i < ordered; i++) {
		const reference = reference_at(load<u8>(ORDER + <usize>i));
		if (reference_is_long_term(reference)) continue;
		if (reference.pic_order_cnt < current) earlier++;
		else later++;
	}
	for (let i: u32 = 0; i < ordered; i++) {
		if (<u32>load<u8>(ORDER + <usize>i) != place) continue;
		if (list == 0 || i >= earlier + later) return i;
		return i < earlier ? later + i : i - earlier;
	}
	return NO_ENTRY;
}
