// SPDX-License-Identifier: MIT
// On every board: each descriptor that is handed out has pitches and offsets of whole 64 bytes, whatever rows the decoder writes, and the
// picture is in it; pictures that are only read are decoded where they always were.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configure } from "../../../tools/lib/build.ts";
import { mustRun, root } from "../../../tools/lib/run.ts";
import { expectEqual, test } from "../../clients/lib/suite.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { mpeg2 } from "../../codecs/mpeg2/codec.ts";
import { guest } from "../lib/guest.ts";
import { boards, boardsInTiles, decoderOf, kernelOf } from "./boards.ts";

/** PAL, DVD and what films on the net are scaled to: none is a multiple of 64 wide. */
const sizes = ["352x288", "426x240", "720x576", "854x480", "1440x1080"];
const FRAMES = 5;

const films = [
	{ codec: h264, words: ["-c:v", "libx264", "-x264-params", "slices=1:ref=2:bframes=0:aud=0:keyint=3"] },
	{ codec: mpeg2, words: ["-c:v", "mpeg2video", "-bf", "0", "-g", "3", "-q:v", "8"] },
];
type Film = (typeof films)[number];

function makeFilm({ codec, words }: Film, folder: string, size: string): void {
	mkdirSync(join(folder, codec.name), { recursive: true });
	const source = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=25`, "-frames:v", `${FRAMES}`];
	const path = join(folder, codec.name, `${size}.${codec.extension}`);
	const all = ["-v", "error", "-y", ...source, "-threads", "1", "-pix_fmt", "yuv420p", ...words];
	execFileSync("ffmpeg", [...all, "-f", codec.ffmpeg.muxer, path]);
}

let built: Promise<string> | undefined;

async function buildProgram(): Promise<string> {
	const folder = await configure("native", ["-Dtests=true", "-Dsimulator=true"]);
	await mustRun(["ninja", "-C", folder, "--quiet", "test/scenes/lab_exports"]);
	return join(folder, "test", "scenes", "lab_exports");
}

/** Where pictures were decoded to, by the hardware's own registers: rows of so many bytes. */
const stridesIn = (log: string): number[] => [
	...new Set([...log.matchAll(/^o \S+ \S+ \d+ \d+ (\d+) /gm)].map(([, stride]) => Number(stride))),
];

const round = (size: number, step: number): number => Math.ceil(size / step) * step;

async function visit(board: string, film: Film, wide: boolean): Promise<void> {
	built ??= buildProgram();
	const program = await built;
	const place = join(root, "build", "boards");
	mkdirSync(place, { recursive: true });
	const folder = mkdtempSync(join(place, `exports-${board}-`));
	try {
		for (const size of sizes) makeFilm(film, folder, size);
		const log = "/sys/kernel/debug/fake/log";
		const lines = sizes.map(
			(size) =>
				`echo clear >${log}; EXPORTS_FILM=${film.codec.name}/${size} ${program} >${folder}/${size}.out 2>&1; grep -e ^o -e ^fault ${log} >${folder}/${size}.log`,
		);
		const path = join(folder, "script");
		writeFileSync(path, `export SCENES_FIXTURES=${folder}\n${lines.join("\n")}\n`);
		const options = { board, quiet: true, timeout: 600, parameters: ["fake.paint=1"] };
		const { kernelLog } = await guest(["sh", path], { ...options, kernel: kernelOf(board) });
		expectEqual(kernelLog, "", "the kernel says");
		for (const size of sizes) {
			const said = readFileSync(join(folder, `${size}.out`), "utf8");
			expectEqual(said.trim().split("\n").at(-1), "3 passed, 0 failed, 0 skipped", `${size}: ${said}`);
			const done = readFileSync(join(folder, `${size}.log`), "utf8");
			expectEqual(/^fault/m.test(done), false, `${size}: accesses to memory that is not there`);
			// Where the decoder can be asked for wider rows, it writes them always; elsewhere it writes what it always did.
			const width = round(Number(size.split("x")[0]), 16);
			expectEqual(stridesIn(done).join(), `${wide ? round(width, 64) : width}`, `${size}: rows of`);
		}
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** What the guest has of memory, the boards, and who is to make the surfaces' memory there. */
interface Source {
	title: string;
	boards: string[];
	/** For the guest's shell. */
	before: string;
	exporter: RegExp;
	/** What the kernel says of memory that it refuses (vb2_dc_map_dmabuf()). */
	refuses?: RegExp;
}

/** The heap of the contiguous memory area, which User Mode Linux has not: a name of it for the system's heap, which is scattered. */
const asContiguous =
	"mknod /dev/dma_heap/default_cma_region c $(stat -c '0x%t 0x%T' /dev/dma_heap/system); rm /dev/dma_heap/system /dev/udmabuf";
const decoders = /^vb2|^videobuf2|^videobuf|^UNKNOWN/;

const sources: Source[] = [
	{
		title: "an MMU and all sources: the system's heap",
		boards: ["rk3568-iommu", "rk3399-iommu"],
		before: "true",
		exporter: /^system$/,
	},
	{
		title: "an MMU and no heap: udmabuf",
		boards: ["rk3568-iommu"],
		before: "rm -r /dev/dma_heap",
		exporter: /^udmabuf$/,
	},
	{
		title: "an MMU, and the contiguous heap alone: that",
		boards: ["rk3568-iommu"],
		before: asContiguous,
		exporter: /^system$/,
	},
	{
		title: "an MMU and nothing that may be opened: the decoder's",
		boards: ["rk3568-iommu", "rk3399-iommu"],
		before: "rm -r /dev/dma_heap /dev/udmabuf",
		exporter: decoders,
	},
	{
		title: "no MMU, and scattered memory alone: the decoder's",
		boards: ["rk3568", "a64"],
		before: "true",
		exporter: decoders,
	},
	{
		title: "no MMU, and a heap that is not what its name says: refused, and pictures come as copies",
		boards: ["rk3568", "a64"],
		before: asContiguous,
		exporter: /^system$/,
		refuses: /contiguous chunk is too small/,
	},
];

async function visitSource(board: string, { before, exporter, refuses }: Source): Promise<void> {
	built ??= buildProgram();
	const program = await built;
	const place = join(root, "build", "boards");
	mkdirSync(place, { recursive: true });
	const folder = mkdtempSync(join(place, `sources-${board}-`));
	try {
		const size = "1280x720";
		makeFilm(films[0], folder, size);
		const path = join(folder, "script");
		writeFileSync(
			path,
			`${before}\nexport SCENES_FIXTURES=${folder} EXPORTS_FILM=${films[0].codec.name}/${size}\nfor part in exported read; do ${program} "pictures that are $part"; ${program} "$part pictures"; done >${folder}/out 2>&1\n`,
		);
		const options = { board, quiet: true, timeout: 600, parameters: ["fake.paint=1"] };
		const { kernelLog, output } = await guest(["sh", path], options);
		const lines = kernelLog.split("\n").filter((line) => line !== "");
		const other = lines.filter((line) => !refuses?.test(line));
		expectEqual(other.join("\n"), "", "the kernel says");
		expectEqual(lines.length > 0, refuses !== undefined, "memory is refused");
		const more = output.split("\n").filter((line) => line !== "" && !refuses?.test(line));
		expectEqual(more.join("\n"), "", "the guest says");
		const said = readFileSync(join(folder, "out"), "utf8");
		expectEqual((said.match(/^ {2}ok /gm) ?? []).length, 2, said);
		expectEqual(/FAIL/.test(said), false, said);
		const names = [...said.matchAll(/^memory of (.*)$/gm)].map(([, name]) => name);
		expectEqual(names.length, 1, `who made the memory: ${said}`);
		expectEqual(exporter.test(names[0]), true, `memory of ${names[0]}`);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Adds the tests of memory that boards hand out and take, each on its own kernel, if that is among these. */
export function exportTests(kernels: string[]): void {
	for (const source of sources) {
		for (const board of source.boards)
			test(`board ${board}: memory with ${source.title}`, () => visitSource(board, source));
	}
	for (const { name } of [...boards, ...boardsInTiles]) {
		if (!kernels.includes(kernelOf(name))) continue;
		for (const film of films) {
			const decoder = decoderOf(name, film.codec.format);
			if (!decoder || decoder.capture) continue;
			test(`board ${name}: ${film.codec.title} is handed out as every GPU takes it`, () =>
				visit(name, film, decoder.driver === "rkvdec"));
		}
	}
}
