// SPDX-License-Identifier: MIT
/** What the display answers about profiles, entrypoints and configs, from the decoders that were found. */
import {
	CORE_INPUT_CAPACITY,
	CORE_NONE,
	CORE_REFUSAL_NO_DECODER,
	CORE_REFUSAL_NONE,
	CORE_REFUSAL_NOT_OFFERED,
	core_attribute,
	core_attribute_SIZE,
	core_config,
} from "../abi/exchange";
import {
	VA_ATTRIB_NOT_SUPPORTED,
	VA_DEC_PROCESSING_NONE,
	VA_DEC_SLICE_MODE_NORMAL,
	VA_RT_FORMAT_YUV420,
	VA_RT_FORMAT_YUV420_10,
	VA_STATUS_ERROR_INVALID_VALUE,
	VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT,
	VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VAConfigAttribDecProcessing,
	VAConfigAttribDecSliceMode,
	VAConfigAttribEncPackedHeaders,
	VAConfigAttribMaxPictureHeight,
	VAConfigAttribMaxPictureWidth,
	VAConfigAttribRTFormat,
	VAEntrypointVLD,
} from "../abi/va";
import { input_address, output_address } from "../boundary/areas";
import { codec_facts, codec_of_profile, DEPTH_8, DEPTH_10, profile_at, profile_count } from "../codec/facts";
import { best_decoder, is_offered, offered_depths, offered_height, offered_width } from "../device/offers";
import { decoder_count } from "../device/registry";

/** Output: i32[]. Returns how many. */
export function profiles(): u32 {
	let count: u32 = 0;
	for (let i: u32 = 0; i < profile_count(); i++) {
		if (!is_offered(profile_at(i).profile)) continue;
		store<u32>(output_address() + ((<usize>count) << 2), profile_at(i).profile);
		count++;
	}
	return count;
}

/** Output: i32[]. Returns how many. */
export function entrypoints(profile: u32): u32 {
	if (!is_offered(profile)) return 0;
	store<u32>(output_address(), VAEntrypointVLD);
	return 1;
}

/** VA_RT_FORMAT_* of every depth that is offered: which one a stream has, its profile does not say. */
function rt_formats(profile: u32): u32 {
	const depths = offered_depths(profile);
	return (
		((depths & DEPTH_8) != 0 ? VA_RT_FORMAT_YUV420 : 0) |
		((depths & DEPTH_10) != 0 ? VA_RT_FORMAT_YUV420_10 : 0)
	);
}

/** The value of a VAConfigAttribType; VA_ATTRIB_NOT_SUPPORTED for those that say nothing of a decoder, and for what is not offered. */
export function config_attribute(profile: u32, entrypoint: u32, type: u32): u32 {
	if (!is_offered(profile) || entrypoint != VAEntrypointVLD) return VA_ATTRIB_NOT_SUPPORTED;
	switch (type) {
		case VAConfigAttribRTFormat:
			return rt_formats(profile);
		case VAConfigAttribDecSliceMode:
			return VA_DEC_SLICE_MODE_NORMAL;
		case VAConfigAttribDecProcessing:
			return VA_DEC_PROCESSING_NONE;
		case VAConfigAttribMaxPictureWidth:
			return offered_width(profile);
		case VAConfigAttribMaxPictureHeight:
			return offered_height(profile);
		default:
			return VA_ATTRIB_NOT_SUPPORTED;
	}
}

/** As many as the input area holds. */
const MAX_ATTRIBUTES: u32 = CORE_INPUT_CAPACITY / core_attribute_SIZE;

/** Input: core_attribute[count]. Output: core_config, of which only `refusal` counts without success. Returns VAStatus. */
export function create_config(profile: u32, entrypoint: u32, count: u32): u32 {
	const config = core_config.at(output_address());
	const status = fill_config(config, profile, entrypoint, count);
	config.refusal = status == VA_STATUS_SUCCESS ? CORE_REFUSAL_NONE : refusal_of(entrypoint);
	return status;
}

/**
 * Of a video processor or an encoder, players want to know only whether it is there: mpv 0.40 as it starts, filters of FFmpeg. That there
 * is no decoder was said by vaInitialize.
 */
function refusal_of(entrypoint: u32): u32 {
	if (entrypoint != VAEntrypointVLD) return CORE_REFUSAL_NONE;
	return decoder_count() == 0 ? CORE_REFUSAL_NO_DECODER : CORE_REFUSAL_NOT_OFFERED;
}

function fill_config(config: core_config, profile: u32, entrypoint: u32, count: u32): u32 {
	if (!is_offered(profile)) return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	if (entrypoint != VAEntrypointVLD) return VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT;
	let rt_format = rt_formats(profile);
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
	config.profile = profile;
	config.entrypoint = entrypoint;
	config.rt_format = rt_format;
	config.coded_fourcc = codec_facts(codec_of_profile(profile)).coded_fourcc;
	return VA_STATUS_SUCCESS;
}

/**
 * Which decoder a context of a config gets. Input: u32 for each decoder by its index, how many contexts it has. Returns the
 * index; CORE_NONE when none serves the profile.
 */
export function choose_decoder(profile: u32, rt_format: u32, width: u32, height: u32): u32 {
	const decoder = best_decoder(profile, depths_of(rt_format), width, height, input_address());
	return decoder == null ? CORE_NONE : decoder.index;
}

function depths_of(rt_format: u32): u32 {
	return (
		((rt_format & VA_RT_FORMAT_YUV420) != 0 ? DEPTH_8 : 0) |
		((rt_format & VA_RT_FORMAT_YUV420_10) != 0 ? DEPTH_10 : 0)
	);
}
