// SPDX-License-Identifier: MIT
// A damaged picture costs that picture, not the film: the players go on, in hardware, and every other picture is right.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DamagedCodec, DeviceMode } from "../codecs/codec.ts";
import { damagedCodecs, fixtureNamed } from "../codecs/codecs.ts";
import { hardwareArguments, planarFormat } from "./lib/decode.ts";
import { buildFolder, type DeviceLog, withDevice } from "./lib/device.ts";
import { type Outcome, run } from "./lib/process.ts";
import { ffmpegInSoftware } from "./lib/software.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";
import { mpvArguments } from "./mpv.ts";
import { sentences } from "./vainfo.ts";

interface Damage {
	fault: string;
	/** Pictures of the 16 that may be wrong: those without samples of their own, and those that are predicted from them. */
	wrong: number;
	/** Jobs that come to nothing. */
	lost: number;
	says: RegExp;
}

const DAMAGES: Damage[] = [
	{ fault: "decode:7:error", wrong: 1, lost: 0, says: /reports an error in a picture/ },
	{ fault: "decode:1:error", wrong: 16, lost: 0, says: /reports an error in a picture/ },
	{ fault: "decode:5-12:error", wrong: 12, lost: 0, says: /reports an error in a picture/ },
	{ fault: "decode:7:hang", wrong: 10, lost: 6, says: /was started again/ },
];

type Played = { result: Outcome; log: DeviceLog };
type Play = (entry: StreamEntry, environment: Record<string, string>, mode?: DeviceMode) => Promise<Played>;

const players: Record<string, Play> = {
	ffmpeg: (entry, environment, mode) =>
		withDevice({ environment, mode }, (env, node) =>
			run({
				program: "ffmpeg",
				arguments: [
					...hardwareArguments(entry.path, planarFormat(entry), node),
					"-f",
					"framemd5",
					"-",
				],
				env,
				timeout: 60,
			}),
		),
	mpv: (entry, environment, mode) =>
		withDevice({ environment, mode }, (env, node) =>
			run({
				program: "mpv",
				arguments: mpvArguments([entry.path], node, "framemd5"),
				env,
				timeout: 60,
			}),
		),
};

const ffmpegWords = (path: string): string[] => [
	...["-v", "error", "-nostdin", ...ffmpegInSoftware],
	...["-i", path, "-f", "framemd5", "-"],
];

const inSoftware: Record<string, (entry: StreamEntry) => Promise<Outcome>> = {
	ffmpeg: ({ path }) => run({ program: "ffmpeg", arguments: ffmpegWords(path) }),
	mpv: ({ path }) => run({ program: "mpv", arguments: mpvArguments([path], null, "framemd5") }),
};

/** The hash of each picture. */
const hashes = (framemd5: string): string[] =>
	framemd5
		.split("\n")
		.filter((line) => line && !line.startsWith("#"))
		.map((line) => line.split(",").at(-1)?.trim() ?? "");

const bySoftware = (entry: StreamEntry): string[] =>
	hashes(execFileSync("ffmpeg", ffmpegWords(entry.path), { encoding: "utf8" }));

/** How many times a noisy film has the clip in it. */
const ROUNDS = 3;

/** The clip, and again, where every so many bytes are others in all packets but those of key pictures. */
function addNoise(entry: StreamEntry, every: number, folder: string): string {
	const clean = join(folder, "clean.264");
	const noisy = join(folder, "noisy.264");
	writeFileSync(clean, Buffer.concat(Array(ROUNDS).fill(readFileSync(entry.path))));
	const filter = `noise=amount='if(key,0,${every})'`;
	execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-i", clean, "-c", "copy", "-bsf:v", filter, noisy]);
	return noisy;
}

