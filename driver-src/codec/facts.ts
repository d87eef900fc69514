// SPDX-License-Identifier: MIT
/**
 * What is known of the codecs before anything is decoded: data only. A codec is a row of CODECS, a row of PROFILES for each of
 * its VAProfiles, a row of NEEDED for each control that every picture has, and a line in each verb of codec.ts.
 */
import { CORE_DEPTH_8, CORE_DEPTH_10 } from "../abi/exchange";
import {
	V4L2_CID_MPEG_VIDEO_AV1_PROFILE,
	V4L2_CID_MPEG_VIDEO_H264_PROFILE,
	V4L2_CID_MPEG_VIDEO_HEVC_PROFILE,
	V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE,
	V4L2_CID_MPEG_VIDEO_VP8_PROFILE,
	V4L2_CID_MPEG_VIDEO_VP9_PROFILE,
	V4L2_CID_STATELESS_AV1_FILM_GRAIN,
	V4L2_CID_STATELESS_AV1_FRAME,
	V4L2_CID_STATELESS_AV1_SEQUENCE,
	V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
	V4L2_CID_STATELESS_H264_DECODE_MODE,
	V4L2_CID_STATELESS_H264_DECODE_PARAMS,
	V4L2_CID_STATELESS_H264_PPS,
	V4L2_CID_STATELESS_H264_SPS,
	V4L2_CID_STATELESS_H264_START_CODE,
	V4L2_CID_STATELESS_HEVC_DECODE_MODE,
	V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
	V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS,
	V4L2_CID_STATELESS_HEVC_PPS,
	V4L2_CID_STATELESS_HEVC_SPS,
	V4L2_CID_STATELESS_HEVC_START_CODE,
	V4L2_CID_STATELESS_MPEG2_PICTURE,
	V4L2_CID_STATELESS_MPEG2_QUANTISATION,
	V4L2_CID_STATELESS_MPEG2_SEQUENCE,
	V4L2_CID_STATELESS_VP8_FRAME,
	V4L2_CID_STATELESS_VP9_FRAME,
	V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN,
	V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE,
	V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE,
	V4L2_MPEG_VIDEO_H264_PROFILE_HIGH,
	V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10,
	V4L2_MPEG_VIDEO_H264_PROFILE_MAIN,
	V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN,
	V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10,
	V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN,
	V4L2_MPEG_VIDEO_MPEG2_PROFILE_SIMPLE,
	V4L2_MPEG_VIDEO_VP8_PROFILE_0,
	V4L2_MPEG_VIDEO_VP8_PROFILE_1,
	V4L2_MPEG_VIDEO_VP8_PROFILE_2,
	V4L2_MPEG_VIDEO_VP8_PROFILE_3,
	V4L2_MPEG_VIDEO_VP9_PROFILE_0,
	V4L2_MPEG_VIDEO_VP9_PROFILE_2,
	V4L2_PIX_FMT_AV1_FRAME,
	V4L2_PIX_FMT_H264_SLICE,
	V4L2_PIX_FMT_HEVC_SLICE,
	V4L2_PIX_FMT_MPEG2_SLICE,
	V4L2_PIX_FMT_VP8_FRAME,
	V4L2_PIX_FMT_VP9_FRAME,
} from "../abi/v4l2";
import {
	VAProfileAV1Profile0,
	VAProfileH264ConstrainedBaseline,
	VAProfileH264High,
	VAProfileH264High10,
	VAProfileH264Main,
	VAProfileHEVCMain,
	VAProfileHEVCMain10,
	VAProfileMPEG2Main,
	VAProfileMPEG2Simple,
	VAProfileVP8Version0_3,
	VAProfileVP9Profile0,
	VAProfileVP9Profile2,
} from "../abi/va";

/** A codec is its row in CODECS. */
export const CODEC_NONE: u32 = 0;
export const CODEC_H264: u32 = 1;
export const CODEC_VP8: u32 = 2;
export const CODEC_MPEG2: u32 = 3;
export const CODEC_HEVC: u32 = 4;
export const CODEC_VP9: u32 = 5;
export const CODEC_AV1: u32 = 6;

