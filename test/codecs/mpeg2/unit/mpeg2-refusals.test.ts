// SPDX-License-Identifier: MIT
// What no decoder can do, and what ISO/IEC 13818-2 does not allow, is refused in one sentence; which decoders are offered.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { Device } from "../../../unit/support/device.ts";
import { encode } from "../../../unit/support/struct.ts";
import {
	bidirectional,
	intra,
	Mpeg2Player,
	mpeg2Facts,
	NONE,
	type Picture,
	predicted,
	slice,
	vaPicture,
} from "./support/player.ts";

const test = suite("mpeg2-refusals");
const INVALID = c.VA_STATUS_ERROR_INVALID_PARAMETER;
const codes = (...list: number[]) => [list.slice(0, 2), list.slice(2)];

const contradictions: [string, Picture, string][] = [
	["no width", { ...intra, width: 0 }, "horizontal_size"],
	["a width of 15 bits", { ...intra, width: 0x4000 }, "horizontal_size"],
	["no height", { ...intra, height: 0 }, "vertical_size"],
	["a height of 15 bits", { ...intra, height: 0x4000 }, "vertical_size"],
	["no type", { ...intra, type: 0 }, "picture_coding_type"],
	["a type that there is not", { ...intra, type: 5 }, "picture_coding_type"],
	["a negative type", { ...intra, type: -1 }, "picture_coding_type"],
	["no structure", { ...intra, structure: 0 }, "picture_structure"],
	["an f_code of 0", predicted(1, { fCode: codes(0, 1, 15, 15) }), "f_code"],
	["a vertical one of 0", predicted(1, { fCode: codes(1, 0, 15, 15) }), "f_code"],
	["an f_code of 10", predicted(1, { fCode: codes(10, 1, 15, 15) }), "f_code"],
	["a vertical one of 14", predicted(1, { fCode: codes(1, 14, 15, 15) }), "f_code"],
	["one that conceals", { ...intra, concealmentVectors: 1, fCode: codes(0, 1, 15, 15) }, "f_code"],
	["a backward one of 0", bidirectional(1, 2, { fCode: codes(1, 1, 0, 1) }), "f_code"],
	["a backward vertical one", bidirectional(1, 2, { fCode: codes(1, 1, 1, 11) }), "f_code"],
];
for (const [name, picture, named] of contradictions)
	test(`${name} is refused, and the next picture is none the worse`, () => {
		const player = new Mpeg2Player();
		player.submit(1, intra);
		assert.equal(player.decode(3, picture), {
			status: INVALID,
			message: c.CORE_MESSAGE_BAD_PICTURE,
			values: [],
			field: named,
		});
		const { sequence, picture: next } = player.controls(2, predicted(1));
		assert.is(sequence.horizontal_size, 352);
		assert.ok(next.forward_ref_ts !== 0n, "its reference is still there");
	});

for (const [name, picture] of [
	["f_codes of an I picture", { ...intra, fCode: codes(0, 10, 0, 14) }],
	["backward f_codes of a P picture", predicted(1, { fCode: codes(1, 9, 0, 10) })],
	[
		"f_codes of a direction that a B picture does not use",
		bidirectional(NONE, 1, { fCode: codes(15, 15, 1, 9) }),
	],
	["the greatest size", { ...intra, width: 4096, height: 2304 }],
] as const)
	test(`${name} may be anything`, () => {
		const player = new Mpeg2Player();
		player.submit(1, intra);
		assert.is(player.decode(2, picture).status, 0);
	});

test("a D picture is refused by its name", () => {
	const player = new Mpeg2Player();
	assert.equal(player.decode(1, { ...intra, type: c.V4L2_MPEG2_PIC_CODING_TYPE_D }), {
		status: INVALID,
		message: c.CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
		values: [c.CORE_FEATURE_D_PICTURES, 0],
	});
	player.submit(1, intra);
});

