// SPDX-License-Identifier: MIT
// What contradicts itself is refused in one sentence, and the next frame is none the worse; what players leave of earlier frames is not.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c, structs } from "../../../support/abi.ts";
import { encode, type Fields } from "../../../unit/support/struct.ts";
import { type Buffers, type Decoded, levels, Vp9Player } from "./support/player.ts";
import { Stream } from "./support/stream.ts";
import { type Header, writeFrame } from "./support/writer.ts";

const test = suite("vp9-refusals");
const INVALID = c.VA_STATUS_ERROR_INVALID_PARAMETER;

const features = [
	[10, -5, null, null],
	[null, 3, 1, null],
	[-20, null, null, 0],
	...new Array(5).fill([null, null, null, null]),
];
const updating: Partial<Header> = {
	lfDeltas: { deltas: [2, 0, -2, -2, 4, -2] },
	quantDeltas: [1, -1, 2],
	segmentation: {
		map: { tree: [10, 20, 30, null, 50, 60, 70], pred: [1, null, 3] },
		data: { absolute: false, features },
	},
	updateCoef: [true, false, true, false],
	delta: (i) => (i % 40 === 0 ? i % 250 : null),
	sharpness: 3,
	level: 33,
};
const inter: Partial<Header> = {
	...updating,
	...{
		key: false,
		signBias: [0, 0, 1],
		referenceMode: 2,
		refIdx: [1, 2, 3],
		filter: 4,
		highPrecision: true,
	},
};

function decode(player: Vp9Player, header: Partial<Header>, edit?: (buffers: Buffers) => void): Decoded {
	const decoded = player.decode(writeFrame(header), edit);
	assert.ok(decoded);
	return decoded;
}

/** A player that has decoded a key frame. */
function playing(): Vp9Player {
	const player = new Vp9Player("stale", 352, 288);
	assert.is(decode(player, updating).outcome.status, 0);
	return player;
}

/** The refusal of a field, and the next frame, which is right. */
function refuses(header: Partial<Header>, field: string, edit: (buffers: Buffers) => void): void {
	const player = playing();
	const { outcome } = decode(player, { ...header, refresh: 0 }, edit);
	assert.equal(outcome, { status: INVALID, message: c.CORE_MESSAGE_BAD_PICTURE, values: [], field });
	const next = decode(player, header.key === false ? inter : updating);
	assert.is(next.outcome.status, 0, "the next frame");
	assert.equal(next.control, next.expected);
}

const bit = (name: string) => (picture: Fields) => {
	picture[`pic_fields_${name}`] ^= 1;
};
const one = (name: string, i?: number) => (picture: Fields) => {
	if (i === undefined) picture[name] ^= 1;
	else picture[name] = picture[name].map((value: number, j: number) => (i === j ? value ^ 1 : value));
};

/** Of inter frames: each field of the picture parameters with a wrong value, and its name. */
const contradictions: [string, (picture: Fields) => void][] = [
	...[
		...["frame_type", "show_frame", "error_resilient_mode", "intra_only", "allow_high_precision_mv"],
		...["mcomp_filter_type", "frame_parallel_decoding_mode", "reset_frame_context"],
		...["refresh_frame_context", "frame_context_idx", "segmentation_enabled"],
		...["segmentation_temporal_update", "segmentation_update_map", "last_ref_frame"],
		...["last_ref_frame_sign_bias", "golden_ref_frame", "golden_ref_frame_sign_bias", "alt_ref_frame"],
		...["alt_ref_frame_sign_bias", "lossless_flag", "subsampling_x", "subsampling_y"],
	].map((name): [string, (picture: Fields) => void] => [name, bit(name)]),
	...[
		...["filter_level", "sharpness_level", "log2_tile_rows", "log2_tile_columns", "bit_depth"],
		...["frame_header_length_in_bytes", "first_partition_size"],
	].map((name): [string, (picture: Fields) => void] => [name, one(name)]),
	["mb_segment_tree_probs", one("mb_segment_tree_probs", 6)],
	["segment_pred_probs", one("segment_pred_probs", 1)],
];
for (const [field, spoil] of contradictions)
	test(`a header that contradicts ${field}`, () =>
		refuses(inter, field, ({ picture }) => picture && spoil(picture)));

