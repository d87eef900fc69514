// SPDX-License-Identifier: MIT
// Zero-copy output as players use it: mpv's vo=gpu and vo=gpu-next import what the driver exports into OpenGL and
// show it on a screen (vkms).
// What the screen scans out is compared, picture by picture, with the same player's software decoding.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { built, observerPath } from "../../clients/lib/device.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, Failure, test } from "../../clients/lib/suite.ts";
import { sentences } from "../../clients/vainfo.ts";
import { av1 } from "../../codecs/av1/codec.ts";
import type { Codec } from "../../codecs/codec.ts";
import { fixtureFolder, fixturesNamed } from "../../codecs/codecs.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { hevc } from "../../codecs/hevc/codec.ts";
import { decodedFrames } from "../hardware/lib/order.ts";
import { paintedLinesOfDeep } from "../hardware/lib/paint.ts";
import { guest } from "../lib/guest.ts";

/** The vkms driver's complaint that the guest is slow. */
export const slowScreen = /^.*vkms_vblank_simulate: vblank timer overrun\n/gm;

/** One line for each picture: a picture that stays on the screen counts once. */
function pictures(log: string): string[] {
	const lines = readFileSync(log, "utf8").trimEnd().split("\n");
	return lines.filter((line, i) => line !== lines[i - 1]);
}

interface Screen {
	/** mpv's. */
	options?: string[];
	/** Seconds. */
	timeout: number;
	/** A board whose decoder paints its pictures, instead of visl with the decoder model's. */
	board?: string;
	/** A folder of what is to be on the screen, under the clips' names. The clips themselves unless told. */
	reference?: string;
	/** mpv's name of the format in which surfaces go to the screen: its shaders round another one otherwise. */
	format?: string;
}

/** Plays clips on the guest's screen twice and compares; each must show at least so many different pictures. */
async function play(
	clips: string[],
	least: number,
	{ options = [], timeout, board, reference = "", format = "nv12" }: Screen,
): Promise<void> {
	const logs = mkdtempSync(join(root, "build", "screen-"));
	try {
		const script = join(import.meta.dirname, "play.sh");
		const { code, output, kernelLog } = await guest(["sh", script, logs, ...options, "--", ...clips], {
			...{ board, timeout, memory: 1536, quiet: true },
			parameters: board ? ["fake.paint=1"] : [],
			env: {
				PRELOAD: [built("libsoftware_screen.so"), ...(board ? [] : [observerPath()])].join(" "),
				REFERENCE: reference,
				REFERENCE_FORMAT: format,
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

/** What the board's jobs paint of a stream of 10 bit, in output order, as a file that mpv plays in software. */
function writePainted({ path, width, height }: StreamEntry, to: string): void {
	const words = decodedFrames(path).flatMap(({ place }) => [
		...paintedLinesOfDeep(place, width, height, "P010"),
	]);
	const input = Buffer.concat(words.map(({ buffer }) => Buffer.from(buffer)));
	const raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", `${width}x${height}`, "-i", "-"];
	execFileSync("ffmpeg", ["-v", "error", "-y", ...raw, "-c:v", "ffv1", "-f", "matroska", to], { input });
}

/** Clips of 10 bit without hidden frames, and a board whose decoder paints P010: on the usual kernel, which alone has a screen. */
interface Deep {
	title: string;
	codec: Codec;
	clips: string[];
	/** Pictures of each clip, at least. */
	least: number;
	board: string;
}

const deep: Deep[] = [
	{ title: "HEVC Main 10", codec: hevc, clips: ["main10"], least: 10, board: "imx8mq" },
	{ title: "AV1 of 10 bit", codec: av1, clips: ["deep-screen"], least: 4, board: "rk3588" },
];

/** Adds the tests of mpv on a bare screen, pixel by pixel. */
export function screenTests(): void {
	test("screen: mpv vaapi with vo=gpu shows every picture right", async () => {
		await play([fixture("crop-odd.264"), fixture("paff-b-spatial.264")], 8, { timeout: 300 });
	});

	test("screen: mpv vaapi with vo=gpu-next shows every picture right", async () => {
		// It asks for leave to draw without a GPU, vo=gpu does not, and with mpv 0.40 its dither differs from run to run.
		const options = ["--vo=gpu-next", "--gpu-sw=yes", "--dither=no"];
		await play([fixture("crop-odd.264"), fixture("paff-b-spatial.264")], 8, { options, timeout: 600 });
	});

	for (const { title, codec, clips, least, board } of deep) {
		test(`screen: mpv vaapi with vo=gpu shows P010 of ${title} right`, async () => {
			const folder = mkdtempSync(join(root, "build", "screen-painted-"));
			try {
				const entries = fixturesNamed(codec, clips);
				for (const entry of entries) writePainted(entry, join(folder, entry.file));
				const paths = entries.map(({ path }) => path);
				await play(paths, least, { board, reference: folder, format: "p010", timeout: 300 });
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		});
	}
}

/** Minutes long: npm run test:screens. */
export function longScreenTests(): void {
	test("screen: 720 pictures by mpv vaapi with vo=gpu", async () => {
		const film = join(root, "build", "screen-long.264");
		const part = readFileSync(fixture("long-gop.264")); // 60 pictures from an IDR picture on
		writeFileSync(film, Buffer.concat(Array.from({ length: 12 }, () => part)));
		try {
			await play([film], 700, { timeout: 3600 });
		} finally {
			rmSync(film);
		}
	});
}
