// SPDX-License-Identifier: MIT
// How many slices rkvdec is told of each picture of HEVC. Its driver takes the number from the SLICE_PARAMS that were set last when a
// picture begins (rkvdec_hevc_run_preamble(), new_elems), so ours lets pictures of another number wait. The test also
// builds the driver without that, and sees the wrong numbers.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun, root } from "../../../tools/lib/run.ts";
import { hardwareArguments } from "../../clients/lib/decode.ts";
import { buildFolder, RENDER_NODE } from "../../clients/lib/device.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { fixturesNamed } from "../../codecs/codecs.ts";
import { hevc } from "../../codecs/hevc/codec.ts";
import { annexB } from "../../codecs/nal.ts";
import { guest } from "../lib/guest.ts";
import { decoderOf } from "./boards.ts";
import { lastValues } from "./registers/canonical.ts";
import { readLog } from "./registers/log.ts";

const BOARDS = ["rk3399", "rk3328", "rk3288"];
/** One and two slices in turn. */
const STREAM = "list-modification";
/** Long enough for several pictures to be on their way, in milliseconds. */
const DELAY = 60;
/** rkvdec-regs.h: reg03.slice_num_lowbits. */
const SLICES = { register: 0x00c, shift: 21, mask: 31 };
/** What lets pictures wait: driver-src/session/controls.ts. */
const GUARD = { statement: "return arrays_length() != requested_length;", without: "return false;" };

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** The slices of each picture, in decoding order. */
function slicesOf({ path }: StreamEntry): number[] {
	const counts: number[] = [];
	for (const unit of annexB(readFileSync(path)).units) {
		if ((unit[0] >> 1) & 32) continue; // no slice
		const first = (unit[2] & 128) !== 0; // first_slice_segment_in_pic_flag
		if (first) counts.push(1);
		else counts[counts.length - 1]++;
	}
	return counts;
}

/** Builds the driver without the guard, anew; gives the folder where it is. */
async function buildUnguarded(folder: string): Promise<string> {
	rmSync(folder, { recursive: true, force: true });
	const tree = join(folder, "tree");
	const parts = [
		"driver-src",
		"glue-c",
		"doctor",
		"packaging",
		"tools",
		"meson.build",
		"meson_options.txt",
	];
	for (const part of [...parts, "package.json", "asconfig.json"])
		cpSync(join(root, part), join(tree, part), { recursive: true });
	symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
	const path = join(tree, "driver-src", "session", "controls.ts");
	const source = readFileSync(path, "utf8");
	expectEqual(
		source.split(GUARD.statement).length,
		2,
		`how often controls.ts has "${GUARD.statement}", and one`,
	);
	writeFileSync(path, source.replace(GUARD.statement, GUARD.without));
	const build = join(folder, "driver");
	await mustRun(["meson", "setup", build, tree]);
	await mustRun(["ninja", "-C", build, "v4l2_request_drv_video.so"]);
	return build;
}

let withoutGuard: Promise<string> | undefined;

interface Place {
	board: string;
	kernel: string;
	folder: string;
}

/** How many slices the decoder was told of each picture, by the driver in each of these folders. */
async function told(
	stream: StreamEntry,
	drivers: string[],
	{ board, kernel, folder }: Place,
): Promise<number[][]> {
	const command = ["ffmpeg", ...hardwareArguments(stream.path, "nv12", RENDER_NODE), "-f", "null", "-"];
	const lines = [
		"log=/sys/kernel/debug/fake/log",
		`for file in /sys/module/*/parameters/delay; do echo ${DELAY} >$file; done`,
		...drivers.flatMap((driver, i) => [
			"echo clear >$log",
			`LIBVA_DRIVERS_PATH=${quote(driver)} ${command.map(quote).join(" ")} || exit 1`,
			`cat $log >${quote(join(folder, `${i}.log`))}`,
		]),
	];
	const script = join(folder, "script");
	writeFileSync(script, `${lines.join("\n")}\n`);
	const options = { board, kernel, writable: [folder], quiet: true };
	const { code, output, kernelLog } = await guest(["sh", script], options);
	expectEqual(code, 0, `the players' exit code (${output})`);
	expect(!/WARNING|BUG:|Oops/.test(kernelLog), `the kernel complains: ${kernelLog}`);
	return drivers.map((_, i) =>
		readLog(readFileSync(join(folder, `${i}.log`), "utf8")).map(
			(job) => ((lastValues(job).get(SLICES.register) ?? 0) >>> SLICES.shift) & SLICES.mask,
		),
	);
}

async function visit(board: string, kernel: string): Promise<void> {
	const place = join(root, "build", "slice-count");
	mkdirSync(place, { recursive: true });
	const folder = mkdtempSync(join(place, "run-"));
	try {
		const [stream] = fixturesNamed(hevc, [STREAM]);
		withoutGuard ??= buildUnguarded(join(place, "unguarded"));
		const drivers = [buildFolder, await withoutGuard];
		const [ours, unguarded] = await told(stream, drivers, { board, kernel, folder });
		const wanted = slicesOf(stream);
		expect(new Set(wanted).size > 1, `all pictures of ${stream.file} have as many slices`);
		expectEqual(ours.join(" "), wanted.join(" "), "slices of each picture");
		expectEqual(unguarded.length, wanted.length, "pictures without waiting");
		const wrong = unguarded.filter((count, i) => count !== wanted[i]).length;
		expect(wrong > 0, "without waiting every picture had its number of slices, too");
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** On kernels on which the boards decode HEVC. */
export function sliceCountTests(kernels: string[]): void {
	for (const board of BOARDS) {
		for (const kernel of kernels.filter((each) => decoderOf(board, hevc.format, each)))
			test(`board ${board}: each picture of HEVC has its number of slices, which is wrong without waiting, on ${kernel}`, () =>
				visit(board, kernel));
	}
}
