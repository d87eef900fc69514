// SPDX-License-Identifier: MIT
/**
 * compressed_header() of the VP9 specification (6.3), read into V4L2_CID_STATELESS_VP9_COMPRESSED_HDR.
 *
 * The control has no probabilities but updates of them, since kernel drivers keep those: inv_map_table[deltaProb] without
 * inv_recenter_nonneg() (6.3.6), of motion vectors the new probability; 0 is no update, which neither of the two ever is. What the
 * header has one behind the other mostly lies so in the control, too, and is read as one run.
 */
import {
	V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV,
	V4L2_VP9_INTERP_FILTER_SWITCHABLE,
	V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE,
	V4L2_VP9_REFERENCE_MODE_SELECT,
	V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE,
	V4L2_VP9_SIGN_BIAS_ALT,
	V4L2_VP9_SIGN_BIAS_GOLDEN,
	V4L2_VP9_SIGN_BIAS_LAST,
	V4L2_VP9_TX_MODE_ALLOW_32X32,
	V4L2_VP9_TX_MODE_ONLY_4X4,
	V4L2_VP9_TX_MODE_SELECT,
	v4l2_ctrl_vp9_compressed_hdr,
	v4l2_ctrl_vp9_frame,
	v4l2_vp9_mv_probs,
} from "../../abi/v4l2";
import {
	bool_flag,
	bool_literal,
	bool_open,
	bool_position,
	bool_read,
	bool_zeros_alike,
} from "../../bits/bool-decoder";
import { is_intra, vp9_state } from "./state";
import { inv_map } from "./tables";

/** Of update_prob and update_mv_prob being 0 (6.3.3, 6.3.17). */
const NO_UPDATE: u32 = 252;
/** Bytes of coef[i][j][k]: 6 bands of 6 contexts of 3 probabilities; the first band has 3 contexts only. */
const COEF_SIZE: u32 = 108;
const FIRST_BAND: u32 = 9;
const BAND: u32 = 18;
/** The transform sizes that a tx_mode has: tx_mode_to_biggest_tx_size[], 6.3.7. */
const TX_SIZES: u32 = 4;

/**
 * Reads the header of `size` bytes, of which the first `available` are at `address`; `header` is what the uncompressed header says,
 * and gets reference_mode. False when it is damaged, or asks for more bytes than there are.
 */
export function compressed_header_parse(
	control: v4l2_ctrl_vp9_compressed_hdr,
	header: v4l2_ctrl_vp9_frame,
	address: usize,
	available: u32,
	size: u32,
): bool {
	control.clear();
	header.reference_mode = <u8>V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE;
	const there = min<u32>(available, size);
	bool_open(address, there);
	if (bool_flag()) return false; // marker_bit, 9.2.1
	const at = changetype<usize>(control);
	control.tx_mode = read_tx_mode();
	// tx8, tx16, tx32
	if (control.tx_mode == V4L2_VP9_TX_MODE_SELECT) read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_tx8, 12);
	read_coef_probs(at + v4l2_ctrl_vp9_compressed_hdr.AT_coef, control.tx_mode);
	read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_skip, 3);
	if (!is_intra()) read_inter(at, header);
	return bool_position() <= there << 3;
}

/** read_tx_mode(), 6.3.1. */
function read_tx_mode(): u8 {
	if (vp9_state().lossless != 0) return <u8>V4L2_VP9_TX_MODE_ONLY_4X4;
	const tx_mode = bool_literal(2);
	return <u8>(tx_mode == V4L2_VP9_TX_MODE_ALLOW_32X32 ? tx_mode + bool_literal(1) : tx_mode);
}

/** diff_update_prob() of `count` probabilities, one behind the other. */
function read_deltas(at: usize, count: u32): void {
	for (let i: u32 = 0; i < count; i++) {
		i += bool_zeros_alike(NO_UPDATE, count - i);
		if (i == count) break;
		bool_read(NO_UPDATE);
		store<u8>(at + <usize>i, inv_map(decode_term_subexp()));
	}
}

/**
 * decode_term_subexp(), 6.3.4: deltaProb. All of its bits have even odds, and there are five at least: up to three flags, and the
 * first bits of what follows them.
 */
