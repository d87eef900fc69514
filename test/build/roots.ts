// SPDX-License-Identifier: MIT
// Roots of Debian (test/distro): which of the cache are removed when another one is made.
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMade, removeUnused } from "../distro/root.ts";
import { expect, scratchPath } from "./lib.ts";

const DAY = 24 * 3600 * 1000;

async function unusedOnes(): Promise<void> {
	const place = scratchPath("roots", "cache");
	const roots = ["bookworm", "plain-trixie", "arm64-trixie"].map((kind) => `${kind}-0123456789abcdef`);
	const left = ["bookworm-building-7", `${roots[1]}-building-8.tar`, "run-a1B2c3"];
	for (const name of [...roots, ...left, "cache"]) mkdirSync(join(place, name), { recursive: true });
	writeFileSync(join(place, "cache", "download"), "");
	const there = () =>
		readdirSync(place)
			.filter((name) => !name.endsWith(".used"))
			.sort()
			.join();
	const all = there();
	// A root's own time is the archive's, long ago.
	for (const name of roots) utimesSync(join(place, name), 0, 0);
	await removeUnused(place);
	expect(there() === all, `just made, and left is: ${there()}`);
	expect(isMade(join(place, roots[1])), "it is not made");
	utimesSync(`${join(place, roots[1])}.used`, new Date(), new Date(Date.now() + 2 * DAY));
	await removeUnused(place, Date.now() + 4 * DAY);
	expect(there() === ["cache", roots[1]].sort().join(), `used two days ago, and left is: ${there()}`);
	expect(!isMade(join(place, roots[0])), "it is made");
	await removeUnused(place, Date.now() + 6 * DAY);
	expect(readdirSync(place).join() === "cache", `of nobody: ${readdirSync(place).join()}`);
}

export const rootTests = [
	{ name: "roots of Debian: what nobody used for days is removed, and nothing else", run: unusedOnes },
];
