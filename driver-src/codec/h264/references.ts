// SPDX-License-Identifier: MIT
/**
 * The decoded picture buffer of a picture, from VA's ReferenceFrames.
 *
 * A reference is named by the timestamp of the picture that its surface holds. Two things can make that the wrong
 * picture, both where frame_num has gaps (H.264 8.2.5.2) or a picture was lost:
 *
 * - the player gives a "non-existing" frame a surface of its own, which holds nothing or an old picture;
 * - the player gives it the surface of the picture before the gap, under a frame_num of its own, and then merges
 *   both into one entry of ReferenceFrames (FFmpeg; its slices still name both).
 *
 * So the codec memory of each surface keeps the frame_num it was decoded with. An entry of another frame_num is concealed
 * the way libavcodec's software decoder does it, which copies the reference before the gap: it gets the timestamp of
 * the short-term reference decoded last among those whose FrameNumWrap precedes its own.
 */
import {
	V4L2_H264_BOTTOM_FIELD_REF,
	V4L2_H264_DPB_ENTRY_FLAG_ACTIVE,
	V4L2_H264_DPB_ENTRY_FLAG_FIELD,
	V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM,
	V4L2_H264_DPB_ENTRY_FLAG_VALID,
	V4L2_H264_FRAME_REF,
	V4L2_H264_NUM_DPB_ENTRIES,
	V4L2_H264_TOP_FIELD_REF,
	v4l2_ctrl_h264_decode_params,
	v4l2_h264_dpb_entry,
	v4l2_h264_reference,
} from "../../abi/v4l2";
import {
	VA_INVALID_SURFACE,
	VA_PICTURE_H264_BOTTOM_FIELD,
	VA_PICTURE_H264_INVALID,
	VA_PICTURE_H264_LONG_TERM_REFERENCE,
	VA_PICTURE_H264_NON_EXISTING,
	VA_PICTURE_H264_SHORT_TERM_REFERENCE,
	VA_PICTURE_H264_TOP_FIELD,
	VAPictureH264,
	VASliceParameterBufferH264,
} from "../../abi/va";
import { SurfaceRecord, surface_find } from "../../queues/surfaces";
import { PICTURE, PICTURE_BOTTOM_FIELD, PICTURE_FRAME, PICTURE_TOP_FIELD } from "../result";
import { header_command_count, header_long_term_pic_num, SliceHeader } from "./slice-header";
import { decoded_of, h264_extra_reference, h264_picture, h264_state, MAX_EXTRA_REFERENCES } from "./state";

/** Both fields of 16 frames. */
const MAX_LONG_TERM_PIC_NUM: u32 = 31;

/** Index of a reference that is in no DPB entry. */
const NO_INDEX: u32 = 0xff;

/** Parallel to dpb[]: what an entry was made of. */
const SURFACES: usize = memory.data(V4L2_H264_NUM_DPB_ENTRIES * 4, 4);
const FRAME_INDICES: usize = memory.data(V4L2_H264_NUM_DPB_ENTRIES * 4, 4);
const FRAME_NUM_WRAPS: usize = memory.data(V4L2_H264_NUM_DPB_ENTRIES * 4, 4);
let entry_count: u32 = 0;

function entry_surface(i: u32): u32 {
	return load<u32>(SURFACES + ((<usize>i) << 2));
}

/** frame_num or LongTermFrameIdx. */
function entry_frame_index(i: u32): u32 {
	return load<u32>(FRAME_INDICES + ((<usize>i) << 2));
}

function entry_wrap(i: u32): i32 {
	return load<i32>(FRAME_NUM_WRAPS + ((<usize>i) << 2));
}

function note_entry(surface: u32, frame_index: u32, wrap: i32): void {
	const place = (<usize>entry_count) << 2;
	store<u32>(SURFACES + place, surface);
	store<u32>(FRAME_INDICES + place, frame_index);
	store<i32>(FRAME_NUM_WRAPS + place, wrap);
}

