// SPDX-License-Identifier: MIT
// npm run boards:docs: docs/boards/*.md and doctor/boards_table.h from docs/boards/boards.json and docs/proof.json.
// --check: writes nothing, and fails when they are not what these say.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boardPage, overview } from "./boards/page.ts";
import { cTable, families } from "./boards/table.ts";
import { root } from "./lib/run.ts";
import type { Results } from "./proof/results.ts";

const check = process.argv.includes("--check");
const folder = join(root, "docs", "boards");
const all = families();
const results = JSON.parse(readFileSync(join(root, "docs", "proof.json"), "utf8")) as Results;
const files = new Map([
	[join(root, "doctor", "boards_table.h"), cTable(all)],
	[join(folder, "README.md"), overview(all)],
	...all.map((family): [string, string] => [join(folder, `${family.page}.md`), boardPage(family, results)]),
]);
const left = readdirSync(folder)
	.map((name) => join(folder, name))
	.filter((path) => path.endsWith(".md") && !files.has(path));
const stale = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text);
if (check) {
	for (const path of [...stale.map(([each]) => each), ...left])
		console.error(
			`boards: ${path} is not what boards.json and proof.json say; run \`npm run boards:docs\``,
		);
	process.exitCode = stale.length + left.length > 0 ? 1 : 0;
} else {
	for (const [path, text] of stale) writeFileSync(path, text);
	for (const path of left) rmSync(path);
}