function decode_term_subexp(): u32 {
	const begin = bool_literal(5);
	if (begin < 0b10000) return begin;
	if (begin < 0b11000) return 16 + (((begin & 7) << 1) | bool_literal(1));
	if (begin < 0b11100) return 32 + (((begin & 3) << 3) | bool_literal(3));
	const value = ((begin & 3) << 5) | bool_literal(5);
	return value < 65 ? value + 64 : (value << 1) - 1 + bool_literal(1);
}

/** read_coef_probs(), 6.3.7. */
function read_coef_probs(at: usize, tx_mode: u32): void {
	const sizes = min<u32>(tx_mode + 1, TX_SIZES);
	for (let tx_size: u32 = 0; tx_size < sizes; tx_size++) {
		if (!bool_flag()) continue; // update_probs
		for (let i: u32 = 0; i < 4; i++) {
			const plane = at + <usize>((tx_size * 4 + i) * COEF_SIZE);
			read_deltas(plane, FIRST_BAND);
			read_deltas(plane + <usize>BAND, COEF_SIZE - BAND);
		}
	}
}

/** What frames with inter prediction have more. */
function read_inter(at: usize, header: v4l2_ctrl_vp9_frame): void {
	read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_inter_mode, 21);
	if (header.interpolation_filter == V4L2_VP9_INTERP_FILTER_SWITCHABLE)
		read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_interp_filter, 8);
	read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_is_inter, 4);
	const mode = read_reference_mode(header.ref_frame_sign_bias);
	header.reference_mode = mode;
	// frame_reference_mode_probs(), 6.3.13
	if (mode == V4L2_VP9_REFERENCE_MODE_SELECT)
		read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_comp_mode, 5);
	if (mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE)
		read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_single_ref, 10);
	if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE)
		read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_comp_ref, 5);
	read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_y_mode, 36);
	read_deltas(at + v4l2_ctrl_vp9_compressed_hdr.AT_partition, 48);
	read_mv_probs(
		at + v4l2_ctrl_vp9_compressed_hdr.AT_mv,
		(header.flags & V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV) != 0,
	);
}

/** frame_reference_mode(), 6.3.12: compound prediction needs references on both sides. */
function read_reference_mode(sign_bias: u32): u8 {
	const last = (sign_bias & V4L2_VP9_SIGN_BIAS_LAST) != 0;
	const golden = (sign_bias & V4L2_VP9_SIGN_BIAS_GOLDEN) != 0;
	const altref = (sign_bias & V4L2_VP9_SIGN_BIAS_ALT) != 0;
	if (golden == last && altref == last) return <u8>V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE;
	if (!bool_flag()) return <u8>V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE; // non_single_reference
	// reference_select
	return <u8>(bool_flag() ? V4L2_VP9_REFERENCE_MODE_SELECT : V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE);
}

/** update_mv_prob() of `count` probabilities, one behind the other. */
function update_mv_probs(at: usize, count: u32): void {
	for (let i: u32 = 0; i < count; i++) {
		i += bool_zeros_alike(NO_UPDATE, count - i);
		if (i == count) break;
		bool_read(NO_UPDATE);
		store<u8>(at + <usize>i, (bool_literal(7) << 1) | 1);
	}
}

/** mv_probs(), 6.3.16. */
function read_mv_probs(at: usize, high_precision: bool): void {
	update_mv_probs(at + v4l2_vp9_mv_probs.AT_joint, 3);
	for (let i: usize = 0; i < 2; i++) {
		update_mv_probs(at + v4l2_vp9_mv_probs.AT_sign + i, 1);
		update_mv_probs(at + v4l2_vp9_mv_probs.AT_classes + i * 10, 10);
		update_mv_probs(at + v4l2_vp9_mv_probs.AT_class0_bit + i, 1);
		update_mv_probs(at + v4l2_vp9_mv_probs.AT_bits + i * 10, 10);
	}
	for (let i: usize = 0; i < 2; i++) {
		update_mv_probs(at + v4l2_vp9_mv_probs.AT_class0_fr + i * 6, 6);
		update_mv_probs(at + v4l2_vp9_mv_probs.AT_fr + i * 3, 3);
	}
	if (!high_precision) return;
	for (let i: usize = 0; i < 2; i++) {
		update_mv_probs(at + v4l2_vp9_mv_probs.AT_class0_hp + i, 1);
		update_mv_probs(at + v4l2_vp9_mv_probs.AT_hp + i, 1);
	}
}
