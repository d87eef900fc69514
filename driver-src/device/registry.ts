// SPDX-License-Identifier: MIT
/** The decoders of one display, in order of discovery. */
import { core_decoder, core_decoder_SIZE } from "../abi/exchange";
import { VA_STATUS_ERROR_MAX_NUM_EXCEEDED, VA_STATUS_SUCCESS } from "../abi/va";
import { input_address } from "../boundary/areas";

/** No board has more decoders with a node of their own; further ones are not looked at. */
const CAPACITY: u32 = 8;
const DECODERS: usize = memory.data(CAPACITY * core_decoder_SIZE, 8);

let count: u32 = 0;

/** Input: core_decoder. Returns VAStatus. */
export function add_decoder(): u32 {
	if (count == CAPACITY) return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
	memory.copy(DECODERS + count * core_decoder_SIZE, input_address(), core_decoder_SIZE);
	count++;
	return VA_STATUS_SUCCESS;
}

/** How many decoders the display has. */
export function decoder_count(): u32 {
	return count;
}

/** A decoder, in order of discovery; position < decoder_count(). */
export function decoder_at(position: u32): core_decoder {
	assert(position < count, "no such decoder");
	return core_decoder.at(DECODERS + position * core_decoder_SIZE);
}
