// SPDX-License-Identifier: MIT
/** Where the bytes of a picture are: in a decoder's CAPTURE memory, in a VAImage, in an exported descriptor. */
import {
	CORE_MAX_LAYOUT_SIZE,
	CORE_MEMORY_PLANE_ALIGNMENT,
	CORE_PACKING_NONE,
	core_format,
	core_layout,
	core_layout_SIZE,
} from "../abi/exchange";
import {
	VA_FOURCC_I420,
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VA_FOURCC_YV12,
	VA_RT_FORMAT_YUV420,
	VA_RT_FORMAT_YUV420_10,
} from "../abi/va";
import {
	ARRANGEMENT_COLUMNS,
	FORMAT_UNKNOWN,
	format_arrangement,
	format_group_bytes,
	format_group_samples,
	format_linear,
	format_memory_planes,
	format_of_v4l2,
	format_packing,
	format_tile_bytes,
	format_tile_rows,
	format_v4l2_fourcc,
	format_va_fourcc,
} from "./formats";

/** Pitches of VAImages: what wide copies and GPU uploads like. */
const IMAGE_PITCH_ALIGNMENT: u32 = 64;
/** Of pitches and offsets: what Mali GPUs want (Mesa's pan_layout.c), which are found beside most of these decoders. */
const EXPORT_ALIGNMENT: u32 = 64;
/** The longest picture side: level 6.2 of H.264 and HEVC, rounded up. The arithmetic below does not overflow with it. */
export const MAX_SIDE: u32 = 16896;

