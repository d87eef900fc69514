// SPDX-License-Identifier: MIT
// Build folders.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mustRun, root } from "./run.ts";

export interface Target {
	cross: string;
	needs: string;
	/** Of Debian, as its packages and folders name the architecture. */
	debian: string;
	triplet: string;
	emulator: string;
	/** Where the cross compiler's C library is. */
	prefix: string;
}

export const targets: Record<string, Target> = {
	aarch64: {
		cross: "cross/aarch64-linux-gnu.ini",
		needs: "aarch64-linux-gnu-gcc",
		debian: "arm64",
		triplet: "aarch64-linux-gnu",
		emulator: "qemu-aarch64",
		prefix: "/usr/aarch64-linux-gnu",
	},
	armhf: {
		cross: "cross/arm-linux-gnueabihf.ini",
		needs: "arm-linux-gnueabihf-gcc",
		debian: "armhf",
		triplet: "arm-linux-gnueabihf",
		emulator: "qemu-arm",
		prefix: "/usr/arm-linux-gnueabihf",
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
