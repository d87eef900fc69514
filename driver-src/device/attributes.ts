// SPDX-License-Identifier: MIT
/** What the display answers about configs and surfaces, from the decoders that were found. */
import {
	core_attribute,
	core_attribute_SIZE,
	core_coded_format,
	core_config,
	core_decoder,
	core_surface,
	core_surface_attribute,
	core_surface_attribute_SIZE,
} from "../abi/exchange";
import {
	VA_ATTRIB_NOT_SUPPORTED,
	VA_DEC_PROCESSING_NONE,
	VA_DEC_SLICE_MODE_NORMAL,
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VA_RT_FORMAT_YUV420,
	VA_RT_FORMAT_YUV420_10,
	VA_STATUS_ERROR_ATTR_NOT_SUPPORTED,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_ERROR_INVALID_VALUE,
	VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT,
	VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE,
	VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VA_SURFACE_ATTRIB_GETTABLE,
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	VA_SURFACE_ATTRIB_MEM_TYPE_VA,
	VA_SURFACE_ATTRIB_SETTABLE,
	VAConfigAttribDecProcessing,
	VAConfigAttribDecSliceMode,
	VAConfigAttribEncPackedHeaders,
	VAConfigAttribMaxPictureHeight,
	VAConfigAttribMaxPictureWidth,
	VAConfigAttribRTFormat,
	VAEntrypointVLD,
	VAGenericValueTypeInteger,
	VAGenericValueTypePointer,
	VAProfileH264ConstrainedBaseline,
	VAProfileH264High,
	VAProfileH264Main,
	VASurfaceAttribDRMFormatModifiers,
	VASurfaceAttribExternalBufferDescriptor,
	VASurfaceAttribMaxHeight,
	VASurfaceAttribMaxWidth,
	VASurfaceAttribMemoryType,
	VASurfaceAttribMinHeight,
	VASurfaceAttribMinWidth,
	VASurfaceAttribPixelFormat,
} from "../abi/va";
import { codec_of_profile, coded_fourcc_of } from "../codec/codec";
import { VAProfileH264High10 } from "../codec/profiles";
import { input_address, output_address } from "../session/areas";
import {
	coded_max_height,
	coded_max_width,
	decoder_coded_format,
	decoder_offers_profile,
	profile_bit_depth,
} from "./decoder";
import { fourcc_of_rt_format, MAX_SIDE } from "./layout";
import { decoder_at, decoder_count } from "./registry";

/** Every profile that a codec module knows; which of them are offered is the devices' word. */
const PROFILES: StaticArray<u32> = [
	VAProfileH264ConstrainedBaseline,
	VAProfileH264Main,
	VAProfileH264High,
	VAProfileH264High10,
];

/** The first decoder, in order of discovery, that serves a profile; null when none does. */
export function decoder_for_profile(profile: u32): core_decoder | null {
	for (let i: u32 = 0; i < decoder_count(); i++) {
		if (decoder_offers_profile(decoder_at(i), profile)) return decoder_at(i);
	}
	return null;
}

/** Output: i32[]. Returns how many. */
export function profiles(): u32 {
	let count: u32 = 0;
	for (let i = 0; i < PROFILES.length; i++) {
		if (decoder_for_profile(PROFILES[i]) == null) continue;
		store<u32>(output_address() + ((<usize>count) << 2), PROFILES[i]);
		count++;
	}
	return count;
}

/** Output: i32[]. Returns how many. */
export function entrypoints(profile: u32): u32 {
	if (decoder_for_profile(profile) == null) return 0;
	store<u32>(output_address(), VAEntrypointVLD);
	return 1;
}

function coded_format(profile: u32): core_coded_format | null {
	const decoder = decoder_for_profile(profile);
	return decoder == null ? null : decoder_coded_format(decoder, coded_fourcc_of(codec_of_profile(profile)));
}

/** High 10 streams may also be 8 bit (H.264 A.2.5). */
function rt_formats(profile: u32): u32 {
	return profile_bit_depth(profile) > 8
		? VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10
		: VA_RT_FORMAT_YUV420;
}