/** The surface format of a VA_RT_FORMAT_*; 0 when it is not offered. */
export function fourcc_of_rt_format(rt_format: u32): u32 {
	if ((rt_format & VA_RT_FORMAT_YUV420) != 0) return VA_FOURCC_NV12;
	if ((rt_format & VA_RT_FORMAT_YUV420_10) != 0) return VA_FOURCC_P010;
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

/** Whether a picture lies as rows of whole bytes. */
export function is_linear(layout: core_layout): bool {
	return layout.packing == CORE_PACKING_NONE && layout.tile_bytes == 0;
}

/** Whether a picture can be handed out: GPUs read it where it is, or refuse it. */
function is_exportable(layout: core_layout): bool {
	if (!is_linear(layout)) return false;
	for (let i: u32 = 0; i < layout.plane_count; i++) {
		if (layout.get_pitches(i) % EXPORT_ALIGNMENT != 0 || layout.get_offsets(i) % EXPORT_ALIGNMENT != 0)
			return false;
	}
	return true;
}

function round_up(value: u32, step: u32): u32 {
	return ((value + step - 1) / step) * step;
}

/** Samples across the smallest part of a row that stands alone: a tile, a group of packed samples, or one. */
function unit_samples(format: i32): u32 {
	const samples = format_group_samples(format);
	const tile = format_tile_bytes(format);
	return tile == 0 ? samples : (tile / format_group_bytes(format)) * samples;
}

/** The bytes of that part. */
function unit_bytes(format: i32): u32 {
	const tile = format_tile_bytes(format);
	return tile == 0 ? format_group_bytes(format) : tile;
}

/**
 * The layout of a `width` x `height` picture of a surface format in CAPTURE memory of `format`. Chroma follows the luma lines at
 * once (V4L2 "single-planar formats": bytesperline x height; cedrus_buf_addr(), hantro_g2_chroma_offset()), in columns those of
 * the same column, with two memory planes it is the second. False when that memory shows as another surface format, is too
 * small, or contradicts itself.
 */
export function layout_of_capture(
	format: core_format,
	fourcc: u32,
	width: u32,
	height: u32,
	layout: core_layout,
): bool {
	const capture = format_of_v4l2(format.fourcc);
	if (capture == FORMAT_UNKNOWN || format_va_fourcc(capture) != fourcc) return false;
	const planes = format_memory_planes(capture);
	if (format.plane_count != planes || format.width < width || format.height < height) return false;
	if (format.width > MAX_SIDE || format.height > MAX_SIDE) return false;
	const lines = format.get_bytesperline(0);
	const units = (format.width + unit_samples(capture) - 1) / unit_samples(capture);
	if (lines > MAX_SIDE * 4) return false;
	memory.fill(changetype<usize>(layout), 0, core_layout_SIZE);
	layout.fourcc = fourcc;
	layout.width = width;
	layout.height = height;
	layout.plane_count = 2;
	layout.packing = format_packing(capture);
	layout.tile_bytes = format_tile_bytes(capture);
	const fits =
		format_arrangement(capture) == ARRANGEMENT_COLUMNS
			? place_columns(format, units, layout)
			: place_rows(format, capture, units, layout);
	if (!fits) return false;
	layout.most_width = (layout.get_pitches(0) / unit_bytes(capture)) * unit_samples(capture);
	layout.most_height = format.height;
	layout.exportable = is_exportable(layout) ? 1 : 0;
	return layout.size <= CORE_MAX_LAYOUT_SIZE;
}

/** Rows, and tiles: a plane is rows of tiles, `bytesperline` times the rows of a tile apart. */
function place_rows(format: core_format, capture: i32, units: u32, layout: core_layout): bool {
	const apart = format_memory_planes(capture) == 2;
	const luma_rows = round_up(format.height, format_tile_rows(capture, 0));
	const chroma_rows = round_up((format.height + 1) >> 1, format_tile_rows(capture, 1));
	const pitch = format.get_bytesperline(0);
	const chroma_pitch = apart ? format.get_bytesperline(1) : pitch;
	const row = units * unit_bytes(capture);
	const first = format.get_sizeimage(0);
	if (pitch < row || chroma_pitch < row || chroma_pitch > MAX_SIDE * 4) return false;
	if (first > CORE_MAX_LAYOUT_SIZE) return false;
	const luma = pitch * luma_rows;
	const chroma = chroma_pitch * chroma_rows;
	if (apart) {
		if (first < luma || format.get_sizeimage(1) < chroma) return false;
		if (format.get_sizeimage(1) > CORE_MAX_LAYOUT_SIZE) return false;
		layout.set_offsets(1, round_up(first, CORE_MEMORY_PLANE_ALIGNMENT));
		layout.second_at = layout.get_offsets(1);
		layout.size = layout.second_at + format.get_sizeimage(1);
	} else {
		// Chroma would begin within luma's last tiles.
		if (luma_rows != format.height || first < luma + chroma) return false;
		layout.set_offsets(1, luma);
		layout.size = first;
	}
	layout.set_pitches(0, pitch);
	layout.set_pitches(1, chroma_pitch);
	if (is_linear(layout)) return true;
	layout.set_tile_rows(0, format_tile_rows(capture, 0));
	layout.set_tile_rows(1, format_tile_rows(capture, 1));
	return true;
}

/** Columns, `bytesperline` lines each: luma, then chroma. */
function place_columns(format: core_format, columns: u32, layout: core_layout): bool {
	const lines = format.get_bytesperline(0);
	const pitch = columns * layout.tile_bytes;
	if (lines < format.height + ((format.height + 1) >> 1)) return false;
	if (<u64>format.get_sizeimage(0) < <u64>pitch * lines) return false;
	for (let i: u32 = 0; i < 2; i++) {
		layout.set_pitches(i, pitch);
		layout.set_tile_rows(i, lines);
	}
	layout.set_offsets(1, layout.tile_bytes * format.height);
	layout.size = format.get_sizeimage(0);
	return true;
}

/** A linear format that no decoder was asked for: macroblocks in rows of 64 bytes, as most decoders have them. */
export function linear_format(bit_depth: u32, width: u32, height: u32, format: core_format): void {
	const mask = IMAGE_PITCH_ALIGNMENT - 1;
	format.fourcc = format_v4l2_fourcc(format_linear(bit_depth));
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
