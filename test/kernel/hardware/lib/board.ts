// SPDX-License-Identifier: MIT
// Boards are device trees (../trees), compiled by the dtc that the kernel's build makes for itself.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "trees");

export const boardNames = readdirSync(folder)
	.filter((name) => name.endsWith(".dts"))
	.map((name) => name.slice(0, -4))
	.sort();

/** The board's device tree as the kernel takes it, kept in `cache`. */
export function boardTree(name: string, dtc: string, cache: string): string {
	if (!boardNames.includes(name))
		throw new Error(`there is no board ${name}; there are ${boardNames.join(", ")}`);
	const hash = createHash("sha256");
	for (const source of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, source)));
	const boards = join(cache, "boards");
	const tree = join(boards, `${name}-${hash.digest("hex").slice(0, 16)}.dtb`);
	if (!existsSync(tree)) {
		mkdirSync(boards, { recursive: true });
		const made = `${tree}.${process.pid}`;
		execFileSync(
			dtc,
			["-q", "-I", "dts", "-O", "dtb", "-i", folder, "-o", made, join(folder, `${name}.dts`)],
			{
				stdio: ["ignore", "ignore", "inherit"],
			},
		);
		renameSync(made, tree);
	}
	return tree;
}
