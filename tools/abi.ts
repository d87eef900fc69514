// SPDX-License-Identifier: MIT
// Writes driver-src/abi and test/support/abi.json from the system's C headers (`npm run abi`). $CC names the compiler.
// --check: writes nothing, and fails when the committed files are not what the headers say. Headers of another version may
// have constants that the committed files do not; everything else must be the same.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { accessors, assertions, layoutJson } from "./abi/emit.ts";
import { type Layout, readLayout } from "./abi/model.ts";
import { compilerFromEnvironment } from "./abi/probe.ts";
import { groups } from "./abi/table.ts";

const root = dirname(import.meta.dirname);
const jsonPath = join(root, "test", "support", "abi.json");

function filesOf(layout: Layout): Map<string, string> {
	const files = new Map<string, string>();
	for (const [name, module] of Object.entries(layout.modules))
		files.set(join(root, "driver-src", "abi", `${name}.ts`), accessors(module));
	files.set(join(root, "driver-src", "abi", "abi_check.h"), assertions(layout));
	files.set(jsonPath, layoutJson(layout));
	return files;
}

/** Of other headers, only what the committed layout has too. */
function restrict(fresh: Layout, committed: Layout): void {
	if (JSON.stringify(fresh.versions) === JSON.stringify(committed.versions)) return;
	fresh.versions = committed.versions;
	for (const [name, module] of Object.entries(fresh.modules)) {
		const known = committed.modules[name];
		if (!known) continue;
		module.constants = Object.fromEntries(
			Object.keys(known.constants).map((constant) => [
				constant,
				module.constants[constant] ?? known.constants[constant],
			]),
		);
		module.macros = known.macros;
	}
}

const layout = readLayout(compilerFromEnvironment(root), groups);
if (process.argv.includes("--check")) {
	restrict(layout, JSON.parse(readFileSync(jsonPath, "utf8")) as Layout);
	const stale = [...filesOf(layout)].filter(
		([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text,
	);
	for (const [path] of stale)
		console.error(
			`layout: ${path.slice(root.length + 1)} is not what the C headers say; run \`npm run abi\``,
		);
	console.log(`${filesOf(layout).size - stale.length} passed, ${stale.length} failed, 0 skipped`);
	process.exitCode = stale.length ? 1 : 0;
} else {
	for (const [path, text] of filesOf(layout)) {
		mkdirSync(dirname(path), { recursive: true });
		if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
	}
}
