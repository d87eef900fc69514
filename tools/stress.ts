// SPDX-License-Identifier: MIT
// npm run stress [-- --pictures N --players K]: mpv vaapi-copy over and over, several at once at different sizes.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Progress from "cli-progress";
import Table from "cli-table3";
import { Command } from "commander";
import { type DeviceKind, type DeviceLog, ensureBuild, withDevice } from "../test/clients/lib/device.ts";
import { root } from "./lib/run.ts";

const options = new Command()
	.name("npm run stress --")
	.option("--pictures <n>", "pictures in each player", "3000")
	.option("--players <n>", "players at once", "2")
	.option("--kind <kind>", "the simulated device: frame or slice", "frame")
	.parse()
	.opts<{ pictures: string; players: string; kind: DeviceKind }>();

const PICTURES = Number(options.pictures);
const PLAYERS = Number(options.players);
const CLIP_PICTURES = 60;
const SIZES = ["320x180", "640x360", "176x144", "854x480", "416x240", "1280x720"];
/** Growth that is not growth: pages of the allocator, mpv's own caches. */
const FLAT_KIB = 4096;

interface Sample {
	pictures: number;
	residentKib: number;
	descriptors: number;
}

interface Account {
	size: string;
	shown: number;
	wrong: number;
	statuses: string[];
	samples: Sample[];
	ended: string;
	log: DeviceLog;
	seconds: number;
}

/** A clip of one size with B pictures, several references and slices; made once, kept in build/stress. */
function clipOf(size: string): string {
	const folder = join(root, "build", "stress");
	const path = join(folder, `${size}.264`);
	if (existsSync(path)) return path;
	mkdirSync(folder, { recursive: true });
	execFileSync("ffmpeg", [
		...[
			"-v",
			"error",
			"-y",
			"-f",
			"lavfi",
			"-i",
			`testsrc2=size=${size}:rate=25,trim=end_frame=${CLIP_PICTURES}`,
		],
		...["-pix_fmt", "yuv420p", "-c:v", "libx264", "-threads", "1", "-profile:v", "high", "-qp", "30"],
		...["-x264-params", "bframes=3:ref=4:b-pyramid=normal:keyint=30:slices=2", "-f", "h264", path],
	]);
	return path;
}

function softwareHashes(path: string): string[] {
	const text = execFileSync("ffmpeg", [
		"-v",
		"error",
		"-i",
		path,
		"-fps_mode",
		"passthrough",
		"-f",
		"framemd5",
		"-",
	]);
	return hashesOf(text.toString());
}

const hashesOf = (text: string): string[] =>
	text
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.slice(line.lastIndexOf(",") + 1).trim());

/** VmRSS and open descriptors of a process, as long as it lives. */
function sample(pid: number, pictures: number): Sample | null {
	try {
		const resident = readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/);
		return {
			pictures,
			residentKib: Number(resident?.[1] ?? 0),
			descriptors: readdirSync(`/proc/${pid}/fd`).length,
		};
	} catch {
		return null;
	}
}

async function player(size: string, onProgress: (pictures: number) => void): Promise<Account> {
	const path = clipOf(size);
	const right = softwareHashes(path);
	const rounds = Math.ceil(PICTURES / right.length);
	const started = Date.now();
	const samples: Sample[] = [];
	let shown = 0;
	let wrong = 0;
	let rest = "";
	let stderr = "";
	const { result: ended, log } = await withDevice({ kind: options.kind }, (env, node) => {
		const child = spawn(
			"mpv",
			[
				...["--no-config", "--no-audio", "--no-sub", "--msg-level=all=warn"],
				...["--hwdec=vaapi-copy", `--vaapi-device=${node}`],
				...["--o=-", "--of=framemd5", "--ovc=rawvideo", "--vf=format=yuv420p"],
				...Array(rounds).fill(path),
			],
			{ env, stdio: ["ignore", "pipe", "pipe"] },
		);
		child.stderr.on("data", (chunk) => {
			stderr += chunk;
		});
		child.stdout.on("data", (chunk) => {
			const lines = (rest + chunk).split("\n");
			rest = lines.pop() ?? "";
			for (const hash of hashesOf(lines.join("\n"))) {
				if (hash !== right[shown % right.length]) wrong++;
				shown++;
			}
			onProgress(shown);
		});
		const timer = setInterval(() => {
			const now = child.pid ? sample(child.pid, shown) : null;
			if (now) samples.push(now);
		}, 50);
		return new Promise<string>((resolve) => {
			child.on("close", (status, signal) => {
				clearInterval(timer);
				resolve(signal ? `died of ${signal}` : status === 0 ? "" : `status ${status}`);
			});
		});
	});
	if (shown < rounds * right.length) wrong += rounds * right.length - shown;
	const statuses = stderr
		.split("\n")
		.filter((line) => /v4l2_request|vaapi|VA-?API|Failed|rror/i.test(line));
	return { size, shown, wrong, statuses, samples, ended, log, seconds: (Date.now() - started) / 1000 };
}

