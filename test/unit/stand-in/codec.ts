// SPDX-License-Identifier: MIT
/**
 * A codec for the tests of the session: it decodes nothing, and does what real codecs do that H.264 does not. Its picture
 * parameters are the words below, which say what it is to leave for the session; its PICTURE control shows what the session
 * has told it. test/unit/support/stand-in.ts has the same names and numbers.
 */
import { ARENA, arena_clear } from "../../../driver-src/codec/arena";
import { controls_add, controls_add_optional } from "../../../driver-src/codec/controls";
import { PICTURE, picture_refers_to, SEQUENCE, SLICE } from "../../../driver-src/codec/result";
import { CODEC_MEMORY_SIZE, surface_codec_memory, surface_find } from "../../../driver-src/queues/surfaces";

const SEQUENCE_CONTROL: u32 = 0x1002;
const PICTURE_CONTROL: u32 = 0x1003;
const PLACES_CONTROL: u32 = 0x1004;
const ARRAY_CONTROL: u32 = 0x1005;
const MORE_CONTROLS: u32 = 0x1100;

@unmanaged
class Parameters {
	width: u32;
	height: u32;
	bit_depth: u32;
	references: u32;
	scales_references: u32;
	/** 0: the surface begun. */
	output: u32;
	hidden: u32;
	has_sequence_control: u32;
	/** What a slice is refused with. */
	slice_status: u32;
	/** Bytes of an array control, all 0x5a; 0: there is none. */
	array_size: u32;
	/** How many more controls there are. */
	more_controls: u32;
	/** Written to the codec memory of the surface when the picture ends. */
	remembered: u32;
	reference_count: u32;
	/** The first; the others have the numbers behind it. */
	reference: u32;
}

@unmanaged
class SliceParameters {
	slice_data_size: u32;
	slice_data_offset: u32;
	slice_data_flag: u32;
	prefix_size: u32;
	skip: u32;
}

@unmanaged
class Told {
	/** Of the first reference. */
	reference_timestamp: u64;
	/** First and last word of its codec memory. */
	reference_memory: u32;
	reference_memory_end: u32;
	modes: u32;
	begun: u32;
	ended: u32;
	ended_submitted: u32;
}

const PARAMETERS: Parameters = changetype<Parameters>(memory.data(offsetof<Parameters>(), 8));
const TOLD: Told = changetype<Told>(memory.data(offsetof<Told>(), 8));
/** Per slice: its place in the OUTPUT buffer. */
const MAX_SLICES: u32 = 64;
const PLACES: usize = memory.data(MAX_SLICES * 4, 8);
const PREFIX: usize = memory.data<u8>([0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7]);
let slices: u32 = 0;

/** Begins a session; `modes` is kept for the test to look at. */
export function reset(profile: u32, modes: u32): void {
	TOLD.modes = modes;
}

/** Begins a picture. */
export function begin(surface: u32): void {
	TOLD.begun++;
	slices = 0;
}

/** Takes Parameters, with which the test says how the codec is to behave. Gives a VAStatus. */
export function parameter(type: u32, address: usize, size: u32): u32 {
	memory.copy(changetype<usize>(PARAMETERS), address, min<u32>(size, <u32>offsetof<Parameters>()));
	SEQUENCE.width = PARAMETERS.width;
	SEQUENCE.height = PARAMETERS.height;
	SEQUENCE.bit_depth = PARAMETERS.bit_depth;
	SEQUENCE.chroma_format_idc = 1;
	SEQUENCE.references = PARAMETERS.references;
	SEQUENCE.scales_references = PARAMETERS.scales_references;
	if (PARAMETERS.output != 0) PICTURE.output = PARAMETERS.output;
	PICTURE.shown = PARAMETERS.hidden != 0 ? 0 : 1;
	for (let i: u32 = 0; i < PARAMETERS.reference_count; i++) picture_refers_to(PARAMETERS.reference + i);
	return 0;
}

/** How many bytes of a slice it wants to see. */
export function slice_header_size(parameter: usize, size: u32): u32 {
	return 16;
}

/** Takes SliceParameters, and notes the slice's place in OUTPUT. Gives the VAStatus that the test asked for. */
export function slice(parameter: usize, size: u32, header: usize, header_size: u32, place: u32): u32 {
	const given = changetype<SliceParameters>(parameter);
	SLICE.prefix = PREFIX;
	SLICE.prefix_size = given.prefix_size;
	SLICE.skip = given.skip;
	assert(slices < MAX_SLICES, "too many slices");
	store<u32>(PLACES + ((<usize>slices) << 2), place);
	slices++;
	return PARAMETERS.slice_status;
}

/** Makes the sequence control, unless the test has a codec without one. */
export function fill_sequence(): void {
	if (PARAMETERS.has_sequence_control == 0) return;
	controls_add(SEQUENCE_CONTROL, changetype<usize>(PARAMETERS), <u32>offsetof<Parameters>());
}

/** Has nothing that depends on the depth alone. */
export function fill_probe(bit_depth: u32): void {}

/** Makes the controls of the picture that the test asked for. Gives a VAStatus. */
export function fill_picture(): u32 {
	tell_of_reference();
	controls_add_optional(PLACES_CONTROL, PLACES, slices * 4);
	controls_add(PICTURE_CONTROL, changetype<usize>(TOLD), <u32>offsetof<Told>());
	if (PARAMETERS.array_size != 0) {
		arena_clear(PARAMETERS.array_size);
		memory.fill(ARENA, 0x5a, PARAMETERS.array_size);
		controls_add(ARRAY_CONTROL, ARENA, PARAMETERS.array_size);
	}
	for (let i: u32 = 0; i < PARAMETERS.more_controls; i++) {
		controls_add(MORE_CONTROLS + i, changetype<usize>(TOLD), 4);
	}
	return 0;
}

function tell_of_reference(): void {
	TOLD.reference_timestamp = 0;
	TOLD.reference_memory = 0;
	TOLD.reference_memory_end = 0;
	if (PARAMETERS.reference_count == 0) return;
	const record = surface_find(PARAMETERS.reference);
	if (record == null) return;
	TOLD.reference_timestamp = record.timestamp;
	TOLD.reference_memory = load<u32>(surface_codec_memory(record));
	TOLD.reference_memory_end = load<u32>(surface_codec_memory(record) + CODEC_MEMORY_SIZE - 4);
}

/** Ends a picture, and leaves in the surface's codec memory what the test asked to have remembered. */
export function end(surface: u32, submitted: bool): void {
	TOLD.ended++;
	if (!submitted) return;
	TOLD.ended_submitted++;
	const record = surface_find(surface);
	if (record == null || PARAMETERS.remembered == 0) return;
	for (let at: u32 = 0; at < CODEC_MEMORY_SIZE; at += 4) {
		store<u32>(surface_codec_memory(record) + at, PARAMETERS.remembered + at);
	}
}