test("a frame whose size VA gives otherwise", () => {
	for (const name of ["frame_width", "frame_height"])
		refuses({ ...updating, key: true }, name, ({ picture }) => picture && one(name)(picture));
});

test("fields that VA must not have so", () => {
	for (const [name, value] of [
		["frame_width", 0],
		["frame_height", 0],
		["profile", 1],
		["profile", 2],
	] as const)
		refuses(inter, name, ({ picture }) => {
			if (picture) picture[name] = value;
		});
});

const segments: [string, (segment: Fields) => void][] = [
	["segment_reference_enabled", (s) => (s.segment_flags_segment_reference_enabled ^= 1)],
	["segment_reference", (s) => (s.segment_flags_segment_reference ^= 3)],
	["segment_reference_skipped", (s) => (s.segment_flags_segment_reference_skipped ^= 1)],
	[
		"seg_param.filter_level",
		(s) => (s.filter_level = s.filter_level.map(([a, b]: number[]) => [a ^ 1, b])),
	],
	[
		"seg_param.filter_level",
		(s) => (s.filter_level = s.filter_level.map(([a, b]: number[]) => [a, b ^ 1])),
	],
];
for (const [field, spoil] of segments)
	test(`segment parameters that contradict ${field}`, () =>
		refuses(inter, field, ({ slice }) => spoil(slice.seg_param[1])));

test("levels of the loop filter where segmentation is off, and of none", () => {
	const off = { ...inter, segmentation: null };
	refuses(off, "seg_param.filter_level", ({ slice }) => (slice.seg_param[0].filter_level[2][1] ^= 1));
	const player = playing();
	const wrong = ({ slice }: Buffers) => (slice.seg_param[0].filter_level[2][1] = 9);
	assert.is(decode(player, { ...off, level: 0 }, wrong).outcome.status, 0, "no level, no filter");
	const absolute = { map: null, data: { absolute: true, features } };
	assert.is(decode(player, { ...inter, segmentation: absolute, lfDeltas: null }).outcome.status, 0);
});

test("levels whose deltas count twice by the segment's level, as 8.8.1 has it, or by the frame's, as libvpx and players", () => {
	for (const [level, alternate] of [
		[20, 20],
		[40, -20],
		[40, -63],
	]) {
		const header: Partial<Header> = {
			...inter,
			level,
			segmentation: {
				map: null,
				data: {
					absolute: false,
					features: Array.from({ length: 8 }, (_, i) => [
						null,
						i % 2 ? alternate : null,
						null,
						null,
					]),
				},
			},
		};
		const player = playing();
		const frame = new Stream().read(writeFrame({ ...updating, ...header, key: true }));
		assert.ok(frame);
		const bySegment = (i: number) => levels(frame, i);
		const byFrame = (i: number) => levels(frame, i, (_, ofFrame) => ofFrame >= 32);
		const given = (of: (i: number) => number[][]) =>
			decode(player, header, ({ slice }) => {
				slice.seg_param.forEach((segment: Fields, i: number) => {
					segment.filter_level = of(i);
				});
			});
		assert.is(given(bySegment).outcome.status, 0, "by the segment's");
		const right = given(byFrame);
		assert.is(right.outcome.status, 0, "by the frame's");
		assert.equal(right.control, right.expected);
		const mixed = given((i) => [...bySegment(i).slice(0, 2), ...byFrame(i).slice(2)]);
		if (alternate > 0) assert.is(mixed.outcome.field, "seg_param.filter_level", "by both");
	}
});

test("signs of references in an error resilient frame count as 0, and players give them so or as coded", () => {
	const header = { ...inter, resilient: true };
	const player = playing();
	const zero = decode(player, header);
	assert.is(zero.outcome.status, 0);
	assert.is(zero.control.ref_frame_sign_bias, 0);
	assert.equal(zero.control, zero.expected);
	const coded = decode(player, header, ({ picture }) => {
		if (picture) picture.pic_fields_alt_ref_frame_sign_bias = 1;
	});
	assert.is(coded.outcome.status, 0);
	assert.equal(coded.control, coded.expected);
});

