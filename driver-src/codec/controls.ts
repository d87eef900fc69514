// SPDX-License-Identifier: MIT
/**
 * What a codec hands to the session: the controls of a picture, and why one was refused.
 */
import { CORE_MESSAGE_NONE } from "../abi/exchange";

const CAPACITY: u32 = 8;
const IDS: usize = memory.data(CAPACITY * 4, 4);
const ADDRESSES: usize = memory.data(CAPACITY * 4, 4);
const SIZES: usize = memory.data(CAPACITY * 4, 4);

let count: u32 = 0;
let message: u32 = CORE_MESSAGE_NONE;
let first_value: u32 = 0;
let second_value: u32 = 0;

export function controls_clear(): void {
	count = 0;
}

export function controls_add(id: u32, address: usize, size: u32): void {
	assert(count < CAPACITY, "more controls than a codec has");
	store<u32>(IDS + ((<usize>count) << 2), id);
	store<u32>(ADDRESSES + ((<usize>count) << 2), <u32>address);
	store<u32>(SIZES + ((<usize>count) << 2), size);
	count++;
}

export function controls_count(): u32 {
	return count;
}

export function controls_id(i: u32): u32 {
	assert(i < count, "no such control");
	return load<u32>(IDS + ((<usize>i) << 2));
}

export function controls_address(i: u32): usize {
	assert(i < count, "no such control");
	return <usize>load<u32>(ADDRESSES + ((<usize>i) << 2));
}

export function controls_size(i: u32): u32 {
	assert(i < count, "no such control");
	return load<u32>(SIZES + ((<usize>i) << 2));
}

/** Notes why, and returns the status, so that a caller can `return refuse(...)`. */
export function refuse(status: u32, why: u32, value: u32, value2: u32): u32 {
	message = why;
	first_value = value;
	second_value = value2;
	return status;
}

export function refusal_clear(): void {
	message = CORE_MESSAGE_NONE;
	first_value = 0;
	second_value = 0;
}

export function refusal_message(): u32 {
	return message;
}

export function refusal_value(i: u32): u32 {
	return i == 0 ? first_value : second_value;
}
