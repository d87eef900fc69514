// SPDX-License-Identifier: MIT
/**
 * Settles the formats of one VAContext from the stream.
 *
 *   OUTPUT format -> sequence control, if the codec has one, outside a request -> CAPTURE format -> buffers -> STREAMON
 *
 * is the one order that every kernel driver takes: rkvdec derives the CAPTURE format from the sequence control and
 * answers EBUSY to a later one, which v4l2_ctrl_request_setup() swallows. VA-API gives the sequence with the first
 * picture only, so all of this happens at its first slice, and again when size, depth or chroma change: then what is in
 * flight is finished first, and both queues are freed, since hantro resizes CAPTURE under its buffers otherwise.
 */
import {
	CORE_MAP_CAPTURE,
	CORE_MAX_CAPTURE_BUFFERS,
	CORE_MESSAGE_CAPTURE_FORMAT,
	CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
	CORE_MESSAGE_NO_MEMORY,
	CORE_MESSAGE_REFERENCES_LOST,
	CORE_MESSAGE_SIZE_NOT_SUPPORTED,
	CORE_NONE,
	CORE_OP_REQUEST_BUFFERS,
	CORE_OP_SET_CONTROLS,
	CORE_OP_SET_FORMAT,
	CORE_OP_STREAM_OFF,
	CORE_OP_STREAM_ON,
	CORE_OP_USE_LAYOUT,
	CORE_QUEUE_CAPTURE,
	CORE_QUEUE_OUTPUT,
	core_allocation,
	core_allocation_SIZE,
	core_buffers,
	core_format,
	core_format_SIZE,
	core_layout,
	core_layout_SIZE,
} from "../abi/exchange";
import { EBUSY, EINVAL, V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF } from "../abi/v4l2";
import {
	VA_FOURCC_NV12,
	VA_FOURCC_P010,
	VA_STATUS_ERROR_ALLOCATION_FAILED,
	VA_STATUS_ERROR_DECODING_ERROR,
	VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
	VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
} from "../abi/va";
import { input_address } from "../boundary/areas";
import { plan_report, plan_return, plan_step } from "../boundary/plan";
import { codec_fill_sequence } from "../codec/codec";
import { controls_address, controls_count, controls_id, controls_size } from "../codec/controls";
import { PICTURE, picture_reference, SEQUENCE } from "../codec/result";
import {
	coded_shares_formats,
	coded_takes_size,
	decoder_capture_fourcc,
	decoder_format_width,
	decoder_pads,
} from "../device/decoder";
import { choose_decoder_sources, choose_sources } from "../device/sources";
import { is_linear, layout_of_capture } from "../formats/layout";
import { slots_add, slots_queued, slots_reset } from "../queues/slots";
import { surface_find, surfaces_pending, surfaces_rebind } from "../queues/surfaces";
import { set_controls } from "./controls";
import { is_slice_based, own_codec, own_coded_format, own_decoder } from "./decoder";

/** What negotiation_advance() left in the plan. */
export const NEGOTIATION_DONE: u32 = 0; // steps to carry out before whatever follows in the same plan
export const NEGOTIATION_REPORT: u32 = 1; // a plan that reports
export const NEGOTIATION_WAIT: u32 = 2; // the caller waits for the device, then advances again
export const NEGOTIATION_REFUSED: u32 = 3; // a plan that returns an error
export const NEGOTIATION_PAUSE: u32 = 4; // nothing: the caller advances again after a pause

const STAGE_SETTLED: u32 = 0;
const STAGE_DRAIN: u32 = 1;
const STAGE_OUTPUT_FORMAT: u32 = 2;
const STAGE_CAPTURE_FORMAT: u32 = 3;
const STAGE_OUTPUT_BUFFERS: u32 = 4;
const STAGE_CAPTURE_BUFFERS: u32 = 5;
const STAGE_START: u32 = 6;

/** Pictures with the device at once, one more that is being filled, and one that is being given back. */
const FRAME_SLOTS: u32 = 6;
/** Slices are smaller and more. */
const SLICE_SLOTS: u32 = 12;

/**
 * How often a device that answers EBUSY is asked for buffers, or to start, once more: for 2 s. The kernel may still be closing it for a
 * player that has died.
 */
const RETRIES: u32 = 40;

const LAYOUT: usize = memory.data(core_layout_SIZE, 8);
const ALLOCATION: usize = memory.data(core_allocation_SIZE, 8);

