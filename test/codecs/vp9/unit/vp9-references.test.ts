// SPDX-License-Identifier: MIT
// References, sizes and frame contexts: what a frame needs of earlier ones, and what becomes of it where they are missing.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { type Decoded, Vp9Player, vp9Facts } from "./support/player.ts";
import { type Header, writeFrame } from "./support/writer.ts";

const test = suite("vp9-references");
const MISSING = [c.VA_STATUS_ERROR_DECODING_ERROR, c.CORE_MESSAGE_REFERENCES_MISSING];
const LOST = [c.VA_STATUS_ERROR_DECODING_ERROR, c.CORE_MESSAGE_REFERENCES_LOST];

const inter: Partial<Header> = { key: false };
const intraOnly: Partial<Header> = { key: false, shown: false, intraOnly: true };

function decode(player: Vp9Player, header: Partial<Header>): Decoded {
	const decoded = player.decode(writeFrame(header));
	assert.ok(decoded);
	return decoded;
}

const came = ({ outcome }: Decoded) => [outcome.status, outcome.message];

/** It is decoded, and as the stream says. */
function right(decoded: Decoded, why?: string): void {
	assert.is(decoded.outcome.status, 0, why);
	assert.equal(decoded.control, decoded.expected, why);
}

const started = (): Vp9Player => {
	const player = new Vp9Player("stale", 352, 288);
	right(decode(player, {}));
	return player;
};

const rkvdec = (): Vp9Player => {
	const driver = [...new TextEncoder().encode("rkvdec")];
	return new Vp9Player("zero", 352, 288, { facts: { ...vp9Facts(), driver } });
};

test("a decoder opened in mid-stream waits for a key frame", () => {
	const player = new Vp9Player("stale", 352, 288);
	assert.equal(came(decode(player, inter)), MISSING);
	assert.equal(came(decode(player, inter)), MISSING);
	right(decode(player, {}));
	right(decode(player, inter));
});

test("or for a frame that is intra only and resets what it begins with", () => {
	for (const [header, goes] of [
		[{ ...intraOnly, reset: 0 }, false],
		[{ ...intraOnly, reset: 2, contextIdx: 1 }, false],
		[{ ...intraOnly, reset: 2, contextIdx: 0 }, true],
		[{ ...intraOnly, reset: 3 }, true],
		[{ ...intraOnly, resilient: true }, true],
	] as const) {
		const player = new Vp9Player("zero", 352, 288);
		const decoded = decode(player, { ...header, refresh: 255 });
		if (goes) right(decoded);
		else assert.equal(came(decoded), MISSING, JSON.stringify(header));
	}
});

test("then frames go on with the contexts that it has reset", () => {
	const player = new Vp9Player("zero", 352, 288);
	right(decode(player, { ...intraOnly, reset: 2, contextIdx: 0, refresh: 255 }));
	right(decode(player, { ...inter, contextIdx: 0 }));
	assert.equal(came(decode(player, { ...inter, contextIdx: 1, refresh: 0 })), MISSING);
	right(decode(player, { ...inter, contextIdx: 1, resilient: true, refresh: 255 }), "it resets all");
	right(decode(player, { ...inter, contextIdx: 3 }));
});

test("the device is named the slots' pictures, the same in several slots", () => {
	const player = started();
	right(decode(player, { ...inter, refresh: 0b10 }));
	right(decode(player, { ...inter, refresh: 0b1100, refIdx: [0, 1, 1] }));
	const { control } = decode(player, { ...inter, refIdx: [3, 0, 2] });
	assert.is(control.last_frame_ts, control.alt_frame_ts);
	assert.ok(control.last_frame_ts > control.golden_frame_ts && control.golden_frame_ts > 0n);
});

test("a frame that no slot is refreshed with, and a hidden one, cost no wait", () => {
	const player = started();
	const { waits } = player.device;
	right(decode(player, { ...inter, refresh: 0 }));
	right(decode(player, { ...inter, shown: false, refresh: 4 }));
	right(decode(player, { ...inter, refIdx: [2, 2, 2] }));
	assert.is(player.device.waits, waits);
});

test("a reference that is missing, or of another context", () => {
	for (const surface of [c.VA_INVALID_SURFACE, 12345]) {
		const player = started();
		const spoil = (slot: number) =>
			player.decode(writeFrame({ ...inter, refIdx: [0, 1, 2] }), ({ picture }) => {
				if (picture) picture.reference_frames[slot] = surface;
			});
		for (const slot of [0, 1, 2]) {
			const decoded = spoil(slot);
			assert.ok(decoded);
			assert.equal(came(decoded), MISSING, `slot ${slot}`);
			right(decode(player, { refresh: 255 }));
		}
		const unused = spoil(5);
		assert.ok(unused);
		right(unused, "a slot that the frame does not refer to");
	}
});

