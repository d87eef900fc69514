// SPDX-License-Identifier: MIT
// Bytes of bitstream copied per byte of bitstream: test/bench/probe.c follows them from the player's memory on.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildFolder } from "../../test/clients/lib/device.ts";
import { mustRun, root } from "../lib/run.ts";
import { clip, type Figure, ffmpeg, folder, LONG, type Measured, slicesOf } from "./lib.ts";

/** The glue once more around the same core, with every memcpy a call that the probe can see. */
async function visibleDriver(): Promise<string> {
	const parts = ["va", "plans", "v4l2", "memory"].map((part) => join(root, "glue-c", part)); // core is libguard.a
	const sources = parts.flatMap((part) =>
		readdirSync(part)
			.filter((name) => name.endsWith(".c"))
			.map((name) => join(part, name)),
	);
	const includes = [join(root, "glue-c"), join(root, "glue-c", "core"), join(root, "driver-src", "abi")];
	const system = (await mustRun(["pkg-config", "--cflags", "libva", "libdrm"])).trim().split(" ");
	await mustRun([
		...[
			"cc",
			"-std=c17",
			"-D_GNU_SOURCE",
			"-D_FILE_OFFSET_BITS=64",
			'-DDRIVER_VERSION="bench"',
			"-O2",
			"-w",
			"-pthread",
		],
		...["-fno-builtin-memcpy", "-fno-builtin-memmove", "-fvisibility=hidden", "-fPIC", "-shared"],
		...includes.flatMap((path) => ["-I", path]),
		...system.filter((flag) => flag !== ""),
		...sources,
		join(buildFolder, "libguard.a"),
		join(buildFolder, "libcore.a"),
		...["-Wl,-z,defs", "-o", join(folder, "v4l2_request_drv_video.so")],
	]);
	return folder;
}

/** One to vaCreateBuffer's memory, one to OUTPUT, and what the core sees of each slice: 22 bytes of the 2 KB of one of MPEG-2. */
const MOST = 2.01;

/** How often the driver copies each byte of bitstream. */
export async function copies(codec: Measured): Promise<Figure[]> {
	const driver = await visibleDriver();
	const figures: Figure[] = [];
	for (const mode of codec.modes) {
		for (const slices of codec.bench.slices) {
			const { probe } = await ffmpeg(clip(codec, slices), LONG, { mode, driver, probe: true });
			if (!probe || probe.bitstream_bytes === 0) throw new Error("the probe saw no bitstream");
			const shown = (probe.copied_bytes - 2 * probe.bitstream_bytes) / probe.pictures;
			// FFmpeg 5.1 hands over the whole tile group for each of its tiles, of which that tile is copied.
			const others =
				shown < 0
					? "; each byte is handed over more than once"
					: `, and ${shown.toFixed(0)} bytes of headers for the core`;
			figures.push({
				name: `${codec.title}: copies, ${mode}-based, ${slicesOf(codec, slices)}`,
				value: probe.copied_bytes / probe.bitstream_bytes,
				unit: "of each byte of bitstream",
				aim: { most: MOST },
				note: `of ${Math.round(probe.bitstream_bytes / probe.pictures)} bytes a picture: to vaCreateBuffer's memory and to OUTPUT${others}`,
			});
		}
	}
	return figures;
}
