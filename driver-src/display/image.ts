// SPDX-License-Identifier: MIT
/** VAImages, and the copies between them and surfaces. */
import { core_layout, core_layout_SIZE } from "../abi/exchange";
import {
	VA_FOURCC_I420,
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VA_FOURCC_YV12,
	VA_LSB_FIRST,
	VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_SUCCESS,
	VAImageFormat,
	VAImageFormat_SIZE,
} from "../abi/va";
import { input_address, output_address } from "../boundary/areas";
import { surface_fourcc_offered } from "../device/offers";
import { copies } from "../formats/copies";
import { layout_of_image } from "../formats/layout";
import { latest_surface_layout } from "./memory";

const FORMATS: StaticArray<u32> = [VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12, VA_FOURCC_P010];

/** 10-bit samples come from 10-bit surfaces only. */
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
