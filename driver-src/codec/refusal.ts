// SPDX-License-Identifier: MIT
/** Why a codec refused something last: the sentence for the player, beside the VAStatus that the verb returns. */
import {
	CORE_MESSAGE_BAD_BUFFER_TYPE,
	CORE_MESSAGE_BAD_PARAMETER_SIZE,
	CORE_MESSAGE_BAD_PICTURE,
	CORE_MESSAGE_NONE,
} from "../abi/exchange";
import { VA_STATUS_ERROR_INVALID_PARAMETER, VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE } from "../abi/va";

let message: u32 = CORE_MESSAGE_NONE;
let first_value: u32 = 0;
let second_value: u32 = 0;

/** Notes why, as CORE_MESSAGE_* and its values, and returns the status: `return refuse(...)`. */
export function refuse(status: u32, why: u32, first: u32 = 0, second: u32 = 0): u32 {
	message = why;
	first_value = first;
	second_value = second;
	return status;
}

/** Refuses picture parameters for the value of one field. name: the field's in the specification, or in VA-API where only that has it. */
export function refuse_field(name: string): u32 {
	return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_PICTURE, <u32>changetype<usize>(name));
}

/** Refuses a buffer that is smaller than its struct. type: VABufferType; size: in bytes. */
export function refuse_size(type: u32, size: u32): u32 {
	return refuse(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_PARAMETER_SIZE, type, size);
}

/** Refuses a buffer of a type that the codec does not have. type: VABufferType. */
export function refuse_type(type: u32): u32 {
	return refuse(VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE, CORE_MESSAGE_BAD_BUFFER_TYPE, type);
}

/** For a new picture. */
export function refusal_clear(): void {
	refuse(0, CORE_MESSAGE_NONE);
}

/** CORE_MESSAGE_*; CORE_MESSAGE_NONE when nothing was refused since refusal_clear(). */
export function refusal_message(): u32 {
	return message;
}

/** Value 0 or 1 of the message. */
export function refusal_value(i: u32): u32 {
	return i == 0 ? first_value : second_value;
}
