// SPDX-License-Identifier: MIT
// Stock players decode every fixture on a board: each frame that comes out is what its jobs painted, both fields of it, and
// the board is not asked for what its decoder does not take.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { depthOf, hardwareArguments, vaDecodeArguments } from "../../clients/lib/decode.ts";
import { RENDER_NODE, vaDecodePath } from "../../clients/lib/device.ts";
import { nameOf, type StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { mpvArguments } from "../../clients/mpv.ts";
import { codecOf } from "../../codecs/codecs.ts";
import { guest } from "../lib/guest.ts";
import { decoderOf, deepOn } from "./boards.ts";
import { lines, quote } from "./lib/faults.ts";
import { withoutScripts } from "./lib/mpv.ts";
import { decodedFrames } from "./lib/order.ts";
import { paintedMd5, paintedMd5OfDeep } from "./lib/paint.ts";

/** Commands that print the MD5 of each frame at the end of a line, in output order. */
const players: Record<string, (entry: StreamEntry, format: string) => string[]> = {
	ffmpeg: ({ path }, format) => [
		"ffmpeg",
		...hardwareArguments(path, format, RENDER_NODE),
		"-f",
		"framemd5",
		"-",
	],
	mpv: ({ path }, format) => [
		"mpv",
		...withoutScripts,
		...mpvArguments([path], RENDER_NODE, "framemd5", format),
	],
	"va-decode": (entry) => [
		vaDecodePath(),
		...vaDecodeArguments(codecOf(entry), entry.path, RENDER_NODE, ["--each"]),
	],
};

/** A board's device tree, and the kernel that runs on it. */
interface Machine {
	board: string;
	kernel: string;
}

const decoderFor = ({ board, kernel }: Machine, entry: StreamEntry) =>
	decoderOf(board, codecOf(entry).format, kernel);

/** What the decoder and the players take. */
function takes(machine: Machine, entry: StreamEntry): boolean {
	const decoder = decoderFor(machine, entry);
	if (!decoder || entry.set === "refuse") return false;
	if (depthOf(entry) > 8 && !deepOn(decoder, codecOf(entry).format, machine.kernel)) return false;
	// decoder_pads() of driver-src/device/decoder.ts; hantro's formats begin at 48x48.
	const g2 = entry.codec === "hevc" || entry.codec === "vp9";
	if (decoder.driver === "hantro-vpu" && g2 && Math.min(entry.width, entry.height) < 48) return false;
	return !codecOf(entry).refuses(decoder.mode, entry);
}

/**
 * va-decode alone where Debian 12's players ask for no profile of the stream.
 *
 * mpv's encoder, which gives us its pictures, takes no change of size ("resolution changes not supported"), and mpv 0.35 ends in
 * an assertion of its own with a picture of odd size (mp_image_crop).
 */
function playersOf(entry: StreamEntry): string[] {
	if (!codecOf(entry).ffmpeg.plays(entry)) return ["va-decode"];
	const sizes = new Set(decodedFrames(entry.path).map(({ width, height }) => `${width}x${height}`));
	const odd = entry.width % 2 !== 0 || entry.height % 2 !== 0;
	return sizes.size === 1 && !odd ? ["ffmpeg", "mpv"] : ["ffmpeg"];
}

/** Runs in the guest. */
function script(machine: Machine, folder: string, entries: StreamEntry[]): string {
	const file = (name: string) => quote(join(folder, name));
	return [
		"log=/sys/kernel/debug/fake/log",
		...entries.flatMap((entry) =>
			playersOf(entry).flatMap((player) => {
				const name = `${player}-${nameOf(entry)}`;
				const format = depthOf(entry) > 8 ? "yuv420p10le" : "yuv420p";
				const command = [
					...players[player](entry, format),
					// It would decode the rest in software, which takes long in User Mode Linux, and tells nothing.
					...(player === "mpv" && !takes(machine, entry) ? ["--frames=1"] : []),
				]
					.map(quote)
					.join(" ");
				return [
					`echo clear >$log; timeout -k 5 60 ${command} >${file(`${name}.out`)} 2>${file(`${name}.said`)} </dev/null`,
					`echo "step ${name} $?"; grep -e ^job -e ^o -e ^end -e ^fault $log >${file(`${name}.log`)}`,
				];
			}),
		),
		"",
	].join("\n");
}

/** The jobs that painted a frame's two fields. */
interface Frame {
	top: number;
	bottom: number;
	/** Jobs that painted the whole frame once more: a player gets what one of all these painted. */
	again: number[];
}

/** How the log of a decoder tells which jobs are those of one frame. */
interface Telling {
	/** The slices of a field, or of a frame that is not in fields, have jobs of their own. */
	slices: boolean;
	/** There are fields, and the decoder, which parses the slice headers itself, is not told so: each job paints a whole frame. */
	untoldFields: boolean;
	/** A picture may be decoded twice, one job after the other: the second, with another refresh_frame_flags, gives the same pixels. */
	again: boolean;
}

const tellingOf = (machine: Machine, entry: StreamEntry): Telling => ({
	slices: decoderFor(machine, entry)?.mode === "slice" && codecOf(entry).modes.includes("slice"),
	untoldFields: !decoderFor(machine, entry)?.fields && /PAFF|field/.test(entry.features),
	again: codecOf(entry).decodesAgain === true,
});

/** The last jobs that painted each frame, in decoding order. Jobs of one frame follow each other, and go to the same place. */
function paintedFrames(log: string[], { slices, untoldFields, again }: Telling): Frame[] {
	const frames: (Frame & { place: string; fields: string })[] = [];
	let job = 0;
	for (const line of log) {
		const words = line.split(" ");
		if (words[0] === "job") job = Number(words[1]);
		if (words[0] !== "o") continue;
		// After a change of size the memory may be the same.
		const [place, field] = [words.slice(1, 6).join(" "), words[6]];
		let frame = frames.at(-1);
		if (again && frame?.place === place) {
			frame.again.push(job);
			continue;
		}
		const more = slices && frame?.fields.endsWith(field);
		const second = untoldFields
			? frame?.fields === "frame"
			: field !== "frame" && frame?.fields === (field === "top" ? "bottom" : "top");
		// A third field there, or a frame after a field, is another frame in the same memory.
		if (frame?.place !== place || !(more || second)) {
			frame = { place, fields: "", top: 0, bottom: 0, again: [] };
			frames.push(frame);
		}
		if (untoldFields || !frame.fields.endsWith(field)) frame.fields += field;
		if (field !== "bottom") frame.top = job;
		if (field !== "top") frame.bottom = job;
	}
	return frames;
}

interface Results {
	machine: Machine;
	stdout: string;
	read: (name: string) => string;
}

function checkTaken({ machine, stdout, read }: Results, player: string, entry: StreamEntry): void {
	const name = `${player}-${nameOf(entry)}`;
	const said = read(`${name}.said`);
	expect(stdout.includes(`step ${name} 0\n`), `${name} ended with an error: ${said}`);
	expect(!said.includes("v4l2_request"), `${name} said: ${said}`);
	const log = lines(read(`${name}.log`));
	const wrong = log.filter((line) => /^(end|fault) /.test(line) && !/^end \d+ done$/.test(line));
	expectEqual(wrong.join(", "), "", `${name}: jobs that were not done, and memory that is not there`);
	const frames = decodedFrames(entry.path);
	const decoder = decoderFor(machine, entry);
	const deep =
		depthOf(entry) > 8 && decoder ? deepOn(decoder, codecOf(entry).format, machine.kernel) : undefined;
	const painted = paintedFrames(log, tellingOf(machine, entry));
	expectEqual(painted.length, frames.length, `${name}: frames in the log`);
	const inOrder = frames.map(({ place }) => place).sort((a, b) => a - b);
	const got = lines(read(`${name}.out`))
		.filter((line) => !line.startsWith("#"))
		.map((line) => line.split(",").at(-1)?.trim());
	expectEqual(got.length, frames.length, `${name}: frames`);
	for (const [i, { place, width, height }] of frames.entries()) {
		const { top, bottom, again } = painted[inOrder.indexOf(place)];
		const md5 = (first: number, second: number): string =>
			deep ? paintedMd5OfDeep(first, width, height, deep) : paintedMd5(first, width, height, second);
		const last = again.find((job) => md5(job, job) === got[i]);
		expectEqual(
			got[i],
			last ? md5(last, last) : md5(top, bottom),
			`${name}: frame ${i}, which the jobs ${[top, bottom, ...again].join(", ")} painted`,
		);
	}
}

/** A player that must not fall back to software fails; the decoder was not asked for anything. */
function checkRefused({ stdout, read }: Results, entry: StreamEntry): void {
	const [first] = playersOf(entry);
	const step = stdout.split("\n").find((line) => line.startsWith(`step ${first}-${nameOf(entry)} `)) ?? "";
	expect(/ [1-9]\d*$/.test(step), `${first} decoded ${nameOf(entry)}`);
	for (const player of playersOf(entry))
		expectEqual(read(`${player}-${nameOf(entry)}.log`), "", `${player}-${nameOf(entry)}: jobs`);
}

/** Adds the tests of ffmpeg and mpv on these boards, over the streams that each board decodes. */
export function boardFixtureTests(all: StreamEntry[], boards: string[], kernel: string): void {
	// A frame that is not shown is painted like the others, but does not come out (VP8's altref, HEVC's pic_output_flag).
	// ffmpeg converts the samples of a stream of full range. Scaled references are refused in mid-stream, when there were jobs.
	const shown = all.filter(
		({ features }) => !/hidden-frames|output-flag|full-range|scaled-references/.test(features),
	);
	for (const board of boards) {
		const machine = { board, kernel };
		// Where no picture waits for its turn, the next may go to the same place, and jobs of slices are not told apart.
		const untold = (entry: StreamEntry) =>
			tellingOf(machine, entry).slices && entry.features.includes("no-reordering");
		const entries = shown.filter((entry) => decoderFor(machine, entry) && !untold(entry));
		test(`fixtures on board ${board}, ${kernel}: ffmpeg and mpv decode all that it takes`, async () => {
			const build = join(root, "build", "boards");
			mkdirSync(build, { recursive: true });
			const folder = mkdtempSync(join(build, `${board}-fixtures-`));
			try {
				const file = join(folder, "script");
				writeFileSync(file, script(machine, folder, entries));
				const parameters = ["fake.paint=1"];
				const options = { ...machine, quiet: true, timeout: 900, parameters };
				const { stdout, kernelLog } = await guest(["sh", file], options);
				const read = (name: string) => readFileSync(join(folder, name), "utf8");
				const results = { machine, stdout, read };
				for (const entry of entries) {
					if (!takes(machine, entry)) checkRefused(results, entry);
					else for (const player of playersOf(entry)) checkTaken(results, player, entry);
				}
				expectEqual(kernelLog, "", "kernel messages");
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		});
	}
}
