// SPDX-License-Identifier: MIT
// What contradicts the specification, or is none of what decoders behind V4L2 do, is refused in one sentence, and the next picture is none
// the worse. What players leave in fields that mean nothing is not refused.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { Core } from "../../../unit/support/core.ts";
import { decode, type Fields, sizeOf } from "../../../unit/support/struct.ts";
import { Av1Player, av1Facts, type Frame, INTER, INTRA_ONLY, KEY } from "./support/player.ts";

const test = suite("av1-refusals");
const INVALID = c.VA_STATUS_ERROR_INVALID_PARAMETER;

/** A player that has decoded a key frame. */
function playing(options = {}): Av1Player {
	const player = new Av1Player(options);
	player.told({ type: KEY });
	return player;
}

function refuses(field: string, edit: (picture: Fields) => void, over: Partial<Frame> = {}): void {
	const player = playing();
	const { outcome } = player.play({ refresh: 2, ...over }, edit);
	assert.equal(outcome, { status: INVALID, message: c.CORE_MESSAGE_BAD_PICTURE, values: [], field });
	player.told({ refresh: 2 });
	player.told({ refIdx: [0, 1, 0, 1, 0, 1, 0] });
}

const set = (fields: Fields) => (picture: Fields) => Object.assign(picture, fields);
const list = (length: number, at: number, value: number) =>
	new Array(length).fill(0).map((_, i) => (i === at ? value : 0));

/** Each with the least value that is wrong; and the greatest that is right, where it has one. */
const limits: [field: string, wrong: Fields, right?: Fields][] = [
	["profile", { profile: 1 }],
	["profile", { profile: 2 }],
	["bit_depth_idx", { bit_depth_idx: 3 }],
	["subsampling_x", { seq_info_fields_subsampling_x: 0 }],
	["subsampling_y", { seq_info_fields_subsampling_y: 0 }],
	["order_hint_bits_minus_1", { order_hint_bits_minus_1: 8 }, { order_hint_bits_minus_1: 7 }],
	["current_frame", { current_frame: 4711 }],
	["primary_ref_frame", { primary_ref_frame: 8 }, { primary_ref_frame: 7 }],
	[
		"superres_scale_denominator",
		{ pic_info_fields_use_superres: 1, superres_scale_denominator: 8 },
		{ pic_info_fields_use_superres: 1, superres_scale_denominator: 9 },
	],
	[
		"superres_scale_denominator",
		{ pic_info_fields_use_superres: 1, superres_scale_denominator: 17 },
		{ pic_info_fields_use_superres: 1, superres_scale_denominator: 16 },
	],
	["interp_filter", { interp_filter: 5 }, { interp_filter: 4 }],
	["tx_mode", { mode_control_fields_tx_mode: 3 }, { mode_control_fields_tx_mode: 2 }],
	["ref_frame_idx", { ref_frame_idx: list(7, 6, 8) }],
	["filter_level", { filter_level: [64, 0] }, { filter_level: [63, 0] }],
	["filter_level", { filter_level: [0, 64] }, { filter_level: [0, 63] }],
	["filter_level_u", { filter_level_u: 64 }, { filter_level_u: 63 }],
	["filter_level_v", { filter_level_v: 64 }, { filter_level_v: 63 }],
	["ref_deltas", { ref_deltas: list(8, 7, 64) }, { ref_deltas: list(8, 7, 63) }],
	["ref_deltas", { ref_deltas: list(8, 0, -65) }, { ref_deltas: list(8, 0, -64) }],
	["mode_deltas", { mode_deltas: [0, 64] }, { mode_deltas: [0, 63] }],
	["cdef_damping_minus_3", { cdef_damping_minus_3: 4 }, { cdef_damping_minus_3: 3 }],
	["cdef_bits", { cdef_bits: 4 }, { cdef_bits: 3 }],
	[
		"cdef_y_strengths",
		{ cdef_bits: 1, cdef_y_strengths: [0, 64] },
		{ cdef_bits: 1, cdef_y_strengths: [63, 63, 99] },
	],
	[
		"cdef_uv_strengths",
		{ cdef_bits: 1, cdef_uv_strengths: [0, 64] },
		{ cdef_bits: 1, cdef_uv_strengths: [63, 63, 99] },
	],
	[
		"lr_unit_shift",
		{ loop_restoration_fields_lr_unit_shift: 3 },
		{ loop_restoration_fields_lr_unit_shift: 2 },
	],
	...["y_dc", "u_dc", "u_ac", "v_dc", "v_ac"].flatMap((name): [string, Fields, Fields][] => [
		[`${name}_delta_q`, { [`${name}_delta_q`]: 64 }, { [`${name}_delta_q`]: 63 }],
		[`${name}_delta_q`, { [`${name}_delta_q`]: -65 }, { [`${name}_delta_q`]: -64 }],
	]),
	["skip_mode_present", { mode_control_fields_skip_mode_present: 1 }],
];
for (const [i, [field, wrong, right]] of limits.entries())
	test(`${field} (${i})`, () => {
		refuses(field, set(wrong));
		if (right) playing().told({}, set(right));
	});

