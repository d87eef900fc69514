// SPDX-License-Identifier: MIT
/** vaExportSurfaceHandle: the descriptor of a surface. */
import { core_layout } from "../abi/exchange";
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
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_ERROR_INVALID_SURFACE,
	VA_STATUS_SUCCESS,
	VADRMPRIMESurfaceDescriptor,
	VADRMPRIMESurfaceDescriptor_SIZE,
} from "../abi/va";
import { input_address, output_address } from "../boundary/areas";
import { is_linear } from "../formats/layout";

/** Input: core_layout, a linear one. Output: VADRMPRIMESurfaceDescriptor without its fds. Returns VAStatus. */
export function export_surface(flags: u32): u32 {
	const separate = (flags & VA_EXPORT_SURFACE_SEPARATE_LAYERS) != 0;
	if (separate && (flags & VA_EXPORT_SURFACE_COMPOSED_LAYERS) != 0)
		return VA_STATUS_ERROR_INVALID_PARAMETER;
	const layout = core_layout.at(input_address());
	const deep = layout.fourcc == VA_FOURCC_P010;
	if ((!deep && layout.fourcc != VA_FOURCC_NV12) || !is_linear(layout))
		return VA_STATUS_ERROR_INVALID_SURFACE;
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