/** Whether there are surfaces of a format: of 10 bit where a decoder has such a profile, since players try all that is offered. */
export function surface_fourcc_offered(fourcc: u32): bool {
	if (fourcc != VA_FOURCC_P010) return fourcc == VA_FOURCC_NV12;
	for (let i = 0; i < PROFILES.length; i++) {
		if (profile_bit_depth(PROFILES[i]) > 8 && decoder_for_profile(PROFILES[i]) != null) return true;
	}
	return false;
}

export function config_attribute(profile: u32, entrypoint: u32, type: u32): u32 {
	const coded = coded_format(profile);
	if (coded == null || entrypoint != VAEntrypointVLD) return VA_ATTRIB_NOT_SUPPORTED;
	switch (type) {
		case VAConfigAttribRTFormat:
			return rt_formats(profile);
		case VAConfigAttribDecSliceMode:
			return VA_DEC_SLICE_MODE_NORMAL;
		case VAConfigAttribDecProcessing:
			return VA_DEC_PROCESSING_NONE;
		case VAConfigAttribMaxPictureWidth:
			return coded_max_width(coded);
		case VAConfigAttribMaxPictureHeight:
			return coded_max_height(coded);
		default:
			return VA_ATTRIB_NOT_SUPPORTED;
	}
}

/** Input: core_attribute[count]. Output: core_config. Returns VAStatus. */
export function create_config(profile: u32, entrypoint: u32, count: u32): u32 {
	const decoder = decoder_for_profile(profile);
	if (decoder == null) return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	if (entrypoint != VAEntrypointVLD) return VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT;
	let rt_format = profile_bit_depth(profile) > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420;
	for (let i: u32 = 0; i < min<u32>(count, MAX_ATTRIBUTES); i++) {
		const attribute = core_attribute.at(input_address() + i * core_attribute_SIZE);
		switch (attribute.type) {
			case VAConfigAttribRTFormat:
				// A player may name several; each of those left must be one of ours.
				rt_format = attribute.value & rt_formats(profile);
				if (rt_format == 0) return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
				break;
			case VAConfigAttribDecSliceMode:
				if ((attribute.value & VA_DEC_SLICE_MODE_NORMAL) == 0) return VA_STATUS_ERROR_INVALID_VALUE;
				break;
			// libva-utils' CreateConfigPackedHeaders: what an encoder writes, no decoder has.
			case VAConfigAttribEncPackedHeaders:
				return VA_STATUS_ERROR_INVALID_VALUE;
			// What does not matter to decoding may come with any value.
			default:
				break;
		}
	}
	const config = core_config.at(output_address());
	config.profile = profile;
	config.entrypoint = entrypoint;
	config.rt_format = rt_format;
	config.decoder = decoder.index;
	config.coded_fourcc = coded_fourcc_of(codec_of_profile(profile));
	return VA_STATUS_SUCCESS;
}

const MAX_ATTRIBUTES: u32 = 64;

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
	const coded = coded_format(profile);
	if (coded == null) return 0;
	listed = 0;
	const both = VA_SURFACE_ATTRIB_GETTABLE | VA_SURFACE_ATTRIB_SETTABLE;
	if ((rt_format & VA_RT_FORMAT_YUV420) != 0) list(VASurfaceAttribPixelFormat, both, VA_FOURCC_NV12);
	if ((rt_format & VA_RT_FORMAT_YUV420_10) != 0) list(VASurfaceAttribPixelFormat, both, VA_FOURCC_P010);
	// Pictures smaller than the hardware's least are padded by S_FMT; no player needs to know.
	list(VASurfaceAttribMinWidth, VA_SURFACE_ATTRIB_GETTABLE, 1);
	list(VASurfaceAttribMinHeight, VA_SURFACE_ATTRIB_GETTABLE, 1);
	list(VASurfaceAttribMaxWidth, VA_SURFACE_ATTRIB_GETTABLE, coded_max_width(coded));
	list(VASurfaceAttribMaxHeight, VA_SURFACE_ATTRIB_GETTABLE, coded_max_height(coded));
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
	surface.memory_type = memory_type;
	return VA_STATUS_SUCCESS;
}