test("wmtype has no fifth value", () => {
	refuses("wmtype", (picture) => (picture.wm[3] = { ...picture.wm[3], wmtype: 4 }));
});

test("segmentation: of each feature the range, and what needs another picture's map", () => {
	const segmentation = (fields: Fields): Fields => ({
		seg_info: { segment_info_fields_enabled: 1, segment_info_fields_update_map: 1, ...fields },
	});
	const feature = (at: number, value: number) =>
		segmentation({
			feature_mask: list(8, 5, 1 << at),
			feature_data: [[], [], [], [], [], list(8, at, value)],
		});
	for (const [at, most] of [255, 63, 63, 63, 63, 7, 0, 0].entries()) {
		refuses("feature_data", set(feature(at, most + 1)));
		refuses("feature_data", set(feature(at, at < 5 ? -most - 1 : -1)));
		playing().told({}, set(feature(at, most)));
		if (at < 5) playing().told({}, set(feature(at, -most)));
	}
	playing().told({}, set(segmentation({ feature_data: [[999]] })));
	const none = { primary: 7 };
	refuses("temporal_update", set(segmentation({ segment_info_fields_temporal_update: 1 })), none);
	refuses("update_map", set(segmentation({ segment_info_fields_update_map: 0 })), none);
});

test("film grain that no header says", () => {
	const grain = (fields: Fields) => (picture: Fields) => Object.assign(picture.film_grain_info, fields);
	const grained = { grain: true };
	for (const [name, most] of [
		["y", 14],
		["cb", 10],
		["cr", 10],
	] as const) {
		const rising = Array.from({ length: most }, (_, i) => 10 + i);
		const points = { [`num_${name}_points`]: most, [`point_${name}_value`]: rising };
		refuses(`num_${name}_points`, grain({ ...points, [`num_${name}_points`]: most + 1 }), grained);
		refuses(
			`point_${name}_value`,
			grain({ ...points, [`point_${name}_value`]: rising.map((value, i) => (i === 2 ? 11 : value)) }),
			grained,
		);
		playing().told(grained, grain(points));
	}
	refuses("film_grain_params_present", set({ seq_info_fields_film_grain_params_present: 0 }), grained);
});

test("intra frames begin with no other picture's state", () => {
	for (const type of [KEY, INTRA_ONLY])
		refuses("primary_ref_frame", set({ primary_ref_frame: 0 }), { type });
	// Of references they have nothing to say.
	playing().told({ type: INTRA_ONLY }, set({ ref_frame_idx: new Array(7).fill(99) }));
});

test("references of another depth", () => {
	const player = playing({ tenBit: true });
	const { outcome } = player.play({ picture: { bit_depth_idx: 1 } });
	assert.is(outcome.field, "ref_frame_idx");
});

test("references that are too large or too small to be scaled: one at least must do", () => {
	const sized = (width: number, height: number) => playing().play({ width, height, refresh: 0 }).outcome;
	assert.is(sized(159, 240).field, "ref_frame_idx");
	assert.is(sized(320, 119).field, "ref_frame_idx");
	assert.is(sized(320 * 16 + 1, 240).field, "ref_frame_idx");
	assert.is(sized(320, 240 * 16 + 1).field, "ref_frame_idx");
	assert.is(sized(160, 120).message, c.CORE_MESSAGE_REFERENCES_LOST, "it could, and no decoder here does");
});

test("12 bit, and large scale tiles: the player goes on in software", () => {
	const answer = (fields: Fields) => {
		const { status, message, values } = playing().play({}, set(fields)).outcome;
		return [status, message, values];
	};
	assert.equal(answer({ bit_depth_idx: 2 }), [
		c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
		c.CORE_MESSAGE_FORMAT_NOT_SUPPORTED,
		[12, 1],
	]);
	assert.equal(answer({ pic_info_fields_large_scale_tile: 1 }), [
		c.VA_STATUS_ERROR_UNIMPLEMENTED,
		c.CORE_MESSAGE_FEATURE_NOT_SUPPORTED,
		[c.CORE_FEATURE_LARGE_SCALE_TILE, 0],
	]);
});

