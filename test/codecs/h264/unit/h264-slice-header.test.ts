// SPDX-License-Identifier: MIT
// The slice header parser against an independent writer. A slice-based device shows nearly all that was parsed.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constants } from "../../../support/abi.ts";
import { encode, type Fields } from "../../../unit/support/struct.ts";
import {
	B,
	I,
	interlaced,
	intra,
	P,
	type ParameterSets,
	Player,
	picture,
	plain,
	predicted,
	SI,
	type Slice,
	SP,
	vaPicture,
	vaSlice,
	type Weights,
	writeSlice,
} from "./support/h264.ts";

const runs = { numRuns: 400 };

const parameterSets: fc.Arbitrary<ParameterSets> = fc.record({
	widthInMbs: fc.constantFrom(1, 11, 120),
	heightInMbs: fc.constantFrom(2, 10, 68),
	bitDepth: fc.constant(8),
	chromaFormat: fc.constantFrom(0, 1),
	frameMbsOnly: fc.boolean(),
	mbaff: fc.boolean(),
	log2MaxFrameNum: fc.integer({ min: 4, max: 16 }),
	orderCountType: fc.constantFrom(0, 1, 2),
	log2MaxOrderCountLsb: fc.integer({ min: 4, max: 16 }),
	deltaAlwaysZero: fc.boolean(),
	numRefFrames: fc.integer({ min: 0, max: 16 }),
	ppsId: fc.constantFrom(0, 1, 7, 255),
	cabac: fc.boolean(),
	bottomOrderPresent: fc.boolean(),
	weightedPred: fc.boolean(),
	weightedBipred: fc.constantFrom(0, 1, 2),
	deblockingControl: fc.boolean(),
	redundantPicCnt: fc.boolean(),
	transform8x8: fc.boolean(),
});

const argument = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 65535 }));
const modification = fc.option(fc.array(fc.tuple(fc.constantFrom(0, 1, 2), argument), { maxLength: 32 }), {
	nil: null,
});
const marking = fc.option(
	fc.array(
		fc.oneof(
			fc.tuple(fc.constantFrom(1, 2, 4, 6), argument),
			fc.tuple(fc.constant(3), argument, argument),
			fc.constant<number[]>([5]),
		),
		{ maxLength: 30 },
	),
	{ nil: null },
);
const weight = fc.integer({ min: -128, max: 127 });
const weights: fc.Arbitrary<Weights[]> = fc.array(
	fc.record({
		luma: fc.option(fc.tuple(weight, weight), { nil: null }),
		chroma: fc.option(fc.tuple(weight, weight, weight, weight), { nil: null }),
	}),
	{ minLength: 32, maxLength: 32 },
);
const active = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 32 }));
const delta = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 30), max: 2 ** 30 }));

/** A header that goes with these parameter sets. */
function sliceFor(sets: ParameterSets, types: number[]): fc.Arbitrary<Slice> {
	const field = sets.frameMbsOnly
		? fc.constant<Slice["field"]>("frame")
		: fc.constantFrom<Slice["field"]>("frame", "top", "bottom");
	return field.chain((chosen) => {
		const halves = chosen !== "frame" || (sets.mbaff && !sets.frameMbsOnly) ? 2 : 1;
		const macroblocks = (sets.widthInMbs * sets.heightInMbs) / halves;
		return fc.record({
			nalRefIdc: fc.integer({ min: 0, max: 3 }),
			idr: fc.boolean(),
			firstMb: fc.integer({ min: 0, max: macroblocks - 1 }),
			type: fc.constantFrom(...types),
			frameNum: fc.integer({ min: 0, max: 2 ** sets.log2MaxFrameNum - 1 }),
			field: fc.constant(chosen),
			idrPicId: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 65535 })),
			orderCountLsb: fc.integer({ min: 0, max: 2 ** sets.log2MaxOrderCountLsb - 1 }),
			deltaBottom: delta,
			delta: fc.tuple(delta, delta),
			redundant: fc.integer({ min: 0, max: 127 }),
			spatialDirect: fc.boolean(),
			active: fc.tuple(active, active),
			override: fc.boolean(),
			modifications: fc.tuple(modification, modification),
			denominators: fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 })),
			weights: fc.tuple(weights, weights),
			marking,
			cabacInit: fc.integer({ min: 0, max: 2 }),
			qpDelta: fc.integer({ min: -26, max: 25 }),
			qsDelta: fc.integer({ min: -26, max: 25 }),
			spForSwitch: fc.boolean(),
			deblocking: fc.integer({ min: 0, max: 2 }),
			alpha: fc.integer({ min: -6, max: 6 }),
			beta: fc.integer({ min: -6, max: 6 }),
		});
	});
}

