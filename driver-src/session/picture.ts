// SPDX-License-Identifier: MIT
/**
 * The picture that is being put together, from vaBeginPicture to vaEndPicture.
 *
 *   slice:  [submit the one before] -> parse -> [negotiate] -> [decode the picture before, or again] -> append (bitstream.ts)
 *   end:    submit
 *
 * A stage that needs the device ends the plan (report or wait) and is entered again afterwards, so each can be repeated.
 * Frame-based decoders get one request per frame or field; slice-based ones one per slice, kept back until it is known
 * whether another follows (V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF on all but the last).
 */
import {
	CORE_FEATURE_MULTI_SLICE_WITHOUT_HOLD,
	CORE_MESSAGE_BAD_PARAMETER_SIZE,
	CORE_MESSAGE_BAD_SLICE_RANGE,
	CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
	CORE_MESSAGE_LARGER_THAN_SURFACE,
	CORE_MESSAGE_NO_PICTURE_OPEN,
	CORE_MESSAGE_NO_SLICES,
	CORE_MESSAGE_NO_SURFACE,
	CORE_MESSAGE_PICTURE_TOO_LARGE,
	CORE_MESSAGE_STEP_FAILED,
	CORE_NONE,
	CORE_OP_APPEND,
	CORE_OP_QUEUE_REQUEST,
	CORE_OP_STREAM_ON,
	CORE_PARAMETER_CAPACITY,
	CORE_SLICE_HEADER_CAPACITY,
	CORE_SLICE_TAIL_CAPACITY,
} from "../abi/exchange";
import {
	VA_SLICE_DATA_FLAG_ALL,
	VA_STATUS_ERROR_ALLOCATION_FAILED,
	VA_STATUS_ERROR_DECODING_ERROR,
	VA_STATUS_ERROR_INVALID_PARAMETER,
	VA_STATUS_ERROR_INVALID_SURFACE,
	VA_STATUS_ERROR_NOT_ENOUGH_BUFFER,
	VA_STATUS_ERROR_OPERATION_FAILED,
	VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	VA_STATUS_ERROR_UNIMPLEMENTED,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
	VA_STATUS_SUCCESS,
	VASliceParameterBufferBase,
	VASliceParameterBufferBase_SIZE,
} from "../abi/va";
import { START_CODE, START_CODE_SIZE, start_code_size, trailing_zeros } from "../bits/annex-b";
import { input_address, slice_tail_end } from "../boundary/areas";
import { plan_report, plan_return, plan_status } from "../boundary/plan";
import {
	codec_begin,
	codec_end,
	codec_parameter,
	codec_slice,
	codec_slice_header_size,
} from "../codec/codec";
import { refusal_message, refusal_value } from "../codec/refusal";
import { PICTURE, SEQUENCE, SLICE, slice_clear } from "../codec/result";
import { slots_queued } from "../queues/slots";
import { surfaces_next_picture, surfaces_pending } from "../queues/surfaces";
import {
	BITSTREAM_REPORT,
	BITSTREAM_TOO_LARGE,
	BITSTREAM_WAIT,
	bitstream_advance,
	bitstream_append,
	bitstream_begin,
	bitstream_clean,
	bitstream_clear,
	bitstream_leave,
	bitstream_place,
	bitstream_report,
	bitstream_slot,
	bitstream_step_failed,
	bitstream_take_back,
	wanted_length,
} from "./bitstream";
import { has_start_codes, is_slice_based, own_codec } from "./decoder";
import {
	NEGOTIATION_DONE,
	NEGOTIATION_PAUSE,
	NEGOTIATION_REFUSED,
	NEGOTIATION_WAIT,
	negotiation_advance,
	negotiation_can_hold,
	negotiation_report,
	negotiation_running,
	negotiation_settled,
	negotiation_start,
	negotiation_start_failed,
	negotiation_step_failed,
	negotiation_teardown,
} from "./negotiation";
import {
	SUBMIT_READERS,
	SUBMIT_REFUSED,
	SUBMIT_WAIT,
	submission_begin,
	submission_fail_target,
	submission_is_deferred,
	submission_is_half_done,
	submission_is_stray,
	submission_recover,
	submission_reset,
	submission_restarted,
	submission_step_failed,
	submission_submit,
	submission_submit_again,
	submission_target,
	submission_use_own_memory,
} from "./submission";

