// SPDX-License-Identifier: MIT
// Programs of another architecture: built with its libraries, run in an emulator.
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Target } from "./build.ts";
import { root } from "./run.ts";

/**
 * Meson's options for a cross build. With a Debian root of the target's architecture its libraries are found there; the C library stays
 * the cross compiler's.
 */
export function crossFiles(target: Target, foreign?: string): string[] {
	const files = ["--cross-file", target.cross];
	if (!foreign) return files;
	const libraries = join(foreign, "usr", "lib", target.triplet);
	const folders = [join(libraries, "pkgconfig"), join(foreign, "usr", "share", "pkgconfig")];
	const list = (words: string[]) => `[${words.map((word) => `'${word}'`).join(", ")}]`;
	const lines = [
		"[properties]",
		`sys_root = '${foreign}'`,
		`pkg_config_libdir = ${list(folders)}`,
		"[built-in options]",
		// What those libraries need of a newer C library is there when they run.
		`c_link_args = ${list(["-Wl,--allow-shlib-undefined", `-Wl,-rpath-link,${libraries}`])}`,
	];
	const folder = join(root, "build");
	mkdirSync(folder, { recursive: true });
	const path = join(folder, `${target.triplet}.ini`);
	writeFileSync(path, `${lines.join("\n")}\n`);
	return [...files, "--cross-file", path];
}

/** Where a Debian root of the target, unpacked and not installed, has libraries: alternatives and private folders are on no other path. */
export const libraryFolders = (target: Target, foreign: string): string[] =>
	["", "blas", "lapack", "pulseaudio"].map((name) => join(foreign, "usr", "lib", target.triplet, name));

/** The command, run in the target's emulator. variables: for the program alone; the loader's must not reach the emulator. */
export function emulate(
	target: Target,
	foreign: string | undefined,
	command: string[],
	variables: Record<string, string> = {},
): string[] {
	const all = { ...variables };
	if (foreign) all.LD_LIBRARY_PATH = libraryFolders(target, foreign).join(":");
	const words = Object.entries(all).flatMap(([name, value]) => ["-E", `${name}=${value}`]);
	return [target.emulator, "-L", foreign ?? target.prefix, ...words, ...command];
}

/**
 * PATH for programs in the target's emulator, which find the root's own ffmpeg there: what they start is run by this machine, which has
 * another one.
 */
export function emulatedPath(target: Target, foreign: string): string {
	const folder = join(root, "build", basename(foreign), "emulated");
	const words = emulate(target, foreign, [join(foreign, "usr", "bin", "ffmpeg")]);
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		join(folder, "ffmpeg"),
		`#!/bin/sh\nunset LD_LIBRARY_PATH\nexec '${words.join("' '")}' "$@"\n`,
		{ mode: 0o755 },
	);
	return `${folder}:${process.env.PATH}`;
}
