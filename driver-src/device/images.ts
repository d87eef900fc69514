// SPDX-License-Identifier: MIT
/** VAImages, exported descriptors, and the copies between a surface and an image. */
import {
	CORE_COPY_MERGE,
	CORE_COPY_ROWS,
	CORE_COPY_SPLIT,
	core_copy,
	core_copy_SIZE,
	core_layout,
	core_layout_SIZE,
} from "../abi/exchange";
import {
	DRM_FORMAT_GR88,
	DRM_FORMAT_GR1616,
	DRM_FORMAT_MOD_LINEAR,
	DRM_FORMAT_NV12,
	DRM_FORMAT_P010,
	DRM_FORMAT_R8,
	DRM_FORMAT_R16,
	VA_EXPORT_SURFACE_COMPOSED_LAYERS,
	VA_EXPORT_SURFACE_SEPARATE_LAYERS,
	VA_FOURCC_I420,
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VA_FOURCC_YV12,
	VA_LSB_FIRST,
	VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_ERROR_INVALID_SURFACE,
	VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
	VA_STATUS_SUCCESS,
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	VADRMPRIMESurfaceDescriptor,
	VADRMPRIMESurfaceDescriptor_SIZE,
	VAImageFormat,
	VAImageFormat_SIZE,
} from "../abi/va";
import { input_address, output_address } from "../session/areas";
import { surface_fourcc_offered } from "./attributes";
import { is_interleaved, layout_of_image, sample_size } from "./layout";
import { latest_surface_layout } from "./memory";

const FORMATS: StaticArray<u32> = [VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12, VA_FOURCC_P010];

/** Set in the count that get_image() and put_image() return, when the rest is a VAStatus. */
const REFUSED: u32 = 0x80000000;

/** Samples of 10 bit come from surfaces of 10 bit only. */
function image_fourcc_offered(fourcc: u32): bool {
	return FORMATS.includes(fourcc) && (fourcc != VA_FOURCC_P010 || surface_fourcc_offered(fourcc));
}

/** Output: VAImageFormat[]. Returns how many. */
export function image_formats(): u32 {
	let count: u32 = 0;
	for (let i = 0; i < FORMATS.length; i++) {
		if (!image_fourcc_offered(FORMATS[i])) continue;
		const format = VAImageFormat.at(output_address() + count * VAImageFormat_SIZE);
		format.clear();
		format.fourcc = FORMATS[i];
		format.byte_order = VA_LSB_FIRST;
		format.bits_per_pixel = FORMATS[i] == VA_FOURCC_P010 ? 24 : 12;
		count++;
	}
	return count;
}

/** Output: core_layout. Returns VAStatus. */
export function create_image(fourcc: u32, width: u32, height: u32): u32 {
	const layout = core_layout.at(output_address());
	if (!image_fourcc_offered(fourcc)) return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
	// GStreamer's VA allocator (gstvaallocator.c, _update_image_info) derives an image from a surface, creates another of
	// the same size, and then reads derived images with the pitches and offsets of the created one.
	const surface = latest_surface_layout(fourcc, width, height);
	if (surface != null) {
		memory.copy(output_address(), changetype<usize>(surface), core_layout_SIZE);
		return VA_STATUS_SUCCESS;
	}
	return layout_of_image(fourcc, width, height, layout)
		? VA_STATUS_SUCCESS
		: VA_STATUS_ERROR_INVALID_PARAMETER;
}

