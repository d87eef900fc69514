// SPDX-License-Identifier: MIT
/** Memory for surfaces that no context has decoded to yet, or that are shown: linear, and from a decoder that could. */
import {
	CORE_MAX_LAYOUT_SIZE,
	core_allocation,
	core_control,
	core_decoder,
	core_format,
	core_layout,
	core_layout_SIZE,
} from "../abi/exchange";
import {
	VA_FOURCC_P010,
	VA_STATUS_ERROR_ALLOCATION_FAILED,
	VA_STATUS_ERROR_INVALID_SURFACE,
	VA_STATUS_SUCCESS,
} from "../abi/va";
import { input_address, output_address } from "../boundary/areas";
import { codec_fill_probe } from "../codec/codec";
import { controls_address, controls_count, controls_id, controls_size } from "../codec/controls";
import { CODEC_NONE, codec_of_coded_fourcc, depth_set } from "../codec/facts";
import { coded_has_room, decoder_capture_fourcc, decoder_format_width } from "../device/decoder";
import { best_decoder, may_have_depth } from "../device/offers";
import { decoder_at, decoder_count } from "../device/registry";
import { choose_linear_sources, choose_sources } from "../device/sources";
import { format_linear, format_v4l2_fourcc } from "../formats/formats";
import { layout_of_capture, linear_format } from "../formats/layout";

/** Input: core_decoder. Output: core_control. Returns 1, or 0 when there is nothing to set. */
export function probe_control(coded_fourcc: u32, bit_depth: u32): u32 {
	const codec = codec_of_coded_fourcc(coded_fourcc);
	const decoder = core_decoder.at(input_address());
	if (codec == CODEC_NONE || !may_have_depth(decoder, codec, bit_depth)) return 0;
	codec_fill_probe(codec, bit_depth);
	if (controls_count() == 0) return 0;
	const control = core_control.at(output_address());
	control.id = controls_id(0);
	control.address = <u32>controls_address(0);
	control.size = controls_size(0);
	return 1;
}

/**
 * Output: core_allocation of linear memory, as the decoder lays it out or, beside what it writes, as every GPU takes it. The decoder of the player's latest config (profile) is asked first: its memory is the kind
 * that the coming context can write to.
 */
export function surface_memory(fourcc: u32, width: u32, height: u32, profile: u32, beside: bool): u32 {
	const depth: u32 = fourcc == VA_FOURCC_P010 ? 10 : 8;
	const preferred = best_decoder(profile, depth_set(depth), width, height, 0);
	if (preferred != null && allocate_from(preferred.index, width, height, depth, beside))
		return VA_STATUS_SUCCESS;
	for (let i: u32 = 0; i < decoder_count(); i++) {
		if (allocate_from(decoder_at(i).index, width, height, depth, beside)) return VA_STATUS_SUCCESS;
	}
	return VA_STATUS_ERROR_ALLOCATION_FAILED;
}

function allocate_from(index: u32, width: u32, height: u32, depth: u32, beside: bool): bool {
	for (let i: u32 = 0; i < decoder_count(); i++) {
		const decoder = decoder_at(i);
		if (decoder.index != index) continue;
		for (let j: u32 = 0; j < decoder.coded_count; j++) {
			const coded = decoder.coded(j);
			const capture = decoder_capture_fourcc(coded, depth);
			const codec = codec_of_coded_fourcc(coded.fourcc);
			if (capture == 0 || codec == CODEC_NONE || !coded_has_room(coded, width, height)) continue;
			const allocation = core_allocation.at(output_address());
			allocation.clear();
			if (beside || capture != format_v4l2_fourcc(format_linear(depth)))
				choose_linear_sources(decoder.mmu != 0, allocation);
			else {
				choose_sources(decoder.mmu != 0, allocation);
				allocation.ask_format = 1;
			}
			linear_format(depth, width, height, allocation.assumed);
			if (allocation.assumed.get_sizeimage(0) > CORE_MAX_LAYOUT_SIZE) continue;
			allocation.decoder = index;
			allocation.coded_fourcc = coded.fourcc;
			// visl takes sizes as they are, and rows of an odd length have no room for chroma.
			allocation.width = decoder_format_width(decoder, (width + 1) & ~1);
			allocation.height = (height + 1) & ~1;
			allocation.capture_fourcc = capture;
			// Devices that offer 10 bit at all show its CAPTURE format only after such a sequence.
			codec_fill_probe(codec, depth);
			if (depth > 8 && controls_count() > 0) {
				allocation.control_id = controls_id(0);
				allocation.control_address = <u32>controls_address(0);
				allocation.control_size = controls_size(0);
			}
			return true;
		}
	}
	return false;
}

/** The layout of the latest surface that got memory here, of no size at first. */
const LATEST: usize = memory.data(core_layout_SIZE, 4);

/** Input: core_format. Output: core_layout. Returns VAStatus. */
export function surface_layout(fourcc: u32, width: u32, height: u32): u32 {
	const format = core_format.at(input_address());
	const layout = core_layout.at(output_address());
	if (!layout_of_capture(format, fourcc, width, height, layout)) return VA_STATUS_ERROR_INVALID_SURFACE;
	if (layout.exportable != 0) memory.copy(LATEST, changetype<usize>(layout), core_layout_SIZE);
	return VA_STATUS_SUCCESS;
}

/** The layout of the latest surface, if it was of this format and size. */
export function latest_surface_layout(fourcc: u32, width: u32, height: u32): core_layout | null {
	const latest = core_layout.at(LATEST);
	return latest.fourcc == fourcc && latest.width == width && latest.height == height ? latest : null;
}