test("a reference whose CAPTURE buffer went to another surface", () => {
	const player = new Vp9Player("stale", 352, 288, { captureBuffers: 2 });
	right(decode(player, {}));
	const first = player.slots[0]?.surface;
	right(decode(player, { ...inter, refresh: 1 }));
	right(decode(player, {}), "it takes the buffer that was used longest ago");
	const decoded = player.decode(writeFrame({ ...inter, refresh: 0 }), ({ picture }) => {
		if (picture) picture.reference_frames[0] = first;
	});
	assert.ok(decoded);
	assert.equal(came(decoded), MISSING);
});

test("a frame that is intra only takes no buffer of a slot, which later frames may refer to", () => {
	const player = new Vp9Player("zero", 352, 288, { captureBuffers: 4 });
	right(decode(player, {}));
	right(decode(player, { ...inter, refresh: 0b10 }));
	for (let i = 0; i < 3; i++) right(decode(player, { ...intraOnly, reset: 3, refresh: 0b100 }));
	right(decode(player, { ...inter, refIdx: [0, 1, 2] }));
});

test("a picture that refers to the surface it is decoded to", () => {
	const player = started();
	const decoded = player.decode(writeFrame(inter), ({ picture }) => {
		if (picture) picture.reference_frames[0] = player.freeSurface();
	});
	assert.ok(decoded);
	assert.equal(came(decoded), MISSING);
});

test("another size by a key frame, and by one that is intra only, where it brings its probabilities", () => {
	const player = started();
	right(decode(player, { width: 640, height: 360 }));
	right(decode(player, { ...inter, width: 640, height: 360 }));
	const small = { width: 320, height: 180, refresh: 0b11 };
	right(decode(player, { ...intraOnly, ...small, reset: 3 }));
	right(decode(player, { ...inter, ...small, refIdx: [0, 1, 0] }));
	assert.equal(came(decode(player, { ...inter, ...small, refIdx: [0, 1, 5] })), MISSING, "it is lost");
	right(decode(player, { width: 352, height: 288 }));
	assert.equal(came(decode(player, { ...intraOnly, ...small, reset: 0 })), LOST, "without contexts");
	right(decode(player, {}));
});

test("another size in a frame that refers to earlier ones is refused in one sentence, until a key frame", () => {
	const player = started();
	const smaller = { ...inter, width: 320, height: 240, sizedBy: -1, refresh: 1 };
	assert.equal(came(decode(player, smaller)), LOST);
	assert.equal(came(decode(player, { ...smaller, sizedBy: 0 })), MISSING);
	right(decode(player, {}));
	right(decode(player, inter));
});

test("rkvdec scales references of as many blocks as the frame has", () => {
	const player = rkvdec();
	right(decode(player, {}));
	const before = player.device.log.filter(({ op }) => op === "SET_FORMAT").length;
	right(decode(player, { ...inter, width: 321, height: 257, sizedBy: -1, refresh: 1 }));
	right(decode(player, { ...inter, width: 321, height: 257, sizedBy: 0, refIdx: [0, 1, 2] }));
	right(decode(player, { ...inter, width: 352, height: 288, sizedBy: 1, refIdx: [0, 1, 2] }));
	assert.is(player.device.log.filter(({ op }) => op === "SET_FORMAT").length, before);
	assert.equal(came(decode(player, { ...inter, width: 320, height: 257, sizedBy: -1 })), LOST);
	right(decode(player, {}));
	assert.equal(came(decode(player, { ...inter, width: 352, height: 256, sizedBy: -1 })), LOST);
});

test("a frame that says it has the size of a reference has it", () => {
	const player = rkvdec();
	right(decode(player, {}));
	right(decode(player, { ...inter, width: 321, height: 257, sizedBy: -1, refresh: 1 }));
	for (const wrong of [
		{ width: 321, height: 288 },
		{ width: 352, height: 257 },
	]) {
		const decoded = player.decode(writeFrame({ ...inter, ...wrong, refresh: 0 }), ({ picture }) => {
			if (picture) [picture.frame_width, picture.frame_height] = [wrong.width, wrong.height];
		});
		assert.is(decoded?.outcome.field, "frame_size_with_refs");
	}
});

