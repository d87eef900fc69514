// SPDX-License-Identifier: MIT
// The core's fill code against the same in plain C (test/codecs/CODEC/bench), on what a player really sent.
import { join } from "node:path";
import { mustRun, root } from "../lib/run.ts";
import { type Cost, callgrind, costs, difference, isMemory, outsideOf, selfOf } from "./callgrind.ts";
import { benchSources, clip, type Figure, type Filled, ffmpeg, folder, LONG } from "./lib.ts";

const ROUNDS = { long: 30, short: 10, time: 40 };
/** As Meson's release build. */
const FLAGS = ["-O3", "-std=c17", "-fPIC", "-D_GNU_SOURCE", "-w"];

async function build({ name, bench }: Filled): Promise<string> {
	const node = process.execPath;
	const wasm = join(folder, "core.wasm");
	const generated = join(folder, "core_wasm.c");
	const entry = join(benchSources, "core", "index.ts");
	await mustRun([node, join(root, "tools", "compile-core.mjs"), "--entry", entry, "--out", wasm]);
	await mustRun([node, join(root, "tools", "wasm2c.mjs"), wasm, "-n", "core", "-o", generated]);
	const program = join(folder, `fill_bench.${name}`);
	const sources = [
		...["fill_bench.c", "fill_core.c"].map((file) => join(benchSources, file)),
		bench.fill.source,
	];
	const runtime = join(root, "glue-c", "core", "wasm-rt.c");
	const include = [
		folder,
		benchSources,
		join(root, "glue-c", "core"),
		join(root, "driver-src", "abi"),
	].flatMap((path) => ["-I", path]);
	await mustRun(["cc", ...FLAGS, ...include, ...sources, generated, runtime, "-o", program]);
	return program;
}

/** What is run: the program, what a player sent, the profile. */
type Command = [program: string, record: string, profile: string];

/** Per picture, without starting up. */
async function measure(command: Command, who: "core" | "c", pictures: number): Promise<Cost> {
	const of: Cost[] = [];
	for (const rounds of [ROUNDS.long, ROUNDS.short]) {
		const { wrapper, out } = callgrind(`fill.${who}.${rounds}`);
		await mustRun([...wrapper, ...command, who, String(rounds)]);
		of.push(costs(out, /fill_bench/));
	}
	return difference(of[0], of[1], (ROUNDS.long - ROUNDS.short) * pictures);
}

/** The loop that feeds both. */
const isHarness = (name: string): boolean =>
	/^(main|one|all|length_of|request|keep|turn|measure)($|\.)/.test(name);
const isCore = (name: string): boolean => /^(w2c_core|wasm2c_core|memory_copy)/.test(name);

async function compareInstructions(
	{ title, bench }: Filled,
	command: Command,
	pictures: number,
): Promise<Figure[]> {
	const core = await measure(command, "core", pictures);
	const c = await measure(command, "c", pictures);
	const fillCore = selfOf(core, isCore) + outsideOf(core, isCore, isMemory);
	const crossing = core.total - selfOf(core, isHarness) - fillCore;
	const work = (name: string) => !isHarness(name);
	const fillC = selfOf(c, work) + outsideOf(c, work, isMemory);
	return [
		{
			name: `${title}: core / C, instructions`,
			value: fillCore / fillC,
			unit: "ratio",
			aim: { most: bench.fill.most },
			note: `the fill code: ${Math.round(fillCore)} against ${Math.round(fillC)} a picture, with the memcpy and memset that they call`,
		},
		{
			name: "  with the way into the core",
			value: (fillCore + crossing) / fillC,
			unit: "ratio",
			note: `${Math.round(crossing)} instructions more: parameters copied into its memory, and the guard (setjmp) around each of its calls`,
		},
	];
}

/** The core's fill code against the same in plain C: that both fill the same, time, and instructions where callgrind can run. */
export async function coreAgainstC(codec: Filled, withInstructions: boolean): Promise<Figure[]> {
	const record = join(folder, `record.${codec.name}`);
	const command: Command = [await build(codec), record, String(codec.bench.fill.profile)];
	await ffmpeg(clip(codec), LONG, { record });
	const same = (await mustRun([...command, "compare"])).match(/same (\d+)/);
	const timed = (await mustRun([...command, "time", String(ROUNDS.time)])).match(
		/core ([\d.]+) c ([\d.]+)/,
	);
	if (!same || !timed) throw new Error("fill_bench said nothing");
	const figures = withInstructions ? await compareInstructions(codec, command, Number(same[1])) : [];
	figures.push({
		name: "  time of both",
		value: Number(timed[1]) / Number(timed[2]),
		unit: "ratio",
		note: `${timed[1]} ns against ${timed[2]} ns a picture, the way into the core included; ${same[1]} pictures with the same controls, byte for byte`,
	});
	return figures;
}
