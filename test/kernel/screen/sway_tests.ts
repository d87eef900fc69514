// SPDX-License-Identifier: MIT
// The same under a Wayland compositor: sway without a monitor. mpv's window is compared, in screenshots of grim, with the same
// player's software decoding.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasProgram, root } from "../../../tools/lib/run.ts";
import { built, observerPath } from "../../clients/lib/device.ts";
import { expect, expectEqual, Failure, Skip, test } from "../../clients/lib/suite.ts";
import { sentences } from "../../clients/vainfo.ts";
import { fixtureFolder } from "../../codecs/codecs.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { guest } from "../lib/guest.ts";
import { differingPixels, readPixels } from "./pixels.ts";
import { slowScreen } from "./screen_tests.ts";

async function playInWindow(clip: string, pictures: number): Promise<void> {
	const shots = mkdtempSync(join(root, "build", "screen-"));
	const kept = join(root, "build", "sway-failed"); // the screenshots of the last test that failed
	rmSync(kept, { recursive: true, force: true });
	try {
		const script = (name: string) => join(import.meta.dirname, name);
		const command = ["sh", script("compositor.sh"), "640x480", "sh", script("window.sh")];
		const { code, output, kernelLog } = await guest([...command, shots, `${pictures}`, clip], {
			memory: 1536,
			quiet: true,
			env: {
				SCREEN: built("libsoftware_screen.so"),
				PRELOAD: `${built("libsoftware_screen.so")} ${observerPath()}`,
			},
		});
		expectEqual(code, 0, output);
		expectEqual(kernelLog.replace(slowScreen, ""), "", "the kernel's log");
		const of = (decoder: string, name: string) => join(shots, decoder, name);
		const said = readFileSync(of("vaapi", "said"), "utf8");
		for (const decoder of ["no", "vaapi"]) {
			expect(existsSync(of(decoder, "decoder")), `mpv showed nothing:\n${output}${said}`);
			expectEqual(readFileSync(of(decoder, "decoder"), "utf8"), decoder, `mpv's decoder (${said})`);
		}
		expect(!/ended with status/.test(said), said);
		expectEqual(sentences(said).join("\n"), "", "while mpv probes and plays, the driver says");
		const names = Array.from({ length: pictures }, (_, i) => `${String(i).padStart(3, "0")}.ppm`);
		const wanted = names.map((name) => readPixels(of("no", name)));
		const seen = new Set(wanted.map(({ rgb }) => rgb.toString("latin1")));
		expectEqual(seen.size, pictures, "pictures in software that differ from all others");
		for (const [i, name] of names.entries()) {
			const shown = readPixels(of("vaapi", name));
			const wrong = differingPixels(shown, wanted[i]);
			if (wrong === 0) continue;
			const other = wanted.findIndex((each) => differingPixels(shown, each) === 0);
			const what = other < 0 ? `${wrong} wrong pixels` : `it is picture ${other}`;
			throw new Failure(`picture ${i}: ${what} (${kept} has the screenshots)`);
		}
		rmSync(shots, { recursive: true });
	} catch (error) {
		renameSync(shots, kept);
		throw error;
	}
}

/** Adds the tests of mpv in a window of sway; skipped where a program is missing. */
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
			await playInWindow(join(fixtureFolder(h264), clip), pictures);
		});
	}
}
