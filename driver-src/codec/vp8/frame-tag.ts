// SPDX-License-Identifier: MIT
/**
 * The uncompressed data chunk in front of the first partition (RFC 6386 9.1): 3 bytes of frame tag; of a key frame 7 more,
 * start code and dimensions.
 *
 * VA-API's slice data begins behind it (FFmpeg, GStreamer, Chromium); some players leave it in. The drivers count from it:
 * hantro and cedrus take the first partition to be at byte 10 or 3 (cfg_parts(), cedrus_vp8_setup()).
 */
import { vp8_picture, vp8_state } from "./state";

const INTER_SIZE: u32 = 3;
const KEY_SIZE: u32 = 10;
/** As its bytes are read: 9d 01 2a. */
const START_CODE: u32 = 0x2a019d;
/** first_part_size has 19 bits, 9.1. */
export const MAX_FIRST_PART_SIZE: u32 = 0x7ffff;
/** width and height have 14 bits. */
export const MAX_SIDE: u32 = 0x3fff;

const TAG: usize = memory.data(KEY_SIZE, 2);

/** Bytes of the tag of the current picture. */
export function tag_size(key: bool): u32 {
	return key ? KEY_SIZE : INTER_SIZE;
}

/** The largest there is. */
export const MAX_TAG_SIZE: u32 = KEY_SIZE;

/** What VA says of the tag's 24 bits, but for show_frame. */
function tag_bits(key: bool, first_part_size: u32): u32 {
	return (key ? 0 : 1) | (vp8_picture().pic_fields_version << 1) | (first_part_size << 5);
}

const SHOW_FRAME: u32 = 1 << 4;

function load24(at: usize): u32 {
	return <u32>load<u16>(at) | ((<u32>load<u8>(at, 2)) << 16);
}

/**
 * Whether the `size` bytes at `data` begin with the tag of this picture: every bit of it that VA knows is as VA says. Of
 * first partitions without a tag, one in eight million looks like that, and its header does not agree then.
 */
export function tag_is_there(data: usize, size: u32, key: bool, first_part_size: u32): bool {
	if (size < tag_size(key)) return false;
	if ((load24(data) & ~SHOW_FRAME) != tag_bits(key, first_part_size)) return false;
	if (!key) return true;
	return (
		load24(data + 3) == START_CODE &&
		(<u32>load<u16>(data, 6) & MAX_SIDE) == vp8_picture().frame_width &&
		(<u32>load<u16>(data, 8) & MAX_SIDE) == vp8_picture().frame_height
	);
}

/** show_frame of a tag that is there. */
export function tag_shows(data: usize): bool {
	return (load<u8>(data) & SHOW_FRAME) != 0;
}

/** Takes the scale bits of a key frame's tag that is there. */
export function tag_take_scale(data: usize): void {
	vp8_state().horizontal_scale = <u32>load<u16>(data, 6) >> 14;
	vp8_state().vertical_scale = <u32>load<u16>(data, 8) >> 14;
}

/**
 * Makes the tag of the current picture, as it was in the stream as far as VA knows: the picture is taken to be shown, and
 * not to be scaled. Returns the address of tag_size() bytes.
 */
export function tag_make(key: bool, first_part_size: u32): usize {
	const bits = tag_bits(key, first_part_size) | SHOW_FRAME;
	store<u16>(TAG, bits);
	store<u8>(TAG, bits >> 16, 2);
	if (!key) return TAG;
	store<u8>(TAG, START_CODE, 3);
	store<u16>(TAG, START_CODE >> 8, 4);
	store<u16>(TAG, vp8_picture().frame_width, 6);
	store<u16>(TAG, vp8_picture().frame_height, 8);
	return TAG;
}
