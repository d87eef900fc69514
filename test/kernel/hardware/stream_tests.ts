// SPDX-License-Identifier: MIT
// What boards are asked beyond plain streams: exactly their profiles, streams that change size, slices, MBAFF, the player's own
// memory, mpv, 1080p, or 4K where a board's MMU makes room for it, and to say why they refuse a stream.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { built, RENDER_NODE, vaDecodePath } from "../../clients/lib/device.ts";
import type { StreamEntry } from "../../clients/lib/streams.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { mpvArguments } from "../../clients/mpv.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { guest } from "../lib/guest.ts";
import { boardsInTiles, type Decoder, decoderOf, fitsMemory, runsOn, treesOf, usualTrees } from "./boards.ts";
import { withoutScripts } from "./lib/mpv.ts";
import { type DecodedFrame, decodedFrames } from "./lib/order.ts";
import { paintedMd5 } from "./lib/paint.ts";

/** A device tree, and the decoder of H.264 there. */
interface Board {
	name: string;
	decoder: Decoder;
}

const boards = [...usualTrees, ...boardsInTiles.flatMap(treesOf)].flatMap((name): Board[] => {
	const decoder = decoderOf(name, h264.format);
	return decoder ? [{ name, decoder }] : [];
});

/** V4L2_CID_MPEG_VIDEO_H264_PROFILE */
const PROFILES = "has=0x00990a6b";
/** Of its menu; Baseline has what no stateless decoder takes. */
const vaProfiles: Record<string, string> = {
	"Constrained Baseline": "VAProfileH264ConstrainedBaseline",
	Main: "VAProfileH264Main",
	High: "VAProfileH264High",
};

const streams = ["resize.264", "multi-slice.264", "mbaff-cabac.264"];

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Nothing in it but its size. */
function makeLarge(folder: string, size: string): string {
	const path = join(folder, "large.264");
	const words = ["-v", "error", "-f", "lavfi", "-i", `testsrc=size=${size}:rate=25`, "-frames:v", "3"];
	const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-qp", "40"];
	execFileSync("ffmpeg", [...words, "-pix_fmt", "yuv420p", ...x264, path]);
	return path;
}

function script(folder: string, board: Board, path: (stream: string) => string, large: string): string {
	const file = (name: string) => quote(join(folder, name));
	const step = (name: string, command: string) => [
		"echo clear >$log",
		`${command} >${file(`${name}.out`)} 2>${file(`${name}.said`)} </dev/null`,
		`echo "step ${name} $?"; grep -e ^end -e ^fault $log >${file(`${name}.log`)}`,
	];
	const decode = (stream: string, more = "") =>
		`timeout 60 ${quote(vaDecodePath())} ${more} --each ${quote(stream)}`;
	const mpv = [
		"mpv",
		...withoutScripts,
		...mpvArguments([path("main-cabac.264")], RENDER_NODE, "rawvideo"),
	];
	return [
		"log=/sys/kernel/debug/fake/log",
		...step("profiles", `${quote(built("v4l2-probe"))} ${quote(board.decoder.node)} ${PROFILES}`),
		...step("vainfo", `vainfo --display drm --device ${RENDER_NODE}`),
		...streams.flatMap((stream) => step(stream, decode(path(stream)))),
		...step("heap", decode(path("high-pyramid.264"), "--heap /dev/dma_heap/system")),
		...step("mpv", `timeout -k 5 60 ${mpv.map(quote).join(" ")}`),
		...step("mono", decode(path("mono.264"))),
		...(large ? step("large", decode(large)) : []),
		"",
	].join("\n");
}