/** The greatest of the last quarter against the greatest of the second: the first is warming up. */
function growth(samples: Sample[], of: (s: Sample) => number): number {
	if (samples.length < 16) return Number.NaN;
	const quarter = Math.floor(samples.length / 4);
	const greatest = (part: Sample[]) => Math.max(...part.map(of));
	return greatest(samples.slice(-quarter)) - greatest(samples.slice(quarter, 2 * quarter));
}

const shown = (number: number): string | number => (Number.isNaN(number) ? "too short to tell" : number);

await ensureBuild();
const sizes = Array.from({ length: PLAYERS }, (_, i) => SIZES[i % SIZES.length]);
for (const size of new Set(sizes)) clipOf(size);
const bar = new Progress.SingleBar(
	{ format: "{bar} {value}/{total} pictures" },
	Progress.Presets.shades_classic,
);
const done = new Array(PLAYERS).fill(0);
bar.start(PLAYERS * PICTURES, 0);
const accounts = await Promise.all(
	sizes.map((size, i) =>
		player(size, (pictures) => {
			done[i] = pictures;
			bar.update(done.reduce((a, b) => a + b, 0));
		}),
	),
);
bar.stop();

const table = new Table({
	head: ["player", ...accounts.map((a, i) => `${i + 1}: ${a.size}`)],
	style: { head: [], border: [] },
});
const rows: [string, (a: Account) => string | number][] = [
	["pictures shown", (a) => a.shown],
	["pictures begun on the device", (a) => a.log.pictures],
	["wrong pictures", (a) => a.wrong],
	["failed ioctls", (a) => a.log.failures.map((f) => `${f} x${a.log.failed[f]}`).join(", ") || 0],
	["refused or painted by the device", (a) => a.log.refused + a.log.painted],
	["bad statuses", (a) => a.statuses.length],
	[
		"descriptors left at exit",
		(a) =>
			Object.entries(a.log.openAtExit).reduce(
				(n, [name, open]) => n + (name === "render" ? 0 : open),
				0,
			),
	],
	["growth of open descriptors", (a) => shown(growth(a.samples, (s) => s.descriptors))],
	["growth of memory, KiB", (a) => shown(growth(a.samples, (s) => s.residentKib))],
	["samples", (a) => a.samples.length],
	["seconds", (a) => a.seconds.toFixed(1)],
];
for (const [name, value] of rows) table.push([name, ...accounts.map(value)]);
console.log(table.toString());

const faults = accounts.flatMap((a, i) => {
	const found: string[] = [];
	const say = (bad: boolean, what: string) => bad && found.push(`player ${i + 1} (${a.size}): ${what}`);
	say(a.ended !== "", a.ended);
	say(a.wrong > 0, `${a.wrong} wrong pictures`);
	say(a.log.pictures < a.shown, "pictures that the device never saw");
	say(a.log.complaint() !== "", a.log.complaint());
	say(a.statuses.length > 0, a.statuses[0]);
	say(growth(a.samples, (s) => s.descriptors) > 0, "open descriptors grow");
	say(growth(a.samples, (s) => s.residentKib) > FLAT_KIB, "memory grows");
	return found;
});
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? "All zero, and flat." : `${faults.length} faults.`);
process.exitCode = faults.length === 0 ? 0 : 1;