let stage: u32 = STAGE_SETTLED;
let streaming: bool = false;
/** Buffers may exist on the queues. */
let allocated: bool = false;
let hold_supported: bool = false;
/** The device refuses V4L2_MEMORY_DMABUF on CAPTURE: its buffers are its own, and pictures are copied to the surfaces. */
let maps_capture: bool = false;
/** How often it may still be asked once more. */
let retries: u32 = 0;
/** It is busy, and is left alone for a moment. */
let pausing: bool = false;
/** The plan at hand starts the queues. */
let starting: bool = false;
/** It has refused memory that was not its own. */
let refuses_memory: bool = false;
let width: u32 = 0;
let height: u32 = 0;
let bit_depth: u32 = 0;
let chroma_format_idc: u32 = 0;
/** How many pictures of the sequence may be references at once. */
let references: u32 = 0;

/** For a new context, behind take_decoder(). */
export function negotiation_reset(): void {
	stage = STAGE_SETTLED;
	streaming = false;
	allocated = false;
	hold_supported = false;
	maps_capture = false;
	pausing = false;
	starting = false;
	refuses_memory = false;
	width = 0;
	height = 0;
}

/** Whether the queues run with the formats that the current picture needs. */
export function negotiation_settled(): bool {
	return (
		streaming &&
		stage == STAGE_SETTLED &&
		has_size_of_formats() &&
		SEQUENCE.bit_depth == bit_depth &&
		SEQUENCE.chroma_format_idc == chroma_format_idc &&
		(!maps_capture || SEQUENCE.references <= references)
	);
}

/** Whether the formats are those of the current picture's size. */
function has_size_of_formats(): bool {
	if (SEQUENCE.width == width && SEQUENCE.height == height) return true;
	const coded = own_coded_format();
	return (
		coded != null &&
		coded_shares_formats(own_decoder(), coded, SEQUENCE.width, SEQUENCE.height, width, height)
	);
}

/** Whether both queues stream. */
export function negotiation_streaming(): bool {
	return streaming;
}

/** Whether a CAPTURE buffer can be kept for the next slice or field (V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF). */
export function negotiation_can_hold(): bool {
	return hold_supported;
}

/** Whether CAPTURE buffers have memory of their own. */
export function negotiation_maps_capture(): bool {
	return maps_capture;
}

/** Whether pictures come linear. */
export function negotiation_is_linear(): bool {
	return is_linear(changetype<core_layout>(LAYOUT));
}

/** Whether they can be handed out where the decoder writes them. */
export function negotiation_is_exportable(): bool {
	return changetype<core_layout>(LAYOUT).exportable != 0;
}

/** Bytes of an OUTPUT buffer for pictures of this size; larger pictures get larger buffers (bitstream.ts). */
export function output_size(of_width: u32, of_height: u32, depth: u32): u32 {
	const blocks = ((of_width + 15) >> 4) * ((of_height + 15) >> 4);
	const size = blocks * own_codec().density * (depth > 8 ? 2 : 1);
	return (max<u32>(size, 64 * 1024) + 4095) & ~4095;
}

/** Takes the formats of the current picture as the aim. */
export function negotiation_start(): void {
	width = SEQUENCE.width;
	height = SEQUENCE.height;
	bit_depth = SEQUENCE.bit_depth;
	chroma_format_idc = SEQUENCE.chroma_format_idc;
	references = SEQUENCE.references;
	retries = RETRIES;
	pausing = false;
	stage = STAGE_DRAIN;
}

/** Whether formats are being settled: picture_advance() must go on with it. */
export function negotiation_running(): bool {
	return stage != STAGE_SETTLED;
}

/** Adds the next steps to the plan. Returns NEGOTIATION_*. */
export function negotiation_advance(): u32 {
	if (pausing) {
		pausing = false;
		return NEGOTIATION_PAUSE;
	}
	switch (stage) {
		case STAGE_DRAIN: {
			if (surfaces_pending() > 0 || slots_queued() > 0) return NEGOTIATION_WAIT;
			const refusal = refuse_sequence();
			if (refusal) return NEGOTIATION_REFUSED;
			const loses = loses_references();
			if (allocated) negotiation_teardown();
			if (loses) {
				plan_return(VA_STATUS_ERROR_DECODING_ERROR, CORE_MESSAGE_REFERENCES_LOST, width, height);
				return NEGOTIATION_REFUSED;
			}
			stage = STAGE_OUTPUT_FORMAT;
			const step = plan_step(CORE_OP_SET_FORMAT);
			step.queue = CORE_QUEUE_OUTPUT;
			step.fourcc = own_codec().coded_fourcc;
			step.width = decoder_format_width(own_decoder(), width);
			step.height = height;
			step.size = output_size(width, height, bit_depth);
			plan_report();
			return NEGOTIATION_REPORT;
		}
		case STAGE_CAPTURE_FORMAT: {
			codec_fill_sequence();
			set_controls(CORE_NONE);
			const step = plan_step(CORE_OP_SET_FORMAT);
			step.queue = CORE_QUEUE_CAPTURE;
			step.fourcc = wanted_capture();
			step.width = decoder_format_width(own_decoder(), width);
			step.height = height;
			plan_report();
			return NEGOTIATION_REPORT;
		}
		case STAGE_OUTPUT_BUFFERS: {
			use_layout();
			allocated = true;
			request_buffers(CORE_QUEUE_OUTPUT, is_slice_based() ? SLICE_SLOTS : FRAME_SLOTS);
			plan_report();
			return NEGOTIATION_REPORT;
		}
		case STAGE_CAPTURE_BUFFERS:
			request_buffers(CORE_QUEUE_CAPTURE, capture_buffers());
			plan_report();
			return NEGOTIATION_REPORT;
		default:
			plan_step(CORE_OP_STREAM_ON).queue = CORE_QUEUE_OUTPUT;
			plan_step(CORE_OP_STREAM_ON).queue = CORE_QUEUE_CAPTURE;
			streaming = true;
			starting = true;
			stage = STAGE_SETTLED;
			return NEGOTIATION_DONE;
	}
}