/** A set of bit depths. */
export const DEPTH_8: u32 = CORE_DEPTH_8;
export const DEPTH_10: u32 = CORE_DEPTH_10;

/** Of the device's modes: a request holds one slice, not a picture. */
export const MODE_SLICES: u32 = 1;
/** Of the device's modes: each slice has a start code of Annex B in front of it. */
export const MODE_START_CODES: u32 = 2;
/** Of the device: it parses slice headers itself, with sets of reference pictures that are in sequence headers and not in VA-API. */
export const MODE_EXPLICIT_SETS: u32 = 4;
/** Of the device: it adds film grain. */
export const MODE_FILM_GRAIN: u32 = 8;

@unmanaged
export class CodecFacts {
	/** The OUTPUT format, V4L2_PIX_FMT_*. */
	coded_fourcc: u32;
	/** The menu control that chooses slices (item 0) or frames (1); 0 when the codec has none. */
	decode_mode: u32;
	/** The menu control that chooses no start codes (item 0) or those of Annex B (1); 0 when the codec has none. */
	start_code: u32;
	/** The control in which a device wants the sets of reference pictures of sequence headers: it has MODE_EXPLICIT_SETS. 0: none has. */
	sets: u32;
	/** The control of film grain: a device that has it has MODE_FILM_GRAIN. 0: the codec has no grain. */
	grain: u32;
	/** 1: a slice is a NAL unit, of which start code and trailing zeros are left out (bits/annex-b.ts). */
	nal: u32;
	/** Bytes of an OUTPUT buffer for each 16x16 luma samples of 8 bit; twice as many for deeper ones. */
	density: u32;
	/** The longest side of a picture of the highest level, in luma samples; 0: longer than any surface. */
	max_side: u32;
	/** The luma samples of the largest picture of the highest level; 0: as many as sides of that length have. */
	max_area: u32;
}

// biome-ignore format: a table
const CODECS: usize = memory.data<u32>([
	// coded_fourcc, decode_mode, start_code, sets, grain, nal, density, max_side, max_area
	0, 0, 0, 0, 0, 0, 0, 0, 0,
	// 128 bytes a macroblock are a third of the raw picture. Level 6.2, table A-1: MaxFS; a side is at most Sqrt( MaxFS * 8 ) (A.3.1).
	V4L2_PIX_FMT_H264_SLICE, V4L2_CID_STATELESS_H264_DECODE_MODE, V4L2_CID_STATELESS_H264_START_CODE, 0, 0, 1, 128,
	16880, 35651584,
	V4L2_PIX_FMT_VP8_FRAME, 0, 0, 0, 0, 0, 128, 0, 0,
	V4L2_PIX_FMT_MPEG2_SLICE, 0, 0, 0, 0, 0, 128, 0, 0,
	// Level 6.2, table A.8: MaxLumaPs; a side is at most Sqrt( MaxLumaPs * 8 ) (A.4.1).
	V4L2_PIX_FMT_HEVC_SLICE, V4L2_CID_STATELESS_HEVC_DECODE_MODE, V4L2_CID_STATELESS_HEVC_START_CODE,
	V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS, 0, 1, 128, 16888, 35651584,
	V4L2_PIX_FMT_VP9_FRAME, 0, 0, 0, 0, 0, 128, 0, 0,
	V4L2_PIX_FMT_AV1_FRAME, 0, 0, 0, V4L2_CID_STATELESS_AV1_FILM_GRAIN, 0, 128, 0, 0,
]);
const CODEC_COUNT: u32 = 7;

@unmanaged
export class ProfileFacts {
	/** VAProfile. */
	profile: u32;
	/** CODEC_*. */
	codec: u32;
	/** The depths that its streams may have. */
	depths: u32;
	/** Of those, the ones that a decoder must have for the profile to be offered. */
	needed_depths: u32;
	/** The menu control that lists the device's profiles, V4L2_CID_MPEG_VIDEO_*; */
	menu: u32;
	/** its items, as a mask: one of them must be in the menu; */
	items: u32;
	/** 1: where the device has no such menu, the profile is offered. */
	without_menu: u32;
}