/** What picture_advance() left in the plan. */
export const PICTURE_DONE: u32 = 0; // a complete plan
export const PICTURE_WAIT: u32 = 1; // the caller adds the wait, and advances again after it
export const PICTURE_READERS: u32 = 2; // the same, of a wait for those who read the surface
export const PICTURE_PAUSE: u32 = 3; // the same with a pause

const STAGE_IDLE: u32 = 0;
const STAGE_SUBMIT_PREVIOUS: u32 = 1;
const STAGE_PARSE: u32 = 2;
const STAGE_NEGOTIATE: u32 = 3;
const STAGE_APPEND: u32 = 4;
const STAGE_SUBMIT_LAST: u32 = 5;
const STAGE_RECOVER: u32 = 6;
const STAGE_RECOVERING: u32 = 7;
const STAGE_AGAIN: u32 = 8;
const STAGE_AGAIN_SUBMITTED: u32 = 9;

/** A slice as the glue gave it, kept over reports, which reuse the input area. */
const STASH: usize = memory.data(CORE_PARAMETER_CAPACITY + CORE_SLICE_HEADER_CAPACITY, 8);

let stage: u32 = STAGE_IDLE;
let open: bool = false;
/** Why this picture will not be decoded; VA_STATUS_SUCCESS while it will. */
let failure: u32 = 0;
/** The decoder was started again; since then it has had no picture that starts anew, and none was refused as one that never comes. */
let restarted: bool = false;
/** errno of the request that could not be queued. */
let recover_error: u32 = 0;
/** Something was rendered. */
let rendered: bool = false;
let slice_count: u32 = 0;
/** The size of the surface begun. */
let surface_width: u32 = 0;
let surface_height: u32 = 0;
/** The slice at hand. */
let slice_address: usize = 0;
let slice_size: u32 = 0;
/** Bytes of it that are there to be parsed. */
let header_size: u32 = 0;
let data_offset: u32 = 0;
let data_size: u32 = 0;

/** For a new context. */
export function picture_reset(): void {
	stage = STAGE_IDLE;
	open = false;
	restarted = false;
	bitstream_begin();
	submission_reset();
}

/** The decoder did not answer, and was started again. */
export function picture_restarted(): void {
	restarted = true;
	submission_restarted();
}

/** Whether vaBeginPicture came, and vaEndPicture has not. */
export function picture_is_open(): bool {
	return open;
}

/**
 * vaBeginPicture, with the size of the surface and CORE_TARGET_* of it. One that was never ended is given up first. CORE_NONE: the player has no surface for
 * it (FFmpeg, where all slice headers of a field are damaged); it is taken and not decoded, since a refusal would end the film.
 */
export function picture_begin(surface: u32, width: u32, height: u32, target: u32): void {
	picture_abandon();
	bitstream_clean();
	open = true;
	surface_width = width;
	surface_height = height;
	failure = VA_STATUS_SUCCESS;
	rendered = false;
	slice_count = 0;
	bitstream_begin();
	surfaces_next_picture();
	submission_begin(surface, target);
	codec_begin(surface);
	if (surface == CORE_NONE) plan_return(VA_STATUS_SUCCESS, CORE_MESSAGE_NO_SURFACE);
}

function has_surface(): bool {
	return submission_target() != CORE_NONE;
}

/** Gives up the open picture, if there is one: adds the steps that leave nothing of it behind. */
export function picture_abandon(): void {
	if (!open) return;
	open = false;
	stage = STAGE_IDLE;
	bitstream_clear();
	codec_end(submission_target(), false);
	submission_fail_target(!never_comes(failure));
}

/**
 * Whether a picture that failed with this status is none that a damaged stream lacks, but one that this decoder, or these surfaces,
 * cannot have: the players must hear of it, to go on in software.
 */
function never_comes(status: u32): bool {
	return (
		status == VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT ||
		status == VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED ||
		status == VA_STATUS_ERROR_UNIMPLEMENTED ||
		status == VA_STATUS_ERROR_INVALID_SURFACE ||
		status == VA_STATUS_ERROR_ALLOCATION_FAILED
	);
}

