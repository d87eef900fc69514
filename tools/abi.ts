// SPDX-License-Identifier: MIT
// Writes driver-src/abi and test/support/abi.json from the system's C headers and the facts of abi/newer.ts, the same on
// every system (`npm run abi`). $CC names the compiler. Another system's headers, below FOLDER:
//   CC="cc --sysroot=FOLDER" PKG_CONFIG_SYSROOT_DIR=FOLDER node tools/run.mjs tools/abi.ts --check
// --check: writes nothing, and fails when the committed files are not what headers and facts say.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { abiJson, accessors, assertions, newerHeader } from "./abi/emit.ts";
import { type Abi, complaints, growingConstants, readAbi } from "./abi/model.ts";
import { compilerFromEnvironment } from "./abi/probe.ts";
import { groups } from "./abi/table.ts";
import { closingLine } from "./lib/run.ts";

const root = dirname(import.meta.dirname);
const jsonPath = join("test", "support", "abi.json");

const read = (path: string): string | null => {
	const place = join(root, path);
	return existsSync(place) ? readFileSync(place, "utf8") : null;
};

function filesOf(abi: Abi): Map<string, string> {
	const folder = join("driver-src", "abi");
	return new Map([
		...groups
			.flatMap(({ file, pairs }) => accessors(file, abi.modules[file], pairs))
			.map(([path, text]): [string, string] => [join(folder, path), text]),
		[join(folder, "newer.h"), newerHeader(groups.map(({ file }) => file))],
		[join(folder, "abi_check.h"), assertions(abi)],
		[jsonPath, abiJson(abi)],
	]);
}

/** What is wrong, one sentence each; files that are not current are written unless this is a check. */
function generate(check: boolean): { passed: number; wrong: string[] } {
	const compiler = compilerFromEnvironment(root);
	const tooOld = complaints(compiler);
	if (tooOld.length) return { passed: 0, wrong: tooOld };
	const committed = JSON.parse(read(jsonPath) ?? '{"modules": {}}') as Abi;
	const { abi, remarks } = readAbi(compiler, groups, committed);
	const wrong = [
		...growingConstants(abi).map(
			(name) => `${name} changes with the headers' version: leave it out of abi/table.ts`,
		),
		...remarks.idle.map((name) => `${name} is in abi/newer.ts and not in abi/table.ts`),
	];
	const files = filesOf(abi);
	const stale = [...files].filter(([path, text]) => read(path) !== text);
	if (check) {
		wrong.push(...stale.map(([path]) => `${path} is not what the headers say; run \`npm run abi\``));
	} else if (wrong.length === 0) {
		for (const [path, text] of stale) {
			mkdirSync(dirname(join(root, path)), { recursive: true });
			writeFileSync(join(root, path), text);
		}
		if (remarks.left.length)
			console.log(
				`abi: left out, for Debian 12's headers may lack them: ${remarks.left.join(" ")}. Run this with those headers, or add to abi/newer.ts what came later.`,
			);
	}
	return { passed: files.size - stale.length, wrong };
}

const check = process.argv.includes("--check");
const { passed, wrong } = generate(check);
for (const sentence of wrong) console.error(`abi: ${sentence}`);
if (check) console.log(closingLine({ passed, failed: wrong.length, skipped: 0 }));
process.exitCode = wrong.length ? 1 : 0;
