// SPDX-License-Identifier: MIT
// Zero-copy output as players use it: mpv's vo=gpu imports what the driver exports into OpenGL and shows it on a screen (vkms).
// What the screen scans out is compared, picture by picture, with the same player's software decoding.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { built, observerPath } from "../../clients/lib/device.ts";
import { expect, expectEqual, Failure, Skip, test } from "../../clients/lib/suite.ts";
import { sentences } from "../../clients/vainfo.ts";
import { fixtureFolder } from "../../codecs/codecs.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { guest } from "../lib/guest.ts";

/** The vkms driver's complaint that the guest is slow. */
export const slowScreen = /^.*vkms_vblank_simulate: vblank timer overrun\n/gm;

/** One line for each picture: a picture that stays on the screen counts once. */
function pictures(log: string): string[] {
	const lines = readFileSync(log, "utf8").trimEnd().split("\n");
	return lines.filter((line, i) => line !== lines[i - 1]);
}

/** Plays clips on the guest's screen twice and compares; each must show at least so many different pictures. */
async function play(clips: string[], least: number, options: string[], timeout: number): Promise<void> {
	const logs = mkdtempSync(join(root, "build", "screen-"));
	try {
		const script = join(import.meta.dirname, "play.sh");
		const { code, output, kernelLog } = await guest(["sh", script, logs, ...options, "--", ...clips], {
			memory: 1536,
			timeout,
			quiet: true,
			env: {
				PRELOAD: `${built("libsoftware_screen.so")} ${observerPath()}`,
				XDG_RUNTIME_DIR: "/dev/shm",
			},
		});
		expectEqual(code, 0, output);
		expectEqual(kernelLog.replace(slowScreen, ""), "", "the kernel's log");
		for (const clip of clips.map((path) => basename(path))) {
			const said = readFileSync(join(logs, "vaapi", `${clip}.said`), "utf8");
			expect(
				/Using hardware decoding \(vaapi\)/.test(said),
				`${clip}: mpv did not use VA-API:\n${said}`,
			);
			expect(!/ended with status/.test(said), `${clip}: ${said}`);
			expectEqual(
				sentences(said).join("\n"),
				"",
				`${clip}: while mpv probes and plays, the driver says`,
			);
			const wanted = pictures(join(logs, "no", clip));
			const shown = pictures(join(logs, "vaapi", clip));
			expect(wanted.length >= least, `${clip}: only ${wanted.length} pictures in software`);
			const wrong = wanted.findIndex((line, i) => line !== shown[i]);
			if (wrong >= 0) {
				throw new Failure(
					`${clip}: picture ${wrong} on the screen is ${shown[wrong]} instead of ${wanted[wrong]}`,
				);
			}
			expectEqual(shown.length, wanted.length, `${clip}: pictures on the screen`);
		}
	} finally {
		rmSync(logs, { recursive: true, force: true });
	}
}

const fixture = (name: string) => join(fixtureFolder(h264), name);

/** 40 of "mpv 0.40.0 Copyright ..." (Debian writes v0.40.0). */
function mpvMinor(): number {
	const said = execFileSync("mpv", ["--no-config", "--version"], { encoding: "utf8" });
	return Number(/mpv v?0\.(\d+)/.exec(said)?.[1]);
}

/** Adds the test of mpv on a bare screen, pixel by pixel. */
export function screenTests(): void {
	test("screen: mpv vaapi with vo=gpu shows every picture right", async () => {
		if (mpvMinor() >= 40) {
			throw new Skip(
				"mpv 0.40 shows other pictures in each run here, in software too; why is not known, so there is nothing to compare with",
			);
		}
		await play([fixture("crop-odd.264"), fixture("paff-b-spatial.264")], 8, [], 300);
	});
}

/** Minutes long: npm run test:screens. */
export function longScreenTests(): void {
	test("screen: 720 pictures by mpv vaapi with vo=gpu", async () => {
		const film = join(root, "build", "screen-long.264");
		const part = readFileSync(fixture("long-gop.264")); // 60 pictures from an IDR picture on
		writeFileSync(film, Buffer.concat(Array.from({ length: 12 }, () => part)));
		try {
			await play([film], 700, [], 3600);
		} finally {
			rmSync(film);
		}
	});
}