test("a picture that the device does not take", () => {
	const player = new Mpeg2Player({ maxWidth: 1920, maxHeight: 1088 });
	const outcome = player.decode(1, { ...intra, width: 1936 });
	assert.is(outcome.status, c.VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
	assert.is(outcome.message, c.CORE_MESSAGE_SIZE_NOT_SUPPORTED);
	player.submit(1, intra);
});

for (const [width, height] of [
	[352, 272],
	[336, 288],
])
	test(`a picture that is larger than its surface of ${width}x${height}`, () => {
		const player = new Mpeg2Player();
		player.device.event("context_begin_picture", 1, width, height);
		const picture = encode("VAPictureParameterBufferMPEG2", vaPicture(intra));
		player.events.parameter(c.VAPictureParameterBufferType, picture);
		const { bytes } = slice(0);
		const parameter = encode("VASliceParameterBufferMPEG2", { slice_data_size: bytes.length });
		assert.is(player.events.slice(parameter, bytes).message, c.CORE_MESSAGE_LARGER_THAN_SURFACE);
		assert.ok(player.events.end().status !== 0);
		player.submit(1, intra);
	});

test("slices before the picture parameters", () => {
	const { events } = new Mpeg2Player();
	events.begin(1);
	const outcome = events.slice(
		encode("VASliceParameterBufferMPEG2", { slice_data_size: 8 }),
		slice(0).bytes,
	);
	assert.is(outcome.status, INVALID);
	assert.is(outcome.message, c.CORE_MESSAGE_NO_PICTURE_PARAMETERS);
});

test("no slices", () => {
	const outcome = new Mpeg2Player().decode(1, intra, { slices: [] });
	assert.is(outcome.message, c.CORE_MESSAGE_NO_SLICES);
});

for (const [name, type, struct] of [
	["picture parameters", c.VAPictureParameterBufferType, "VAPictureParameterBufferMPEG2"],
	["matrices", c.VAIQMatrixBufferType, "VAIQMatrixBufferMPEG2"],
] as const)
	test(`${name} that are too short`, () => {
		const { events } = new Mpeg2Player();
		const short = encode(struct, {}).subarray(1);
		events.begin(1);
		assert.equal(events.parameter(type, short), {
			status: INVALID,
			message: c.CORE_MESSAGE_BAD_PARAMETER_SIZE,
			values: [type, short.length],
		});
	});

test("slice parameters that are too short", () => {
	const { events } = new Mpeg2Player();
	events.begin(1);
	const short = encode("VASliceParameterBufferMPEG2", { slice_data_size: 8 }).subarray(0, 47);
	assert.is(events.slice(short, slice(0).bytes).message, c.CORE_MESSAGE_BAD_PARAMETER_SIZE);
});

test("a buffer of another codec", () => {
	const { events } = new Mpeg2Player();
	events.begin(1);
	assert.equal(events.parameter(c.VAProbabilityBufferType, new Uint8Array(8)), {
		status: c.VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE,
		message: c.CORE_MESSAGE_BAD_BUFFER_TYPE,
		values: [c.VAProbabilityBufferType, 0],
	});
});

test("bytes at random trap nothing, and what passes is what the kernel takes", () => {
	const player = new Mpeg2Player();
	const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
	fc.assert(
		fc.property(
			bytes(40),
			bytes(288),
			bytes(48),
			fc.uint8Array({ minLength: 1, maxLength: 64 }),
			(p, q, s, data) => {
				const { events, device } = player;
				events.begin(1);
				events.parameter(c.VAPictureParameterBufferType, p);
				events.parameter(c.VAIQMatrixBufferType, q);
				new DataView(s.buffer, s.byteOffset).setUint32(0, data.length, true);
				new DataView(s.buffer, s.byteOffset).setUint32(4, 0, true);
				events.slice(s, data);
				events.end();
				device.completeAll();
			},
		),
		{ numRuns: 500 },
	);
	player.submit(1, intra);
});

// ---- which decoders are offered -------------------------------------------------------------------------

const profiles = [c.VAProfileMPEG2Simple, c.VAProfileMPEG2Main];
const opens = (facts: object, profile: number): boolean =>
	new Device({ facts }).create(profile, 352, 288).status === 0;
const menu = (...items: number[]) => ({
	id: c.V4L2_CID_MPEG_VIDEO_MPEG2_PROFILE,
	type: c.V4L2_CTRL_TYPE_MENU,
	menu_mask: items.reduce((mask, item) => mask | (1 << item), 0),
});

test("a decoder without a profile menu has both profiles", () => {
	for (const profile of profiles) assert.is(opens(mpeg2Facts(), profile), true);
});

for (const [name, items, simple, main] of [
	["Simple", [c.V4L2_MPEG_VIDEO_MPEG2_PROFILE_SIMPLE], true, false],
	["Main", [c.V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN], true, true],
	["Simple and Main", [0, 1], true, true],
	["High", [c.V4L2_MPEG_VIDEO_MPEG2_PROFILE_HIGH], false, false],
] as const)
	test(`a menu of ${name}`, () => {
		const facts = mpeg2Facts({}, [], [menu(...items)]);
		assert.equal(
			profiles.map((profile) => opens(facts, profile)),
			[simple, main],
		);
	});

for (const name of ["SEQUENCE", "PICTURE", "QUANTISATION"])
	test(`a decoder without ${name} has none`, () => {
		const facts = mpeg2Facts({}, [c[`V4L2_CID_STATELESS_MPEG2_${name}`]]);
		for (const profile of profiles) assert.is(opens(facts, profile), false);
	});

test("no decoder is asked for formats with a sequence", () => {
	const { device } = new Mpeg2Player();
	for (const depth of [8, 10]) {
		device.core.giveStruct("core_decoder", mpeg2Facts());
		assert.is(device.core.call("display_probe_control", c.V4L2_PIX_FMT_MPEG2_SLICE, depth), 0);
	}
});

test.run();