const everyType = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function check(sets: ParameterSets, slice: Slice, controls: Record<string, Fields>): void {
	const type = slice.type % 5;
	const written = writeSlice(sets, slice);
	const decode = controls.v4l2_ctrl_h264_decode_params;
	const params = controls.v4l2_ctrl_h264_slice_params;
	const lists = type === B ? 2 : type === P || type === SP ? 1 : 0;
	const both = sets.bottomOrderPresent && slice.field === "frame";
	const deltas = sets.orderCountType === 1 && !sets.deltaAlwaysZero;
	const unfiltered = !sets.deblockingControl || slice.deblocking === 1;
	assert.equal(
		{
			nal_ref_idc: decode.nal_ref_idc,
			frame_num: decode.frame_num,
			idr: decode.flags & constants.V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC,
			field: decode.flags & constants.V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC,
			bottom: decode.flags & constants.V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD,
			idr_pic_id: decode.idr_pic_id,
			pic_order_cnt_lsb: decode.pic_order_cnt_lsb,
			delta_pic_order_cnt_bottom: decode.delta_pic_order_cnt_bottom,
			delta_pic_order_cnt0: decode.delta_pic_order_cnt0,
			delta_pic_order_cnt1: decode.delta_pic_order_cnt1,
			pic_order_cnt_bit_size: decode.pic_order_cnt_bit_size,
			dec_ref_pic_marking_bit_size: decode.dec_ref_pic_marking_bit_size,
			slice_group_change_cycle: decode.slice_group_change_cycle,
		},
		{
			nal_ref_idc: slice.nalRefIdc,
			frame_num: slice.frameNum,
			idr: slice.idr ? constants.V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC : 0,
			field: slice.field !== "frame" ? constants.V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC : 0,
			bottom: slice.field === "bottom" ? constants.V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD : 0,
			idr_pic_id: slice.idr ? slice.idrPicId : 0,
			pic_order_cnt_lsb: sets.orderCountType === 0 ? slice.orderCountLsb : 0,
			delta_pic_order_cnt_bottom: sets.orderCountType === 0 && both ? slice.deltaBottom : 0,
			delta_pic_order_cnt0: deltas ? slice.delta[0] : 0,
			delta_pic_order_cnt1: deltas && both ? slice.delta[1] : 0,
			pic_order_cnt_bit_size: written.orderCountBits,
			dec_ref_pic_marking_bit_size: written.markingBits,
			slice_group_change_cycle: 0,
		},
	);
	const { ref_pic_list0: _l0, ref_pic_list1: _l1, ...rest } = params;
	assert.equal(rest, {
		header_bit_size: written.headerBits,
		first_mb_in_slice: slice.firstMb,
		slice_type: type,
		colour_plane_id: 0,
		redundant_pic_cnt: sets.redundantPicCnt ? slice.redundant : 0,
		cabac_init_idc: sets.cabac && lists > 0 ? slice.cabacInit : 0,
		slice_qp_delta: slice.qpDelta,
		slice_qs_delta: type === SP || type === SI ? slice.qsDelta : 0,
		disable_deblocking_filter_idc: sets.deblockingControl ? slice.deblocking : 0,
		slice_alpha_c0_offset_div2: unfiltered ? 0 : slice.alpha,
		slice_beta_offset_div2: unfiltered ? 0 : slice.beta,
		num_ref_idx_l0_active_minus1: lists > 0 ? slice.active[0] - 1 : 0,
		num_ref_idx_l1_active_minus1: lists > 1 ? slice.active[1] - 1 : 0,
		reserved: 0,
		flags:
			(type === B && slice.spatialDirect ? constants.V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED : 0) |
			(type === SP && slice.spForSwitch ? constants.V4L2_H264_SLICE_FLAG_SP_FOR_SWITCH : 0),
	});
}

