// SPDX-License-Identifier: MIT
// What tools/import-order.ts must refuse in driver-src, and that it refuses nothing else.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { importOrder } from "../../tools/import-order.ts";
import { root } from "../../tools/lib/run.ts";
import { expect, scratchPath } from "./lib.ts";

interface Case {
	name: string;
	/** The only import of each file. */
	files: Record<string, string>;
	/** What it must say; null: nothing. */
	says: RegExp | null;
}

const cases: Case[] = [
	{
		name: "imports downwards and within a folder pass",
		files: {
			"abi/va.ts": "",
			"codec/codec.ts": "./h264/h264",
			"codec/h264/h264.ts": "../result",
			"codec/result.ts": "../abi/va",
			"index.ts": "./codec/codec",
		},
		says: null,
	},
	{
		name: "an import upwards is refused",
		files: { "codec/codec.ts": "../session/context", "session/context.ts": "" },
		says: /^codec\/codec\.ts imports session\/context\.ts, which is above it$/,
	},
	{
		name: "an import from the display to the session is refused",
		files: { "display/image.ts": "../session/context", "session/context.ts": "" },
		says: /^display\/image\.ts imports session\/context\.ts, which is beside it$/,
	},
	{
		name: "an import from one codec to another is refused",
		files: { "codec/vp8/vp8.ts": "../h264/state", "codec/h264/state.ts": "" },
		says: /^codec\/vp8\/vp8\.ts imports codec\/h264\/state\.ts, of another codec$/,
	},
	{
		name: "a folder without a layer is refused",
		files: { "helpers/all.ts": "" },
		says: /^helpers\/all\.ts is in no layer/,
	},
	{
		name: "a circle within a folder is refused",
		files: { "session/a.ts": "./b", "session/b.ts": "./a" },
		says: /^a circle of imports: session\/a\.ts -> session\/b\.ts -> session\/a\.ts$/,
	},
];

export const importTests = [
	{
		name: "imports: driver-src keeps to its layers",
		async run(): Promise<void> {
			const wrong = importOrder(join(root, "driver-src"));
			expect(wrong.length === 0, wrong.join("\n"));
		},
	},
	...cases.map(({ name, files, says }, i) => ({
		name: `imports: ${name}`,
		async run(): Promise<void> {
			const core = scratchPath(`imports${i}`, "x", "..");
			for (const [file, imported] of Object.entries(files)) {
				mkdirSync(dirname(join(core, file)), { recursive: true });
				const line = imported ? `import {\n\tx,\n} from "${imported}";\n` : "";
				writeFileSync(join(core, file), `${line}export const x: u32 = 1;\n`);
			}
			const wrong = importOrder(core).join("\n");
			expect(says ? says.test(wrong) : wrong === "", `it said: ${wrong}`);
		},
	})),
];
