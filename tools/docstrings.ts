// SPDX-License-Identifier: MIT
// Each function that a file exports says what it is for, in a comment right before it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/run.ts";

/** The name in a line that exports a function, declared or as an arrow. */
const EXPORTED =
	/^export (?:async )?(?:function\*? ?(\w+)|const (\w+)(?::[^=]*)? = (?:async )?(?:\([^)]*\)|\w+)(?::[^=]*)? =>)/;
const GENERATED = /^driver-src\/abi\//;

/** What is wrong in the files of a folder of the project, one sentence each. What is generated is left out. */
export function docstrings(folder: string): string[] {
	const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
		.map((file) => `${folder}/${file}`)
		.filter((file) => /\.(ts|mjs)$/.test(file) && !GENERATED.test(file))
		.sort();
	return files.flatMap((file) => {
		const lines = readFileSync(join(root, file), "utf8").split("\n");
		return lines.flatMap((line, i) => {
			const [, declared, arrow] = EXPORTED.exec(line) ?? [];
			const name = declared ?? arrow;
			const before = lines[i - 1] ?? "";
			return name && !/(\*\/|^@\w+)$/.test(before) && !before.startsWith("//")
				? [`${file}:${i + 1}: ${name}() has no comment that says what it is for`]
				: [];
		});
	});
}
