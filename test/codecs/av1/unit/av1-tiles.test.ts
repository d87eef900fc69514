// SPDX-License-Identifier: MIT
// Tiles: where they begin, and what a decoder is told of each, in whatever order and buffers they come.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import type { Fields } from "../../../unit/support/struct.ts";
import { takenByMediatek } from "./support/mediatek.ts";
import { Av1Player, av1Facts, type Frame, KEY, told } from "./support/player.ts";

const test = suite("av1-tiles");

/** A picture of columns x rows tiles of so many bytes: in raster order, or in that of these numbers. */
function tiled(
	columns: number,
	rows: number,
	bytes = 20,
	order = [...Array(columns * rows).keys()],
): Partial<Frame> {
	return {
		type: KEY,
		width: 64 * columns,
		height: 64 * rows,
		tiles: order.map((i) => ({ row: Math.floor(i / columns), column: i % columns, bytes: bytes + i })),
		picture: { tile_cols: columns, tile_rows: rows },
	};
}

const playerOf = ({ width = 0, height = 0 }: Partial<Frame>, options = {}) =>
	new Av1Player(options, width, height);

test("one tile lies by itself", () => {
	const { tiles, submission } = new Av1Player().told({ type: KEY });
	assert.equal(tiles, [{ tile_offset: 0, tile_size: 100, tile_row: 0, tile_col: 0 }]);
	assert.equal(submission.pieces, [{ prefix: [], offset: 0, size: 100 }]);
});

test("in front of each of several but the last stands its size", () => {
	const frame = tiled(2, 2);
	const { tiles, submission, frame: control } = playerOf(frame).told(frame);
	assert.is(control.tile_info.tile_size_bytes, 4);
	assert.equal(
		submission.pieces.map(({ prefix, size }) => [prefix, size]),
		[
			[[19, 0, 0, 0], 20],
			[[20, 0, 0, 0], 21],
			[[21, 0, 0, 0], 22],
			[[], 23],
		],
	);
	assert.equal(tiles, [
		{ tile_offset: 4, tile_size: 20, tile_row: 0, tile_col: 0 },
		{ tile_offset: 28, tile_size: 21, tile_row: 0, tile_col: 1 },
		{ tile_offset: 53, tile_size: 22, tile_row: 1, tile_col: 0 },
		{ tile_offset: 75, tile_size: 23, tile_row: 1, tile_col: 1 },
	]);
});

test("entries are in raster order, whatever the order of the tiles", () => {
	const frame = tiled(2, 2, 20, [3, 1, 0, 2]);
	const { tiles, submission } = playerOf(frame).told(frame);
	assert.equal(
		tiles.map(({ tile_row, tile_col, tile_size }) => [tile_row, tile_col, tile_size]),
		[
			[0, 0, 20],
			[0, 1, 21],
			[1, 0, 22],
			[1, 1, 23],
		],
	);
	// Where each begins in the OUTPUT buffer.
	let place = 0;
	for (const [i, { prefix, size }] of submission.pieces.entries()) {
		assert.is(tiles[[3, 1, 0, 2][i]].tile_offset, place + prefix.length);
		place += prefix.length + size;
	}
});

test("512 tiles, and one picture after another", () => {
	const frame = tiled(32, 16);
	const player = playerOf(frame);
	for (let i = 0; i < 3; i++) assert.is(player.told(frame).tiles.length, 512);
	takenByMediatek(player.device.submissions.map(told));
});

/** tile_info of a key frame. */
function info(frame: Partial<Frame>): Fields {
	return playerOf(frame).told(frame).frame.tile_info;
}

test("uniform spacing, by the number of tiles alone: as the stream has it that says so (5.9.15)", () => {
	const starts = (size: number, log2: number): number[] => {
		const superblocks = Math.ceil(size / 64);
		const tile = (superblocks + 2 ** log2 - 1) >> log2;
		return Array.from({ length: Math.ceil(superblocks / tile) }, (_, i) => i * tile * 16);
	};
	for (const size of [64, 200, 320, 576, 1000, 1920, 4096]) {
		for (let log2 = 0; log2 <= 6; log2++) {
			const expected = starts(size, log2);
			if (expected.length > 64) continue;
			const frame: Partial<Frame> = {
				type: KEY,
				width: size,
				height: 64,
				tiles: expected.map((_, column) => ({ row: 0, column, bytes: 10 })),
				// What players leave in them, or not.
				picture: { tile_cols: expected.length, width_in_sbs_minus_1: [9, 9] },
			};
			const { mi_col_starts, width_in_sbs_minus_1, flags } = info(frame);
			const where = `${size} samples in ${expected.length} tiles`;
			const all = [...expected, 2 * Math.ceil(size / 8)];
			assert.equal(mi_col_starts.slice(0, all.length), all, where);
			assert.equal(
				width_in_sbs_minus_1.slice(0, expected.length),
				expected.map((start, i) => Math.ceil((all[i + 1] - start) / 16) - 1),
				where,
			);
			assert.is(flags, c.V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING);
		}
	}
});

