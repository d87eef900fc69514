// SPDX-License-Identifier: MIT
// Puts the stand-in codec (codec.ts here) into the core while it is compiled (compile-core.mjs --rewrite): rows of facts, and
// a case in each verb of codec.ts. The same lines are all that a real codec needs there. Lines keep their numbers.

/** Before the end of each table of driver-src/codec/facts.ts; test/unit/support/stand-in.ts has the same numbers. */
const ROWS = {
	CODECS: "0x444e5453, 0, 0x1000, 0, 0, 0, 512, 0, 0",
	PROFILES: [
		"900, CODEC_STAND_IN, DEPTH_8 | DEPTH_10, DEPTH_8, 0x1001, 1 << 3, 1",
		"901, CODEC_STAND_IN, DEPTH_8, DEPTH_8, 0x1001, 1 << 4, 0",
	].join(", "),
	NEEDED: "CODEC_STAND_IN, 0x1003",
};
const COUNTS = { CODEC_COUNT: 1, PROFILE_COUNT: 2, NEEDED_COUNT: 1 };

function replaced(text, pattern, replacement) {
	const after = text.replace(pattern, replacement);
	if (after === text) throw new Error(`nothing in it is like ${pattern}`);
	return after;
}

function facts(text) {
	const codec = Number(/CODEC_COUNT: u32 = (\d+)/.exec(text)?.[1]);
	let after = replaced(
		text,
		/(export const CODEC_NONE[^\n]*)/,
		`$1 export const CODEC_STAND_IN: u32 = ${codec};`,
	);
	for (const [table, row] of Object.entries(ROWS))
		after = replaced(
			after,
			new RegExp(`(const ${table}: usize = memory\\.data<u32>\\(\\[.*?)(\\n\\]\\);)`, "s"),
			`$1 ${row},$2`,
		);
	for (const [count, more] of Object.entries(COUNTS))
		after = replaced(
			after,
			new RegExp(`(${count}: u32 = )(\\d+)`),
			(_, name, n) => `${name}${Number(n) + more}`,
		);
	return after;
}

function codec(text) {
	const imports =
		'import { CODEC_STAND_IN } from "./facts"; import * as stand_in from "../../test/unit/stand-in/codec"; ';
	return replaced(
		replaced(text, /^import /m, `${imports}import `),
		/(case CODEC_H264:\s+return )h264(\.[^;]+;)/g,
		"$1h264$2 case CODEC_STAND_IN: return stand_in$2",
	);
}

/** The text that is compiled instead of a source's own. */
export function rewrite(path, text) {
	if (path === "driver-src/codec/facts.ts") return facts(text);
	return path === "driver-src/codec/codec.ts" ? codec(text) : text;
}