/** Takes the result of the last step, in the input area. Returns false with a plan that refuses. */
export function negotiation_report(): bool {
	switch (stage) {
		case STAGE_OUTPUT_FORMAT: {
			const format = changetype<core_format>(input_address());
			// The kernel clamps what it cannot do; it never answers with an error.
			if (format.fourcc != own_codec().coded_fourcc || format.width < width || format.height < height) {
				refuse_size();
				return false;
			}
			stage = STAGE_CAPTURE_FORMAT;
			return true;
		}
		case STAGE_CAPTURE_FORMAT: {
			const format = changetype<core_format>(input_address());
			const layout = changetype<core_layout>(LAYOUT);
			if (!layout_of_capture(format, layout_fourcc(), width, height, layout)) {
				plan_return(
					VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
					CORE_MESSAGE_CAPTURE_FORMAT,
					wanted_capture(),
					format.fourcc,
				);
				negotiation_abort();
				return false;
			}
			const assumed = changetype<usize>(changetype<core_allocation>(ALLOCATION).assumed);
			memory.copy(assumed, changetype<usize>(format), core_format_SIZE);
			stage = STAGE_OUTPUT_BUFFERS;
			return true;
		}
		case STAGE_OUTPUT_BUFFERS: {
			const buffers = changetype<core_buffers>(input_address());
			if (buffers.count == 0) return refuse_memory();
			hold_supported = (buffers.capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF) != 0;
			slots_reset();
			slots_add(buffers.first, buffers.count, buffers.length);
			stage = STAGE_CAPTURE_BUFFERS;
			return true;
		}
		default: {
			const buffers = changetype<core_buffers>(input_address());
			if (buffers.count == 0) return refuse_memory();
			surfaces_rebind(buffers.count);
			stage = STAGE_START;
			return true;
		}
	}
}

/**
 * The decoder cannot reach the memory that it was given. Adds the step that has all further memory come from the decoder; false when it
 * does already.
 */
export function negotiation_memory_refused(): bool {
	if (refuses_memory || maps_capture) return false;
	refuses_memory = true;
	use_layout();
	return true;
}

/** A step failed. True: negotiation_advance() tries another way. */
export function negotiation_step_failed(op: u32, error: u32): bool {
	const buffers = stage == STAGE_OUTPUT_BUFFERS || stage == STAGE_CAPTURE_BUFFERS;
	if (op == CORE_OP_REQUEST_BUFFERS && buffers && pause_if_busy(error)) return true;
	// vb2_verify_memory_type(): DMABUF is not among the queue's io_modes.
	if (stage != STAGE_CAPTURE_BUFFERS || op != CORE_OP_REQUEST_BUFFERS || error != EINVAL || maps_capture)
		return false;
	maps_capture = true;
	return true;
}

/** The plan that started the queues failed at `op`. True: it was busy, and negotiation_advance() starts them after a pause. */
export function negotiation_start_failed(op: u32, error: u32): bool {
	if (!starting || op != CORE_OP_STREAM_ON || !pause_if_busy(error)) return false;
	streaming = false;
	stage = STAGE_START;
	return true;
}

/** The plan that started the queues was carried out, if there was one. */
export function negotiation_carried_out(): void {
	starting = false;
}

function pause_if_busy(error: u32): bool {
	if (error != EBUSY || retries == 0) return false;
	retries--;
	pausing = true;
	return true;
}

/**
 * Whether a step failed because the device does not take the sequence. EINVAL does not say which field. For 8-bit 4:2:0, which
 * every device takes, the cause lies elsewhere (hantro_try_ctrl(), rkvdec_h264_validate_sps(), cedrus_try_ctrl()).
 */
