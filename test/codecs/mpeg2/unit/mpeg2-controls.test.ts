// SPDX-License-Identifier: MIT
// SEQUENCE and PICTURE, field by field, of frames.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { decode } from "../../../unit/support/struct.ts";
import {
	B,
	bidirectional,
	controlsOf,
	I,
	intra,
	Mpeg2Player,
	NONE,
	P,
	type Picture,
	predicted,
} from "./support/player.ts";

const test = suite("mpeg2-controls");
const PROGRESSIVE = c.V4L2_MPEG2_PIC_FLAG_PROGRESSIVE | c.V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT;

test("a request has the three controls, in one call", () => {
	const player = new Mpeg2Player();
	player.queue(1, intra);
	const { device } = player;
	const calls = device.log.filter(({ op, slot }) => op === "SET_CONTROLS" && slot !== c.CORE_NONE);
	assert.equal(
		calls.map(({ controls }) => controls.map(({ id }: { id: number }) => id)),
		[
			[
				c.V4L2_CID_STATELESS_MPEG2_SEQUENCE,
				c.V4L2_CID_STATELESS_MPEG2_PICTURE,
				c.V4L2_CID_STATELESS_MPEG2_QUANTISATION,
			],
		],
	);
});

test("the sequence is set before CAPTURE's format", () => {
	const { device } = new Mpeg2Player();
	const player = new Mpeg2Player();
	player.queue(1, intra);
	assert.equal(device.rawSettings.size, 0, "before the first picture");
	const set = player.device.rawSettings.get(c.V4L2_CID_STATELESS_MPEG2_SEQUENCE);
	assert.ok(set);
	assert.equal(
		decode("v4l2_ctrl_mpeg2_sequence", set),
		controlsOf(player.device.submissions[0]).sequence,
		"as in the request",
	);
	const names = player.device.names();
	assert.ok(names.indexOf("SET_CONTROLS") < names.lastIndexOf("SET_FORMAT"));
});

for (const [profile, name, indication] of [
	[c.VAProfileMPEG2Main, "Main", 0x40],
	[c.VAProfileMPEG2Simple, "Simple", 0x50],
] as const)
	for (const [width, height, level, vbv] of [
		[16, 16, 10, 29],
		[352, 288, 10, 29],
		[353, 288, 8, 112],
		[352, 289, 8, 112],
		[720, 576, 8, 112],
		[721, 480, 6, 448],
		[704, 577, 6, 448],
		[1440, 1152, 6, 448],
		[1441, 1088, 4, 597],
		[1920, 1152, 4, 597],
		[3840, 2160, 4, 597],
	])
		test(`SEQUENCE of ${width}x${height} in ${name}`, () => {
			const player = new Mpeg2Player({}, profile, width, height);
			assert.equal(player.controls(1, { ...intra, width, height }).sequence, {
				horizontal_size: width,
				vertical_size: height,
				vbv_buffer_size: vbv,
				profile_and_level_indication: indication | level,
				chroma_format: 1,
				flags: c.V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE,
			});
		});

test("PICTURE of a plain I picture", () => {
	assert.equal(new Mpeg2Player().controls(1, intra).picture, {
		backward_ref_ts: 0n,
		forward_ref_ts: 0n,
		flags: PROGRESSIVE,
		f_code: [
			[15, 15],
			[15, 15],
		],
		picture_coding_type: I,
		picture_structure: c.V4L2_MPEG2_PIC_FRAME,
		intra_dc_precision: 0,
		reserved: [0, 0, 0, 0, 0],
	});
});

/** Each flag alone, with what it needs to be alone. */
const flags: [keyof Picture, number][] = [
	["topFieldFirst", c.V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST],
	["framePredFrameDct", c.V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT],
	["concealmentVectors", c.V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV],
	["qScaleType", c.V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE],
	["intraVlcFormat", c.V4L2_MPEG2_PIC_FLAG_INTRA_VLC],
	["alternateScan", c.V4L2_MPEG2_PIC_FLAG_ALT_SCAN],
	["repeatFirstField", c.V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST],
	["progressiveFrame", c.V4L2_MPEG2_PIC_FLAG_PROGRESSIVE],
];
const none: Partial<Picture> = { framePredFrameDct: 0, progressiveFrame: 0, fCode: predicted(0).fCode };