test("every field is what the writer wrote, over all combinations of parameter sets", () => {
	fc.assert(
		fc.property(
			parameterSets.chain((sets) => fc.tuple(fc.constant(sets), sliceFor(sets, everyType))),
			([sets, slice]) => {
				const player = new Player(sets, { sliceBased: true });
				check(sets, slice, player.controls([slice]));
			},
		),
		runs,
	);
});

test("headers full of zeros need emulation prevention, and sizes count without it", () => {
	const sets = {
		...plain,
		log2MaxFrameNum: 16,
		log2MaxOrderCountLsb: 16,
		orderCountType: 0,
		bottomOrderPresent: true,
	};
	let escaped = 0;
	for (const orderCountLsb of [0, 1, 2, 3, 256, 768]) {
		for (const deltaBottom of [0, 1, -(2 ** 29), 2 ** 30]) {
			const slice = { ...intra, orderCountLsb, deltaBottom, idrPicId: 65535 };
			const written = writeSlice(sets, slice);
			const rbsp = Math.ceil((written.headerBits + 16) / 8);
			if (written.nal.length > rbsp) escaped++;
			const player = new Player(sets, { sliceBased: true });
			check(sets, slice, player.controls([slice]));
		}
	}
	assert.ok(escaped >= 6, `only ${escaped} headers had emulation prevention bytes`);
});

/** Where the emulation prevention bytes of a NAL unit are. */
const prevented = (nal: Uint8Array): number[] =>
	[...nal.keys()].filter((i) => nal[i] === 3 && nal[i - 1] === 0 && nal[i - 2] === 0);

test("emulation prevention bytes are found in each place of a word, and other bytes of 3 are kept", () => {
	const first = new Set<number>();
	const kept = new Set<number>();
	/** Of 61 bits, half of them zeros; then, where they lie so: 03, 00 03, 00 00 03 03. */
	const long = 2 ** 30 - 1;
	const patterns = [[long], [long, long], [95], [24575], [3 * 2 ** 21 - 1], [long, 24575, 95, long], []];
	// A command is an even number of bits.
	for (const log2MaxFrameNum of [4, 5]) {
		const sets = { ...plain, deblockingControl: true, log2MaxFrameNum };
		// Two bits each, so that what follows is moved through four words.
		for (let before = 0; before < 60; before++) {
			for (const pattern of patterns) {
				const commands = [...new Array(before).fill(0), ...pattern].map((argument) => [0, argument]);
				const slice = {
					...predicted,
					modifications: [commands, null],
					qpDelta: -7,
					alpha: 3,
					beta: -2,
				} as Slice;
				const { nal } = writeSlice(sets, slice);
				const places = prevented(nal);
				if (places.length > 0) first.add(places[0]);
				for (const i of nal.keys()) if (nal[i] === 3 && !places.includes(i)) kept.add(i);
				const player = new Player(sets, { sliceBased: true });
				check(sets, slice, player.controls([slice]));
			}
		}
	}
	for (let place = 8; place < 20; place++) {
		assert.ok(first.has(place), `no emulation prevention byte is the first at ${place}`);
		assert.ok(kept.has(place), `no other byte of 3 is at ${place}`);
	}
});

/** What of a slice reaches the device, as offset and size, with these bytes before and behind its NAL unit. */
function passedOn(before: number[], nal: Uint8Array, behind: number[]): [number, number] {
	const player = new Player(plain, { annexB: true });
	const data = Uint8Array.from([...before, ...nal, ...behind]);
	player.begin(1);
	player.parameter(0, encode("VAPictureParameterBufferH264", vaPicture(plain, intra, picture)));
	const written = { ...writeSlice(plain, intra), nal: data };
	assert.is(
		player.slice(encode("VASliceParameterBufferH264", vaSlice(intra, written, undefined, {})), data)
			.status,
		0,
	);
	assert.is(player.end().status, 0);
	const { pieces } = player.device.submissions[0];
	assert.is(pieces.length, 1);
	assert.equal(pieces[0].prefix, [0, 0, 1]);
	return [pieces[0].offset, pieces[0].size];
}

test("a 3 or 4 byte start code in front of the NAL unit is left out of what goes to the device", () => {
	const { nal } = writeSlice(plain, intra);
	for (const code of [
		[0, 0, 1],
		[0, 0, 0, 1],
	])
		assert.equal(passedOn(code, nal, []), [code.length, nal.length]);
});

