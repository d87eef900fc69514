// SPDX-License-Identifier: MIT
// VP9 frames that refer to frames of another size, on the kernel's own drivers: what they take is decoded right, and what they would
// not take, or decode wrongly, is not asked of them. Pictures are the decoder model's, of what went through the kernel.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { hardwareArguments } from "../../clients/lib/decode.ts";
import { DeviceLog, observerPath, RENDER_NODE, vaDecodePath } from "../../clients/lib/device.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { sentences } from "../../clients/vainfo.ts";
import { frameMd5s, type ScaledStream, writeScaledStreams } from "../../codecs/vp9/scaled.ts";
import { guest } from "../lib/guest.ts";
import { lines, quote } from "./lib/faults.ts";

interface Place {
	title: string;
	/** null: visl. */
	board: string | null;
	/** Whether its driver takes frames that fill as many blocks of 64x64 as CAPTURE has (validate_dec_params() of rkvdec-vp9.c). */
	scalesWithinBlocks: boolean;
}

const PLACES: Place[] = [
	{ title: "rkvdec", board: "rk3399", scalesWithinBlocks: true },
	{ title: "hantro G2", board: "imx8mq", scalesWithinBlocks: false },
	{ title: "visl", board: null, scalesWithinBlocks: false },
];

interface Step {
	name: string;
	command: string[];
	/** MD5s of the frames that come out. */
	wanted: string[];
	/** What the driver says of those that do not; none: nothing. */
	says?: string;
}

/** One context for all sizes; it ends with the first frame that is refused. */
function inOneContext(stream: ScaledStream, whole: boolean): Step {
	const wanted = whole ? stream.md5s : stream.md5s.slice(0, stream.scaled.indexOf(true));
	const size = `${stream.width}x${stream.height}`;
	return {
		name: `va-decode-${stream.name}`,
		command: [
			...[vaDecodePath(), "--codec", "vp9", "--device", RENDER_NODE, "--in-flight", "0", "--each"],
			...["--surfaces", size, stream.path],
		],
		wanted,
		says: whole ? undefined : "in a picture that refers to pictures of another size",
	};
}

/** A new context at each change of size: frames wait for the next key frame. */
const byFfmpeg = (stream: ScaledStream): Step => ({
	name: `ffmpeg-${stream.name}`,
	command: ["ffmpeg", ...hardwareArguments(stream.path, "yuv420p", RENDER_NODE), "-f", "framemd5", "-"],
	wanted: stream.md5s.filter((_, i) => !stream.scaled[i]),
	says: "a picture refers to pictures that were not decoded here",
});

function script(folder: string, steps: Step[]): string {
	const file = (name: string) => quote(join(folder, name));
	return [
		"log=/sys/kernel/debug/fake/log; test -e $log || log=/dev/null",
		...steps.flatMap(({ name, command }) => [
			`echo clear >$log; LD_PRELOAD=${quote(observerPath())} V4L2OBSERVE_LOG=${file(`${name}.log`)} timeout 120 ${command.map(quote).join(" ")} >${file(`${name}.out`)} 2>${file(`${name}.said`)} </dev/null`,
			`grep -e ^end -e ^fault $log >${file(`${name}.jobs`)}`,
		]),
		"true",
		"",
	].join("\n");
}

function check({ name, wanted, says }: Step, place: Place, read: (name: string) => string): void {
	const said = read(`${name}.said`);
	expectEqual(
		frameMd5s(read(`${name}.out`)).join(" "),
		wanted.join(" "),
		`${name}: frames (${said.trim()})`,
	);
	const told = sentences(said);
	expect(
		says === undefined ? told.length === 0 : told.length > 0 && told.every((line) => line.includes(says)),
		`${name}: the driver says: ${said}`,
	);
	const log = new DeviceLog(read(`${name}.log`));
	expectEqual(Object.keys(log.reasons).join(", "), "", `${name}: the model says`);
	expect(
		log.jobs >= wanted.length && log.good === log.jobs,
		`${name}: ${log.good} of ${log.jobs} jobs are good`,
	);
	if (place.board === null) return;
	const jobs = lines(read(`${name}.jobs`));
	expectEqual(
		jobs.filter((line) => /^end \d+ done$/.test(line)).length,
		log.jobs,
		`${name}: jobs of the chip`,
	);
	expectEqual(jobs.length, log.jobs, `${name}: jobs that were not done, and memory that is not there`);
}

function placeTest(place: Place, kernel: string): void {
	const { title, board } = place;
	test(`VP9 frames of another size than their references, ${title}, ${kernel}`, async () => {
		const parent = join(root, "build", "boards");
		mkdirSync(parent, { recursive: true });
		const folder = mkdtempSync(join(parent, "scaled-"));
		try {
			const { acrossBlocks, withinBlocks } = writeScaledStreams(folder);
			const steps = [
				inOneContext(withinBlocks, place.scalesWithinBlocks),
				inOneContext(acrossBlocks, false),
				byFfmpeg(acrossBlocks),
			];
			const file = join(folder, "script");
			writeFileSync(file, script(folder, steps));
			const options = { kernel, quiet: true, env: { LIBVA_MESSAGING_LEVEL: "1" } };
			const { code, output, kernelLog } = await guest(["sh", file], {
				...options,
				...(board === null ? {} : { board }),
			});
			expectEqual(`${code} ${output}`, "0 ", "the guest");
			for (const step of steps) check(step, place, (name) => readFileSync(join(folder, name), "utf8"));
			expectEqual(kernelLog, "", "the kernel says");
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});
}

/** Adds a test of reference scaling for each family of decoders on a kernel. */
export function scalingTests(kernel: string): void {
	for (const place of PLACES) placeTest(place, kernel);
}