function is_long_term(picture: VAPictureH264): bool {
	return (picture.flags & VA_PICTURE_H264_LONG_TERM_REFERENCE) != 0;
}

function exists(picture: VAPictureH264): bool {
	if ((picture.flags & VA_PICTURE_H264_INVALID) != 0) return false;
	return picture.picture_id != VA_INVALID_SURFACE || (picture.flags & VA_PICTURE_H264_NON_EXISTING) != 0;
}

/** V4L2_H264_*_REF of a VA picture. */
function fields_of(picture: VAPictureH264): u32 {
	let fields: u32 = 0;
	if ((picture.flags & VA_PICTURE_H264_TOP_FIELD) != 0) fields |= V4L2_H264_TOP_FIELD_REF;
	if ((picture.flags & VA_PICTURE_H264_BOTTOM_FIELD) != 0) fields |= V4L2_H264_BOTTOM_FIELD_REF;
	return fields == 0 ? V4L2_H264_FRAME_REF : fields;
}

/** FrameNumWrap, (8-27). */
function frame_num_wrap(frame_num: u32): i32 {
	const picture = h264_picture();
	if (frame_num <= <u32>picture.frame_num) return <i32>frame_num;
	return <i32>frame_num - ((<i32>1) << (picture.seq_fields_log2_max_frame_num_minus4 + 4));
}

/** PicNum or LongTermPicNum, (8-28) to (8-33), of the field of the current parity where an entry has one. */
function picture_number(frame_number: i32, fields: u32): i32 {
	const structure = PICTURE.structure;
	if (structure == PICTURE_FRAME) return frame_number;
	const same = structure == PICTURE_TOP_FIELD ? V4L2_H264_TOP_FIELD_REF : V4L2_H264_BOTTOM_FIELD_REF;
	return (fields & same) != 0 ? 2 * frame_number + 1 : 2 * frame_number;
}

/** dpb[]: every entry of ReferenceFrames, holes closed, then what only the slices name. */
export function h264_fill_dpb(params: v4l2_ctrl_h264_decode_params): void {
	const picture = h264_picture();
	const state = h264_state();
	let concealed: u32 = 0;
	entry_count = 0;
	for (let i: u32 = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		const reference = picture.ReferenceFrames(i);
		if (exists(reference)) concealed |= add_entry(params, reference);
	}
	for (let i: u32 = 0; i < state.extra_count; i++) {
		concealed |= add_entry(params, h264_extra_reference(i));
	}
	if (PICTURE.second_field != 0 && !has_entry(state.surface)) add_first_field(params);
	for (let i: u32 = 0; concealed >> i != 0; i++) {
		if ((concealed & ((<u32>1) << i)) != 0)
			params.dpb(i).reference_ts = concealment(params, i, concealed);
	}
}

/** Adds an entry, if there is room. Returns its bit when its picture is to be concealed, 0 otherwise. */
function add_entry(params: v4l2_ctrl_h264_decode_params, reference: VAPictureH264): u32 {
	const own = reference.picture_id == h264_state().surface;
	if (own && PICTURE.second_field == 0) return 0; // a picture cannot refer to itself
	if (entry_count == V4L2_H264_NUM_DPB_ENTRIES) return 0;
	const entry = params.dpb(entry_count);
	const record = surface_find(reference.picture_id);
	let concealed: u32 = 0;
	fill_entry(entry, reference, record);
	if (own) {
		fill_first_field(entry);
	} else if (!fill_timestamp(entry, reference, record)) {
		concealed = (<u32>1) << entry_count;
	}
	entry_count++;
	return concealed;
}

function has_entry(surface: u32): bool {
	for (let i: u32 = 0; i < entry_count; i++) {
		if (entry_surface(i) == surface) return true;
	}
	return false;
}