test("zero bytes behind the NAL unit are left out, as far as the core sees them", () => {
	const nal = Uint8Array.from([...writeSlice(plain, intra).nal, ...new Array(100).fill(0), 0x80]);
	const seen = constants.CORE_SLICE_TAIL_CAPACITY - 1;
	for (const zeros of [1, 3, seen, seen + 1, 100])
		assert.equal(
			passedOn([0, 0, 1], nal, new Array(zeros).fill(0)),
			[3, nal.length + zeros - Math.min(zeros, seen)],
			`${zeros} zeros`,
		);
});

test("without start codes nothing is put in front", () => {
	const player = new Player(plain, { sliceBased: true, annexB: false });
	const [submission] = player.submit([intra]);
	assert.equal(submission.pieces[0].prefix, []);
});

test("a header cut short anywhere is refused, and the next picture decodes", () => {
	const sets = { ...interlaced, weightedPred: true, deblockingControl: true, bottomOrderPresent: true };
	const slice: Slice = {
		...predicted,
		field: "frame",
		active: [3, 1],
		modifications: [[[0, 2]], null],
		weights: [
			[
				{ luma: [3, 4], chroma: [1, 2, 3, 4] },
				{ luma: null, chroma: null },
				{ luma: [5, -6], chroma: null },
			],
			[],
		],
		marking: [
			[1, 0],
			[3, 1, 2],
		],
	};
	const player = new Player(sets);
	// A command of two bits each, so that the end is at each place of a word.
	for (let more = 0; more < 16; more++) {
		const longer = { ...slice, modifications: [[...commands(more, [0, 0]), [0, 2]], null] } as Slice;
		const written = writeSlice(sets, longer, []);
		for (let length = 0; length < written.nal.length; length++) {
			player.begin(1);
			player.parameter(0, encode("VAPictureParameterBufferH264", vaPicture(sets, longer, picture)));
			const data = written.nal.subarray(0, length);
			const parameter = encode("VASliceParameterBufferH264", {
				...vaSlice(longer, written, undefined, {}),
				slice_data_size: length,
			});
			const { status, message } = player.slice(parameter, data);
			assert.is(status, constants.VA_STATUS_ERROR_INVALID_PARAMETER, `${length} bytes`);
			assert.is(
				message,
				length === 0
					? constants.CORE_MESSAGE_BAD_SLICE_RANGE
					: constants.CORE_MESSAGE_BAD_SLICE_HEADER,
			);
			assert.is.not(player.end().status, 0);
		}
		assert.is(player.decode([longer]).status, 0);
	}
});

const commands = (count: number, command: number[]) => Array.from({ length: count }, () => command);

test("elements out of range are refused", () => {
	const wide = {
		...interlaced,
		cabac: true,
		deblockingControl: true,
		redundantPicCnt: true,
		weightedPred: true,
		log2MaxFrameNum: 8,
	};
	const b = { ...predicted, type: B };
	const cases: [string, Slice][] = [
		["slice_type 10", { ...intra, type: 10 }],
		["pic_parameter_set_id 256", { ...intra, ppsId: 256 }],
		["idr_pic_id 65536", { ...intra, idrPicId: 65536 }],
		["redundant_pic_cnt 128", { ...intra, redundant: 128 }],
		["33 references", { ...predicted, active: [33, 1] }],
		["33 references of list 1", { ...b, active: [1, 33] }],
		["modification 4", { ...predicted, modifications: [[[4, 1]], null] }],
		["modification 4 of list 1", { ...b, modifications: [null, [[4, 1]]] }],
		["modifications without end", { ...predicted, modifications: [commands(80, [0, 0]), null] }],
		["luma denominator 8", { ...predicted, denominators: [8, 0] }],
		["chroma denominator 8", { ...predicted, denominators: [0, 8] }],
		["marking 7", { ...predicted, marking: [[7]] }],
		["marking without end", { ...predicted, marking: commands(80, [1, 0]) }],
		["cabac_init_idc 3", { ...predicted, cabacInit: 3 }],
		["modifications of 66 commands", { ...predicted, modifications: [commands(66, [0, 0]), null] }],
		["marking of 66 commands", { ...predicted, marking: commands(66, [1, 0]) }],
		["slice_qp_delta 128", { ...intra, qpDelta: 128 }],
		["slice_qp_delta -129", { ...intra, qpDelta: -129 }],
		["slice_qs_delta -52", { ...predicted, type: SP, qsDelta: -52 }],
		["alpha -7", { ...intra, alpha: -7 }],
		["beta 7", { ...intra, beta: 7 }],
		["slice_qs_delta 52", { ...predicted, type: SP, qsDelta: 52 }],
		["disable_deblocking_filter_idc 3", { ...intra, deblocking: 3 }],
		["alpha 7", { ...intra, alpha: 7 }],
		["beta -7", { ...intra, beta: -7 }],
		["first_mb_in_slice beyond the picture", { ...intra, firstMb: 320 }],
		["first_mb_in_slice beyond the field", { ...intra, field: "top", firstMb: 160 }],
	];
	for (const [what, slice] of cases) {
		const player = new Player(wide);
		const sound = {
			num_ref_idx_l0_active_minus1: 0,
			num_ref_idx_l1_active_minus1: 0,
			slice_type: slice.type % 5,
		};
		const { status, message, values } = player.decode([slice], { sliceOver: [sound] });
		assert.equal(
			[what, status, message, values[0]],
			[what, constants.VA_STATUS_ERROR_INVALID_PARAMETER, constants.CORE_MESSAGE_BAD_SLICE_HEADER, 0],
		);
		assert.is(player.decode([intra]).status, 0, what);
	}
});

