// SPDX-License-Identifier: MIT
// Browsers that play a film through the driver, in a guest with a compositor. Firefox's page is compared in pixels with the same
// page decoded in software; Chromium shows nothing with a software renderer, so its calls are all there is to check.
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
} from "node:fs";
import { join } from "node:path";
import { hasProgram, mustRun, root } from "../../../tools/lib/run.ts";
import { built, observerPath } from "../../clients/lib/device.ts";
import { expect, expectEqual, Failure, Skip, test } from "../../clients/lib/suite.ts";
import { sentences } from "../../clients/vainfo.ts";
import { guest } from "../lib/guest.ts";
import { differingPixels, type Pixels, readPixels } from "../screen/pixels.ts";

/** Firefox decodes in software what it cannot show in time: two pictures a second are slow enough. */
const FPS = 2;
/** A picture of the film must differ from another's in so many of its pixels, or a wrong one could pass as right. */
const VISIBLE = 1 / 50;
/** Height of the row of squares at the screen's lower edge. */
const SQUARES = 32;
/** In so many rows at the upper edge, Firefox warns of its sandbox, sooner or later. */
const BAR = 100;
const SCREEN_WIDTH = 1280;

interface Film {
	title: string;
	/** Its name in the browser's folder; a browser takes the container from it. */
	file: string;
	/** What libva's trace calls the parameters of a picture. */
	parameters: string;
	/** ffmpeg's arguments for the encoder. */
	encode: string[];
	width: number;
	height: number;
	/** Not a multiple of 3: the page seeks to every one of them, in steps of three less. */
	frames: number;
	/** How often the page stops the playing film, before it seeks: to each picture, and once more to the first. */
	stops: number;
}

const H264: Film = {
	...{ title: "H.264", file: "clip.mp4", parameters: "VAPictureParameterBufferH264" },
	encode: ["-c:v", "libx264", "-profile:v", "high", "-g", "4", "-bf", "2"],
	...{ width: 640, height: 360, frames: 8, stops: 2 },
};