test("a frame with deltas that the player has kept to itself shows", () => {
	const player = playing();
	player.stream.read(writeFrame({ ...inter, refresh: 0, lfDeltas: { deltas: [9, 9, 9, 9, 9, 9] } }));
	const { outcome } = decode(player, { ...inter, lfDeltas: { deltas: null } });
	assert.is(outcome.field, "seg_param.filter_level");
	assert.is(decode(player, updating).outcome.status, 0, "a key frame");
});

/** Bytes of a frame, changed: what is wrong with it is named. */
const damages: [string, string, (bytes: Uint8Array) => void][] = [
	["frame_marker", "a frame marker", (b) => (b[0] ^= 0x40)],
	["profile", "profile 1", (b) => (b[0] ^= 0x20)],
	["show_existing_frame", "a frame that shows another", (b) => (b[0] ^= 0x08)],
	["frame_sync_code", "the first byte of the sync code", (b) => (b[1] ^= 1)],
	["frame_sync_code", "the last byte of the sync code", (b) => (b[3] ^= 1)],
	["color_space", "RGB", (b) => (b[4] |= 0xe0)],
];
for (const [field, what, damage] of damages)
	test(`damage: ${what}`, () =>
		refuses(updating, field, (buffers) => {
			buffers.data = Uint8Array.from(buffers.data);
			damage(buffers.data);
		}));

test("damage: the sync code of a frame that is intra only, and its colours in profile 2", () => {
	const hidden = { key: false, shown: false, intraOnly: true };
	refuses(hidden, "frame_sync_code", (buffers) => {
		buffers.data = Uint8Array.from(buffers.data);
		buffers.data[2] ^= 0xff;
	});
	const player = new Vp9Player("zero", 352, 288, { tenBit: true }, c.VAProfileVP9Profile2);
	assert.is(decode(player, { profile: 2 }).outcome.status, 0);
	const rgb = player.decode(writeFrame({ profile: 2, ...hidden }), (buffers) => {
		buffers.data = writeFrame({ profile: 2, ...hidden, colorSpace: 7 });
	});
	assert.is(rgb?.outcome.field, "color_space");
});

test("12 bit is refused for good", () => {
	const player = new Vp9Player("zero", 352, 288, { tenBit: true }, c.VAProfileVP9Profile2);
	const { outcome } = decode(player, { profile: 2, twelveBit: true });
	assert.equal(
		[outcome.status, outcome.message, outcome.values],
		[c.VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, c.CORE_MESSAGE_FORMAT_NOT_SUPPORTED, [12, 1]],
	);
	const lying = decode(player, { profile: 2, twelveBit: true }, ({ picture }) => {
		if (picture) picture.bit_depth = 10;
	});
	assert.is(lying.outcome.field, "ten_or_twelve_bit");
	assert.is(decode(player, { profile: 2 }).outcome.status, 0);
});

test("a header that ends too early, and one without a compressed header", () => {
	const player = playing();
	for (const length of [1, 2, 12]) {
		const { outcome } = decode(player, { ...inter, refresh: 0 }, (buffers) => {
			buffers.data = buffers.data.subarray(0, length);
			buffers.slice.slice_data_size = length;
		});
		assert.ok(outcome.status !== 0 && outcome.message === c.CORE_MESSAGE_BAD_PICTURE, `${length} bytes`);
	}
	const { frame } = decode(player, inter);
	const empty = decode(player, { ...inter, refresh: 0 }, (buffers) => {
		buffers.data = Uint8Array.from(buffers.data);
		buffers.data.fill(0, frame.uncompressedSize - 3, frame.uncompressedSize);
	});
	assert.is.not(empty.outcome.status, 0);
	assert.is(decode(player, inter).outcome.status, 0);
});

test("a compressed header whose marker is set, or that ends too early", () => {
	const player = playing();
	const damaged = decode(player, { ...inter, refresh: 0 }, (buffers) => {
		const { frame_header_length_in_bytes: at } = buffers.picture as Fields;
		buffers.data = Uint8Array.from(buffers.data);
		buffers.data[at] |= 0x80;
	});
	assert.is(damaged.outcome.message, c.CORE_MESSAGE_BAD_SLICE_HEADER);
	// Every update there is, in a header of few bytes.
	const all = writeFrame({ ...inter, refresh: 0, updateCoef: [true, true, true, true], delta: () => 254 });
	const short = player.decode(all, (buffers) => {
		const picture = buffers.picture as Fields;
		const at = picture.frame_header_length_in_bytes;
		buffers.data = Uint8Array.from(all);
		picture.first_partition_size = 40;
		setCompressedSize(buffers.data, at, picture.first_partition_size);
	});
	assert.is(short?.outcome.message, c.CORE_MESSAGE_BAD_SLICE_HEADER);
	assert.is(decode(player, inter).outcome.status, 0);
});