/** vaRenderPicture with anything but slices. Input: one element. */
export function picture_parameter(type: u32, size: u32): void {
	if (!open) return refuse_closed();
	rendered = true;
	if (!has_surface()) return;
	const status = codec_parameter(type, input_address(), size);
	if (status != VA_STATUS_SUCCESS) fail(status, refusal_message(), refusal_value(0), refusal_value(1));
}

/** How many of a slice's first bytes the codec wants to see. Input: its parameters. */
export function picture_slice_header_size(size: u32): u32 {
	return codec_slice_header_size(input_address(), size);
}

/** vaRenderPicture with one slice. Input: its parameters and first bytes. */
export function picture_slice(size: u32, available: u32): u32 {
	if (!open) {
		refuse_closed();
		return PICTURE_DONE;
	}
	rendered = true;
	if (!has_surface()) return PICTURE_DONE;
	if (failure != VA_STATUS_SUCCESS) {
		plan_return(answer());
		return PICTURE_DONE;
	}
	if (size < VASliceParameterBufferBase_SIZE || size > CORE_PARAMETER_CAPACITY) {
		return fail(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_PARAMETER_SIZE, 4, size);
	}
	const base = changetype<VASliceParameterBufferBase>(input_address());
	data_offset = base.slice_data_offset;
	data_size = base.slice_data_size;
	// GStreamer and Chromium leave VP8's frame tag out of the data by slice_data_offset, and count it in slice_data_size.
	if (own_codec().nal == 0 && data_offset <= available && data_size > available - data_offset) {
		data_size = available - data_offset;
	}
	if (data_size == 0 || data_offset > available || data_size > available - data_offset) {
		return fail(VA_STATUS_ERROR_INVALID_PARAMETER, CORE_MESSAGE_BAD_SLICE_RANGE, data_offset, data_size);
	}
	// A slice in parts would need its header put together from them; no player sends one.
	if (base.slice_data_flag != VA_SLICE_DATA_FLAG_ALL) return fail(VA_STATUS_ERROR_UNIMPLEMENTED, 0, 0, 0);
	if (own_codec().nal != 0)
		data_size -= trailing_zeros(slice_tail_end(), min<u32>(data_size, CORE_SLICE_TAIL_CAPACITY));
	base.slice_data_size = data_size;
	slice_address = input_address();
	slice_size = size;
	header_size = min<u32>(data_size, codec_slice_header_size(slice_address, size));
	stage = STAGE_PARSE;
	if (is_slice_based() && bitstream_slot() != CORE_NONE) {
		memory.copy(STASH, slice_address, size);
		memory.copy(STASH + CORE_PARAMETER_CAPACITY, slice_address + CORE_PARAMETER_CAPACITY, header_size);
		slice_address = STASH;
		stage = STAGE_SUBMIT_PREVIOUS;
	}
	return picture_advance();
}

/** vaEndPicture. */
export function picture_end(): u32 {
	if (!open) {
		refuse_closed();
		return PICTURE_DONE;
	}
	if (!has_surface()) {
		picture_abandon();
		return PICTURE_DONE;
	}
	// FFmpeg ends the first field of MPEG-2 once more where fields come in packets of their own (mpeg_field_start()).
	if (!rendered && submission_is_half_done()) {
		open = false;
		codec_end(submission_target(), false);
		return PICTURE_DONE;
	}
	if (failure == VA_STATUS_SUCCESS && slice_count == 0) {
		fail(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_NO_SLICES, 0, 0);
		picture_abandon();
		return PICTURE_DONE;
	}
	if (failure != VA_STATUS_SUCCESS) {
		// Its sentence was said when it failed.
		plan_return(answer());
		picture_abandon();
		return PICTURE_DONE;
	}
	stage = STAGE_SUBMIT_LAST;
	return picture_advance();
}

