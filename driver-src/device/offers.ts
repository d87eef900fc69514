// SPDX-License-Identifier: MIT
/** Which profiles and surface formats the decoders of a display offer together. */
import { core_coded_format, core_decoder } from "../abi/exchange";
import {
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VAProfileH264ConstrainedBaseline,
	VAProfileH264High,
	VAProfileH264High10,
	VAProfileH264Main,
} from "../abi/va";
import { codec_of_profile, coded_fourcc_of } from "../codec/codec";
import { decoder_coded_format, decoder_offers_profile, profile_bit_depth } from "./decoder";
import { decoder_at, decoder_count } from "./registry";

/** Every profile that a codec module knows; which of them are offered is the devices' word. */
export const PROFILES: StaticArray<u32> = [
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

/** The coded format of the decoder that serves a profile; null when none does. */
export function offered_coded_format(profile: u32): core_coded_format | null {
	const decoder = decoder_for_profile(profile);
	return decoder == null ? null : decoder_coded_format(decoder, coded_fourcc_of(codec_of_profile(profile)));
}

/** Whether there are surfaces of a format: of 10 bit where a decoder has such a profile, since players try all that is offered. */
export function surface_fourcc_offered(fourcc: u32): bool {
	if (fourcc != VA_FOURCC_P010) return fourcc == VA_FOURCC_NV12;
	for (let i = 0; i < PROFILES.length; i++) {
		if (profile_bit_depth(PROFILES[i]) > 8 && decoder_for_profile(PROFILES[i]) != null) return true;
	}
	return false;
}