test("sizes of their own, of which the last is not said", () => {
	const frame: Partial<Frame> = {
		type: KEY,
		width: 700,
		height: 500,
		tiles: [0, 1, 2, 3, 4, 5].map((i) => ({ row: i % 2, column: i >> 1, bytes: 10 })),
		picture: {
			tile_cols: 3,
			tile_rows: 2,
			pic_info_fields_uniform_tile_spacing_flag: 0,
			width_in_sbs_minus_1: [0, 6],
			height_in_sbs_minus_1: [5],
			context_update_tile_id: 4,
		},
	};
	const { mi_col_starts, mi_row_starts, width_in_sbs_minus_1, height_in_sbs_minus_1, ...rest } =
		info(frame);
	assert.equal(mi_col_starts.slice(0, 5), [0, 16, 128, 176, 0]);
	assert.equal(mi_row_starts.slice(0, 4), [0, 96, 126, 0]);
	assert.equal(width_in_sbs_minus_1.slice(0, 4), [0, 6, 2, 0]);
	assert.equal(height_in_sbs_minus_1.slice(0, 3), [5, 1, 0]);
	assert.equal([rest.flags, rest.context_update_tile_id, rest.tile_cols, rest.tile_rows], [0, 4, 3, 2]);
});

test("superblocks of 128", () => {
	const picture = { seq_info_fields_use_128x128_superblock: 1, tile_cols: 3 };
	const tiles = [0, 1, 2].map((column) => ({ row: 0, column, bytes: 10 }));
	const { mi_col_starts, width_in_sbs_minus_1 } = info({
		type: KEY,
		width: 700,
		height: 64,
		picture,
		tiles,
	});
	assert.equal(mi_col_starts.slice(0, 4), [0, 64, 128, 176]);
	assert.equal(width_in_sbs_minus_1.slice(0, 3), [1, 1, 1]);
});

/** Refused; and the next key frame is not. */
function refused(
	frame: Partial<Frame>,
	edit?: (picture: Fields, slices: Fields[]) => void,
	options = {},
): unknown[] {
	const player = playerOf(frame, options);
	const { outcome } = player.play(frame, edit);
	player.told({ type: KEY, width: frame.width, height: frame.height });
	return [outcome.status, outcome.message, outcome.field ?? outcome.values];
}
const INVALID = c.VA_STATUS_ERROR_INVALID_PARAMETER;
const field = (name: string) => [INVALID, c.CORE_MESSAGE_BAD_PICTURE, name];

test("what does not cover the picture, or is none of it", () => {
	const spoil = (fields: Fields) => (picture: Fields) => Object.assign(picture, fields);
	const own = { pic_info_fields_uniform_tile_spacing_flag: 0 };
	const frame = tiled(2, 2);
	assert.equal(refused(frame, spoil({ tile_cols: 0 })), field("tile_cols"));
	assert.equal(refused(frame, spoil({ tile_cols: 65 })), field("tile_cols"));
	assert.equal(refused(frame, spoil({ tile_rows: 0 })), field("tile_rows"));
	assert.equal(refused(frame, spoil({ tile_rows: 65 })), field("tile_rows"));
	assert.equal(refused(frame, spoil({ tile_cols: 3 })), field("width_in_sbs_minus_1"));
	assert.equal(refused(frame, spoil({ tile_rows: 3 })), field("height_in_sbs_minus_1"));
	assert.equal(refused(frame, spoil({ ...own, width_in_sbs_minus_1: [1] })), field("width_in_sbs_minus_1"));
	assert.equal(
		refused(frame, spoil({ ...own, width_in_sbs_minus_1: [65535] })),
		field("width_in_sbs_minus_1"),
	);
	assert.equal(
		refused(frame, spoil({ ...own, height_in_sbs_minus_1: [1] })),
		field("height_in_sbs_minus_1"),
	);
	assert.equal(refused(frame, spoil({ context_update_tile_id: 4 })), field("context_update_tile_id"));
	const many = tiled(32, 16);
	assert.equal(refused(many, spoil({ context_update_tile_id: 256 })), field("context_update_tile_id"));
	assert.equal(refused(many, spoil({ tile_rows: 17 })), field("tile_rows"));
});

test("tiles that are missing, come twice, or are none of the picture", () => {
	const frame = tiled(2, 2);
	const missing = refused({ ...frame, tiles: frame.tiles?.slice(1) });
	assert.equal(missing, [INVALID, c.CORE_MESSAGE_TILES_MISSING, [3, 4]]);
	const bad = (edit: (slices: Fields[]) => void) => refused(frame, (_, slices) => edit(slices));
	const header = (count: number) => [INVALID, c.CORE_MESSAGE_BAD_SLICE_HEADER, [count, 0]];
	assert.equal(
		bad((slices) => (slices[2].tile_row = 0)),
		header(2),
	);
	assert.equal(
		bad((slices) => (slices[1].tile_column = 2)),
		header(1),
	);
	assert.equal(
		bad((slices) => (slices[3].tile_row = 2)),
		header(3),
	);
	assert.equal(bad((slices) => (slices[3].slice_data_offset = 9999)).slice(0, 2), [
		INVALID,
		c.CORE_MESSAGE_BAD_SLICE_RANGE,
	]);
	assert.equal(bad((slices) => (slices[0].slice_data_size = 0)).slice(0, 2), [
		INVALID,
		c.CORE_MESSAGE_BAD_SLICE_RANGE,
	]);
});

test("more tiles than VPU981 has room for, though its control takes them", () => {
	const driver = [..."hantro-vpu"].map((character) => character.charCodeAt(0));
	const facts = { ...av1Facts(), driver };
	const most = tiled(16, 8);
	assert.is(playerOf(most, { facts }).told(most).tiles.length, 128);
	const more = tiled(16, 9);
	assert.equal(refused(more, undefined, { facts }), [
		c.VA_STATUS_ERROR_UNIMPLEMENTED,
		c.CORE_MESSAGE_TOO_MANY_ELEMENTS,
		[144, 128],
	]);
	assert.is(playerOf(more).told(more).tiles.length, 144, "another decoder");
});

test.run();