/** Goes on from the current stage until the plan is complete or the device is needed. Returns PICTURE_*. */
export function picture_advance(): u32 {
	while (true) {
		switch (stage) {
			case STAGE_SUBMIT_PREVIOUS: {
				if (!negotiation_can_hold()) {
					return fail(
						VA_STATUS_ERROR_UNIMPLEMENTED,
						CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
						CORE_FEATURE_MULTI_SLICE_WITHOUT_HOLD,
						0,
					);
				}
				const result = submission_submit(bitstream_slot(), false);
				if (result == SUBMIT_WAIT) return PICTURE_WAIT;
				if (result == SUBMIT_READERS) return PICTURE_READERS;
				if (result == SUBMIT_REFUSED) return refused_submission();
				bitstream_leave();
				stage = STAGE_PARSE;
				plan_report();
				return PICTURE_DONE;
			}
			case STAGE_PARSE: {
				const status = parse();
				if (status != VA_STATUS_SUCCESS) {
					return fail(status, refusal_message(), refusal_value(0), refusal_value(1));
				}
				// FFmpeg keeps its first surfaces when VP8 changes its size, and would show a part of each picture.
				if (SEQUENCE.visible_width > surface_width || SEQUENCE.visible_height > surface_height) {
					return fail(
						VA_STATUS_ERROR_INVALID_SURFACE,
						CORE_MESSAGE_LARGER_THAN_SURFACE,
						SEQUENCE.visible_width,
						SEQUENCE.visible_height,
					);
				}
				data_offset += SLICE.skip;
				data_size -= SLICE.skip + SLICE.cut;
				stage = STAGE_NEGOTIATE;
				break;
			}
			case STAGE_NEGOTIATE: {
				if (!negotiation_running() && (slice_count > 0 || negotiation_settled())) {
					if (PICTURE.again != CORE_NONE || submission_is_deferred()) stage = STAGE_AGAIN;
					else append();
					break;
				}
				if (!negotiation_running()) {
					// New queues have nothing of the picture before.
					PICTURE.again = CORE_NONE;
					negotiation_start();
				}
				const result = negotiation_advance();
				if (result == NEGOTIATION_WAIT) return PICTURE_WAIT;
				if (result == NEGOTIATION_PAUSE) return PICTURE_PAUSE;
				if (result == NEGOTIATION_REFUSED) {
					failure = plan_status();
					restarted = false;
				}
				if (result != NEGOTIATION_DONE) return PICTURE_DONE;
				append();
				break;
			}
			case STAGE_AGAIN: {
				const result = submission_submit_again();
				if (result == SUBMIT_WAIT) return PICTURE_WAIT;
				if (result == SUBMIT_REFUSED) return refused_submission();
				stage = STAGE_AGAIN_SUBMITTED;
				plan_report();
				return PICTURE_DONE;
			}
			case STAGE_AGAIN_SUBMITTED: {
				append();
				break;
			}
			case STAGE_APPEND: {
				const result = bitstream_advance();
				if (result == BITSTREAM_WAIT) return PICTURE_WAIT;
				if (result == BITSTREAM_REPORT) return PICTURE_DONE;
				if (result == BITSTREAM_TOO_LARGE)
					return fail(
						VA_STATUS_ERROR_NOT_ENOUGH_BUFFER,
						CORE_MESSAGE_PICTURE_TOO_LARGE,
						wanted_length(),
						0,
					);
				slice_count++;
				stage = STAGE_IDLE;
				return PICTURE_DONE;
			}
			case STAGE_SUBMIT_LAST: {
				const result = submission_submit(bitstream_slot(), true);
				if (result == SUBMIT_WAIT) return PICTURE_WAIT;
				if (result == SUBMIT_READERS) return PICTURE_READERS;
				stage = STAGE_IDLE;
				if (result == SUBMIT_REFUSED) {
					refused_submission();
					picture_abandon();
					return PICTURE_DONE;
				}
				if (PICTURE.starts_anew != 0) restarted = false;
				bitstream_leave();
				open = false;
				return PICTURE_DONE;
			}
			case STAGE_RECOVER: {
				// The CAPTURE buffer of a request that could not be queued would go to the next picture.
				if (surfaces_pending() > 0 || slots_queued() > 0) return PICTURE_WAIT;
				submission_recover();
				stage = STAGE_RECOVERING;
				plan_return(failure, CORE_MESSAGE_STEP_FAILED, CORE_OP_QUEUE_REQUEST, recover_error);
				return PICTURE_DONE;
			}
			default:
				return PICTURE_DONE;
		}
	}
}

