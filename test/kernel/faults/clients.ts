// SPDX-License-Identifier: MIT
// The clients that faults are tried on: how each is started, what it shows when nothing fails, and what a run of it means.
import { hardwareArguments } from "../../clients/lib/decode.ts";
import { RENDER_NODE, vaDecodePath } from "../../clients/lib/device.ts";
import type { JobResult } from "./jobs.ts";

/** What happened, in the words of the table; harm: pictures or a call were lost. */
export interface Reading {
	harm: boolean;
	outcome: string;
	/** The driver's sentences while the fault was there. */
	said: string[];
	/** What is wrong with it, by rules that hold for every fault. */
	complaints: string[];
	/** The client had to open a new display to get over it. */
	reopened: boolean;
}

export interface Client {
	name: string;
	command: (stream: string) => string[];
	/** One life, with which the calls are counted; the command itself where that is one. */
	once: (stream: string) => string[];
	read: (result: JobResult, clean: JobResult) => Reading;
}

const SENTENCE = /^.*\bv4l2_request: /;
const sentences = (lines: string[]) =>
	lines.filter((line) => SENTENCE.test(line)).map((line) => line.replace(SENTENCE, ""));

/** The three endings that none may have. */
function ending(result: JobResult): string[] {
	if (result.timedOut) return ["it did not end"];
	if (result.signal) return [`it died of ${result.signal}`];
	return [];
}

interface Life {
	name: string;
	/** The MD5 of its pictures, or null. */
	md5: string | null;
	lines: string[];
	left: string[];
}

/** The account of `va-decode --again` (test/clients/va-decode/lives.c). */
function lives(output: string): Life[] {
	const all: Life[] = [];
	let lines: string[] = [];
	for (const line of output.split("\n").filter((l) => l !== "")) {
		const end = line.match(/^(first|again|reopened) (failed|[0-9a-f]{32})$/);
		const left = line.match(/^(?:first|again|reopened) left (.*)$/);
		if (end) {
			all.push({ name: end[1], md5: end[2] === "failed" ? null : end[2], lines, left: [] });
			lines = [];
		} else if (left) {
			all.at(-1)?.left.push(left[1]);
		} else {
			lines.push(line);
		}
	}
	return all;
}

/** A status of the specification, and one that says something about what failed. */
const STATUS = /status 0x(?:1|2|17|22|26) \((?!unknown)/;
const NO_DECODER = /offers no profile/;

function readVaDecode(result: JobResult, clean: JobResult): Reading {
	const wanted = lives(clean.output)[0]?.md5;
	const all = lives(result.output);
	const [first, again, reopened] = all;
	const complaints = ending(result);
	const last = all.at(-1);
	const said = first ? sentences(first.lines) : [];
	const own =
		first?.lines.filter((line) => line.startsWith("va-decode: ")).map((line) => line.slice(11)) ?? [];
	if (complaints.length === 0) {
		if (!again || !last) complaints.push(`it stopped halfway: ${result.output}`);
		if (first?.md5 && first.md5 !== wanted) complaints.push("wrong pictures, and nobody noticed");
		if (last && last.md5 !== wanted)
			complaints.push(`afterwards (${last.name}) the pictures are ${last.md5 ?? "lost"}`);
		for (const life of all) {
			for (const name of life.left) complaints.push(`${life.name} left ${name}`);
			if (sentences(life.lines).length > 1) complaints.push(`${life.name}: more than one sentence`);
			if (life.md5 === null && !life.lines.some((line) => STATUS.test(line) || NO_DECODER.test(line)))
				complaints.push(`${life.name}: no clean status: ${life.lines.join(" / ")}`);
		}
	}
	const harm = !first?.md5;
	return {
		harm,
		outcome: [harm ? "" : "right pictures", ...own, ...(reopened ? ["over with a new display"] : [])]
			.filter(Boolean)
			.join("; "),
		said,
		complaints,
		reopened: reopened !== undefined,
	};
}

const frames = (output: string) =>
	[...output.matchAll(/^\d+,.*, ([0-9a-f]{32})$/gm)].map((match) => match[1]);

function readFfmpeg(result: JobResult, clean: JobResult): Reading {
	const wanted = frames(clean.output);
	const got = frames(result.output);
	const right = got.filter((md5, i) => md5 === wanted[i]).length;
	const complete = right === wanted.length && got.length === right;
	const harm = !complete || result.status !== 0;
	return {
		harm,
		outcome: complete
			? `right pictures${result.status ? `, status ${result.status}` : ""}`
			: `${right} of ${wanted.length} pictures right, ${got.length} in all, status ${result.status}`,
		said: sentences(result.output.split("\n")),
		complaints: ending(result),
		reopened: false,
	};
}

const ffmpegCommand = (stream: string) => [
	"ffmpeg",
	...hardwareArguments(stream, "yuv420p", RENDER_NODE),
	...["-f", "framemd5", "-"],
];

export const CLIENTS: Client[] = [
	{
		name: "va-decode",
		command: (stream) => [vaDecodePath(), "--device", RENDER_NODE, "--md5", "--again", stream],
		once: (stream) => [vaDecodePath(), "--device", RENDER_NODE, "--md5", stream],
		read: readVaDecode,
	},
	{ name: "ffmpeg", command: ffmpegCommand, once: ffmpegCommand, read: readFfmpeg },
];

/** It asks what there is and decodes nothing: its calls are those of the search for decoders. */
export const SEARCH = ["vainfo", "--display", "drm", "--device", RENDER_NODE];
