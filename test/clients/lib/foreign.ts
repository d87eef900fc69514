// SPDX-License-Identifier: MIT
// Players of another architecture, in an emulator (npm run test:foreign).
import { join } from "node:path";
import { targets } from "../../../tools/lib/build.ts";
import { emulate } from "../../../tools/lib/foreign.ts";
import type { Run } from "./process.ts";

/** FOREIGN_TARGET: a name in tools/lib/build.ts; FOREIGN_ROOT: a Debian root of it, which has the players. */
const { FOREIGN_TARGET = "", FOREIGN_ROOT = "" } = process.env;
/** How many times as long as on its own machine a program may take. */
const PATIENCE = 20;

/** The variables of a process in which run() takes players of that root. */
export const foreignPlayers = (target: string, folder: string): Record<string, string> => ({
	FOREIGN_TARGET: target,
	FOREIGN_ROOT: folder,
});

/** Ends a suite that is for such players alone where there are none: it would pass with this machine's. */
export function needForeignPlayers(): void {
	if (targets[FOREIGN_TARGET]) return;
	console.error(
		"foreign: run `npm run test:foreign -- ARCHITECTURE`, which has players of that architecture",
	);
	process.exit(1);
}

/** What is run for a program: itself, or the emulator with that architecture's program of this name. */
export function inEmulator(r: Run): Run {
	const target = targets[FOREIGN_TARGET];
	if (!target) return r;
	const path = r.program.includes("/") ? r.program : join(FOREIGN_ROOT, "usr", "bin", r.program);
	const { LD_PRELOAD, ...env } = r.env ?? process.env;
	const [program, ...words] = emulate(
		target,
		FOREIGN_ROOT,
		[path, ...r.arguments],
		LD_PRELOAD ? { LD_PRELOAD } : {},
	);
	return { ...r, program, arguments: words, env, timeout: (r.timeout ?? 120) * PATIENCE };
}