/** Takes the result that a plan of this picture reported; false when the plan that follows is complete already. */
export function picture_report(): bool {
	if (stage == STAGE_NEGOTIATE) {
		if (negotiation_report()) return true;
		failure = plan_status();
		stage = STAGE_IDLE;
		return false;
	}
	if (stage == STAGE_APPEND) bitstream_report();
	return true;
}

/** The surface's memory cannot be queued. True: the picture goes on in other memory, and the plan says how. */
export function picture_use_own_memory(op: u32, error: u32): bool {
	if (!submission_use_own_memory(op, error)) return false;
	// Between two slices, or two pictures: the slice at hand has yet to be parsed, or appended.
	if (stage == STAGE_PARSE || stage == STAGE_AGAIN_SUBMITTED) plan_report();
	return true;
}

/**
 * A step of this picture's plan failed. True: the picture goes on another way (picture_advance()). False: it failed for
 * good, and the plan now holds the steps that clean up after it; the caller adds what to return.
 */
export function picture_step_failed(op: u32, error: u32): bool {
	if (bitstream_step_failed(op, error)) {
		// An APPEND was the end of its plan, which counted the slice.
		if (op == CORE_OP_APPEND) slice_count--;
		stage = STAGE_APPEND;
		return true;
	}
	if (stage == STAGE_NEGOTIATE && negotiation_step_failed(op, error)) return true;
	if (negotiation_start_failed(op, error)) {
		// The end of the plan appended the slice, and counted it.
		bitstream_take_back();
		slice_count--;
		stage = STAGE_NEGOTIATE;
		return true;
	}
	failure = VA_STATUS_ERROR_OPERATION_FAILED;
	// STREAMON stands in one plan with the first slice, when the formats are settled already.
	if (stage == STAGE_NEGOTIATE || negotiation_running() || op == CORE_OP_STREAM_ON) {
		stage = STAGE_IDLE;
		bitstream_leave();
		negotiation_teardown();
		return false;
	}
	stage = STAGE_IDLE;
	if (submission_step_failed(op)) {
		bitstream_leave();
		if (submission_is_stray()) {
			recover_error = error;
			stage = STAGE_RECOVER;
			return true;
		}
	}
	return false;
}

/** The plan that the caller completed after picture_step_failed() says why. */
export function picture_failed(): void {
	failure = plan_status();
}

/** Whether the plan made last was itself cleaning up: then there is nothing left to try. */
export function picture_was_recovering(): bool {
	return stage == STAGE_RECOVERING;
}

/** Has the codec parse the slice at hand. Of a NAL unit, it sees neither start code nor trailing zeros. Returns VAStatus. */
function parse(): u32 {
	const header = slice_address + CORE_PARAMETER_CAPACITY;
	slice_clear();
	if (own_codec().nal != 0) {
		SLICE.skip = start_code_size(header, header_size);
		SLICE.prefix = START_CODE;
		SLICE.prefix_size = has_start_codes() ? START_CODE_SIZE : 0;
	}
	return codec_slice(
		slice_address,
		slice_size,
		header + SLICE.skip,
		header_size - SLICE.skip,
		bitstream_place(),
	);
}

/** The slice at hand goes to the OUTPUT buffer. */
function append(): void {
	bitstream_append(SLICE.prefix, SLICE.prefix_size, data_offset, data_size);
	stage = STAGE_APPEND;
}

function refused_submission(): u32 {
	failure = plan_status();
	stage = STAGE_IDLE;
	return PICTURE_DONE;
}

function fail(status: u32, message: u32, first: u32, second: u32): u32 {
	failure = status;
	stage = STAGE_IDLE;
	if (never_comes(status)) restarted = false;
	plan_return(answer(), message, first, second);
	return PICTURE_DONE;
}

/**
 * What the player hears of the failure. Where a decoder lost by its start what all pictures to the next key frame refer to (VP9, AV1), these are
 * taken and not decoded: mpv would leave hardware for good after three refusals. From that frame on, what is missing is missing in the stream.
 */
function answer(): u32 {
	return restarted && failure == VA_STATUS_ERROR_DECODING_ERROR ? VA_STATUS_SUCCESS : failure;
}

function refuse_closed(): void {
	plan_return(VA_STATUS_ERROR_OPERATION_FAILED, CORE_MESSAGE_NO_PICTURE_OPEN);
}