test("elements at the end of their range are taken", () => {
	const sets = { ...interlaced, deblockingControl: true };
	const b = { ...predicted, type: B, modifications: [commands(65, [0, 0]), commands(65, [1, 0])] };
	const slices: Partial<Slice>[] = [
		{ ...intra, qpDelta: 127, alpha: 6, beta: -6 },
		{ ...intra, qpDelta: -128, alpha: -6, beta: 6, ppsId: 255, idrPicId: 65535 },
		{ ...predicted, type: SP, qsDelta: 51, marking: commands(65, [1, 0]) },
		{ ...predicted, type: SP, qsDelta: -51, active: [32, 1] },
		b as Slice,
	];
	for (const slice of slices)
		assert.is(new Player(sets).decode([{ ...intra, ...slice }]).status, 0, JSON.stringify(slice));
});

test("a header that contradicts the parameters is refused", () => {
	const cases: [string, Slice, Fields, Fields][] = [
		["frame_num", intra, { frame_num: 1 }, {}],
		["slice_type", intra, {}, { slice_type: P }],
		["field", { ...intra, field: "top" }, { pic_fields_field_pic_flag: 0 }, {}],
		[
			"parity",
			{ ...intra, field: "top" },
			{ CurrPic: { flags: constants.VA_PICTURE_H264_BOTTOM_FIELD } },
			{},
		],
	];
	for (const [what, slice, over, sliceOver] of cases) {
		const { status, message } = new Player(interlaced).decode([slice], { over, sliceOver: [sliceOver] });
		assert.equal(
			[what, status, message],
			[what, constants.VA_STATUS_ERROR_INVALID_PARAMETER, constants.CORE_MESSAGE_BAD_SLICE_HEADER],
		);
	}
});

test("NAL units that are no coded slice of one partition are refused", () => {
	const { nal, ...written } = writeSlice(plain, intra);
	for (let type = 0; type < 32; type++) {
		for (const forbidden of [0, 0x80]) {
			if (type === 1 && forbidden === 0) continue; // a slice, if another one
			const data = Uint8Array.from(nal);
			data[0] = forbidden | 0x60 | type;
			const player = new Player(plain);
			player.begin(1);
			player.parameter(0, encode("VAPictureParameterBufferH264", vaPicture(plain, intra, picture)));
			const { status } = player.slice(
				encode("VASliceParameterBufferH264", vaSlice(intra, { nal, ...written }, undefined, {})),
				data,
			);
			const expected = type === 5 && forbidden === 0 ? 0 : constants.VA_STATUS_ERROR_INVALID_PARAMETER;
			assert.is(status, expected, `NAL unit type ${type}, forbidden bit ${forbidden}`);
		}
	}
});

