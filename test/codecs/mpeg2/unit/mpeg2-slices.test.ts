// SPDX-License-Identifier: MIT
// Slices: with start codes, without, in any order, several to a row; and what is none.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import {
	field,
	intra,
	Mpeg2Player,
	outputBytes,
	type Picture,
	type Slice,
	slice,
	TOP,
} from "./support/player.ts";

const test = suite("mpeg2-slices");

/** The bytes that the device gets for these. */
function output(slices: Slice[], picture: Picture = intra): number[] {
	const player = new Mpeg2Player({}, 1, picture.width, picture.height);
	return outputBytes(player.submit(1, picture, { slices }), slices);
}

const bytesOf = (slices: Slice[]): number[] => slices.flatMap(({ bytes }) => [...bytes]);

for (const [name, rows] of [
	["in order", [0, 1, 2, 17]],
	["in another order", [3, 0, 17, 1]],
	["several to a row", [0, 0, 0, 1, 1]],
	["one", [5]],
] as const)
	test(`slices ${name} lie in the OUTPUT buffer as they came`, () => {
		const slices = rows.map((row, i) => slice(row, [0x10 + i, 1, 2, 3]));
		assert.equal(output(slices), bytesOf(slices));
	});

test("zero bytes behind a slice go along", () => {
	const slices = [slice(0, [0x2b, 1, 0, 0, 0]), slice(1)];
	assert.equal(output(slices), bytesOf(slices));
});

for (const code of [0x00, 0xb0, 0xb2, 0xb3, 0xb5, 0xb7, 0xb8])
	test(`a start code of ${code.toString(16)} behind a slice is not for the device`, () => {
		for (const payload of [[0x2b], [0x2b, 0, 0], new Array(40).fill(0x2b)]) {
			const last = slice(1, [...payload, 0, 0, 1, code]);
			assert.equal(output([slice(0), last]), [...slice(0).bytes, ...slice(1, payload).bytes]);
		}
	});

for (const end of [
	[0, 0, 1, 1],
	[0, 0, 1, 0xaf],
	[0, 0, 0, 1],
	[0, 1, 0xb7],
	[1, 0, 1, 0xb7],
	[0, 0, 2, 0xb7],
	[0, 0, 1],
])
	test(`an end of ${end} is the slice's own`, () => {
		const last = slice(1, [0x2b, 0x2b, ...end]);
		assert.equal(output([last]), [...last.bytes]);
	});

test("without a start code in front, too", () => {
	const bare = { row: 2, bytes: Uint8Array.from([0x2b, 1, 2, 3, 4, 0, 0, 1, 0xb7]) };
	assert.equal(output([bare]), [0, 0, 1, 3, 0x2b, 1, 2, 3, 4]);
});

test("behind stuffing, too", () => {
	const stuffed = { row: 2, bytes: Uint8Array.from([0, 0, 0, 1, 3, 0x2b, 7, 0, 0, 1, 0xb7]) };
	assert.equal(output([stuffed]), [0, 0, 1, 3, 0x2b, 7]);
});

test("a start code alone is left to the decoder", () => {
	const only = { row: 0, bytes: Uint8Array.from([0x2b, 0, 0, 1, 0xb7]) };
	assert.equal(output([only]), [0, 0, 1, 1, 0x2b, 0, 0, 1, 0xb7]);
});

test("a zero byte before a start code does not", () => {
	const stuffed = { row: 2, bytes: Uint8Array.from([0, 0, 0, 1, 3, 0x2b, 7]) };
	assert.equal(output([slice(0), stuffed]), [...slice(0).bytes, 0, 0, 1, 3, 0x2b, 7]);
});

test("the row is the start code's, whatever VA says", () => {
	const wrong = { ...slice(4), row: 1000 };
	assert.equal(output([wrong]), [...slice(4).bytes]);
});

for (const row of [0, 1, 17])
	test(`a slice without a start code gets that of row ${row}`, () => {
		const bare = { row, bytes: Uint8Array.from([0x2b, 0, 0, 9]) };
		assert.equal(output([bare, slice(0)]), [0, 0, 1, row + 1, 0x2b, 0, 0, 9, ...slice(0).bytes]);
	});

test("a short one, too", () => {
	assert.equal(output([{ row: 3, bytes: Uint8Array.from([0x2b]) }]), [0, 0, 1, 4, 0x2b]);
});