function fill_entry(
	entry: v4l2_h264_dpb_entry,
	reference: VAPictureH264,
	record: SurfaceRecord | null,
): void {
	const long_term = is_long_term(reference);
	const fields = fields_of(reference);
	const number = long_term ? <i32>reference.frame_idx : frame_num_wrap(reference.frame_idx & 0xffff);
	const used = VA_PICTURE_H264_SHORT_TERM_REFERENCE | VA_PICTURE_H264_LONG_TERM_REFERENCE;
	let flags = V4L2_H264_DPB_ENTRY_FLAG_VALID;
	// A frame refers to whole frames only (8.2.4.2.1), and v4l2_h264_init_reflist_builder() lists all that is ACTIVE.
	const usable = fields == V4L2_H264_FRAME_REF || PICTURE.structure != PICTURE_FRAME;
	if ((reference.flags & used) != 0 && usable) flags |= V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
	if (long_term) flags |= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
	if (record != null && decoded_of(record).field != 0) flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
	entry.pic_num = picture_number(number, fields);
	entry.frame_num = <u16>reference.frame_idx;
	entry.fields = <u8>fields;
	entry.top_field_order_cnt = reference.TopFieldOrderCnt;
	entry.bottom_field_order_cnt = reference.BottomFieldOrderCnt;
	entry.flags = flags;
	count_from_reset(entry, reference.picture_id);
	note_entry(reference.picture_id, reference.frame_idx, number);
}

/**
 * A frame with memory_management_control_operation 5 counts as if it had begun a sequence: less the smaller of its two counts
 * (8.2.1, tempPicOrderCnt). FFmpeg leaves its counts as they were, so that it would lie behind the pictures that follow.
 */
function count_from_reset(entry: v4l2_h264_dpb_entry, surface: u32): void {
	const state = h264_state();
	if (state.reset_valid == 0 || state.reset_is_last != 0 || surface != state.reset_surface) return;
	const top = state.reset_top_order_count;
	const bottom = state.reset_bottom_order_count;
	if (entry.top_field_order_cnt != top || entry.bottom_field_order_cnt != bottom) return;
	const least = min(top, bottom);
	entry.top_field_order_cnt = state.reset_origin + top - least;
	entry.bottom_field_order_cnt = state.reset_origin + bottom - least;
}

/** A frame with memory_management_control_operation 5 is done; any other picture in its surface ends its time. */
export function h264_note_reset(surface: u32, resets: bool): void {
	const state = h264_state();
	if (!resets) {
		if (surface == state.reset_surface) state.reset_valid = 0;
		return;
	}
	const current = h264_picture().CurrPic;
	state.reset_valid = 1;
	state.reset_is_last = 1;
	state.reset_surface = surface;
	state.reset_top_order_count = current.TopFieldOrderCnt;
	state.reset_bottom_order_count = current.BottomFieldOrderCnt;
}

/**
 * The first picture behind such a frame tells where the player counts from: what its count would be if it was counted
 * from the frame is known. Not for type 1: VA-API carries no offset_for_ref_frame.
 */
export function h264_settle_reset(header: SliceHeader): void {
	const state = h264_state();
	if (state.reset_valid == 0 || state.reset_is_last == 0) return;
	state.reset_is_last = 0;
	const picture = h264_picture();
	let count: i32 = 0;
	if (picture.seq_fields_pic_order_cnt_type == 0) {
		count = count_of_type_0(<i32>header.pic_order_cnt_lsb);
	} else if (picture.seq_fields_pic_order_cnt_type == 2) {
		count = <i32>header.frame_num * 2 - (header.nal_ref_idc == 0 ? 1 : 0); // 8.2.1.3
	} else {
		state.reset_valid = 0;
		return;
	}
	const given =
		PICTURE.structure == PICTURE_BOTTOM_FIELD
			? picture.CurrPic.BottomFieldOrderCnt
			: picture.CurrPic.TopFieldOrderCnt;
	state.reset_origin = given - count;
}

/** Of the picture behind the frame, from its pic_order_cnt_lsb and that of the frame, counted anew (8.2.1.1). */
function count_of_type_0(lsb: i32): i32 {
	const state = h264_state();
	const top = state.reset_top_order_count;
	const previous = top - min(top, state.reset_bottom_order_count);
	const modulus: i32 = (<i32>1) << (h264_picture().seq_fields_log2_max_pic_order_cnt_lsb_minus4 + 4);
	if (lsb < previous && previous - lsb >= modulus / 2) return lsb + modulus;
	if (lsb > previous && lsb - previous > modulus / 2) return lsb - modulus;
	return lsb;
}

