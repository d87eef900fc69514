// SPDX-License-Identifier: MIT
// Each codec's entry file (driver-src/codec/NAME/NAME.ts) exports what codec.ts calls, and nothing else.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { expect } from "./lib.ts";

const VERBS = "reset begin parameter slice_header_size slice fill_sequence fill_probe fill_picture end".split(
	" ",
);
const folder = join(root, "driver-src", "codec");
const codecs = readdirSync(folder).filter((name) => existsSync(join(folder, name, `${name}.ts`)));

const exportsOf = (text: string): string[] =>
	[...text.matchAll(/^export (?:(?:function|const|let|class) (\w+)|(.*))/gm)].map(
		(match) => match[1] ?? match[2],
	);

export const verbTests = [
	{
		name: "verbs: there is a codec",
		async run(): Promise<void> {
			expect(codecs.length > 0, `no codec in ${folder}`);
		},
	},
	...codecs.map((name) => ({
		name: `verbs: ${name} exports exactly what codec.ts calls`,
		async run(): Promise<void> {
			const exported = exportsOf(readFileSync(join(folder, name, `${name}.ts`), "utf8"));
			expect(
				[...exported].sort().join() === [...VERBS].sort().join(),
				`${name}.ts exports ${exported.join(", ")}`,
			);
			const dispatch = readFileSync(join(folder, "codec.ts"), "utf8");
			const called = [...dispatch.matchAll(new RegExp(`\\b${name}\\.(\\w+)\\(`, "g"))].map(
				(match) => match[1],
			);
			expect(called.join() === VERBS.join(), `codec.ts calls ${name}: ${called.join(", ")}`);
		},
	})),
];