test("a later slice of another PPS keeps what the parameters say of it", () => {
	const sets = { ...plain, cabac: true, deblockingControl: true };
	const player = new Player(sets, { sliceBased: true });
	const foreign = { ...intra, ppsId: 3, firstMb: 40, qpDelta: 5, deblocking: 0, alpha: 2, beta: -3 };
	// The other PPS has no deblocking control, so the header has fewer elements than these parameters would read.
	const written = writeSlice({ ...sets, deblockingControl: false }, foreign);
	player.begin(1);
	player.parameter(0, encode("VAPictureParameterBufferH264", vaPicture(sets, intra, picture)));
	const first = writeSlice(sets, intra);
	assert.is(
		player.slice(encode("VASliceParameterBufferH264", vaSlice(intra, first, undefined, {})), first.nal)
			.status,
		0,
	);
	assert.is(
		player.slice(
			encode("VASliceParameterBufferH264", vaSlice(foreign, written, undefined, {})),
			written.nal,
		).status,
		0,
	);
	assert.is(player.end().status, 0);
	const [, second] = player.device.submissions;
	const params = second.controls.v4l2_ctrl_h264_slice_params;
	assert.equal(
		[
			params.header_bit_size,
			params.slice_qp_delta,
			params.slice_alpha_c0_offset_div2,
			params.slice_beta_offset_div2,
			params.first_mb_in_slice,
		],
		[written.headerBits, 5, 2, -3, 40],
	);
	assert.is(second.controls.v4l2_ctrl_h264_pps.pic_parameter_set_id, 0);
});

test("so does a B slice of another PPS", () => {
	const player = new Player({ ...plain, cabac: true }, { sliceBased: true });
	const foreign: Slice = {
		...predicted,
		type: B,
		ppsId: 3,
		firstMb: 40,
		active: [3, 2],
		spatialDirect: true,
	};
	const over = { cabac_init_idc: 2, disable_deblocking_filter_idc: 2, slice_data_bit_offset: 99 };
	const [, second] = player.submit([predicted, foreign], { sliceOver: [{}, over] });
	const params = second.controls.v4l2_ctrl_h264_slice_params;
	assert.equal(
		[
			params.num_ref_idx_l0_active_minus1,
			params.num_ref_idx_l1_active_minus1,
			params.cabac_init_idc,
			params.disable_deblocking_filter_idc,
			params.header_bit_size,
			params.flags,
		],
		[2, 1, 2, 2, 99, constants.V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED],
	);
});

test("as many bytes of a slice are asked for as its header can have", () => {
	const { device } = new Player();
	const asked = (slice_data_bit_offset: number, cut = 0) => {
		const bytes = encode("VASliceParameterBufferH264", { slice_data_bit_offset });
		device.core.give({ bytes });
		return device.core.call("context_slice_header_size", bytes.length - cut);
	};
	const all = constants.CORE_SLICE_HEADER_CAPACITY;
	assert.is(asked(0), all, "the player says nothing");
	assert.is(asked(1), 24, "no header is as short as that");
	// 100 bytes, an escape after every other, a start code, a NAL unit header
	for (const bits of [793, 800]) assert.ok(asked(bits) >= 155 && asked(bits) < 200, `${asked(bits)}`);
	assert.is(asked(0xffff), all);
	assert.is(asked(800, 1), 0, "parameters that are too short");
});

test("random bytes as a slice header never trap", () => {
	fc.assert(
		fc.property(
			parameterSets,
			fc.uint8Array({ minLength: 1, maxLength: 400 }),
			fc.constantFrom(0x41, 0x65, 0x01, 0x21),
			fc.boolean(),
			(sets, bytes, first, zeros) => {
				const player = new Player(sets, { sliceBased: true });
				const data = Uint8Array.from(bytes, (byte) => (zeros && byte & 1 ? 0 : byte));
				data[0] = first;
				player.begin(1);
				player.parameter(0, encode("VAPictureParameterBufferH264", vaPicture(sets, intra, picture)));
				for (const slice_type of [P, B, I]) {
					const { status } = player.slice(
						encode("VASliceParameterBufferH264", {
							slice_data_size: data.length,
							slice_type,
							num_ref_idx_l0_active_minus1: 31,
						}),
						data,
					);
					assert.ok(
						[0, constants.VA_STATUS_ERROR_INVALID_PARAMETER].includes(status),
						`status ${status}`,
					);
				}
				player.end();
			},
		),
		runs,
	);
});

test.run();
