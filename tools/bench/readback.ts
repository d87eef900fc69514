// SPDX-License-Identifier: MIT
// How fast pixels come out: vaGetImage against memcpy of as many bytes from the same memory, in one run.
import { join } from "node:path";
import { withDevice } from "../../test/clients/lib/device.ts";
import { run } from "../../test/clients/lib/process.ts";
import { mustRun } from "../lib/run.ts";
import { benchSources, type Figure, folder } from "./lib.ts";

/** The speed of vaGetImage(), as a part of memcpy's. */
export async function readback(): Promise<Figure[]> {
	const program = join(folder, "readback");
	const source = join(benchSources, "readback.c");
	await mustRun(["cc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-o", program, source, "-lva", "-lva-drm"]);
	const { result } = await withDevice({}, (env, node) => run({ program, arguments: [node], env }));
	return ["NV12", "I420"].map((format) => {
		const ratio = new RegExp(`^${format} (\\d+\\.\\d+)$`, "m").exec(result.stdout)?.[1];
		if (!ratio) throw new Error(`readback did not measure ${format}: ${result.stderr}`);
		return {
			name: `vaGetImage, ${format}`,
			value: Number(ratio),
			unit: "of memcpy's speed",
			aim: { least: 0.8 },
			note: "1920x1088, the fastest of 60 of each in turns",
		};
	});
}
