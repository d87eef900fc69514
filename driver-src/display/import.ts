// SPDX-License-Identifier: MIT
/**
 * Memory that the player brings along: VASurfaceAttribExternalBuffers (DRM_PRIME) and VADRMPRIMESurfaceDescriptor
 * (DRM_PRIME_2). One linear dma-buf for each surface, with chroma behind luma in any pitch and at any offset: where those are
 * not the decoder's, pictures come as copies (session/submission.ts), for the memory is the player's choice.
 */
import {
	CORE_IMPORT_COUNT,
	CORE_IMPORT_FORMAT,
	CORE_IMPORT_NONE,
	CORE_IMPORT_NOT_LINEAR,
	CORE_IMPORT_OBJECTS,
	CORE_IMPORT_PLANES,
	CORE_IMPORT_SIZE,
	CORE_IMPORT_TOO_SMALL,
	CORE_MAX_LAYOUT_SIZE,
	core_external,
	core_import,
	core_layout,
} from "../abi/exchange";
import {
	DRM_FORMAT_GR88,
	DRM_FORMAT_GR1616,
	DRM_FORMAT_MOD_INVALID,
	DRM_FORMAT_MOD_LINEAR,
	DRM_FORMAT_NV12,
	DRM_FORMAT_P010,
	DRM_FORMAT_R8,
	DRM_FORMAT_R16,
	VA_FOURCC_P010,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	VADRMPRIMESurfaceDescriptor,
} from "../abi/va";
import { input_address, output_address, slice_header_address } from "../boundary/areas";
import { MAX_SIDE, sample_size } from "../formats/layout";

/** Input: core_external; for DRM_PRIME_2, the descriptor behind it. Output: core_import. Returns VAStatus. */
export function import_surface(fourcc: u32, width: u32, height: u32): u32 {
	const external = core_external.at(input_address());
	const answer = core_import.at(output_address());
	answer.clear();
	const layout = answer.layout;
	layout.fourcc = fourcc;
	layout.width = width;
	layout.height = height;
	layout.plane_count = 2;
	// It is the player's to know what the GPU takes.
	layout.exportable = 1;
	layout.size = min<u32>(external.memory_size, CORE_MAX_LAYOUT_SIZE);
	answer.refusal =
		external.memory_type == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2
			? read_descriptor(external, layout)
			: read_buffers(external, layout);
	if (answer.refusal == CORE_IMPORT_NONE) answer.refusal = check_layout(layout);
	switch (answer.refusal) {
		case CORE_IMPORT_NONE:
			return VA_STATUS_SUCCESS;
		case CORE_IMPORT_FORMAT:
			return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
		case CORE_IMPORT_NOT_LINEAR:
		case CORE_IMPORT_OBJECTS:
			return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
		default:
			return VA_STATUS_ERROR_INVALID_PARAMETER;
	}
}

function read_buffers(external: core_external, layout: core_layout): u32 {
	if (external.num_buffers != external.surfaces) return CORE_IMPORT_COUNT;
	if (external.tiled != 0) return CORE_IMPORT_NOT_LINEAR;
	if (external.fourcc != layout.fourcc) return CORE_IMPORT_FORMAT;
	if (external.num_planes != 2) return CORE_IMPORT_PLANES;
	if (external.width < layout.width || external.height < layout.height) return CORE_IMPORT_SIZE;
	// What the player says of the size binds it; what the dma-buf has binds us. 0 is left out by some.
	if (external.data_size != 0) layout.size = min<u32>(layout.size, external.data_size);
	for (let i: u32 = 0; i < 2; i++) {
		layout.set_pitches(i, external.get_pitches(i));
		layout.set_offsets(i, external.get_offsets(i));
	}
	return CORE_IMPORT_NONE;
}

function read_descriptor(external: core_external, layout: core_layout): u32 {
	const descriptor = VADRMPRIMESurfaceDescriptor.at(slice_header_address());
	if (external.surfaces != 1) return CORE_IMPORT_COUNT;
	if (descriptor.num_objects != 1) return CORE_IMPORT_OBJECTS;
	const modifier = descriptor.objects(0).drm_format_modifier;
	// No modifier said: memory that two drivers share without one is linear.
	if (modifier != DRM_FORMAT_MOD_LINEAR && modifier != DRM_FORMAT_MOD_INVALID)
		return CORE_IMPORT_NOT_LINEAR;
	if (descriptor.fourcc != layout.fourcc) return CORE_IMPORT_FORMAT;
	if (descriptor.width < layout.width || descriptor.height < layout.height) return CORE_IMPORT_SIZE;
	const deep = layout.fourcc == VA_FOURCC_P010;
	if (descriptor.objects(0).size != 0) layout.size = min<u32>(layout.size, descriptor.objects(0).size);
	if (descriptor.num_layers == 1) {
		if (descriptor.layers(0).drm_format != (deep ? DRM_FORMAT_P010 : DRM_FORMAT_NV12))
			return CORE_IMPORT_FORMAT;
		if (descriptor.layers(0).num_planes != 2) return CORE_IMPORT_PLANES;
		take_plane(descriptor, layout, 0, 0, 0);
		take_plane(descriptor, layout, 0, 1, 1);
		return CORE_IMPORT_NONE;
	}
	if (descriptor.num_layers != 2) return CORE_IMPORT_PLANES;
	if (
		descriptor.layers(0).drm_format != (deep ? DRM_FORMAT_R16 : DRM_FORMAT_R8) ||
		descriptor.layers(1).drm_format != (deep ? DRM_FORMAT_GR1616 : DRM_FORMAT_GR88)
	) {
		return CORE_IMPORT_FORMAT;
	}
	if (descriptor.layers(0).num_planes != 1 || descriptor.layers(1).num_planes != 1)
		return CORE_IMPORT_PLANES;
	take_plane(descriptor, layout, 0, 0, 0);
	take_plane(descriptor, layout, 1, 0, 1);
	return CORE_IMPORT_NONE;
}

function take_plane(
	descriptor: VADRMPRIMESurfaceDescriptor,
	layout: core_layout,
	layer: u32,
	place: u32,
	plane: u32,
): void {
	layout.set_pitches(plane, descriptor.layers(layer).get_pitch(place));
	layout.set_offsets(plane, descriptor.layers(layer).get_offset(place));
}

/** Both planes inside the memory, chroma behind luma. */
function check_layout(layout: core_layout): u32 {
	const row = ((layout.width + 1) & ~1) * sample_size(layout.fourcc);
	let end: u64 = 0;
	for (let i: u32 = 0; i < 2; i++) {
		const pitch = layout.get_pitches(i);
		const rows: u32 = i == 0 ? layout.height : (layout.height + 1) >> 1;
		if (pitch < row || pitch > MAX_SIDE * 4 || layout.get_offsets(i) < end) return CORE_IMPORT_PLANES;
		end = <u64>layout.get_offsets(i) + <u64>pitch * rows;
	}
	return end > layout.size ? CORE_IMPORT_TOO_SMALL : CORE_IMPORT_NONE;
}