/** Input: core_layout. Output: VADRMPRIMESurfaceDescriptor without its fds. Returns VAStatus. */
export function export_surface(memory_type: u32, flags: u32): u32 {
	if (memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2) return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
	const separate = (flags & VA_EXPORT_SURFACE_SEPARATE_LAYERS) != 0;
	if (separate && (flags & VA_EXPORT_SURFACE_COMPOSED_LAYERS) != 0)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	const layout = core_layout.at(input_address());
	const deep = layout.fourcc == VA_FOURCC_P010;
	if (!deep && layout.fourcc != VA_FOURCC_NV12) return VA_STATUS_ERROR_INVALID_SURFACE;
	memory.fill(output_address(), 0, VADRMPRIMESurfaceDescriptor_SIZE);
	const descriptor = VADRMPRIMESurfaceDescriptor.at(output_address());
	descriptor.fourcc = layout.fourcc;
	descriptor.width = layout.width;
	descriptor.height = layout.height;
	descriptor.num_objects = 1;
	descriptor.objects(0).size = layout.size;
	descriptor.objects(0).drm_format_modifier = DRM_FORMAT_MOD_LINEAR;
	// What names no kind of layers gets the whole picture as one.
	descriptor.num_layers = separate ? 2 : 1;
	if (separate) {
		export_plane(descriptor, layout, 0, 0, 0, deep ? DRM_FORMAT_R16 : DRM_FORMAT_R8);
		export_plane(descriptor, layout, 1, 0, 1, deep ? DRM_FORMAT_GR1616 : DRM_FORMAT_GR88);
	} else {
		const composed: u32 = deep ? DRM_FORMAT_P010 : DRM_FORMAT_NV12;
		export_plane(descriptor, layout, 0, 0, 0, composed);
		export_plane(descriptor, layout, 0, 1, 1, composed);
	}
	return VA_STATUS_SUCCESS;
}

function export_plane(
	descriptor: VADRMPRIMESurfaceDescriptor,
	layout: core_layout,
	layer: u32,
	place: u32,
	plane: u32,
	drm_format: u32,
): void {
	const target = descriptor.layers(layer);
	target.drm_format = drm_format;
	target.num_planes = place + 1;
	target.set_object_index(place, 0);
	target.set_offset(place, layout.get_offsets(plane));
	target.set_pitch(place, layout.get_pitches(plane));
}

/** Input: core_layout of the surface, of the image. Output: core_copy[]. Returns how many, or REFUSED | VAStatus. */
export function get_image(x: u32, y: u32, width: u32, height: u32): u32 {
	const surface = core_layout.at(input_address());
	const image = core_layout.at(input_address() + core_layout_SIZE);
	return copies(surface, image, x, y, 0, 0, width, height);
}

/** Input: core_layout of the image, of the surface. Output: core_copy[]. Returns how many, or REFUSED | VAStatus. */
export function put_image(source_x: u32, source_y: u32, width: u32, height: u32, x: u32, y: u32): u32 {
	const image = core_layout.at(input_address());
	const surface = core_layout.at(input_address() + core_layout_SIZE);
	return copies(image, surface, source_x, source_y, x, y, width, height);
}

/** Input: core_layout of a picture, of the surface it belongs to. Output: core_copy[] of what both have. Returns how many. */
export function copy_picture(): u32 {
	const picture = core_layout.at(input_address());
	const surface = core_layout.at(input_address() + core_layout_SIZE);
	const width = min<u32>(picture.width, surface.width);
	const height = min<u32>(picture.height, surface.height);
	return copies(picture, surface, 0, 0, 0, 0, width, height);
}

/** Whether [at, at + length) lies in [0, whole). */
function inside(at: u32, length: u32, whole: u32): bool {
	return length > 0 && at < whole && length <= whole - at;
}

function copies(
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
	if (size != sample_size(destination.fourcc)) return REFUSED | VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
	const chroma_width = chroma_extent(source_x, x, width);
	const chroma_height = chroma_extent(source_y, y, height);
	const luma = copy_at(0, CORE_COPY_ROWS, size);
	luma.source_offset = source.get_offsets(0) + source_y * source.get_pitches(0) + source_x * size;
	luma.source_pitch = source.get_pitches(0);
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

function chroma_offset(layout: core_layout, plane: u32, x: u32, y: u32): u32 {
	const samples: u32 = is_interleaved(layout.fourcc) ? 2 : 1;
	return (
		layout.get_offsets(plane) +
		(y >> 1) * layout.get_pitches(plane) +
		(x >> 1) * samples * sample_size(layout.fourcc)
	);
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
	copy.source_offset = chroma_offset(source, source_plane, source_x, source_y);
	copy.source_pitch = source.get_pitches(source_plane);
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
