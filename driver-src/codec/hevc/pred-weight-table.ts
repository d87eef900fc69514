// SPDX-License-Identifier: MIT
/** pred_weight_table(), HEVC 7.3.6.3. */
import { v4l2_hevc_pred_weight_table } from "../../abi/v4l2";
import { bits_se, bits_u, bits_ue } from "../../bits/nal-bits";

/** WpOffsetHalfRangeC (7-61), without high_precision_offsets_enabled_flag. */
const HALF_RANGE: i32 = 128;

/** Parses the table of a slice with so many active entries in each list. False when a value is beyond what 7.4.7.3 allows. */
export function pred_weight_table(
	table: v4l2_hevc_pred_weight_table,
	l0: u32,
	l1: u32,
	has_chroma: bool,
): bool {
	table.clear();
	const luma = bits_ue(); // luma_log2_weight_denom
	if (luma > 7) return false;
	table.luma_log2_weight_denom = <u8>luma;
	if (has_chroma) {
		const delta = bits_se();
		if (<i32>luma + delta < 0 || <i32>luma + delta > 7) return false;
		table.delta_chroma_log2_weight_denom = <i8>delta;
	}
	return weights_of_list(table, 0, l0, has_chroma) && weights_of_list(table, 1, l1, has_chroma);
}

function weights_of_list(table: v4l2_hevc_pred_weight_table, list: u32, count: u32, has_chroma: bool): bool {
	const luma_flags = bits_u(count); // the first entry's on top
	const chroma_flags: u32 = has_chroma ? bits_u(count) : 0;
	for (let i: u32 = 0; i < count; i++) {
		const bit = (<u32>1) << (count - 1 - i);
		if ((luma_flags & bit) != 0) {
			const weight = bits_se();
			const offset = bits_se();
			if (beyond_byte(weight) || beyond_byte(offset)) return false;
			table.set_delta_luma_weight(list, i, <i8>weight);
			table.set_luma_offset(list, i, <i8>offset);
		}
		if ((chroma_flags & bit) == 0) continue;
		for (let j: u32 = 0; j < 2; j++) {
			const weight = bits_se();
			const offset = bits_se();
			if (beyond_byte(weight) || offset < -4 * HALF_RANGE || offset >= 4 * HALF_RANGE) return false;
			table.set_delta_chroma_weight(list, i, j, <i8>weight);
			table.set_chroma_offset(list, i, j, <i8>chroma_offset(table, weight, offset));
		}
	}
	return true;
}

/** ChromaOffsetL0, ChromaOffsetL1 (7-56). */
function chroma_offset(table: v4l2_hevc_pred_weight_table, delta_weight: i32, delta_offset: i32): i32 {
	const denominator = <i32>table.luma_log2_weight_denom + <i32>table.delta_chroma_log2_weight_denom;
	const weight = (1 << denominator) + delta_weight;
	const offset = HALF_RANGE + delta_offset - ((HALF_RANGE * weight) >> denominator);
	return max<i32>(-HALF_RANGE, min<i32>(HALF_RANGE - 1, offset));
}

function beyond_byte(value: i32): bool {
	return value < -128 || value > 127;
}
