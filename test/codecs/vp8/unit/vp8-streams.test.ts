// SPDX-License-Identifier: MIT
// Whole VP8 streams, frame by frame: each field of the control is what an independent reader of the stream says, and the
// OUTPUT buffer has the frame with its tag, whichever way the player gives it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { constants as c } from "../../../support/abi.ts";
import { ivfFrames } from "../ivf.ts";
import { type Decoded, type Style, Vp8Player } from "./support/player.ts";

const test = suite("vp8-streams");
const root = join(import.meta.dirname, "..", "..", "..", "..");
const fixtures = join(root, "fixtures", "vp8");
/** More streams, of others: tested where they are. */
const vectors = process.env.VP8_VECTORS ?? "";

const clips = (folder: string): string[] =>
	existsSync(folder)
		? readdirSync(folder)
				.filter((name) => name.endsWith(".ivf"))
				.sort()
				.map((name) => join(folder, name))
		: [];

/** The tag as FFmpeg's driver can know it: shown, and not scaled. */
function plainTag({ frame }: Decoded): Uint8Array {
	const tag = frame.bytes.slice(0, frame.tagSize);
	tag[0] |= 0x10;
	if (frame.key) {
		tag[7] &= 0x3f;
		tag[9] &= 0x3f;
	}
	return tag;
}

function play(path: string, style: Style): void {
	const frames = ivfFrames(readFileSync(path)).filter(({ length }) => length > 0);
	const player = new Vp8Player(style, 176, 144);
	for (const [i, bytes] of frames.entries()) {
		const decoded = player.decode(bytes);
		const where = `${style}, frame ${i} of ${path}`;
		assert.is(decoded.outcome.status, 0, `${where}: message ${decoded.outcome.message}`);
		assert.equal(decoded.control, decoded.expected, where);
		const tag = style === "tagged" ? bytes.subarray(0, decoded.frame.tagSize) : plainTag(decoded);
		const wanted = Uint8Array.from([...tag, ...bytes.subarray(decoded.frame.tagSize)]);
		assert.ok(Buffer.compare(decoded.bytes, wanted) === 0, `${where}: the OUTPUT buffer`);
	}
}

test("there are fixtures", () => {
	assert.ok(clips(fixtures).length >= 12);
});

for (const path of clips(fixtures))
	for (const style of ["plain", "tagged", "offset"] as const)
		test(`${path.slice(root.length + 1)}, ${style}`, () => play(path, style));

for (const path of vectors.split(":").filter(Boolean).flatMap(clips))
	for (const style of ["plain", "tagged", "offset"] as const)
		test(`${path}, ${style}`, () => play(path, style));

test("the formats are those of whole macroblocks, set without a control", () => {
	const player = new Vp8Player("plain", 175, 143);
	player.decode(ivfFrames(readFileSync(join(fixtures, "odd.ivf")))[0]);
	const formats = player.device.log.filter(({ op }) => op === "SET_FORMAT");
	assert.equal(formats.map(({ width, height, fourcc }) => [width, height, fourcc]).slice(-2), [
		[176, 144, c.V4L2_PIX_FMT_VP8_FRAME],
		[176, 144, c.V4L2_PIX_FMT_NV12],
	]);
	const outside = player.device.log.filter(({ op, slot }) => op === "SET_CONTROLS" && slot === c.CORE_NONE);
	assert.is(outside.length, 0);
});

test.run();
