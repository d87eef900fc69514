// SPDX-License-Identifier: MIT
// Browsers that play a film through the driver, in a guest with a compositor. Firefox's page is compared in pixels with the same
// page decoded in software; Chromium shows nothing with a software renderer, so its calls are all there is to check.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasProgram, mustRun, root } from "../../../tools/lib/run.ts";
import { built, observerPath } from "../../clients/lib/device.ts";
import { expect, expectEqual, Skip, test } from "../../clients/lib/suite.ts";
import { guest } from "../lib/guest.ts";
import { differingPixels, readPixels } from "../screen/pixels.ts";

/** Firefox decodes in software what it cannot show in time: two pictures a second are slow enough. */
const FPS = 2;
const FRAMES = 8;
/** A picture of the film and some of the page around it must differ from another's in so many pixels. */
const VISIBLE = 5000;

interface Film {
	width: number;
	height: number;
}

/** The film, the page and the preferences, in a folder of their own. */
async function makePage(folder: string, film: Film): Promise<void> {
	for (const name of ["page.html", "prefs.js"])
		copyFileSync(join(import.meta.dirname, name), join(folder, name));
	const source = `testsrc2=size=${film.width}x${film.height}:rate=${FPS}`;
	const encode = ["-c:v", "libx264", "-profile:v", "high", "-g", "4", "-bf", "2", "-pix_fmt", "yuv420p"];
	const output = [...encode, "-frames:v", `${FRAMES}`, join(folder, "clip.mp4")];
	await mustRun(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, ...output]);
}

/** Runs a script of this folder in a guest: script FOLDER ARGUMENT, where FOLDER has the page; it leaves FOLDER/vaapi. */
async function inBrowser(
	script: string,
	argument: string,
	film: Film,
	judge: (folder: string, calls: Calls) => void,
): Promise<void> {
	const folder = mkdtempSync(join(root, "build", "browser-"));
	try {
		await makePage(folder, film);
		mkdirSync(join(folder, "vaapi"));
		const compositor = ["sh", join(import.meta.dirname, "..", "screen", "compositor.sh"), "1280x768"];
		const { code, output, kernelLog } = await guest(
			[...compositor, "sh", join(import.meta.dirname, script), folder, argument],
			{
				memory: 4096,
				timeout: 3000,
				quiet: true,
				env: {
					SCREEN: built("libsoftware_screen.so"),
					PRELOAD: `${built("libsoftware_screen.so")} ${observerPath()}`,
				},
			},
		);
		const said = join(folder, "vaapi", "said");
		const last = existsSync(said) ? readFileSync(said, "utf8").slice(-3000) : "";
		expectEqual(code, 0, `${output}${last}`);
		expectEqual(kernelLog, "", "the kernel's log");
		judge(folder, new Calls(join(folder, "vaapi")));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** What libva's own trace (LIBVA_TRACE) says of the calls of all processes. */
class Calls {
	readonly #trace: string;

	constructor(folder: string) {
		const files = readdirSync(folder).filter((name) => name.startsWith("calls"));
		this.#trace = files.map((name) => readFileSync(join(folder, name), "latin1")).join("\n");
	}

	/** How often a function was called: "EndPicture". */
	count(name: string): number {
		return this.#trace.split(`==========va_Trace${name}`).length - 1;
	}

	/** Statuses other than VA_STATUS_SUCCESS, as the trace writes them. */
	failures(): string[] {
		return [
			...new Set(
				[...this.#trace.matchAll(/^.*=========va\w+ ret = (?!VA_STATUS_SUCCESS).*$/gm)].map(
					(m) => m[0],
				),
			),
		];
	}
}

function needs(programs: string[]): void {
	const missing = programs.find((program) => !hasProgram(program));
	if (missing) throw new Skip(`${missing} is missing: run \`node tools/bootstrap.mjs browsers\``);
}

function firefoxTest(): void {
	test("browsers: Firefox decodes by VA-API, and its page shows each picture right, in loops and seeks", async () => {
		needs(["firefox-esr", "sway", "grim", "ffmpeg"]);
		const film = { width: 640, height: 360 };
		await inBrowser("firefox.sh", `fps=${FPS}&frames=${FRAMES}`, film, (folder, calls) => {
			const shots = Array.from({ length: FRAMES }, (_, k) => `${k}.ppm`);
			const wanted = shots.map((name) => readPixels(join(folder, "no", name)));
			for (const [k, name] of shots.entries()) {
				const shown = readPixels(join(folder, "vaapi", name));
				expectEqual(differingPixels(shown, wanted[k]), 0, `picture ${k}: wrong pixels`);
				const last = wanted[(k + 1) % FRAMES];
				expect(differingPixels(wanted[k], last) > VISIBLE, `pictures ${k} and the next look alike`);
			}
			// Two loops and nine seeks, each from a key picture on.
			const decoded = calls.count("EndPicture");
			expect(decoded > 2 * FRAMES, `${decoded} pictures were decoded by VA-API`);
			expectEqual(calls.failures().join("\n"), "", "failed calls");
		});
	});
}

function chromiumTest(): void {
	test("browsers: Chromium decodes by VA-API", async () => {
		needs(["chromium", "sway", "ffmpeg"]);
		await inBrowser("chromium.sh", "300", { width: 1280, height: 720 }, (_, calls) => {
			const decoded = calls.count("EndPicture");
			expect(decoded >= FRAMES, `${decoded} pictures were decoded by VA-API`);
			expectEqual(calls.failures().join("\n"), "", "failed calls");
		});
	});
}

export function browserTests(): void {
	firefoxTest();
	chromiumTest();
}
