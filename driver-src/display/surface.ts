// SPDX-License-Identifier: MIT
/** What the display answers about surfaces: their attributes, and which it makes. */
import {
	CORE_INPUT_CAPACITY,
	core_layout,
	core_layout_SIZE,
	core_surface,
	core_surface_attribute,
	core_surface_attribute_SIZE,
} from "../abi/exchange";
import {
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VA_RT_FORMAT_YUV420,
	VA_RT_FORMAT_YUV420_10,
	VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VA_SURFACE_ATTRIB_GETTABLE,
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	VA_SURFACE_ATTRIB_MEM_TYPE_VA,
	VA_SURFACE_ATTRIB_SETTABLE,
	VAGenericValueTypeInteger,
	VAGenericValueTypePointer,
	VASurfaceAttribDRMFormatModifiers,
	VASurfaceAttribExternalBufferDescriptor,
	VASurfaceAttribMaxHeight,
	VASurfaceAttribMaxWidth,
	VASurfaceAttribMemoryType,
	VASurfaceAttribMinHeight,
	VASurfaceAttribMinWidth,
	VASurfaceAttribPixelFormat,
} from "../abi/va";
import { input_address, output_address } from "../boundary/areas";
import { is_offered, offered_height, offered_width, surface_fourcc_offered } from "../device/offers";
import { copies } from "../formats/copies";
import { fourcc_of_rt_format, MAX_SIDE } from "../formats/layout";

let listed: u32 = 0;

function list(type: u32, flags: u32, value: u32, value_type: u32 = VAGenericValueTypeInteger): void {
	const attribute = core_surface_attribute.at(output_address() + listed * core_surface_attribute_SIZE);
	attribute.type = type;
	attribute.flags = flags;
	attribute.value_type = value_type;
	attribute.value = value;
	listed++;
}

/** Output: core_surface_attribute[]. Returns how many. */
export function surface_attributes(profile: u32, rt_format: u32): u32 {
	if (!is_offered(profile)) return 0;
	listed = 0;
	const both = VA_SURFACE_ATTRIB_GETTABLE | VA_SURFACE_ATTRIB_SETTABLE;
	if ((rt_format & VA_RT_FORMAT_YUV420) != 0) list(VASurfaceAttribPixelFormat, both, VA_FOURCC_NV12);
	if ((rt_format & VA_RT_FORMAT_YUV420_10) != 0) list(VASurfaceAttribPixelFormat, both, VA_FOURCC_P010);
	// Pictures smaller than the hardware's least are padded by S_FMT; no player needs to know.
	list(VASurfaceAttribMinWidth, VA_SURFACE_ATTRIB_GETTABLE, 1);
	list(VASurfaceAttribMinHeight, VA_SURFACE_ATTRIB_GETTABLE, 1);
	list(VASurfaceAttribMaxWidth, VA_SURFACE_ATTRIB_GETTABLE, offered_width(profile));
	list(VASurfaceAttribMaxHeight, VA_SURFACE_ATTRIB_GETTABLE, offered_height(profile));
	list(
		VASurfaceAttribMemoryType,
		both,
		VA_SURFACE_ATTRIB_MEM_TYPE_VA |
			VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME |
			VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	);
	list(VASurfaceAttribExternalBufferDescriptor, VA_SURFACE_ATTRIB_SETTABLE, 0, VAGenericValueTypePointer);
	return listed;
}

/** As many as the input area holds. */
const MAX_ATTRIBUTES: u32 = CORE_INPUT_CAPACITY / core_surface_attribute_SIZE;

/** Input: core_surface_attribute[count]. Output: core_surface. Returns VAStatus. */
export function create_surface(rt_format: u32, width: u32, height: u32, count: u32): u32 {
	let fourcc = fourcc_of_rt_format(rt_format);
	if (fourcc == 0) return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
	let memory_type: u32 = VA_SURFACE_ATTRIB_MEM_TYPE_VA;
	let described = false;
	for (let i: u32 = 0; i < min<u32>(count, MAX_ATTRIBUTES); i++) {
		// Flags and value types are not insisted on: ffmpeg sets neither.
		const attribute = core_surface_attribute.at(input_address() + i * core_surface_attribute_SIZE);
		switch (attribute.type) {
			case VASurfaceAttribPixelFormat:
				fourcc = attribute.value;
				break;
			case VASurfaceAttribMemoryType:
				memory_type = attribute.value;
				if (
					memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_VA &&
					memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME &&
					memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2
				) {
					return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
				}
				break;
			case VASurfaceAttribExternalBufferDescriptor:
				described = attribute.value != 0;
				break;
			// GStreamer tries again without modifiers on this answer only.
			case VASurfaceAttribDRMFormatModifiers:
				return VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
			default:
				break;
		}
	}
	if (!surface_fourcc_offered(fourcc)) return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
	// Without a type of memory, a descriptor says how the driver is to lay out its own.
	if (described && memory_type == VA_SURFACE_ATTRIB_MEM_TYPE_VA) return VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
	if (width == 0 || height == 0) return VA_STATUS_ERROR_INVALID_PARAMETER;
	if (width > MAX_SIDE || height > MAX_SIDE) return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
	const surface = core_surface.at(output_address());
	surface.fourcc = fourcc;
	surface.width = width;
	surface.height = height;
	return VA_STATUS_SUCCESS;
}

/** Input: core_layout of a picture, of the surface it belongs to. Output: core_copy[] of what both have. Returns how many. */
export function copy_picture(): u32 {
	const picture = core_layout.at(input_address());
	const surface = core_layout.at(input_address() + core_layout_SIZE);
	const width = min<u32>(picture.width, surface.width);
	const height = min<u32>(picture.height, surface.height);
	return copies(picture, surface, 0, 0, 0, 0, width, height);
}