// biome-ignore format: a table
const PROFILES: usize = memory.data<u32>([
	// profile, codec, depths, needed_depths, menu, items, without_menu
	VAProfileH264ConstrainedBaseline, CODEC_H264, DEPTH_8, DEPTH_8, V4L2_CID_MPEG_VIDEO_H264_PROFILE,
	(1 << V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE) | (1 << V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE), 1,
	VAProfileH264Main, CODEC_H264, DEPTH_8, DEPTH_8, V4L2_CID_MPEG_VIDEO_H264_PROFILE,
	1 << V4L2_MPEG_VIDEO_H264_PROFILE_MAIN, 1,
	VAProfileH264High, CODEC_H264, DEPTH_8, DEPTH_8, V4L2_CID_MPEG_VIDEO_H264_PROFILE,
	1 << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH, 1,
	// High 10 streams may also be 8 bit (A.2.5), but those are rare.
	VAProfileH264High10, CODEC_H264, DEPTH_8 | DEPTH_10, DEPTH_10, V4L2_CID_MPEG_VIDEO_H264_PROFILE,
	1 << V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10, 0,
	// Of the versions 0 to 3, which is what the menu lists, a stream does not say in advance which it has.
	VAProfileVP8Version0_3, CODEC_VP8, DEPTH_8, DEPTH_8, V4L2_CID_MPEG_VIDEO_VP8_PROFILE,
	(1 << V4L2_MPEG_VIDEO_VP8_PROFILE_0) | (1 << V4L2_MPEG_VIDEO_VP8_PROFILE_1)
		| (1 << V4L2_MPEG_VIDEO_VP8_PROFILE_2) | (1 << V4L2_MPEG_VIDEO_VP8_PROFILE_3), 1,
	// Main is Simple and B pictures (ISO/IEC 13818-2, table 8-5).
	VAProfileMPEG2Simple, CODEC_MPEG2, DEPTH_8, DEPTH_8, V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE,
	(1 << V4L2_MPEG_VIDEO_MPEG2_PROFILE_SIMPLE) | (1 << V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN), 1,
	VAProfileMPEG2Main, CODEC_MPEG2, DEPTH_8, DEPTH_8, V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE,
	1 << V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN, 1,
	VAProfileHEVCMain, CODEC_HEVC, DEPTH_8, DEPTH_8, V4L2_CID_MPEG_VIDEO_HEVC_PROFILE,
	1 << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN, 1,
	// Decoders of Main 10 decode Main (A.3.3). cedrus has no menu, but shows by its formats whether it has 10 bit.
	VAProfileHEVCMain10, CODEC_HEVC, DEPTH_8 | DEPTH_10, DEPTH_10, V4L2_CID_MPEG_VIDEO_HEVC_PROFILE,
	1 << V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10, 1,
	VAProfileVP9Profile0, CODEC_VP9, DEPTH_8, DEPTH_8, V4L2_CID_MPEG_VIDEO_VP9_PROFILE,
	1 << V4L2_MPEG_VIDEO_VP9_PROFILE_0, 1,
	// It may have 12 bit as well, which no device has. hantro's G2 has no menu, but shows by its formats that it has 10 bit.
	VAProfileVP9Profile2, CODEC_VP9, DEPTH_10, DEPTH_10, V4L2_CID_MPEG_VIDEO_VP9_PROFILE,
	1 << V4L2_MPEG_VIDEO_VP9_PROFILE_2, 1,
	// Main has both depths; which of them a device has shows by its formats.
	VAProfileAV1Profile0, CODEC_AV1, DEPTH_8 | DEPTH_10, DEPTH_8, V4L2_CID_MPEG_VIDEO_AV1_PROFILE,
	1 << V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN, 1,
]);
const PROFILE_COUNT: u32 = 12;