/** The player shows as many pictures as in software, those that software decodes right at the same places, and all by the device. */
async function playNoise(name: string, entry: StreamEntry, every: number, mode: DeviceMode): Promise<void> {
	mkdirSync(buildFolder, { recursive: true });
	const folder = mkdtempSync(join(buildFolder, "noise-"));
	try {
		const noisy = { ...entry, path: addNoise(entry, every, folder) };
		const right = new Set(bySoftware(entry));
		const bySoftwareAlone = await inSoftware[name](noisy);
		expectEqual(bySoftwareAlone.status, 0, `status in software (${bySoftwareAlone.stderr.trim()})`);
		const software = hashes(bySoftwareAlone.stdout);
		const { result, log } = await players[name](noisy, {}, mode);
		expectEqual(result.status, 0, `status (${result.stderr.trim()})`);
		const shown = hashes(result.stdout);
		expectEqual(shown.length, software.length, "pictures");
		const places = software.flatMap((hash, i) => (right.has(hash) ? [i] : []));
		expect(places.length >= ROUNDS && places.length < shown.length / 2, `${places.length} are undamaged`);
		for (const i of places) expectEqual(shown[i], software[i], `picture ${i}`);
		expect(log.pictures >= shown.length, `${log.pictures} pictures from the device`);
		expect(!/Falling back/.test(result.stderr), "the player falls back to software");
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/**
 * The film of three rounds: whatever is lost of the first, the last is right, and by the device. Players that decode ahead lose a part of the
 * second one, too, with a decoder that is started again.
 */
async function playThrice(name: string, codec: DamagedCodec, fault: string): Promise<void> {
	mkdirSync(buildFolder, { recursive: true });
	const folder = mkdtempSync(join(buildFolder, "thrice-"));
	try {
		const clip = fixtureNamed(codec, codec.damages.list[0].stream);
		const bytes = readFileSync(clip.path);
		const thrice = { ...clip, path: join(folder, `thrice.${codec.extension}`) };
		writeFileSync(thrice.path, codec.damages.join([bytes, bytes, bytes]));
		const right = bySoftware(clip);
		const { result, log } = await players[name](thrice, { V4L2SIM_FAULT: fault });
		expectEqual(result.status, 0, `status (${result.stderr.trim()})`);
		const shown = hashes(result.stdout);
		if (fault.endsWith("error")) expectEqual(shown.length, 3 * right.length, "pictures");
		expectEqual(shown.slice(-right.length).join(" "), right.join(" "), "pictures of the last round");
		expect(log.pictures >= right.length, `${log.pictures} pictures from the device`);
		expect(!/Falling back/.test(result.stderr), "the player falls back to software");
		const open = Object.entries(log.openAtExit).filter(([what, n]) => n > 0 && what !== "render");
		expectEqual(open.length, 0, `left open: ${JSON.stringify(log.openAtExit)}`);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Adds the tests of players whose device loses or spoils pictures; the film is found among the entries. */
export function damageTests(entries: StreamEntry[]): void {
	const entry = entries.find((e) => e.file === "high-pyramid.264") as StreamEntry;

	for (const [name, play] of Object.entries(players)) {
		for (const { fault, wrong, lost, says } of DAMAGES) {
			test(`${name} goes on after ${fault}`, async () => {
				const right = bySoftware(entry);
				const { result, log } = await play(entry, { V4L2SIM_FAULT: fault });
				expectEqual(result.status, 0, `status (${result.stderr.trim()})`);
				const shown = hashes(result.stdout);
				expectEqual(shown.length, entry.frames, "pictures");
				const different = shown.filter((hash, i) => hash !== right[i]).length;
				expect(different <= wrong, `${different} pictures are wrong`);
				expect(log.pictures >= entry.frames - lost, `${log.pictures} pictures from the device`);
				const said = sentences(result.stderr);
				expect(said.length >= 1 && says.test(said[0]), `it says: ${said.join("\n")}`);
			});
		}
	}

	for (const name of Object.keys(players)) {
		for (const mode of ["frame", "slice"] as const) {
			test(`${name} goes on through noise, ${mode}`, () => playNoise(name, entry, 400, mode));
		}
	}

	for (const codec of damagedCodecs) {
		for (const name of Object.keys(players)) {
			for (const fault of ["decode:5:error", "decode:5:hang"])
				test(`${name} goes on in ${codec.name} after ${fault}`, () => playThrice(name, codec, fault));
		}
	}

	test("LIBVA_V4L2_REQUEST_STRICT=1 ends ffmpeg at a damaged picture", async () => {
		const { result } = await players.ffmpeg(entry, {
			V4L2SIM_FAULT: "decode:7:error",
			LIBVA_V4L2_REQUEST_STRICT: "1",
		});
		expect(result.status !== 0, "status 0");
		expect(hashes(result.stdout).length < entry.frames, "all pictures came out");
	});
}