for (const [name, flag] of flags)
	test(`the flag of ${name}`, () => {
		const player = new Mpeg2Player();
		assert.is(player.controls(1, { ...intra, ...none }).picture.flags, 0);
		assert.is(player.controls(1, { ...intra, ...none, [name]: 1 }).picture.flags, flag);
	});

for (const precision of [0, 1, 2, 3])
	test(`intra_dc_precision ${precision}`, () => {
		const { picture } = new Mpeg2Player().controls(1, { ...intra, intraDcPrecision: precision });
		assert.is(picture.intra_dc_precision, precision);
	});

/** A picture of each type behind two references, in surfaces 1 and 2. */
function behindTwo(picture: Picture) {
	const player = new Mpeg2Player();
	const first = player.submit(1, intra);
	const second = player.submit(2, predicted(1));
	return { first, second, controls: player.controls(3, picture) };
}

test("a P picture", () => {
	const { second, controls } = behindTwo(predicted(2, { backward: 1 }));
	assert.is(controls.picture.picture_coding_type, P);
	assert.is(controls.picture.forward_ref_ts, second.timestamp);
	assert.is(controls.picture.backward_ref_ts, 0n, "it has none, whatever VA says");
	assert.equal(controls.picture.f_code, [
		[2, 3],
		[15, 15],
	]);
});

test("a B picture", () => {
	const { first, second, controls } = behindTwo(bidirectional(1, 2));
	assert.is(controls.picture.picture_coding_type, B);
	assert.is(controls.picture.forward_ref_ts, first.timestamp);
	assert.is(controls.picture.backward_ref_ts, second.timestamp);
	assert.ok(first.timestamp !== 0n && first.timestamp !== second.timestamp);
	assert.equal(controls.picture.f_code, [
		[2, 3],
		[4, 5],
	]);
});

test("an I picture names no references, whatever VA says", () => {
	const { controls } = behindTwo({ ...intra, forward: 1, backward: 2 });
	assert.is(controls.picture.forward_ref_ts, 0n);
	assert.is(controls.picture.backward_ref_ts, 0n);
});

test("an I picture has the vectors that conceal, and else none", () => {
	const fCode = [
		[1, 9],
		[7, 8],
	];
	const player = new Mpeg2Player();
	assert.equal(player.controls(1, { ...intra, fCode }).picture.f_code, intra.fCode);
	const { picture } = player.controls(1, { ...intra, fCode, concealmentVectors: 1 });
	assert.equal(picture.f_code, [
		[1, 9],
		[15, 15],
	]);
});

for (const [what, picture, expected] of [
	["a B picture without a forward reference", bidirectional(NONE, 2), [2, 2]],
	["one whose forward reference was never decoded", bidirectional(77, 2), [2, 2]],
	["one without a backward reference", bidirectional(1, NONE), [1, 1]],
	["one without any", bidirectional(NONE, NONE), [0, 0]],
	["a P picture without a reference", predicted(NONE), [0, 0]],
	["one whose reference was never decoded", predicted(77), [0, 0]],
	["one that names its own surface", predicted(3), [0, 0]],
	["a B picture that names its own surface", bidirectional(3, 2), [2, 2]],
] as const)
	test(`${what} gets what there is`, () => {
		const { first, second, controls } = behindTwo(picture);
		const timestamps = [0n, first.timestamp, second.timestamp];
		assert.is(controls.picture.forward_ref_ts, timestamps[expected[0]]);
		if (picture.type === B) assert.is(controls.picture.backward_ref_ts, timestamps[expected[1]]);
	});

test("a surface that is decoded to anew is another reference", () => {
	const player = new Mpeg2Player();
	const old = player.submit(1, intra);
	const anew = player.submit(1, intra);
	assert.ok(old.timestamp !== anew.timestamp);
	assert.is(player.controls(2, predicted(1)).picture.forward_ref_ts, anew.timestamp);
});

test("references keep their CAPTURE buffers while B pictures pass through many surfaces", () => {
	const player = new Mpeg2Player({ captureBuffers: 4 });
	const first = player.submit(1, intra);
	const second = player.submit(2, predicted(1));
	for (let surface = 3; surface < 40; surface++) {
		const b = player.submit(surface, bidirectional(1, 2));
		assert.ok(b.index !== first.index && b.index !== second.index, `surface ${surface}`);
		const { picture } = controlsOf(b);
		assert.equal([picture.forward_ref_ts, picture.backward_ref_ts], [first.timestamp, second.timestamp]);
	}
});

test.run();