const tall: Picture = { ...intra, width: 1920, height: 2832 };
const tallPlayer = () => new Mpeg2Player({ maxWidth: 4096, maxHeight: 4096 }, 1, tall.width, tall.height);

test("beyond 2800 lines, the row's upper bits are behind the start code", () => {
	const player = tallPlayer();
	const at = (row: number): Slice => ({
		row,
		bytes: Uint8Array.from([0, 0, 1, (row % 128) + 1, ((row >> 7) << 5) | 5, 7]),
	});
	const slices = [at(0), at(127), at(128), at(176)];
	assert.equal(outputBytes(player.submit(1, tall, { slices }), slices), bytesOf(slices));
	assert.is(player.decode(1, tall, { slices: [at(178)] }).message, c.CORE_MESSAGE_BAD_SLICE_HEADER);
});

test("a start code that is none of a slice is refused where there would be such a row", () => {
	const none = { row: 175, bytes: Uint8Array.from([0, 0, 1, 0xb0, 5, 7]) };
	assert.is(tallPlayer().decode(1, tall, { slices: [none] }).message, c.CORE_MESSAGE_BAD_SLICE_HEADER);
});

test("and a start code that is made has the lower ones", () => {
	const player = tallPlayer();
	const slices = [{ row: 130, bytes: Uint8Array.from([(1 << 5) | 5, 7]) }];
	assert.equal(outputBytes(player.submit(1, tall, { slices }), slices), [0, 0, 1, 3, 0x25, 7]);
});

test("2800 lines have none", () => {
	const player = new Mpeg2Player({ maxHeight: 4096 }, 1, 1920, 2800);
	const slices = [slice(174, [0xff, 7])];
	const picture = { ...intra, width: 1920, height: 2800 };
	assert.equal(outputBytes(player.submit(1, picture, { slices }), slices), bytesOf(slices));
});

test("a field has half the rows", () => {
	const picture = { ...intra, ...field(TOP, 1) };
	const player = new Mpeg2Player();
	player.submit(1, picture, { slices: [slice(8)] });
	const { message } = player.decode(2, picture, { slices: [slice(9)] });
	assert.is(message, c.CORE_MESSAGE_BAD_SLICE_HEADER);
});

const bad: [string, Slice][] = [
	["a row below the picture", slice(18)],
	["a row below the picture, without a start code", { row: 18, bytes: Uint8Array.from([0x2b, 1]) }],
	["a row that no start code has", { row: 0xffffffff, bytes: Uint8Array.from([0x2b, 1]) }],
	["a picture's start code", { row: 0, bytes: Uint8Array.from([0, 0, 1, 0, 0x2b, 1]) }],
	["a sequence's start code", { row: 0, bytes: Uint8Array.from([0, 0, 1, 0xb3, 0x2b, 1]) }],
	["user data's start code", { row: 0, bytes: Uint8Array.from([0, 0, 1, 0xb2, 0x2b, 1]) }],
	["the greatest slice start code", slice(0xae)],
	["the first that is none", { row: 0, bytes: Uint8Array.from([0, 0, 1, 0xb0, 0x2b, 1]) }],
	["nothing behind the start code", { row: 0, bytes: Uint8Array.from([0, 0, 1, 1]) }],
	["zeros", { row: 0, bytes: new Uint8Array(20) }],
	["one zero", { row: 0, bytes: new Uint8Array(1) }],
	["a quantiser_scale_code of 0", { row: 0, bytes: Uint8Array.from([0, 0x2b, 1]) }],
];
for (const [name, each] of bad)
	test(`${name} is refused, and the next picture is none the worse`, () => {
		const player = new Mpeg2Player();
		const outcome = player.decode(1, intra, { slices: [slice(0), slice(1), each] });
		assert.equal(outcome, {
			status: c.VA_STATUS_ERROR_INVALID_PARAMETER,
			message: c.CORE_MESSAGE_BAD_SLICE_HEADER,
			values: [2, 0],
		});
		const slices = [slice(0), slice(1)];
		assert.equal(outputBytes(player.submit(1, intra, { slices }), slices), bytesOf(slices));
	});

test("data that is said to be longer than it is", () => {
	const player = new Mpeg2Player();
	const slices = [slice(0)];
	const submission = player.submit(1, intra, { slices, sliceOver: { slice_data_size: 1000 } });
	assert.equal(outputBytes(submission, slices), bytesOf(slices));
});

test.run();