test("buffers of other types and sizes", () => {
	const player = playing();
	player.events.begin(40);
	assert.is(
		player.events.parameter(c.VAIQMatrixBufferType, new Uint8Array(100)).message,
		c.CORE_MESSAGE_BAD_BUFFER_TYPE,
	);
	player.events.begin(40);
	const short = new Uint8Array(sizeOf("VADecPictureParameterBufferAV1") - 1);
	assert.is(
		player.events.parameter(c.VAPictureParameterBufferType, short).message,
		c.CORE_MESSAGE_BAD_PARAMETER_SIZE,
	);
	player.events.begin(40);
	const slice = new Uint8Array(sizeOf("VASliceParameterBufferAV1"));
	slice[0] = 1;
	assert.is(player.events.slice(slice, new Uint8Array(1)).message, c.CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	player.told({ type: KEY });
});

// ---- what is offered ----------------------------------------------------------------------------------------------------

const menu = (menu_mask: number): Fields => ({
	...{
		id: c.V4L2_CID_MPEG_VIDEO_AV1_PROFILE,
		type: c.V4L2_CTRL_TYPE_MENU,
		elem_size: 4,
		elems: 1,
		menu_mask,
	},
});

function offers(facts: Fields): [number[], number] {
	const core = new Core();
	core.giveStruct("core_decoder", facts);
	assert.is(core.call("display_add_decoder"), c.VA_STATUS_SUCCESS);
	const profiles = core.words(core.call("display_profiles"));
	const formats =
		profiles.length === 0
			? 0
			: core.call("display_config_attribute", profiles[0], c.VAEntrypointVLD, c.VAConfigAttribRTFormat);
	return [profiles, formats];
}

test("profile 0 is offered with the depths that the decoder has, and no other profile", () => {
	const P0 = c.VAProfileAV1Profile0;
	const [eight, ten] = [c.VA_RT_FORMAT_YUV420, c.VA_RT_FORMAT_YUV420_10];
	assert.equal(offers(av1Facts()), [[P0], eight]);
	assert.equal(offers(av1Facts({ tenBit: true })), [[P0], eight | ten]);
	assert.equal(
		offers(av1Facts({ tenBit: true, captureFourcc: c.V4L2_PIX_FMT_NV16 })),
		[[], 0],
		"10 bit alone",
	);
	const mediatek = { tenBit: true, captureFourcc: c.V4L2_PIX_FMT_MM21, deepFourcc: c.V4L2_PIX_FMT_MT2110T };
	const main = offers(av1Facts(mediatek, ["FILM_GRAIN"], [menu(0b001)]));
	assert.equal(main, [[P0], eight], "MediaTek: of 10 bit it has MT2110T alone");
	assert.equal(offers(av1Facts({}, [], [menu(0b110)])), [[], 0]);
	for (const name of ["SEQUENCE", "FRAME", "TILE_GROUP_ENTRY"])
		assert.equal(offers(av1Facts({}, [name])), [[], 0]);
	assert.equal(offers(av1Facts({}, ["FILM_GRAIN"])), [[P0], eight]);
});

test("the probe for formats of 10 bit is a sequence of that depth", () => {
	const core = new Core();
	for (const depth of [8, 10]) {
		core.giveStruct("core_decoder", av1Facts());
		assert.is(core.call("display_probe_control", c.V4L2_PIX_FMT_AV1_FRAME, depth), 1);
		const { id, address, size } = core.answer("core_control");
		assert.is(id, c.V4L2_CID_STATELESS_AV1_SEQUENCE);
		const sequence = decode("v4l2_ctrl_av1_sequence", core.bytes(address, size));
		const both = c.V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | c.V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
		assert.equal([sequence.bit_depth, sequence.seq_profile, sequence.flags], [depth, 0, both]);
	}
});

// ---- film grain: two surfaces of one picture --------------------------------------------------------------------------------

test("grain goes to the surface that is shown; later pictures name the one begun", () => {
	const player = playing();
	const { submission } = player.told({ grain: true, refresh: 1 });
	assert.ok(submission.surface > 500);
	player.told({ type: INTER, refresh: 1 });
	// GStreamer names no surface to show where there is no grain.
	const plain = player.told({ refresh: 1 }, set({ current_display_picture: c.VA_INVALID_SURFACE }));
	assert.ok(plain.submission.surface < 500);
});

test("a decoder without grain decodes beside what is shown, copies, and says so once", () => {
	const player = new Av1Player({ facts: av1Facts({}, ["FILM_GRAIN"]) });
	player.told({ type: KEY });
	const said: number[] = [];
	for (let i = 0; i < 3; i++) {
		const { outcome, requests } = player.play({ grain: true, refresh: 1 });
		said.push(outcome.message);
		assert.is(outcome.status, 0);
		assert.is(requests[0].grain, null);
		player.device.completeAll();
	}
	assert.equal(said, [c.CORE_MESSAGE_NO_FILM_GRAIN, 0, 0]);
	assert.is(player.device.delivered.length, 3);
	assert.ok(player.device.delivered.every((surface) => surface > 500));
	const own = player.device.log.filter(
		({ op, flags }) => op === "QUEUE_CAPTURE" && flags === c.CORE_CAPTURE_OWN_MEMORY,
	);
	assert.is(own.length, 3);
});

test.run();
