// SPDX-License-Identifier: MIT
// The core as wasm, for tests under Node.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { configure } from "./build.ts";
import { mustRun, root } from "./run.ts";

/** Compiles the core with the stand-in codec. */
export async function compileStandIn(wasm: string, ...options: string[]): Promise<void> {
	mkdirSync(dirname(wasm), { recursive: true });
	const rewrite = join(root, "test", "unit", "stand-in", "rewrite.mjs");
	const compiler = join(root, "tools", "compile-core.mjs");
	await mustRun([process.execPath, compiler, "--rewrite", rewrite, "--out", wasm, ...options]);
}

/** Compiles both; returns what test/unit/support/core.ts wants in the environment. */
export async function compileCores(): Promise<Record<string, string>> {
	const folder = await configure("native", ["-Dtests=true"]);
	await mustRun(["ninja", "-C", folder, "--quiet", "core.wasm"]);
	const standIn = join(root, "build", "unit", "stand-in.wasm");
	await compileStandIn(standIn);
	return { CORE_WASM: join(folder, "core.wasm"), CORE_STAND_IN_WASM: standIn };
}