/** Firefox decodes it with the FFmpeg that it brings along. Frames that are hidden come with those that are shown. */
const VP9: Film = {
	...{ title: "VP9", file: "clip.webm", parameters: "VAPictureParameterBufferVP9" },
	encode: [
		...["-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "5", "-b:v", "300k"],
		...["-auto-alt-ref", "1", "-lag-in-frames", "8", "-g", "3"],
	],
	...{ width: 320, height: 180, frames: 5, stops: 1 },
};

/** The same way. What comes out has film grain, and what later frames refer to has none; the third picture is a frame that was hidden. */
const AV1: Film = {
	...{ title: "AV1", file: "clip-av1.webm", parameters: "VAPictureParameterBufferAV1" },
	encode: [
		...["-c:v", "libaom-av1", "-usage", "good", "-cpu-used", "6", "-b:v", "300k"],
		...["-auto-alt-ref", "1", "-lag-in-frames", "17", "-g", "5", "-aom-params", "film-grain-test=1"],
	],
	...{ width: 320, height: 180, frames: 5, stops: 1 },
};

const stepsOf = ({ frames, stops }: Film): number => stops + frames + 1;

async function makeFilm(folder: string, film: Film): Promise<string> {
	const path = join(folder, film.file);
	const source = `testsrc2=size=${film.width}x${film.height}:rate=${FPS}`;
	// Where a film does not say it, Firefox takes BT.709 for a picture of software, but BT.601 for one of VA-API.
	const space = ["-colorspace", "-color_primaries", "-color_trc"].flatMap((name) => [name, "bt709"]);
	const input = ["-v", "error", "-f", "lavfi", "-i", source];
	const encode = [...film.encode, "-pix_fmt", "yuv420p", ...space, "-frames:v", `${film.frames}`];
	await mustRun(["ffmpeg", ...input, ...encode, path]);
	return path;
}

/** A picture that stood in the page. */
interface Step {
	picture: number;
	/** Pictures that VA-API had decoded by then. */
	decoded: number;
}

/** What one run of a browser left in its folder. */
class Showing {
	readonly steps: Step[];
	readonly said: string;
	readonly #folder: string;
	readonly #trace: string;

	constructor(folder: string) {
		const read = (name: string) => readFileSync(join(folder, name), "latin1");
		this.#folder = folder;
		this.said = read("said");
		// LIBVA_TRACE writes a file for each thread of each process.
		const files = readdirSync(folder).filter((name) => name.startsWith("calls"));
		this.#trace = files.map(read).join("\n");
		this.steps = read("steps")
			.trimEnd()
			.split("\n")
			.map((line) => line.split(" ").map(Number))
			.map(([, picture, decoded]) => ({ picture, decoded }));
	}

	screenshot(step: number): Pixels {
		return readPixels(join(this.#folder, `${step}.ppm`));
	}

	/** How often a function of VA-API was called: "vaEndPicture". */
	count(name: string): number {
		return this.#trace.split(`=========${name} ret =`).length - 1;
	}

	/** Whether the trace has this word. */
	has(word: string): boolean {
		return new RegExp(`\\b${word}\\b`).test(this.#trace);
	}

	/** Calls with another status than VA_STATUS_SUCCESS, as the trace writes them. */
	failures(): string[] {
		return [...new Set(this.#trace.match(/=========va\w+ ret = (?!VA_STATUS_SUCCESS).*/g))];
	}
}

/** Shows the page in a guest: script FOLDER QUERY ARGUMENT..., with the page and the film, from its path, in FOLDER. */
async function show(
	script: string,
	folder: string,
	film: Film,
	path: string,
	more: string[] = [],
): Promise<Showing> {
	mkdirSync(folder);
	for (const name of ["page.html", "prefs.js"])
		copyFileSync(join(import.meta.dirname, name), join(folder, name));
	copyFileSync(path, join(folder, film.file));
	const screen = `${SCREEN_WIDTH}x${BAR + film.height + SQUARES}`;
	const compositor = ["sh", join(import.meta.dirname, "..", "screen", "compositor.sh"), screen];
	const query = `film=${film.file}&fps=${FPS}&frames=${film.frames}&stops=${film.stops}`;
	const browser = ["sh", join(import.meta.dirname, script), folder, query, ...more];
	const { code, output, kernelLog } = await guest([...compositor, ...browser], {
		memory: 4096,
		timeout: 7200,
		quiet: true,
		env: {
			SCREEN: built("libsoftware_screen.so"),
			PRELOAD: `${built("libsoftware_screen.so")} ${observerPath()}`,
		},
	});
	const said = join(folder, "said");
	const last = existsSync(said) ? readFileSync(said, "utf8").slice(-3000) : "";
	expectEqual(code, 0, `${script} ${more.join(" ")} failed: ${output}${last}\nits status`);
	expectEqual(kernelLog, "", "the kernel's log");
	const showing = new Showing(folder);
	expectEqual(showing.steps.length, stepsOf(film), "pictures that stood in the page");
	return showing;
}

/** A folder for the time of a test; where it fails, its last one is kept. */
async function inFolder(name: string, judge: (folder: string) => Promise<void>): Promise<void> {
	const kept = join(root, "build", `${name}-failed`);
	const folder = mkdtempSync(join(root, "build", `${name}-`));
	rmSync(kept, { recursive: true, force: true });
	try {
		await judge(folder);
		rmSync(folder, { recursive: true });
	} catch (error) {
		renameSync(folder, kept);
		throw error;
	}
}

function needs(programs: string[]): void {
	const missing = programs.find((program) => !hasProgram(program));
	if (missing) throw new Skip(`${missing} is missing: run \`node tools/bootstrap.mjs browsers\``);
}

/** Every step was decoded by the driver (libva knows no other in the guest), without a copy, a failed call or a word. */
function expectHardware(showing: Showing, film: Film, exports: number): void {
	const { said, steps } = showing;
	expect(showing.count("vaCreateContext") > 0, "no vaCreateContext: the browser decoded in software");
	expect(showing.has(film.parameters), `no ${film.parameters}: the browser decoded something else`);
	for (const [k, { decoded }] of steps.entries()) {
		const before = k > 0 ? steps[k - 1].decoded : 0;
		expect(decoded > before, `step ${k}: no vaEndPicture since the last step: decoded in software`);
	}
	const [exported, read] = ["vaExportSurfaceHandle", "vaGetImage"].map((name) => showing.count(name));
	expect(exported >= exports, `only ${exported} calls of vaExportSurfaceHandle`);
	expectEqual(read, 0, "copies by vaGetImage");
	expectEqual(showing.failures().join("\n"), "", "failed calls");
	expectEqual(sentences(said).join("\n"), "", "while the browser plays, the driver says");
}

/** The film's pictures in RGB, by ffmpeg's software decoder. */
async function rgbOf(path: string, film: Film): Promise<Buffer[]> {
	const raw = `${path}.rgb`;
	await mustRun(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", raw]);
	const all = readFileSync(raw);
	const size = 3 * film.width * film.height;
	return Array.from({ length: film.frames }, (_, k) => all.subarray(k * size, (k + 1) * size));
}

/** The mean distance of samples from the film's place in the page: its lower left corner, on the row of squares. */
function distance(screen: Pixels, picture: Buffer, film: Film): number {
	const top = screen.height - SQUARES - film.height;
	let sum = 0;
	for (let i = 0; i < picture.length; i++) {
		const [x, y] = [i % (3 * film.width), Math.floor(i / (3 * film.width))];
		sum += Math.abs(screen.rgb[3 * (top + y) * screen.width + x] - picture[i]);
	}
	return sum / picture.length;
}

/** What the page looks like with each picture, from the run in software; checked by ffmpeg, but for roundings of the colours. */
async function pages(software: Showing, path: string, film: Film): Promise<Pixels[]> {
	const pictures = await rgbOf(path, film);
	const found: Pixels[] = [];
	for (const [k, { picture }] of software.steps.entries()) {
		if (k < film.stops) continue;
		const page = software.screenshot(k);
		const distances = pictures.map((each) => distance(page, each, film));
		expectEqual(
			distances.indexOf(Math.min(...distances)),
			picture,
			`in software, step ${k}: the picture on the screen (distances ${distances.map((d) => d.toFixed(1))})`,
		);
		found[picture] = page;
	}
	return found;
}

/** Pixels that differ between Firefox's bar and the row of squares, which names the step. */
function differing(a: Pixels, b: Pixels): number {
	const part = ({ width, height, rgb }: Pixels) => ({
		width,
		height: height - SQUARES - BAR,
		rgb: rgb.subarray(3 * width * BAR, 3 * width * (height - SQUARES)),
	});
	return differingPixels(part(a), part(b));
}

function firefoxTest(film: Film): void {
	const { title, width, height, frames, stops } = film;
	test(`browsers: Firefox decodes ${title} by VA-API, and its page shows each picture right, in loops and seeks`, () =>
		inFolder(`firefox-${title}`, async (folder) => {
			needs(["firefox-esr", "sway", "grim", "ffmpeg"]);
			const path = await makeFilm(folder, film);
			const showIn = (how: string) => show("firefox.sh", join(folder, how), film, path, [how]);
			const software = await showIn("software");
			expectEqual(software.count("vaEndPicture"), 0, "in software: pictures decoded by VA-API");
			const wanted = await pages(software, path, film);
			for (let k = 0; k < frames; k++) {
				const apart = differing(wanted[k], wanted[(k + 1) % frames]);
				expect(
					apart > VISIBLE * width * height,
					`pictures ${k} and the next differ in ${apart} pixels only`,
				);
			}
			const vaapi = await showIn("vaapi");
			expectHardware(vaapi, film, stepsOf(film));
			for (const [k, { picture }] of vaapi.steps.entries()) {
				const shown = vaapi.screenshot(k);
				const wrong = differing(shown, wanted[picture]);
				if (wrong === 0) continue;
				// Firefox leaves out pictures that are late: where it stops while it plays, any may stand, but whole.
				const other = wanted.findIndex((page) => differing(shown, page) === 0);
				if (k < stops && other >= 0) continue;
				const what = other < 0 ? `${wrong} wrong pixels` : `it is picture ${other}`;
				throw new Failure(`step ${k}, picture ${picture}: ${what}`);
			}
		}));
}

function chromiumTest(): void {
	test("browsers: Chromium decodes by VA-API, in loops and seeks", () =>
		inFolder("chromium", async (folder) => {
			needs(["chromium", "sway", "ffmpeg"]);
			const film = { ...H264, width: 1280, height: 720 };
			const path = await makeFilm(folder, film);
			// Chromium exports a surface once, and keeps it.
			expectHardware(await show("chromium.sh", join(folder, "vaapi"), film, path), film, 1);
		}));
}

/** Adds the tests of Firefox and Chromium. */
export function browserTests(): void {
	for (const film of [H264, VP9, AV1]) firefoxTest(film);
	chromiumTest();
}
