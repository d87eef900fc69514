// SPDX-License-Identifier: MIT
// Build folders.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mustRun, root } from "./run.ts";

export const targets: Record<string, { cross: string; needs: string; emulator: string[] }> = {
	aarch64: {
		cross: "cross/aarch64-linux-gnu.ini",
		needs: "aarch64-linux-gnu-gcc",
		emulator: ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"],
	},
};

/** Configures build/<name> (again, if the options changed) and returns its path. */
export async function configure(name: string, options: string[]): Promise<string> {
	const folder = join(root, "build", name);
	const known = existsSync(join(folder, "build.ninja"));
	const fixed = options.filter((option) => option.startsWith("-D"));
	if (!known) await mustRun(["meson", "setup", folder, root, ...options]);
	else if (fixed.length > 0) await mustRun(["meson", "configure", folder, ...fixed]);
	return folder;
}
