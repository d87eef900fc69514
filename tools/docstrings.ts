// SPDX-License-Identifier: MIT
// Each function that a file of driver-src exports says what it is for, in a comment right before it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What is wrong in a driver-src folder, one sentence each. What is generated (abi/) is left out. */
export function docstrings(core: string): string[] {
	const files = readdirSync(core, { recursive: true, encoding: "utf8" })
		.filter((file) => file.endsWith(".ts") && !file.startsWith("abi"))
		.sort();
	return files.flatMap((file) => {
		const lines = readFileSync(join(core, file), "utf8").split("\n");
		return lines.flatMap((line, i) => {
			const name = /^export function (\w+)/.exec(line)?.[1];
			const before = lines[i - 1] ?? "";
			return name && !/(\*\/|^@\w+)$/.test(before) && !before.startsWith("//")
				? [`${file}:${i + 1}: ${name}() has no comment that says what it is for`]
				: [];
		});
	});
}
