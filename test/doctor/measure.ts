// SPDX-License-Identifier: MIT
// v4l2-request-doctor --measure with stock ffmpeg and mpv on the simulated device, and with players that are missing, fail or hang.
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { simulatorPath } from "../clients/lib/device.ts";
import { expect, expectEqual, Skip, test } from "../clients/lib/suite.ts";
import { codecNames } from "../codecs/codecs.ts";
import { doctor, type Report, type State } from "./doctor.ts";

const film = { path: join(root, "fixtures", "h264", "long-gop.264"), pictures: 60 };

interface Clip {
	file: string;
	codec: string;
	profile: string;
	pixels: string;
	md5: string;
}

const listPath = join(root, "packaging", "board", "clips.tsv");
/** Those of packaging/board. */
export const clips: Clip[] = readFileSync(listPath, "utf8")
	.trim()
	.split("\n")
	.map((line) => {
		const [file, codec, profile, pixels, md5] = line.split("\t");
		return { file, codec, profile, pixels, md5 };
	});

/** A folder of clips as it is installed. */
function installClips(folder: string, chosen: Clip[]): string {
	mkdirSync(folder);
	const rows = chosen.map((clip) =>
		[clip.file, clip.codec, clip.profile, clip.pixels, clip.md5].join("\t"),
	);
	writeFileSync(join(folder, "clips.tsv"), `${rows.join("\n")}\n`);
	for (const { file, codec } of chosen) {
		mkdirSync(join(folder, codec), { recursive: true });
		copyFileSync(join(root, "fixtures", codec, file), join(folder, codec, file));
	}
	return folder;
}

interface Options {
	/** The clips that are installed; none unless told. */
	clips?: Clip[];
	/** The programs in the path; those of this machine unless told: a script, or the machine's own. */
	players?: Record<string, string | "own">;
	environment?: Record<string, string>;
	folder?: State["folder"];
	/** Seconds until the doctor is killed: 240 unless told. */
	timeout?: number;
}

interface Measured {
	status: number | null;
	stdout: string;
	stderr: string;
}

const device = (): Record<string, string> => ({
	LD_PRELOAD: simulatorPath(false),
	V4L2SIM_KIND: `${codecNames.join("+")}:frame`,
	V4L2SIM_DEPTH: "10",
});

/** Runs the doctor with --measure and more words. */
export async function measure(options: Options, ...words: string[]): Promise<Measured> {
	const scratch = mkdtempSync(join(tmpdir(), "measure-"));
	try {
		const environment: Record<string, string> = { ...device(), ...options.environment };
		environment.V4L2_REQUEST_CLIPS = options.clips
			? installClips(join(scratch, "clips"), options.clips)
			: "/nonexistent";
		if (options.players) environment.PATH = playersIn(join(scratch, "bin"), options.players);
		return await doctor(
			{ environment, folder: options.folder, timeout: options.timeout ?? 240 },
			"--measure",
			...words,
		);
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}

function playersIn(folder: string, players: Record<string, string>): string {
	mkdirSync(folder);
	for (const [name, script] of Object.entries(players)) {
		const path = join(folder, name);
		if (script === "own") symlinkSync(join("/usr/bin", name), path);
		else {
			writeFileSync(path, `#!/bin/sh\n${script}\n`);
			chmodSync(path, 0o755);
		}
	}
	return folder;
}

async function measured(
	options: Options,
	...words: string[]
): Promise<{ status: number | null; all: Report }> {
	const { status, stdout } = await measure(options, "--json", "--seconds", "5", ...words);
	return { status, all: JSON.parse(stdout).measurement };
}

/** A zombie has, too: it waits for whoever started it, which is gone. */
function hasEnded(pid: string): boolean {
	const path = join("/proc", pid, "stat");
	return !existsSync(path) || readFileSync(path, "utf8").split(" ")[2] === "Z";
}

/** Waits for something, 5 seconds at most. */
async function until(is: () => boolean): Promise<void> {
	for (let i = 0; i < 50 && !is(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Where there is a GPU, mpv may show surfaces on its screen, or try to. */
const screenless = !existsSync("/dev/dri");

const verdicts = (list: Report[]): string => list.map(({ verdict }: Report) => verdict).join();
/** Every remark begins with what to do, and is one sentence. */
function expectRemarks(list: Report[]): void {
	for (const { verdict, remark } of list)
		expect(
			["right", "measured"].includes(verdict)
				? remark === null
				: /^[A-Z][a-z]+ [^\n]{10,}[^.\n]$/.test(remark),
			`${verdict}: ${remark}`,
		);
}

/** A text in which what differs from run to run, and from machine to machine, is N. */
const unified = (text: string): string =>
	text
		.replace(/^(ffmpeg|mpv): .*$/gm, "$1: VERSION")
		.replace(/^The film: h264 .*; at/m, "The film: FILM; at")
		.replace(/^( {2}(?:ffmpeg|mpv) +\S+ +\d+) .*%.*$/gm, "$1 NUMBERS");

const shapeOf = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
	if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
	return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, shapeOf(inside)]));
};

