// SPDX-License-Identifier: MIT
// Memory on the real V4L2 core: the scenes of test/scenes with heaps and udmabuf, and a decoder that exports none of its own;
// and the orders of calls of players.
import { join } from "node:path";
import { configure } from "../../../tools/lib/build.ts";
import { mustRun, root } from "../../../tools/lib/run.ts";
import { buildFolder } from "../../clients/lib/device.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { isEmulated } from "../lib/kernel.ts";
import { type Device, type Done, describe, FRAME, inGuest, SLICE, type Step } from "./steps.ts";

const PROGRAMS = ["lifetimes", "imports", "pixels", "players", "browsers", "readers"];
/** In a build folder. */
export const scenePrograms = [...PROGRAMS, "grain"].map((name) => `test/scenes/lab_${name}`);

let built: Promise<string> | undefined;

/** The folder of the programs, which the first test builds; those of another architecture are built with the driver. */
function programs(kernel?: string): Promise<string> {
	if (kernel && isEmulated(kernel)) return Promise.resolve(buildFolder);
	built ??= buildScenes();
	return built;
}

async function buildScenes(): Promise<string> {
	const folder = await configure("native", ["-Dtests=true", "-Dsimulator=true"]);
	await mustRun(["ninja", "-C", folder, "--quiet", ...scenePrograms]);
	return folder;
}

/** A program; which of its scenes, if not all; and whose films they play, if not H.264's. */
type Scenes = [program: string, part?: string, films?: string];

const browsersWithVp9: Scenes = ["browsers", undefined, "vp9"];

function scenes(folder: string, device: Device, what: string, list: Scenes[], before?: string): Step[] {
	return list.map(([program, part, films], i) => ({
		name: `${program}${films ? ` of ${films}` : ""}, ${what}`,
		device,
		command: `${join(folder, "test", "scenes", `lab_${program}`)} ${part ? `'${part}'` : ""}`,
		env: { SCENES_FIXTURES: join(root, "fixtures"), ...(films ? { SCENES_CODEC: films } : {}) },
		before: i === 0 ? before : undefined,
	}));
}

/** Every scene passed, or was skipped for one of the reasons given. */
function checkScenes(name: string, done: Done, device: Device, skipped: RegExp): void {
	const failed = done.stdout.split("\n").filter((line) => line.startsWith("  FAIL"));
	expectEqual(failed.join("\n"), "", `${name} (${done.stderr.trim().split("\n").slice(0, 4).join("; ")})`);
	const skips = done.stdout.split("\n").filter((line) => line.startsWith("  skip") && !skipped.test(line));
	expectEqual(skips.join("\n"), "", `${name}: skipped`);
	expect(/^[1-9]\d* passed, 0 failed, \d+ skipped$/m.test(done.stdout), `${name}: ${done.stdout}`);
	expectEqual(done.code, 0, `${name}: exit code`);
	expect(done.log.written, `${name}: the observer wrote no log`);
	expectEqual(Object.keys(done.log.reasons).join(", "), "", `${name}: the model says`);
	const refused = done.log.failed["VIDIOC_EXPBUF ENOTTY"] ?? 0;
	expectEqual(refused > 0, device.exportsNothing === true, `${name}: exports were asked for and refused`);
}

function scenesTest(of: string, device: Device, list: Scenes[], kernel?: string): void {
	test(`visl: scenes of ${of}, ${describe(device)}${kernel ? `, on ${kernel}` : ""}`, async () => {
		const folder = await programs(kernel);
		const steps = scenes(folder, device, "as it is", list);
		for (const [name, done] of await inGuest(steps, kernel)) checkScenes(name, done, device, /^$/);
	});
}

/** All scenes that the lab has, on a kernel that is not the usual one. */
export function allScenesTest(kernel: string): void {
	const all = [...PROGRAMS.map((program): Scenes => [program]), browsersWithVp9];
	scenesTest("memory", FRAME, all, kernel);
	scenesTest("memory", { ...SLICE, memory: "mmap" }, all, kernel);
}

function otherMemoryTest(device: Device, list: Scenes[]): void {
	test(`visl: memory of heaps, then of udmabuf, ${describe(device)}`, async () => {
		const folder = await programs();
		const none: Device = { ...device, exportsNothing: true };
		const steps = [
			...scenes(folder, none, "of a heap", list),
			...scenes(folder, none, "of udmabuf", list, "rm -r /dev/dma_heap"),
		];
		for (const [name, done] of await inGuest(steps)) checkScenes(name, done, none, /^$/);
	});
}

/** The trace says how long the wait was, in the line of the one picture that waited. */
function checkTrace(name: string, trace: string): void {
	const waited = trace.split("\n").filter((line) => line.includes("readers=") && waitOf(line) >= 450_000);
	const hung = waited.filter((line) => waitOf(line) >= 1_000_000);
	expectEqual(waited.length, 3, `${name}: pictures that waited for readers`);
	expectEqual(hung.length, 1, `${name}: pictures that waited as long as they may`);
}

/** Microseconds from the wait for readers to the queueing of the picture; 0 without a wait. */
function waitOf(line: string): number {
	const of = (word: string) => Number(new RegExp(`${word}=(\\d+)`).exec(line)?.[1]);
	return of("queued") - of("readers") || 0;
}

function readersTest(device: Device): void {
	test(`visl: readers of exported surfaces are waited for, ${describe(device)}`, async () => {
		const [step] = scenes(await programs(), device, "with fences", [["readers"]]);
		step.env = { ...step.env, LIBVA_V4L2_REQUEST_TRACE: "trace" };
		for (const [name, done] of await inGuest([step])) {
			checkScenes(name, done, device, /^$/);
			checkTrace(name, done.file("trace"));
		}
	});
}

/** Adds the tests of scenes with imported dma-bufs and with MMAP buffers. */
export function memoryTests(): void {
	const few: Scenes[] = [
		["lifetimes", "exported before"],
		["pixels", "any rectangle"],
	];
	const grained: Scenes[] = [["grain", undefined, "av1-grain"]];
	scenesTest("memory", FRAME, [...few, ["imports"], ["players"], ["browsers"], browsersWithVp9]);
	scenesTest("film grain", FRAME, grained);
	scenesTest("film grain", { ...FRAME, memory: "mmap" }, grained);
	scenesTest("memory", { ...SLICE, memory: "mmap" }, few);
	otherMemoryTest(FRAME, few);
	readersTest(FRAME);
	readersTest({ ...SLICE, memory: "mmap" });
}
