// SPDX-License-Identifier: MIT
// Whole VP9 streams, frame by frame: each field of both controls is what an independent reader of the stream says, and the OUTPUT
// buffer has the frame.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { ivfFrames } from "../../vp8/ivf.ts";
import { type Style, Vp9Player } from "./support/player.ts";
import { framesOf, Stream } from "./support/stream.ts";
import { writeFrame } from "./support/writer.ts";

const test = suite("vp9-streams");
const root = join(import.meta.dirname, "..", "..", "..", "..");
const fixtures = join(root, "fixtures", "vp9");
/** More streams, of others: tested where they are. */
const vectors = process.env.VP9_VECTORS ?? "";

const clips = (folder: string): string[] =>
	existsSync(folder)
		? readdirSync(folder)
				// vaCreateContext, or the first frame, refuses the others (vp9-refusals.test.ts).
				.filter((name) => name.endsWith(".ivf") && !name.startsWith("refuse-"))
				.sort()
				.map((name) => join(folder, name))
		: [];

function play(path: string, style: Style): void {
	const frames = ivfFrames(readFileSync(path)).flatMap(framesOf);
	const first = new Stream().read(frames[0]);
	assert.ok(first, "the first frame shows nothing");
	const deep = first.profile === 2;
	const player = new Vp9Player(
		style,
		first.width,
		first.height,
		{ tenBit: deep },
		deep ? c.VAProfileVP9Profile2 : c.VAProfileVP9Profile0,
	);
	// A frame of another size than its references takes all references with it: nothing but a key frame goes on then.
	let size = "";
	let waiting = false;
	for (const [i, bytes] of frames.entries()) {
		const decoded = player.decode(bytes);
		if (!decoded) continue;
		const where = `${style}, frame ${i} of ${path}`;
		const { outcome, frame } = decoded;
		assert.ok(frame.padding.left >= 0 && frame.padding.zero, `${where}: the compressed header's end`);
		const lost = outcome.message === c.CORE_MESSAGE_REFERENCES_LOST;
		if (lost) assert.is.not(`${frame.width}x${frame.height}`, size, where);
		if (outcome.message === c.CORE_MESSAGE_REFERENCES_MISSING) assert.ok(waiting && !frame.key, where);
		waiting ||= lost;
		if (frame.key) waiting = false;
		if (waiting) continue;
		size = `${frame.width}x${frame.height}`;
		assert.is(outcome.status, 0, `${where}: message ${outcome.message} ${outcome.field}`);
		assert.equal(decoded.control, decoded.expected, where);
		assert.ok(
			Buffer.compare(decoded.compressed, decoded.expectedCompressed) === 0,
			`${where}: probabilities`,
		);
		assert.ok(Buffer.compare(decoded.bytes, bytes) === 0, `${where}: the OUTPUT buffer`);
	}
}

/** Annex B: frames of less than 256 bytes, and their index. */
function superframe(frames: Uint8Array[]): Uint8Array {
	const marker = 0xc0 | (frames.length - 1);
	const sizes = frames.map(({ length }) => length);
	return Uint8Array.from([...frames.flatMap((frame) => [...frame]), marker, ...sizes, marker]);
}

test("no frame of a fixture ends like the index of a superframe, as libvpx has it", () => {
	for (const path of clips(fixtures))
		for (const frame of ivfFrames(readFileSync(path)).flatMap(framesOf))
			assert.is.not(frame[frame.length - 1] & 0xe0, 0xc0, path);
});

test("players split superframes; of their frames, those that show another do not come", () => {
	const player = new Vp9Player("stale", 352, 288);
	const hidden = writeFrame({ key: false, shown: false, refresh: 2 });
	const shown = writeFrame({ key: false, refIdx: [0, 1, 1] });
	assert.is(player.decodeAll(superframe([writeFrame({})])).length, 1);
	const both = player.decodeAll(superframe([hidden, shown]));
	assert.equal(
		both.map(({ frame, outcome }) => [frame.shown, outcome.status]),
		[
			[false, 0],
			[true, 0],
		],
	);
	for (const { control, expected } of both) assert.equal(control, expected);
	assert.is(player.decodeAll(writeFrame({ showExisting: true, refIdx: [1, 0, 0] })).length, 0);
});

for (const path of [clips(fixtures), ...vectors.split(":").filter(Boolean).map(clips)].flat())
	for (const style of ["stale", "zero"] as const)
		test(`${path.startsWith(root) ? path.slice(root.length + 1) : path}, ${style}`, () =>
			play(path, style));

test.run();
