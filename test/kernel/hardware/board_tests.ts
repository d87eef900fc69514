// SPDX-License-Identifier: MIT
// Each board comes up with its decoders, GStreamer and our driver decode on it, and painted pictures tell what went where.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { hardwareArguments } from "../../clients/lib/decode.ts";
import { RENDER_NODE } from "../../clients/lib/device.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { type GuestResult, guest } from "../lib/guest.ts";
import {
	type Board,
	boards,
	boardsInTiles,
	decoderOf,
	decodersOn,
	fitsMemory,
	formatsOn,
	runsOn,
	treesOf,
} from "./boards.ts";
import { decodingOrder } from "./lib/order.ts";
import { paintedBy } from "./lib/paint.ts";

/** Frame pictures with reordering, cropping, the least and a larger size. */
const frameStreams = ["main-cabac.264", "high-pyramid.264", "crop-odd.264", "tiny.264", "p720.264"];

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Runs in the guest. Each step leaves NAME.nv12 (painted pictures), NAME.log and NAME.said, and says its exit code. */
function script(folder: string, entries: StreamEntry[], capture: string): string {
	const file = (name: string) => quote(join(folder, name));
	const step = (name: string, command: string, knobs = "") => [
		`echo clear >$log; ${knobs}`,
		`${command} 2>${file(`${name}.said`)} >/dev/null`,
		`echo "step ${name} $?"; cat $log >${file(`${name}.log`)}`,
	];
	const ours = (entry: StreamEntry, name: string) =>
		`timeout 60 ffmpeg -y ${[...hardwareArguments(entry.path, "nv12", RENDER_NODE), "-f", "rawvideo", join(folder, `${name}.nv12`)].map(quote).join(" ")}`;
	const main = entries.find(({ file }) => file === "main-cabac.264") as StreamEntry;
	const plugins = ["coreelements", "videoparsersbad", "v4l2codecs"];
	return [
		"log=/sys/kernel/debug/fake/log; knob=/sys/module/fake/parameters",
		"for node in /sys/class/video4linux/*; do",
		"	formats=$(v4l2-ctl -d /dev/$(basename $node) --list-formats-out | sed -n \"s/.*'\\(.*\\)'.*/\\1/p\" | sort | xargs)",
		'	echo "node $(cat $node/name): $formats"',
		"done",
		// Looking through all of GStreamer's plugins takes seconds.
		`plugins=$(dirname "$(find /usr/lib -name libgstcoreelements.so | head -n 1)"); mkdir /tmp/plugins`,
		`for name in ${plugins.join(" ")}; do ln -s "$plugins/libgst$name.so" /tmp/plugins/; done`,
		"export GST_PLUGIN_SYSTEM_PATH_1_0=/tmp/plugins GST_REGISTRY=/tmp/registry GST_REGISTRY_FORK=no",
		...step(
			"gstreamer",
			`timeout 60 gst-launch-1.0 -q filesrc location=${quote(main.path)} ! h264parse ! v4l2slh264dec ! video/x-raw,format=${capture} ! fakesink`,
		),
		...entries.flatMap((entry) => step(entry.file, ours(entry, entry.file))),
		...step("fail", ours(main, "fail"), "echo 5 >$knob/fail"),
		...step("hang", ours(main, "hang"), "echo 0 >$knob/fail; echo 5 >$knob/hang"),
		...step("after", ours(main, "after"), "echo 0 >$knob/hang"),
		"",
	].join("\n");
}

interface Visit {
	result: GuestResult;
	exitCode: (step: string) => number;
	said: (step: string) => string;
	/** Lines of the log with that first word. */
	log: (step: string, word: string) => string[];
	pictures: (step: string) => Uint8Array;
}