/** Compares with golden/NAME, or makes it. */
function expectGolden(name: string, text: string, write: boolean): void {
	const path = join(root, "test", "doctor", "golden", name);
	if (write) writeFileSync(path, text);
	expect(existsSync(path), `there is no ${path}: run this with --write, and read what it wrote`);
	expectEqual(text, readFileSync(path, "utf8"), name);
}

/** Adds the tests of --measure. write: the golden texts become what is said now. */
export function measureTests(write: boolean): void {
	test("measure: the clips that are installed have the sums of the fixtures", async () => {
		for (const { file, codec, pixels, md5 } of clips) {
			const index = readFileSync(join(root, "fixtures", codec, "index.tsv"), "utf8");
			const row = index
				.split("\n")
				.map((line) => line.split("\t"))
				.find(([name]) => name === file);
			expectEqual(`${row?.[4]} ${row?.[7]}`, `${pixels} ${md5}`, file);
		}
		const missing = codecNames.filter((name) => !clips.some(({ codec }) => codec === name));
		expectEqual(missing.join(), "", "codecs without a clip");
	});

	test("measure: a film and all clips, as data", async () => {
		const { status, stdout, stderr } = await measure({ clips }, "--json", "--seconds", "5", film.path);
		const all = JSON.parse(stdout).measurement;
		const shown = screenless ? "no-screen" : all.runs[4].verdict;
		expectEqual(verdicts(all.runs), `measured,measured,measured,measured,${shown},measured`, "runs");
		for (const run of all.runs.filter(({ verdict }: Report) => verdict === "measured")) {
			const what = `${run.player} ${run.way}`;
			expectEqual(run.pictures, film.pictures, `pictures of ${what}`);
			expectEqual(run.dropped, 0, `drops of ${what}`);
			expect(run.memory_kb > 4096 && run.milliseconds > 0 && run.fps > 0, JSON.stringify(run));
		}
		const [speed] = all.runs.filter(({ player }: Report) => player === "mpv");
		expect(speed.fps > 10 && speed.fps < 26, `mpv plays 25 pictures a second, not ${speed.fps}`);
		expectEqual(verdicts(all.clips), clips.map(() => "right").join(), "clips");
		expectEqual(all.good, true, "good");
		expectEqual(status, 0, "status");
		expectRemarks([...all.runs, ...all.clips]);
		expect(!stdout.includes(basename(film.path)), "the name of the film is nobody's business");
		const steps = stderr.trim().split("\n");
		expectEqual(steps.length, 6 + clips.length, "lines of progress");
		expect(steps[0].startsWith(`1 of ${6 + clips.length}: ffmpeg, software: 60 pictures, `), steps[0]);
		// What sensors there are is this machine's own matter.
		for (const run of all.runs) run.clocks = run.temperatures = [];
		expectGolden("measure-shape.json", `${JSON.stringify(shapeOf(all), null, "\t")}\n`, write);
	});

	test("measure: a film and all clips, as text", async () => {
		if (!screenless) throw new Skip("this machine has DRM nodes of its own");
		const { stdout } = await measure({ clips: clips.slice(0, 2) }, "--seconds", "5", film.path);
		expectGolden("measure.txt", unified(stdout), write);
	});

	test("measure: only the first seconds of a film are played", async () => {
		const { stdout } = await measure({}, "--json", "--seconds", "1", film.path);
		for (const { verdict, pictures } of JSON.parse(stdout).measurement.runs)
			if (verdict === "measured") expect(pictures >= 24 && pictures <= 30, `${pictures} pictures`);
	});

	test("measure: without a film the clips alone", async () => {
		const { status, all } = await measured({ clips: clips.slice(0, 1) });
		expectEqual(all.runs.length, 0, "runs");
		expectEqual(verdicts(all.clips), "right", "clips");
		expectEqual(status, 0, "status");
	});

	test("measure: a wrong sum is found, and so are wrong pictures", async () => {
		const [first, second] = clips.filter(({ codec }) => codec === "h264");
		const other = { ...first, md5: second.md5 };
		const listed = await measured({ clips: [other, second] });
		expectEqual(verdicts(listed.all.clips), "wrong,right", "of another sum");
		expectEqual(`${listed.status} ${listed.all.good}`, "1 false", "status");
		expectRemarks(listed.all.clips);
		// Another pic_init_qp_minus26.
		const environment = { V4L2SIM_MUTATE: "h264.pps:6:1:0x02" };
		const decoded = await measured({ clips: [first], environment });
		expectEqual(verdicts(decoded.all.clips), "wrong", "of a decoder that is wrong");
		expectEqual(decoded.status, 1, "status");
		expect(decoded.all.clips[0].md5 !== first.md5, "its sum");
	});

	test("measure: MPEG-2's rounding is the decoder's own, and wrong pictures are wrong", async () => {
		const ours = clips.filter(({ codec }) => codec === "mpeg2");
		const clip = async (environment: Record<string, string>): Promise<Report> => {
			const { all } = await measured({ clips: ours, environment });
			expectEqual(all.clips.length, 1, "clips");
			return all.clips[0];
		};
		const exact = await clip({});
		expectEqual(
			`${exact.verdict} ${exact.difference}`,
			"right null",
			"of a decoder that rounds as the model",
		);
		const rounds = await clip({ MODEL_ROUNDS: "1" });
		expect(rounds.md5 !== rounds.expected, "its sum");
		expectEqual(rounds.verdict, "right", "of a decoder that rounds otherwise");
		expect(rounds.difference > 0 && rounds.difference <= 8, `difference ${rounds.difference}`);
		// Another intra_quantiser_matrix[1].
		const wrong = await clip({ MODEL_ROUNDS: "1", V4L2SIM_MUTATE: "mpeg2.quantisation:1:1:0x10" });
		expectEqual(wrong.verdict, "wrong", "of a decoder that is wrong");
		expect(wrong.difference > 8, `difference ${wrong.difference}`);
	});

	test("measure: what no decoder serves is no fault", async () => {
		const environment = { V4L2SIM_KIND: "h264:frame", V4L2SIM_DEPTH: "8" };
		const { status, all } = await measured({ clips, environment });
		const expected = clips.map(({ codec }) => (codec === "h264" ? "right" : "not-offered")).join();
		expectEqual(verdicts(all.clips), expected, "clips");
		expectEqual(status, 0, "status");
	});

	test("measure: a film that the decoder does not serve is measured in software alone", async () => {
		const environment = { V4L2SIM_KIND: "vp8:frame" };
		const { status, all } = await measured({ environment }, film.path);
		expectEqual(
			verdicts(all.runs),
			`measured,failed,failed,measured,${screenless ? "no-screen" : all.runs[4].verdict},fell-back`,
			"runs",
		);
		expectEqual(status, 1, "status");
		expectRemarks(all.runs);
	});

	test("measure: a decoder that never answers ends in bounded time", async () => {
		const environment = { V4L2SIM_FAULT: "decode:3+:hang" };
		const { status, all } = await measured({ clips: clips.slice(0, 1), environment });
		expect(/^(failed|hung|wrong)$/.test(all.clips[0].verdict), all.clips[0].verdict);
		expectEqual(status, 1, "status");
		expectRemarks(all.clips);
	});

	test("measure: a player that is missing, and both", async () => {
		const none = await measured({ clips: clips.slice(0, 1), players: {} }, film.path);
		expectEqual(verdicts(none.all.runs), Array(6).fill("missing").join(), "runs");
		expectEqual(verdicts(none.all.clips), "no-player", "clips");
		expectEqual(none.status, 1, "status");
		expectRemarks([...none.all.runs, ...none.all.clips]);
		const one = await measured({ clips: clips.slice(0, 1), players: { ffmpeg: "own" } }, film.path);
		expectEqual(verdicts(one.all.runs), "measured,measured,measured,missing,missing,missing", "runs");
		expectEqual(one.status, 0, "status without mpv");
	});

	test("measure: without the driver software alone, and what to do", async () => {
		const { status, all } = await measured({ clips: clips.slice(0, 1), folder: {} }, film.path);
		expectEqual(verdicts(all.runs), "measured,no-driver,no-driver,measured,no-driver,no-driver", "runs");
		expectEqual(verdicts(all.clips), "no-driver", "clips");
		expect(/^(Unset|Install|Set) /.test(all.runs[1].remark), all.runs[1].remark);
		expectEqual(status, 1, "status");
	});

	test("measure: a file that is missing, and one that is no film", async () => {
		const missing = await measure({}, "/nonexistent/film.mkv");
		expectEqual(missing.status, 2, "status");
		expectEqual(missing.stdout, "", "output");
		expect(
			/^v4l2-request-doctor: [^\n]+ cannot be read \(No such file[^\n]+\n$/.test(missing.stderr),
			missing.stderr,
		);
		const { status, all } = await measured({}, join(root, "LICENSE"));
		expectEqual(all.runs[0].verdict, "failed", "ffmpeg");
		expectEqual(all.runs[3].verdict, "failed", "mpv");
		expect(
			/^Name a film that ffmpeg can play: .*Invalid data found/.test(all.runs[0].remark),
			all.runs[0].remark,
		);
		expect(!JSON.stringify(all).includes("LICENSE"), "the name of the file");
		expectEqual(status, 1, "status");
	});

	test("measure: a player that hangs is stopped, with all that it started", async () => {
		const scratch = mkdtempSync(join(tmpdir(), "hangs-"));
		const pid = join(scratch, "pid");
		const hangs = `[ "$1" = --version ] && { echo mpv 1; exit; }\n/bin/sleep 600 &\necho $! >${pid}\nwait`;
		try {
			const { all } = await measured({ players: { mpv: hangs } }, film.path);
			expectEqual(verdicts(all.runs.slice(3)), "hung,not-tried,not-tried", "runs");
			expect(all.runs[3].milliseconds < 60_000, `after ${all.runs[3].milliseconds} ms`);
			expectRemarks(all.runs.slice(3));
			expect(hasEnded(readFileSync(pid, "utf8").trim()), "what it started goes on");
		} finally {
			rmSync(scratch, { recursive: true, force: true });
		}
	});

	test("measure: a doctor that is killed takes its player with it", async () => {
		const scratch = mkdtempSync(join(tmpdir(), "killed-"));
		const pid = join(scratch, "pid");
		const player = `[ "$1" = --version ] && { echo mpv 1; exit; }\necho $$ >${pid}\nexec /bin/sleep 600`;
		try {
			const { status } = await measure({ players: { mpv: player }, timeout: 8 }, film.path);
			expectEqual(status, null, "status of what was killed");
			const number = readFileSync(pid, "utf8").trim();
			await until(() => hasEnded(number));
			expect(hasEnded(number), "the player goes on");
		} finally {
			rmSync(scratch, { recursive: true, force: true });
		}
	});

	test("measure: a player that crashes, says nonsense or floods", async () => {
		const version = '[ "$1" = -version ] && { echo ffmpeg 1; exit; }\n';
		const crashes = await measured({ players: { ffmpeg: `${version}kill -SEGV $$` } }, film.path);
		expectEqual(verdicts(crashes.all.runs.slice(0, 3)), "failed,failed,failed", "that crashes");
		const odd = `${version}printf 'frame=99999999999999999999\\n[error] \\001\\377"\\\\\\n'; printf %2000s x; printf 'MD5=zz\\n' >&3; exit 1`;
		const nonsense = await measured({ players: { ffmpeg: odd }, clips: clips.slice(0, 1) }, film.path);
		expectEqual(verdicts(nonsense.all.runs.slice(0, 3)), "failed,failed,failed", "that says nonsense");
		expectEqual(verdicts(nonsense.all.clips), "failed", "its clip");
		const floods = `${version}/usr/bin/head -c 20000000 /dev/zero; /usr/bin/yes frame=1 | /usr/bin/head -n 300000`;
		const flooded = await measured({ players: { ffmpeg: floods } }, film.path);
		expectEqual(flooded.all.runs[0].verdict, "measured", "that floods");
		expectEqual(flooded.all.runs[0].pictures, 1, "pictures of that");
	});

	test("measure: wrong words are refused with the usage", async () => {
		for (const words of [
			["--seconds", "0"],
			["--seconds", "x"],
			["--seconds", "-1"],
			["a", "b"],
			["--check"],
		]) {
			const { status, stdout, stderr } = await measure({}, ...words);
			expectEqual(status, 2, words.join(" "));
			expect(stdout === "" && /^usage: |\nusage: /.test(stderr), stderr);
		}
		expectEqual((await doctor({}, "--seconds", "5")).status, 2, "--seconds alone");
	});
}
