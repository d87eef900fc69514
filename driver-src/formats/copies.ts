// SPDX-License-Identifier: MIT
/** The copies of a rectangle between two layouts, plane by plane. */
import {
	CORE_COPY_MERGE,
	CORE_COPY_ROWS,
	CORE_COPY_SPLIT,
	core_copy,
	core_copy_SIZE,
	core_layout,
} from "../abi/exchange";
import {
	VA_FOURCC_YV12,
	VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
	VA_STATUS_ERROR_INVALID_PARAMETER,
} from "../abi/va";
import { output_address } from "../boundary/areas";
import { is_interleaved, is_linear, sample_size } from "./layout";

/** Set in the count that copies() returns, when the rest is a VAStatus. */
export const REFUSED: u32 = 0x80000000;

/** Whether [at, at + length) lies in [0, whole). */
function inside(at: u32, length: u32, whole: u32): bool {
	return length > 0 && at < whole && length <= whole - at;
}

/**
 * Copies a rectangle of `source` to a place in `destination`, both layouts of samples of the same size; the destination is
 * linear, and so is a planar source. Corners and extent are in luma samples. Output: core_copy[]. Returns how many, or
 * REFUSED | VAStatus.
 */
export function copies(
	source: core_layout,
	destination: core_layout,
	source_x: u32,
	source_y: u32,
	x: u32,
	y: u32,
	width: u32,
	height: u32,
): u32 {
	if (
		!inside(source_x, width, source.width) ||
		!inside(source_y, height, source.height) ||
		!inside(x, width, destination.width) ||
		!inside(y, height, destination.height)
	) {
		return REFUSED | VA_STATUS_ERROR_INVALID_PARAMETER;
	}
	const size = sample_size(source.fourcc);
	if (size != sample_size(destination.fourcc) || !is_linear(destination))
		return REFUSED | VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
	const chroma_width = chroma_extent(source_x, x, width);
	const chroma_height = chroma_extent(source_y, y, height);
	const luma = copy_at(0, CORE_COPY_ROWS, size);
	from_plane(luma, source, 0, source_x * size, source_y);
	luma.destination_offset = destination.get_offsets(0) + y * destination.get_pitches(0) + x * size;
	luma.destination_pitch = destination.get_pitches(0);
	luma.row_bytes = width * size;
	luma.rows = height;
	const from_interleaved = is_interleaved(source.fourcc);
	const to_interleaved = is_interleaved(destination.fourcc);
	if (from_interleaved && to_interleaved) {
		const chroma = chroma_copy(1, CORE_COPY_ROWS, source, destination, 1, 1, source_x, source_y, x, y);
		chroma.row_bytes = chroma_width * 2 * size;
		chroma.rows = chroma_height;
		return 2;
	}
	if (from_interleaved) {
		const chroma = chroma_copy(
			1,
			CORE_COPY_SPLIT,
			source,
			destination,
			1,
			plane_of(destination, 1),
			source_x,
			source_y,
			x,
			y,
		);
		chroma.row_bytes = chroma_width * 2 * size;
		chroma.rows = chroma_height;
		chroma.second_offset = chroma_offset(destination, plane_of(destination, 2), x, y);
		chroma.second_pitch = destination.get_pitches(plane_of(destination, 2));
		return 2;
	}
	if (to_interleaved) {
		const chroma = chroma_copy(
			1,
			CORE_COPY_MERGE,
			source,
			destination,
			plane_of(source, 1),
			1,
			source_x,
			source_y,
			x,
			y,
		);
		chroma.row_bytes = chroma_width * 2 * size;
		chroma.rows = chroma_height;
		chroma.second_offset = chroma_offset(source, plane_of(source, 2), source_x, source_y);
		chroma.second_pitch = source.get_pitches(plane_of(source, 2));
		return 2;
	}
	return REFUSED | VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
}

/**
 * Chroma is sited on even samples: an odd corner takes the sample that covers it. Of corners that are unlike, one side
 * has a sample more, which the other has no room for.
 */
function chroma_extent(source: u32, destination: u32, length: u32): u32 {
	return min<u32>(
		((source + length + 1) >> 1) - (source >> 1),
		((destination + length + 1) >> 1) - (destination >> 1),
	);
}

/** The plane of Cb (which = 1) or Cr (which = 2): YV12 has them the other way round. */
function plane_of(layout: core_layout, which: u32): u32 {
	return layout.fourcc == VA_FOURCC_YV12 ? 3 - which : which;
}

/** Bytes from the start of a chroma row to the sample that covers a luma column. */
function chroma_x(layout: core_layout, x: u32): u32 {
	const samples: u32 = is_interleaved(layout.fourcc) ? 2 : 1;
	return (x >> 1) * samples * sample_size(layout.fourcc);
}

function chroma_offset(layout: core_layout, plane: u32, x: u32, y: u32): u32 {
	return layout.get_offsets(plane) + (y >> 1) * layout.get_pitches(plane) + chroma_x(layout, x);
}

/** Where a copy reads: x in bytes and y in rows, as if the plane were linear. */
function from_plane(copy: core_copy, source: core_layout, plane: u32, x: u32, y: u32): void {
	copy.source_offset = source.get_offsets(plane);
	copy.source_pitch = source.get_pitches(plane);
	if (is_linear(source)) {
		copy.source_offset += y * source.get_pitches(plane) + x;
		return;
	}
	copy.source_packing = source.packing;
	copy.source_tile_bytes = source.tile_bytes;
	copy.source_tile_rows = source.get_tile_rows(plane);
	copy.source_x = x;
	copy.source_y = y;
}

function chroma_copy(
	place: u32,
	kind: u32,
	source: core_layout,
	destination: core_layout,
	source_plane: u32,
	destination_plane: u32,
	source_x: u32,
	source_y: u32,
	x: u32,
	y: u32,
): core_copy {
	const copy = copy_at(place, kind, sample_size(source.fourcc));
	from_plane(copy, source, source_plane, chroma_x(source, source_x), source_y >> 1);
	copy.destination_offset = chroma_offset(destination, destination_plane, x, y);
	copy.destination_pitch = destination.get_pitches(destination_plane);
	return copy;
}

function copy_at(place: u32, kind: u32, size: u32): core_copy {
	const copy = core_copy.at(output_address() + place * core_copy_SIZE);
	copy.clear();
	copy.kind = kind;
	copy.sample_size = size;
	return copy;
}
