// SPDX-License-Identifier: MIT
// Compiles the core with asc, and refuses what must not be in it. Plain Node and node_modules only: Meson calls it.
//
//   node tools/compile-core.mjs --out core.wasm [--depfile core.d] [--entry driver-src/index.ts]
//                               [--coverage places.json] [--rewrite module.mjs] [--allow-recursion] [--allow-import module.name]
//
// --coverage: instrument driver-src (tools/coverage) and write which counter stands where.
// --rewrite: a module whose rewrite(path, text) says what is compiled instead (test/unit/stand-in); for tests only.
//
// The depfile lists every source that was read, so touching one rebuilds and touching none does not. core.wasm is
// written only when it changed, so a change of a comment stops here.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { check } from "./gate.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
	options: {
		out: { type: "string" },
		depfile: { type: "string" },
		entry: { type: "string", default: join(root, "driver-src", "index.ts") },
		coverage: { type: "string" },
		rewrite: { type: "string" },
		"allow-recursion": { type: "boolean", default: false },
		"allow-import": { type: "string", multiple: true, default: [] },
	},
});
if (!options.out) fail("--out is missing");
if (!existsSync(join(root, "node_modules", "assemblyscript"))) {
	fail("the AssemblyScript compiler is missing: run `npm ci` in the project's folder first");
}

const { main } = await import("assemblyscript/asc");
const entry = relative(root, resolve(options.entry));
const read = new Set();
const produced = new Map();
const argv = [
	entry,
	"--config",
	"asconfig.json",
	"--baseDir",
	root,
	"--outFile",
	"core.wasm",
	"--textFile",
	"core.wat",
];
const coverage = options.coverage ? await import("./coverage/instrument.mjs") : null;
const places = [];
const { rewrite } = options.rewrite ? await import(pathToFileURL(resolve(options.rewrite))) : {};

const { error, stderr } = await main(argv, {
	readFile(name, base) {
		const path = isAbsolute(name) ? name : join(base, name);
		try {
			const source = relative(root, path);
			if (coverage && source === coverage.COUNTER_FILE) return coverage.COUNTER_SOURCE;
			const own = readFileSync(path, "utf8");
			const text = rewrite ? rewrite(source, own) : own;
			read.add(path);
			return coverage?.measured(source) ? coverage.instrument(source, text, places) : text;
		} catch {
			return null;
		}
	},
	writeFile(name, contents) {
		produced.set(name, contents);
	},
	listFiles: () => [],
});
const said = stderr.toString();
if (said) process.stderr.write(said);
if (error) fail(`asc refused ${entry}${said ? "" : `: ${error.message}`}`);

const allowed = ["env.abort", ...(coverage ? ["coverage.hit"] : []), ...options["allow-import"]];
const refusals = check(produced.get("core.wat"), {
	allowedImports: allowed,
	recursion: options["allow-recursion"],
});
for (const sentence of refusals) console.error(`core: ${sentence}`);
if (refusals.length > 0) process.exit(1);

const wasm = Buffer.from(produced.get("core.wasm"));
if (!existsSync(options.out) || !readFileSync(options.out).equals(wasm)) writeFileSync(options.out, wasm);
if (options.coverage) writeFileSync(options.coverage, JSON.stringify(places));
if (options.depfile) {
	const tools = ["compile-core.mjs", "gate.mjs"].map((name) => join(root, "tools", name));
	tools.push(join(root, "node_modules", "assemblyscript", "package.json"));
	const sources = [...read, ...tools].sort();
	const escaped = sources.map((path) => path.replace(/[ #\\]/g, "\\$&").replaceAll("$", "$$$$"));
	writeFileSync(options.depfile, `${options.out}: \\\n  ${escaped.join(" \\\n  ")}\n`);
}

function fail(sentence) {
	console.error(`compile-core: ${sentence}`);
	process.exit(1);
}