/** The surface's own timestamp, if it holds what the entry means. */
function fill_timestamp(
	entry: v4l2_h264_dpb_entry,
	reference: VAPictureH264,
	record: SurfaceRecord | null,
): bool {
	if (record == null || !holds(record, reference)) return false;
	entry.reference_ts = record.timestamp;
	return true;
}

function holds(record: SurfaceRecord, reference: VAPictureH264): bool {
	if (record.timestamp == 0 || decoded_of(record).valid == 0) return false;
	return is_long_term(reference) || decoded_of(record).frame_num == reference.frame_idx;
}

/** The first field of the frame that the current picture completes: of the same surface, so of the same timestamp. */
function fill_first_field(entry: v4l2_h264_dpb_entry): void {
	const state = h264_state();
	const fields =
		state.previous_structure == PICTURE_TOP_FIELD ? V4L2_H264_TOP_FIELD_REF : V4L2_H264_BOTTOM_FIELD_REF;
	const record = surface_find(state.surface);
	entry.reference_ts = record == null ? 0 : record.timestamp;
	entry.fields = <u8>fields;
	entry.flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
	entry.pic_num = picture_number(entry_wrap(entry_count), fields);
}

/** For players that leave the first field out of ReferenceFrames: it is a reference of the second, 8.2.4.2.5. */
function add_first_field(params: v4l2_ctrl_h264_decode_params): void {
	const state = h264_state();
	const record = surface_find(state.surface);
	if (record == null || decoded_of(record).reference == 0) return;
	if (entry_count == V4L2_H264_NUM_DPB_ENTRIES) return;
	const frame_num = decoded_of(record).frame_num;
	const entry = params.dpb(entry_count);
	note_entry(state.surface, frame_num, frame_num_wrap(frame_num));
	entry.frame_num = <u16>frame_num;
	entry.top_field_order_cnt = state.previous_top_order_count;
	entry.bottom_field_order_cnt = state.previous_bottom_order_count;
	entry.flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
	fill_first_field(entry);
	entry_count++;
}

/** The timestamp that stands in for entry i; 0, which names no picture, when there is none to stand in. */
function concealment(params: v4l2_ctrl_h264_decode_params, i: u32, concealed: u32): u64 {
	if ((params.dpb(i).flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) != 0) return 0;
	const wrap = entry_wrap(i);
	let best: u64 = 0;
	for (let j: u32 = 0; j < entry_count; j++) {
		const other = params.dpb(j);
		if ((concealed & ((<u32>1) << j)) != 0 || (other.flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) != 0)
			continue;
		if (entry_wrap(j) < wrap && other.reference_ts > best) best = other.reference_ts;
	}
	// the surface of the picture before the gap, merged into this entry
	const record = surface_find(entry_surface(i));
	if (record == null) return best;
	const decoded = decoded_of(record);
	const is_reference = decoded.valid != 0 && decoded.reference != 0;
	const merged = is_reference && frame_num_wrap(decoded.frame_num) < wrap;
	return merged && record.timestamp > best ? record.timestamp : best;
}

/**
 * Looks through the lists of a slice for what ReferenceFrames does not say: frames that are missing there, short-term frames that share
 * a surface with another (see above), and LongTermFrameIdx, which FFmpeg brings up to date only when it builds the lists.
 */
export function h264_note_references(slice: VASliceParameterBufferH264, l0: u32, l1: u32): void {
	if (PICTURE.structure != PICTURE_FRAME) {
		restore_long_term_indices(slice, 0, l0);
		restore_long_term_indices(slice, 1, l1);
	}
	for (let i: u32 = 0; i < l0; i++) note_reference(slice.RefPicList0(i));
	for (let i: u32 = 0; i < l1; i++) note_reference(slice.RefPicList1(i));
}