interface Results {
	board: Board;
	stdout: string;
	read: (name: string) => string;
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

function checkGood({ stdout, read }: Results, step: string): void {
	const said = read(`${step}.said`);
	expect(stdout.includes(`step ${step} 0\n`), `${step} ended with an error: ${said}`);
	expect(!said.includes("v4l2_request"), `${step} said: ${said}`);
	const wrong = lines(read(`${step}.log`)).filter((line) => !/^end \d+ done$/.test(line));
	expectEqual(wrong.join(", "), "", `${step}: jobs that were not done, and memory that is not there`);
}

function checkProfiles({ stdout, read }: Results): void {
	expect(stdout.includes("step vainfo 0\n"), `vainfo: ${read("vainfo.said")}`);
	const menu = read("profiles.out").trim().split(", ").slice(1);
	const wanted = menu.map((name) => vaProfiles[name]).filter((name) => name);
	const offered = [...read("vainfo.out").matchAll(/(VAProfileH264\w+)\s*:\s*VAEntrypointVLD/g)];
	const found = offered.map(([, name]) => name);
	expect(wanted.length > 0, `the decoder's menu of profiles is ${menu.join(", ")}`);
	expectEqual(found.sort().join(", "), wanted.sort().join(", "), "profiles of vainfo");
}

/** Each frame is what the last of its jobs painted: one job a frame, or as many as the log has more. */
function checkFrames(results: Results, step: string, frames: DecodedFrame[]): void {
	checkGood(results, step);
	const jobs = lines(results.read(`${step}.log`)).length;
	const each = jobs / frames.length;
	const least = step === "multi-slice.264" ? 2 : 1;
	expect(
		results.board.decoder.mode === "slice" ? Number.isInteger(each) && each >= least : each === 1,
		`${step}: ${jobs} jobs for ${frames.length} frames`,
	);
	const got = lines(results.read(`${step}.out`));
	expectEqual(got.length, frames.length, `${step}: frames`);
	for (const [i, { place, width, height }] of frames.entries())
		expectEqual(
			got[i],
			paintedMd5(place * each, width, height),
			`${step}: frame ${i}, decoded as ${place}`,
		);
}

function checkMpv(results: Results, pictures: Uint8Array, frames: DecodedFrame[]): void {
	checkGood(results, "mpv");
	let at = 0;
	for (const [i, { place, width, height }] of frames.entries()) {
		const picture = pictures.subarray(at, at + (width * height * 3) / 2);
		const md5 = createHash("md5").update(picture).digest("hex");
		expectEqual(md5, paintedMd5(place, width, height), `mpv: picture ${i}, decoded as ${place}`);
		at += picture.length;
	}
	expectEqual(pictures.length, at, "mpv: bytes of pictures");
}

/** cedrus takes no 4:0:0: one sentence for the player that tries it, and it names the reason. */
function checkMono(results: Results): void {
	if (results.board.decoder.mode === "frame") {
		checkGood(results, "mono");
		return;
	}
	const [first] = lines(results.read("mono.said"));
	const reason =
		"v4l2_request: /dev/video0 (cedrus): this decoder cannot decode 8 bit with chroma format 0; use software decoding for this stream";
	expectEqual(first, reason, "mono: the driver");
	expectEqual(results.read("mono.log"), "", "mono: jobs");
}

/** vb2_dc_map_dmabuf() of what a board without MMU cannot take: the driver decodes elsewhere and copies. */
const ownWords = /contiguous chunk is too small/;

/** takes: which device trees, of each kernel. */
export function boardStreamTests(
	entries: StreamEntry[],
	kernels: string[],
	takes: typeof runsOn = runsOn,
): void {
	const path = (stream: string) => (entries.find(({ file }) => file === stream) as StreamEntry).path;
	for (const kernel of kernels) {
		for (const board of boards.filter(({ name }) => takes(name, kernel))) {
			test(`board ${board.name} on ${kernel}: profiles, sizes, slices, the player's memory, mpv`, async () => {
				const build = join(root, "build", "boards");
				mkdirSync(build, { recursive: true });
				const folder = mkdtempSync(join(build, `${board.name}-streams-`));
				try {
					const { large: size } = board.decoder;
					const fits = fitsMemory(board.name, kernel, Number(size.split("x")[1]));
					const large = fits ? makeLarge(folder, size) : "";
					const file = join(folder, "script");
					writeFileSync(file, script(folder, board, path, large));
					const parameters = ["fake.paint=1"];
					const options = { board: board.name, kernel, quiet: true, timeout: 600, parameters };
					const { stdout, kernelLog } = await guest(["sh", file], options);
					const read = (name: string) =>
						existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "";
					const results = { board, stdout, read };
					checkProfiles(results);
					for (const stream of streams) checkFrames(results, stream, decodedFrames(path(stream)));
					checkFrames(results, "heap", decodedFrames(path("high-pyramid.264")));
					const pictures = readFileSync(join(folder, "mpv.out"));
					checkMpv(results, pictures, decodedFrames(path("main-cabac.264")));
					checkMono(results);
					if (large) checkFrames(results, "large", decodedFrames(large));
					const rest = lines(kernelLog).filter(
						(line) => board.name.endsWith("-iommu") || !ownWords.test(line),
					);
					expectEqual(rest.join("\n"), "", "kernel messages");
				} finally {
					rmSync(folder, { recursive: true, force: true });
				}
			});
		}
	}
}
