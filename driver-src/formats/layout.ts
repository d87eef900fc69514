// SPDX-License-Identifier: MIT
/** Where the bytes of a picture are: in a decoder's CAPTURE memory, in a VAImage, in an exported descriptor. */
import { CORE_MAX_LAYOUT_SIZE, core_format, core_layout, core_layout_SIZE } from "../abi/exchange";
import { V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_P010 } from "../abi/v4l2";
import {
	VA_FOURCC_I420,
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VA_FOURCC_YV12,
	VA_RT_FORMAT_YUV420,
	VA_RT_FORMAT_YUV420_10,
} from "../abi/va";

/** Pitches of VAImages: what wide copies and GPU uploads like. */
const IMAGE_PITCH_ALIGNMENT: u32 = 64;
/** The largest picture side the arithmetic below is sure not to overflow with. */
export const MAX_SIDE: u32 = 16384;

/** The surface format of a VA_RT_FORMAT_*; 0 when it is not offered. */
export function fourcc_of_rt_format(rt_format: u32): u32 {
	if ((rt_format & VA_RT_FORMAT_YUV420) != 0) return VA_FOURCC_NV12;
	if ((rt_format & VA_RT_FORMAT_YUV420_10) != 0) return VA_FOURCC_P010;
	return 0;
}

/** The V4L2 CAPTURE format of a surface format; 0 for an unknown one. */
function capture_of_fourcc(fourcc: u32): u32 {
	if (fourcc == VA_FOURCC_NV12) return V4L2_PIX_FMT_NV12;
	if (fourcc == VA_FOURCC_P010) return V4L2_PIX_FMT_P010;
	return 0;
}

/** Bytes of one sample. */
export function sample_size(fourcc: u32): u32 {
	return fourcc == VA_FOURCC_P010 ? 2 : 1;
}

/** Whether the chroma samples alternate in one plane (NV12, P010). */
export function is_interleaved(fourcc: u32): bool {
	return fourcc == VA_FOURCC_NV12 || fourcc == VA_FOURCC_P010;
}

/**
 * The layout of a `width` x `height` picture of a surface format in CAPTURE memory of `format`: chroma follows the
 * luma lines at once (V4L2 "single-planar formats": bytesperline x height). False when that memory is of another
 * format, too small, or contradicts itself.
 */
export function layout_of_capture(
	format: core_format,
	fourcc: u32,
	width: u32,
	height: u32,
	layout: core_layout,
): bool {
	const capture = capture_of_fourcc(fourcc);
	if (capture == 0 || format.fourcc != capture || format.plane_count != 1) return false;
	if (format.width < width || format.height < height) return false;
	if (format.width > MAX_SIDE || format.height > MAX_SIDE) return false;
	const pitch = format.get_bytesperline(0);
	const size = format.get_sizeimage(0);
	if (pitch < format.width * sample_size(fourcc) || pitch > MAX_SIDE * 4) return false;
	const luma = pitch * format.height;
	const chroma = pitch * ((format.height + 1) >> 1);
	if (size < luma + chroma || size > CORE_MAX_LAYOUT_SIZE) return false;
	memory.fill(changetype<usize>(layout), 0, core_layout_SIZE);
	layout.fourcc = fourcc;
	layout.width = width;
	layout.height = height;
	layout.plane_count = 2;
	layout.set_pitches(0, pitch);
	layout.set_pitches(1, pitch);
	layout.set_offsets(1, luma);
	layout.size = size;
	return true;
}

/** A CAPTURE format that nobody was asked for: macroblocks in rows of 64 bytes, as most decoders have them. */
export function format_of_picture(
	fourcc: u32,
	bit_depth: u32,
	width: u32,
	height: u32,
	format: core_format,
): void {
	const mask = IMAGE_PITCH_ALIGNMENT - 1;
	format.fourcc = fourcc;
	format.width = (width + 15) & ~15;
	format.height = (height + 15) & ~15;
	format.plane_count = 1;
	const pitch = (format.width * (bit_depth > 8 ? 2 : 1) + mask) & ~mask;
	format.set_bytesperline(0, pitch);
	format.set_sizeimage(0, (pitch * format.height * 3) / 2);
}

/** The layout of a VAImage of its own. False for an unknown format or a size out of range. */
export function layout_of_image(fourcc: u32, width: u32, height: u32, layout: core_layout): bool {
	if (width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE) return false;
	const planar = fourcc == VA_FOURCC_I420 || fourcc == VA_FOURCC_YV12;
	if (!planar && !is_interleaved(fourcc)) return false;
	memory.fill(changetype<usize>(layout), 0, core_layout_SIZE);
	const mask = IMAGE_PITCH_ALIGNMENT - 1;
	const pitch = (((width + 1) & ~1) * sample_size(fourcc) + mask) & ~mask;
	const chroma_rows = (height + 1) >> 1;
	layout.fourcc = fourcc;
	layout.width = width;
	layout.height = height;
	layout.set_pitches(0, pitch);
	layout.set_offsets(1, pitch * height);
	if (planar) {
		layout.plane_count = 3;
		layout.set_pitches(1, pitch >> 1);
		layout.set_pitches(2, pitch >> 1);
		layout.set_offsets(2, pitch * height + (pitch >> 1) * chroma_rows);
		layout.size = pitch * height + pitch * chroma_rows;
	} else {
		layout.plane_count = 2;
		layout.set_pitches(1, pitch);
		layout.size = pitch * height + pitch * chroma_rows;
	}
	return layout.size <= CORE_MAX_LAYOUT_SIZE;
}
