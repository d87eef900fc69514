// SPDX-License-Identifier: MIT
// How fast tiles and packed samples become rows: glue-c/memory/fetch.c against memcpy of as many bytes as come out, in one run.
import { join } from "node:path";
import { mustRun, root } from "../lib/run.ts";
import { benchSources, type Figure, folder } from "./lib.ts";

/** NC30 has none: three samples in four bytes ask for shuffles of bytes, which plain x86-64 and portable C do not have. */
const AIMS: Record<string, number | undefined> = {
	NV15: 0.5,
	NV15_4L4: 0.4,
	NV12_4L4: 0.4,
	P010_4L4: 0.4,
	NV12_32L32: 0.4,
	MM21: 0.4,
	NC12: 0.4,
	NC30: undefined,
};

/** The speed of each conversion of pictures, as a part of memcpy's. */
export async function fetching(): Promise<Figure[]> {
	const program = join(folder, "fetch");
	const sources = [join(benchSources, "fetch.c"), join(root, "glue-c", "memory", "fetch.c")];
	// As Meson's buildtype=release, for any machine of the target.
	const flags = ["-std=c17", "-D_GNU_SOURCE", "-O3", "-I", join(root, "glue-c")];
	await mustRun(["cc", ...flags, "-o", program, ...sources]);
	const printed = await mustRun([program]);
	return Object.entries(AIMS).map(([format, least]) => {
		const ratio = new RegExp(`^${format} (\\d+\\.\\d+)$`, "m").exec(printed)?.[1];
		if (!ratio) throw new Error(`the program did not measure ${format}: ${printed}`);
		return {
			name: `fetching ${format}`,
			value: Number(ratio),
			unit: "of memcpy's speed",
			...(least ? { aim: { least } } : {}),
			note: "1920x1080 to NV12 or P010, memcpy of as many bytes as come out, the fastest of 60 of each in turns",
		};
	});
}