/**
 * In a field, FFmpeg leaves the long_term_pic_num of a list modification (8.2.4.3.2) where LongTermFrameIdx belongs. What
 * command k names is entry k of the list; LongTermPicNum is twice the index, or one more: (8-32), (8-33).
 */
function restore_long_term_indices(slice: VASliceParameterBufferH264, list: u32, length: u32): void {
	const commands = min<u32>(header_command_count(list), length);
	for (let k: u32 = 0; k < commands; k++) {
		const named = header_long_term_pic_num(list, k);
		const reference = slice.RefPicList(list, k);
		if (named > MAX_LONG_TERM_PIC_NUM || !exists(reference) || !is_long_term(reference)) continue;
		const found = reference.frame_idx;
		if (found == named >> 1 || found >> 1 != named >> 1) continue;
		for (let i: u32 = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
			restore_long_term_index(h264_picture().ReferenceFrames(i), reference.picture_id, found);
		}
		for (let i: u32 = length; i > 0; i--) {
			restore_long_term_index(slice.RefPicList(list, i - 1), reference.picture_id, found);
		}
	}
}

function restore_long_term_index(entry: VAPictureH264, surface: u32, found: u32): void {
	if (exists(entry) && is_long_term(entry) && entry.picture_id == surface && entry.frame_idx == found)
		entry.frame_idx = found >> 1;
}

function note_reference(reference: VAPictureH264): void {
	if ((reference.flags & VA_PICTURE_H264_INVALID) != 0 || reference.picture_id == VA_INVALID_SURFACE)
		return;
	const long_term = is_long_term(reference);
	const picture = h264_picture();
	let absent = true;
	let shares: u32 = V4L2_H264_NUM_DPB_ENTRIES;
	for (let i: u32 = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		const known = picture.ReferenceFrames(i);
		if (known.picture_id != reference.picture_id || !exists(known)) continue;
		absent = false;
		if (is_long_term(known) != long_term) continue;
		if (known.frame_idx == reference.frame_idx) return;
		shares = i;
	}
	if (absent) {
		const record = surface_find(reference.picture_id);
		if (record != null && holds(record, reference)) note_extra(reference);
	} else if (shares < V4L2_H264_NUM_DPB_ENTRIES) {
		if (long_term) picture.ReferenceFrames(shares).frame_idx = reference.frame_idx;
		else if ((reference.flags & VA_PICTURE_H264_SHORT_TERM_REFERENCE) != 0) note_extra(reference);
	}
}

/** A reference of the slices' lists alone. What they name is one, whatever its marking says: FFmpeg's may have run ahead. */
function note_extra(reference: VAPictureH264): void {
	const state = h264_state();
	for (let i: u32 = 0; i < state.extra_count; i++) {
		const known = h264_extra_reference(i);
		if (known.picture_id == reference.picture_id && known.frame_idx == reference.frame_idx) {
			known.flags |= reference.flags;
			return;
		}
	}
	if (state.extra_count == MAX_EXTRA_REFERENCES) return;
	const extra = h264_extra_reference(state.extra_count);
	memory.copy(changetype<usize>(extra), changetype<usize>(reference), VAPictureH264.SIZE);
	if (!is_long_term(extra)) extra.flags |= VA_PICTURE_H264_SHORT_TERM_REFERENCE;
	state.extra_count++;
}

/** One entry of a slice's list: by surface and parity. The DPB must have been filled. */
export function h264_fill_reference(entry: v4l2_h264_reference, reference: VAPictureH264 | null): void {
	entry.index = <u8>NO_INDEX;
	entry.fields = 0;
	if (reference == null || (reference.flags & VA_PICTURE_H264_INVALID) != 0) return;
	for (let i: u32 = 0; i < entry_count; i++) {
		if (entry_surface(i) != reference.picture_id) continue;
		entry.index = <u8>i;
		entry.fields = <u8>fields_of(reference);
		if (entry_frame_index(i) == reference.frame_idx) return;
	}
}