test("references of sizes that no decoder scales", () => {
	const player = rkvdec();
	right(decode(player, { width: 64, height: 64 }));
	const size = (width: number, height: number) => ({ width, height, sizedBy: -1, refresh: 1 });
	right(decode(player, { ...inter, ...size(32, 32) }));
	assert.is(
		decode(player, { ...inter, ...size(15, 32), refIdx: [0, 0, 0] }).outcome.field,
		"ref_frame_idx",
	);
	right(decode(player, { width: 64, height: 64 }));
	assert.is(decode(player, { ...inter, ...size(64, 31) }).outcome.field, "ref_frame_idx");
	right(decode(player, { width: 3, height: 3 }));
	assert.is(decode(player, { ...inter, ...size(49, 3) }).outcome.field, "ref_frame_idx");
	right(decode(player, { width: 3, height: 3 }));
	right(decode(player, { ...inter, ...size(48, 48) }));
	assert.is(decode(player, { ...inter, ...size(3, 49), refIdx: [1, 1, 1] }).outcome.field, "ref_frame_idx");
	right(decode(player, { width: 3, height: 3 }));
	right(decode(player, { ...inter, ...size(48, 48) }));
	right(
		decode(player, { ...inter, ...size(60, 60), refIdx: [0, 1, 1] }),
		"one that can be scaled is enough",
	);
});

test("a smaller picture in a larger surface, and a larger one in a smaller", () => {
	const player = new Vp9Player("stale", 352, 288);
	player.surfaceSize = [352, 288];
	right(decode(player, { width: 176, height: 144 }));
	assert.equal(came(decode(player, { width: 353, height: 288 })), [
		c.VA_STATUS_ERROR_INVALID_SURFACE,
		c.CORE_MESSAGE_LARGER_THAN_SURFACE,
	]);
	right(decode(player, {}));
});

test("G2 is given no frame below its least size, whose rows it would write in a length of its own", () => {
	const driver = [...new TextEncoder().encode("hantro-vpu")];
	const player = new Vp9Player("zero", 352, 288, { facts: { ...vp9Facts(), driver } });
	for (const size of [
		{ width: 40, height: 48 },
		{ width: 48, height: 40 },
	])
		assert.is(decode(player, size).outcome.message, c.CORE_MESSAGE_SIZE_NOT_SUPPORTED);
	right(decode(player, { width: 48, height: 48 }));
});

test("what persists goes on after a picture that was given up, and a device that has started again forgets", () => {
	const data = { absolute: true, features: new Array(8).fill([5, -3, 1, 0]) };
	const player = started();
	// Begun, and never ended: the parser has seen its header.
	const { events } = player;
	const hold = events.end;
	events.end = () => ({ status: 1, message: 0, values: [] });
	decode(player, {
		...{
			...inter,
			refresh: 0,
			lfDeltas: { deltas: [3, 4, 5, 6, 7, 8] },
			segmentation: { map: null, data },
		},
	});
	events.end = hold;
	const next = decode(player, {
		...inter,
		lfDeltas: { deltas: null },
		segmentation: { map: null, data: null },
	});
	right(next, "the device does not have the features yet");
	const updates = ({ control }: Decoded) => control.seg.flags & c.V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
	assert.ok(updates(next) !== 0);
	const last = decode(player, { ...inter, segmentation: { map: null, data: null } });
	right(last, "it has them now");
	assert.is(updates(last), 0);
	// A hang: the queues start again, references stay and contexts do not.
	player.device.answers = () => false;
	const held = player.device.completeAll;
	player.device.completeAll = () => {};
	right(decode(player, inter));
	player.device.event("context_sync_surface", player.slots[0]?.surface ?? 0);
	player.device.completeAll = held;
	const jobs = player.device.submissions.length;
	// Players would give up if all to the next key frame were refused.
	for (let i = 0; i < 4; i++) {
		assert.equal(came(decode(player, inter)), [0, c.CORE_MESSAGE_REFERENCES_MISSING], "taken");
		assert.is(player.device.submissions.length, jobs, "and not decoded");
	}
	right(decode(player, {}));
	right(decode(player, inter));
	player.slots[5] = { surface: 12345, timestamp: 0n };
	assert.equal(came(decode(player, { ...inter, refIdx: [0, 5, 0] })), MISSING, "it was never decoded");
	// Another size: they must hear that this decoder will not do.
	const smaller = { ...inter, width: 320, height: 240, sizedBy: -1, refresh: 1 };
	assert.equal(came(decode(player, smaller)), LOST);
	assert.equal(came(decode(player, { ...smaller, sizedBy: 0 })), MISSING);
});

test.run();