export function negotiation_format_refused(op: u32, error: u32): bool {
	return (
		stage == STAGE_CAPTURE_FORMAT &&
		op == CORE_OP_SET_CONTROLS &&
		error == EINVAL &&
		(bit_depth != 8 || chroma_format_idc != 1)
	);
}

/** Ends the plan with FORMAT_NOT_SUPPORTED. */
export function negotiation_refuse_format(): void {
	plan_return(
		VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
		CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
		bit_depth,
		chroma_format_idc,
	);
}

/** Adds the steps that free both queues. Earlier buffers and their pictures can no longer be references. */
export function negotiation_teardown(): void {
	plan_step(CORE_OP_STREAM_OFF).queue = CORE_QUEUE_OUTPUT;
	plan_step(CORE_OP_STREAM_OFF).queue = CORE_QUEUE_CAPTURE;
	request_buffers(CORE_QUEUE_OUTPUT, 0);
	request_buffers(CORE_QUEUE_CAPTURE, 0);
	allocated = false;
	negotiation_abort();
}

/** Nothing is set up: the next picture starts over. */
export function negotiation_abort(): void {
	streaming = false;
	stage = STAGE_SETTLED;
	slots_reset();
	surfaces_rebind(0);
}

function layout_fourcc(): u32 {
	return bit_depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12;
}

function wanted_capture(): u32 {
	const coded = own_coded_format();
	return coded == null ? 0 : decoder_capture_fourcc(coded, bit_depth);
}

function refuse_size(): void {
	plan_return(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, CORE_MESSAGE_SIZE_NOT_SUPPORTED, width, height);
	negotiation_abort();
}

function refuse_memory(): bool {
	plan_return(VA_STATUS_ERROR_ALLOCATION_FAILED, CORE_MESSAGE_NO_MEMORY, CORE_OP_REQUEST_BUFFERS);
	negotiation_abort();
	return false;
}

/** A sequence that this device cannot take is refused before anything is touched. */
function refuse_sequence(): bool {
	const coded = own_coded_format();
	if (
		coded == null ||
		!coded_takes_size(coded, width, height) ||
		!decoder_pads(own_decoder(), coded, width, height)
	) {
		stage = STAGE_SETTLED;
		plan_return(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, CORE_MESSAGE_SIZE_NOT_SUPPORTED, width, height);
		width = 0;
		return true;
	}
	if (wanted_capture() == 0) {
		stage = STAGE_SETTLED;
		negotiation_refuse_format();
		width = 0;
		return true;
	}
	return false;
}

/**
 * Whether the picture refers to pictures that new queues would lose. H.264 and HEVC change their size with a picture that
 * refers to none; VP9 and AV1 need not, but no kernel driver takes another size while CAPTURE has buffers.
 */
function loses_references(): bool {
	if (!streaming || SEQUENCE.scales_references == 0) return false;
	for (let i: u32 = 0; i < PICTURE.reference_count; i++) {
		const record = surface_find(picture_reference(i));
		if (record != null && record.timestamp != 0) return true;
	}
	return false;
}

function use_layout(): void {
	const allocation = changetype<core_allocation>(ALLOCATION);
	allocation.decoder = own_decoder().index;
	allocation.coded_fourcc = own_codec().coded_fourcc;
	allocation.width = decoder_format_width(own_decoder(), width);
	allocation.height = height;
	allocation.capture_fourcc = allocation.assumed.fourcc;
	if (refuses_memory) choose_decoder_sources(allocation);
	else choose_sources(own_decoder().mmu != 0, allocation);
	codec_fill_sequence();
	allocation.control_size = 0;
	if (controls_count() > 0) {
		allocation.control_id = controls_id(0);
		allocation.control_address = <u32>controls_address(0);
		allocation.control_size = controls_size(0);
	}
	const step = plan_step(CORE_OP_USE_LAYOUT);
	step.address = <u32>LAYOUT;
	step.second_address = <u32>ALLOCATION;
	step.surface = CORE_NONE;
}

/** Imported ones cost nothing until they are used. Those of the device are memory, and hold references and what is in flight. */
function capture_buffers(): u32 {
	return maps_capture
		? min<u32>(references + FRAME_SLOTS + 1, CORE_MAX_CAPTURE_BUFFERS)
		: CORE_MAX_CAPTURE_BUFFERS;
}

function request_buffers(queue: u32, count: u32): void {
	const step = plan_step(CORE_OP_REQUEST_BUFFERS);
	step.queue = queue;
	step.count = count;
	step.flags = queue == CORE_QUEUE_CAPTURE && maps_capture ? CORE_MAP_CAPTURE : 0;
}
