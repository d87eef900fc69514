// SPDX-License-Identifier: MIT
// The same under a Wayland compositor: sway without a monitor. mpv's window is compared, in screenshots of grim, with the same
// player's software decoding.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasProgram, root } from "../../../tools/lib/run.ts";
import { built, observerPath } from "../../clients/lib/device.ts";
import { expect, expectEqual, Skip, test } from "../../clients/lib/suite.ts";
import { guest } from "../lib/guest.ts";
import { differingPixels, readPixels } from "./pixels.ts";

async function playInWindow(clip: string, pictures: number): Promise<void> {
	const shots = mkdtempSync(join(root, "build", "screen-"));
	try {
		const script = (name: string) => join(import.meta.dirname, name);
		const command = ["sh", script("compositor.sh"), "640x480", "sh", script("window.sh")];
		const { code, output } = await guest([...command, shots, `${pictures}`, clip], {
			memory: 1536,
			quiet: true,
			env: {
				SCREEN: built("libsoftware_screen.so"),
				PRELOAD: `${built("libsoftware_screen.so")} ${observerPath()}`,
			},
		});
		expectEqual(code, 0, output);
		const of = (decoder: string, name: string) => join(shots, decoder, name);
		const said = readFileSync(of("vaapi", "said"), "utf8");
		for (const decoder of ["no", "vaapi"]) {
			expect(existsSync(of(decoder, "decoder")), `mpv showed nothing:\n${output}${said}`);
			expectEqual(readFileSync(of(decoder, "decoder"), "utf8"), decoder, `mpv's decoder (${said})`);
		}
		expect(!/ended with status/.test(said), said);
		const seen = new Set<string>();
		for (let i = 0; i < pictures; i++) {
			const name = `${String(i).padStart(3, "0")}.ppm`;
			const wanted = readPixels(of("no", name));
			seen.add(wanted.rgb.toString("latin1"));
			expectEqual(
				differingPixels(readPixels(of("vaapi", name)), wanted),
				0,
				`picture ${i}: wrong pixels`,
			);
		}
		expectEqual(seen.size, pictures, "pictures that differ from all others");
	} finally {
		rmSync(shots, { recursive: true, force: true });
	}
}

export function swayTests(): void {
	for (const [clip, pictures] of [
		["crop-odd.264", 10],
		["high-pyramid.264", 16],
	] as const) {
		test(`screen: mpv vaapi in a window of sway: ${clip}`, async () => {
			for (const program of ["sway", "grim", "mpv"]) {
				if (!hasProgram(program)) {
					throw new Skip(`${program} is missing: run \`node tools/bootstrap.mjs screens\``);
				}
			}
			await playInWindow(join(root, "fixtures", clip), pictures);
		});
	}
}
