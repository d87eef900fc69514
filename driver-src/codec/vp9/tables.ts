// SPDX-License-Identifier: MIT
/** What the VP9 specification fixes and headers are read with. */
import {
	V4L2_VP9_INTERP_FILTER_BILINEAR,
	V4L2_VP9_INTERP_FILTER_EIGHTTAP,
	V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP,
	V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH,
} from "../../abi/v4l2";

/** The greatest deltaProb that decode_term_subexp() gives (6.3.4): (127 << 1) - 1 + 1. */
const MAX_DELTA_PROB: u32 = 254;

/**
 * inv_map_table[], 6.3.5: twenty steps through the whole range first, then all that lies between. The specification ends with 253;
 * of the one code behind it, libvpx and FFmpeg make 253 as well.
 */
// biome-ignore format: a table
const INV_MAP: usize = memory.data<u8>([
	7, 20, 33, 46, 59, 72, 85, 98, 111, 124, 137, 150, 163, 176, 189, 202, 215, 228, 241, 254,
	1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26,
	27, 28, 29, 30, 31, 32, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 47, 48, 49, 50,
	51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 73, 74,
	75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97,
	99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 112, 113, 114, 115, 116, 117,
	118, 119, 120, 121, 122, 123, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136,
	138, 139, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 151, 152, 153, 154, 155, 156,
	157, 158, 159, 160, 161, 162, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175,
	177, 178, 179, 180, 181, 182, 183, 184, 185, 186, 187, 188, 190, 191, 192, 193, 194, 195,
	196, 197, 198, 199, 200, 201, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214,
	216, 217, 218, 219, 220, 221, 222, 223, 224, 225, 226, 227, 229, 230, 231, 232, 233, 234,
	235, 236, 237, 238, 239, 240, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 253,
]);

/** inv_map_table[delta_prob]: 1 to 254, never 0, which is "no update" in the control. delta_prob: up to 254. */
export function inv_map(delta_prob: u32): u8 {
	assert(delta_prob <= MAX_DELTA_PROB, "no such deltaProb");
	return load<u8>(INV_MAP + <usize>delta_prob);
}

/** literal_to_type[], 6.2.7, in the numbers of V4L2 and VA-API. */
// biome-ignore format: a table
const INTERP_FILTERS: usize = memory.data<u32>([
	V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH, V4L2_VP9_INTERP_FILTER_EIGHTTAP,
	V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP, V4L2_VP9_INTERP_FILTER_BILINEAR,
]);

/** V4L2_VP9_INTERP_FILTER_* of raw_interpolation_filter, 0 to 3. */
export function interpolation_filter(raw: u32): u8 {
	return <u8>load<u32>(INTERP_FILTERS + ((<usize>(raw & 3)) << 2));
}

/** segmentation_feature_bits[], 7.2.10: of the alternate quantiser, the loop filter level, the reference frame, skipping. */
const FEATURE_BITS: usize = memory.data<u8>([8, 6, 2, 0]);

/** Bits of the value of V4L2_VP9_SEG_LVL_*. */
export function segmentation_feature_bits(feature: u32): u32 {
	return load<u8>(FEATURE_BITS + <usize>(feature & 3));
}