/** Boots the board and decodes all of it, once; `judge` sees the results. */
async function visit(
	board: string,
	kernel: string,
	entries: StreamEntry[],
	judge: (visit: Visit) => void,
): Promise<void> {
	const build = join(root, "build", "boards");
	mkdirSync(build, { recursive: true });
	const folder = mkdtempSync(join(build, `${board}-`));
	try {
		const path = join(folder, "script");
		const capture = decoderOf(board, h264.format)?.capture ?? "NV12";
		writeFileSync(path, script(folder, entries, capture));
		const result = await guest(["sh", path], {
			board,
			kernel,
			quiet: true,
			timeout: 600,
			parameters: ["fake.paint=1"],
		});
		const read = (name: string) => readFileSync(join(folder, name), "utf8");
		judge({
			result,
			exitCode: (step) =>
				Number(
					new RegExp(`^step ${step.replaceAll(".", "\\.")} (\\d+)$`, "m").exec(
						result.stdout,
					)?.[1] ?? -1,
				),
			said: (step) => read(`${step}.said`),
			log: (step, word) =>
				read(`${step}.log`)
					.split("\n")
					.filter((line) => line.startsWith(`${word} `)),
			pictures: (step) => readFileSync(join(folder, `${step}.nv12`)),
		});
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function checkNodes(board: Board, kernel: string, { result }: Visit): void {
	const found = Object.fromEntries(
		[...result.stdout.matchAll(/^node (.*): (.*)$/gm)]
			.filter(([, name]) => !name.endsWith("-enc"))
			.map(([, name, formats]) => [name, formats]),
	);
	const wanted = Object.fromEntries(
		decodersOn(board, kernel).map((decoder) => [decoder.node, formatsOn(decoder, kernel).join(" ")]),
	);
	const sorted = (nodes: Record<string, string>) => JSON.stringify(Object.entries(nodes).sort());
	expectEqual(sorted(found), sorted(wanted), "decoders and what they take");
}

/** Everything went well: so many jobs, no fault, nothing said. */
function checkJobs(visit: Visit, step: string, jobs: number): void {
	expectEqual(visit.exitCode(step), 0, `exit code of ${step} (${visit.said(step)})`);
	expectEqual(visit.log(step, "fault").join(), "", `${step}: accesses to memory that is not there`);
	const ends = visit.log(step, "end");
	expectEqual(ends.filter((line) => line.endsWith(" done")).length, jobs, `${step}: finished jobs`);
	expectEqual(ends.length, jobs, `${step}: jobs`);
}

function checkPaint(visit: Visit, entry: StreamEntry): void {
	const { width, height } = entry;
	const size = (width * height * 3) / 2;
	const all = visit.pictures(entry.file);
	expectEqual(all.length, size * entry.frames, `${entry.file}: bytes of pictures`);
	const jobs = Array.from({ length: entry.frames }, (_, i) =>
		paintedBy(all.subarray(i * size, (i + 1) * size), width, height),
	);
	expectEqual(
		jobs.join(),
		decodingOrder(entry.path).join(),
		`${entry.file}: the jobs that painted the pictures`,
	);
}

/** A picture of two fields is painted by two jobs that follow each other. */
function checkFields(visit: Visit, entry: StreamEntry): void {
	const { width, height } = entry;
	const size = (width * height * 3) / 2;
	const all = visit.pictures(entry.file);
	let pairs = 0;
	for (let i = 0; i < entry.frames; i++) {
		const picture = all.subarray(i * size, (i + 1) * size);
		const [top, bottom] = [
			paintedBy(picture, width, height, 0, 2),
			paintedBy(picture, width, height, 1, 2),
		];
		expect(
			typeof top === "number" && typeof bottom === "number",
			`${entry.file}, frame ${i}: ${top}; ${bottom}`,
		);
		if (top !== bottom) pairs++;
	}
	expect(pairs > 0, `${entry.file}: no picture was painted by two jobs`);
}

/** The fifth job goes wrong: the player hears of it, and the next decode is as if nothing had been. */
function checkFaults(visit: Visit, frames: number): void {
	for (const [step, end] of [
		["fail", "end 5 failed"],
		["hang", "end 5 hung"],
	]) {
		expect(visit.log(step, "end").includes(end), `${step}: no line "${end}" in the log`);
		expect(
			/reports an error in a picture/.test(visit.said(step)),
			`${step}: ffmpeg said only: ${visit.said(step)}`,
		);
	}
	checkJobs(visit, "after", frames);
}

/** What the drivers themselves say of the job that we let hang, and G2 of one that fails. */
const ownWords = /timed out|timeout|decode error detected/;

function checkKernelLog({ result }: Visit): void {
	const rest = result.kernelLog.split("\n").filter((line) => line !== "" && !ownWords.test(line));
	expectEqual(rest.join("\n"), "", "kernel messages");
}

/** takes: which device trees, of each kernel. */
export function boardTests(entries: StreamEntry[], kernels: string[], takes: typeof runsOn = runsOn): void {
	const find = (file: string) => entries.find((entry) => entry.file === file) as StreamEntry;
	const all = frameStreams.map(find);
	const fields = find("paff-p.264");
	for (const kernel of kernels) {
		for (const board of [...boards, ...boardsInTiles]) {
			const frames = all.filter((entry) => fitsMemory(board.name, kernel, entry.height));
			const tellsFields = decoderOf(board.name, h264.format)?.fields;
			for (const name of treesOf(board).filter((tree) => takes(tree, kernel))) {
				test(`board ${name} on ${kernel}: decoders, pictures, failed and hung jobs`, () =>
					visit(name, kernel, [...frames, ...(tellsFields ? [fields] : [])], (seen) => {
						checkNodes(board, kernel, seen);
						checkJobs(seen, "gstreamer", find("main-cabac.264").frames);
						for (const entry of frames) {
							checkJobs(seen, entry.file, entry.frames);
							checkPaint(seen, entry);
						}
						if (tellsFields) checkFields(seen, fields);
						checkFaults(seen, find("main-cabac.264").frames);
						checkKernelLog(seen);
					}));
			}
		}
	}
}