/** Writes header_size_in_bytes: the last 16 bits in front of the trailing ones, of which there may be seven. end: of the header, in bytes. */
function setCompressedSize(bytes: Uint8Array, end: number, value: number): void {
	const reader = new Stream();
	for (let shift = 0; shift < 8; shift++) {
		const copy = Uint8Array.from(bytes);
		for (let i = 0; i < 16; i++) {
			const at = end * 8 - shift - 16 + i;
			const mask = 0x80 >> (at & 7);
			copy[at >> 3] = (copy[at >> 3] & ~mask) | ((value >> (15 - i)) & 1 ? mask : 0);
		}
		try {
			if (reader.read(copy)?.compressedSize !== value) continue;
		} catch {
			continue;
		}
		bytes.set(copy);
		return;
	}
	throw new Error("no place for header_size_in_bytes");
}

test("data that ends with the headers", () => {
	const player = playing();
	const { outcome } = decode(player, { ...inter, refresh: 0, payload: 0 });
	assert.is(outcome.message, c.CORE_MESSAGE_BAD_SLICE_RANGE);
	assert.is(decode(player, { ...inter, payload: 1 }).outcome.status, 0);
});

test("buffers that are missing, too small or of another kind", () => {
	const player = playing();
	const missing = decode(player, { ...inter, refresh: 0 }, (buffers) => {
		buffers.picture = null;
	});
	assert.is(missing.outcome.message, c.CORE_MESSAGE_NO_PICTURE_PARAMETERS);
	const { events } = player;
	events.begin(77);
	for (const [type, size, message] of [
		[
			c.VAPictureParameterBufferType,
			structs.VADecPictureParameterBufferVP9.size - 1,
			"BAD_PARAMETER_SIZE",
		],
		[c.VAIQMatrixBufferType, 100, "BAD_BUFFER_TYPE"],
	] as const)
		assert.is(events.parameter(type, new Uint8Array(size)).message, c[`CORE_MESSAGE_${message}`]);
	events.end(0);
	events.begin(77);
	const slice = new Uint8Array(structs.VASliceParameterBufferVP9.size - 1);
	new DataView(slice.buffer).setUint32(0, 10, true);
	const short = events.slice(slice, new Uint8Array(10), 10);
	assert.is(short.message, c.CORE_MESSAGE_BAD_PARAMETER_SIZE);
	events.end(0);
	assert.is(decode(player, inter).outcome.status, 0);
});

test("a second slice", () => {
	const player = playing();
	const { events } = player;
	const send = events.slice.bind(events);
	let second = 0;
	events.slice = (parameter, data, size) => {
		const first = send(parameter, data, size);
		second = send(parameter, data, size).message;
		return first;
	};
	decode(player, inter);
	assert.is(second, c.CORE_MESSAGE_BAD_SLICE_HEADER);
});

test("any bytes as a frame and as VA's buffers come to an end", () => {
	const player = playing();
	const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
	fc.assert(
		fc.property(
			fc.uint8Array({ minLength: 1, maxLength: 300 }),
			bytes(structs.VADecPictureParameterBufferVP9.size),
			fc.boolean(),
			(noise, picture, good) => {
				const { events } = player;
				const frame = good ? writeFrame(inter) : noise;
				if (good)
					for (let i = 0; i < noise.length; i += 9) frame[noise[i] % frame.length] ^= noise[i];
				events.begin(50);
				events.parameter(c.VAPictureParameterBufferType, picture);
				const slice = { slice_data_size: frame.length, slice_data_offset: 0, slice_data_flag: 0 };
				events.slice(encode("VASliceParameterBufferVP9", slice), frame, frame.length);
				events.end(0);
				player.device.completeAll();
			},
		),
		{ numRuns: 300 },
	);
	assert.is(decode(player, updating).outcome.status, 0);
});

test.run();
