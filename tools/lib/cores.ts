// SPDX-License-Identifier: MIT
// The core as wasm, for tests under Node.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { configure } from "./build.ts";
import { mustRun, root } from "./run.ts";

async function compile(wasm: string, ...options: string[]): Promise<void> {
	mkdirSync(dirname(wasm), { recursive: true });
	const compiler = join(root, "tools", "compile-core.mjs");
	await mustRun([process.execPath, compiler, "--out", wasm, ...options]);
}

/** Compiles the core with the stand-in codec. */
export async function compileStandIn(wasm: string, ...options: string[]): Promise<void> {
	await compile(wasm, "--rewrite", join(root, "test", "unit", "stand-in", "rewrite.mjs"), ...options);
}

/** Compiles the core, the same with the stand-in codec, and the table of formats; returns what the unit tests want in the environment. */
export async function compileCores(): Promise<Record<string, string>> {
	const folder = await configure("native", ["-Dtests=true"]);
	await mustRun(["ninja", "-C", folder, "--quiet", "core.wasm"]);
	const standIn = join(root, "build", "unit", "stand-in.wasm");
	await compileStandIn(standIn);
	const formats = join(root, "build", "unit", "formats.wasm");
	await compile(formats, "--entry", join(root, "driver-src", "formats", "formats.ts"));
	return { CORE_WASM: join(folder, "core.wasm"), CORE_STAND_IN_WASM: standIn, FORMATS_WASM: formats };
}