@unmanaged
export class NeededControl {
	/** CODEC_*. */
	codec: u32;
	/** V4L2_CID_STATELESS_*, a control without which no picture of the codec can be decoded. */
	id: u32;
}

// biome-ignore format: a table
const NEEDED: usize = memory.data<u32>([
	// codec, id
	CODEC_H264, V4L2_CID_STATELESS_H264_SPS,
	CODEC_H264, V4L2_CID_STATELESS_H264_PPS,
	CODEC_H264, V4L2_CID_STATELESS_H264_DECODE_PARAMS,
	CODEC_VP8, V4L2_CID_STATELESS_VP8_FRAME,
	CODEC_MPEG2, V4L2_CID_STATELESS_MPEG2_SEQUENCE,
	CODEC_MPEG2, V4L2_CID_STATELESS_MPEG2_PICTURE,
	CODEC_MPEG2, V4L2_CID_STATELESS_MPEG2_QUANTISATION,
	CODEC_HEVC, V4L2_CID_STATELESS_HEVC_SPS,
	CODEC_HEVC, V4L2_CID_STATELESS_HEVC_PPS,
	CODEC_HEVC, V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
	// The compressed header's is needed by those only that have it.
	CODEC_VP9, V4L2_CID_STATELESS_VP9_FRAME,
	CODEC_AV1, V4L2_CID_STATELESS_AV1_SEQUENCE,
	CODEC_AV1, V4L2_CID_STATELESS_AV1_FRAME,
	CODEC_AV1, V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
]);
const NEEDED_COUNT: u32 = 14;

/** A codec's row; CODEC_NONE has one without a format. */
export function codec_facts(codec: u32): CodecFacts {
	assert(codec < CODEC_COUNT, "no such codec");
	return changetype<CodecFacts>(CODECS + <usize>codec * offsetof<CodecFacts>());
}

/** CODEC_* of an OUTPUT format, CODEC_NONE for others. */
export function codec_of_coded_fourcc(fourcc: u32): u32 {
	for (let codec: u32 = 1; codec < CODEC_COUNT; codec++) {
		if (codec_facts(codec).coded_fourcc == fourcc) return codec;
	}
	return CODEC_NONE;
}

/** Whether some level of a codec has pictures of width x height, in luma samples. */
export function codec_takes_size(codec: u32, width: u32, height: u32): bool {
	const facts = codec_facts(codec);
	return (
		width > 0 &&
		height > 0 &&
		(facts.max_side == 0 || max<u32>(width, height) <= facts.max_side) &&
		(facts.max_area == 0 || <u64>width * height <= facts.max_area)
	);
}

/** How many profiles there are, whatever the devices say. */
export function profile_count(): u32 {
	return PROFILE_COUNT;
}

/** Row i of the profiles, below profile_count(). */
export function profile_at(i: u32): ProfileFacts {
	assert(i < PROFILE_COUNT, "no such profile");
	return changetype<ProfileFacts>(PROFILES + <usize>i * offsetof<ProfileFacts>());
}

/** The row of a VAProfile, or null. */
export function profile_facts(profile: u32): ProfileFacts | null {
	for (let i: u32 = 0; i < PROFILE_COUNT; i++) {
		if (profile_at(i).profile == profile) return profile_at(i);
	}
	return null;
}

/** CODEC_* of a VAProfile, CODEC_NONE for others. */
export function codec_of_profile(profile: u32): u32 {
	const facts = profile_facts(profile);
	return facts == null ? CODEC_NONE : facts.codec;
}

/** How many needed controls there are, of all codecs. */
export function needed_count(): u32 {
	return NEEDED_COUNT;
}

/** Row i of the needed controls, below needed_count(). */
export function needed_at(i: u32): NeededControl {
	assert(i < NEEDED_COUNT, "no such control");
	return changetype<NeededControl>(NEEDED + <usize>i * offsetof<NeededControl>());
}

/** The set with this one bit depth in it; empty for a depth that no codec has. */
export function depth_set(bit_depth: u32): u32 {
	return bit_depth == 8 ? DEPTH_8 : bit_depth == 10 ? DEPTH_10 : 0;
}
