// SPDX-License-Identifier: MIT
// What the measurements of npm run bench share: the clips, stock ffmpeg over the simulated device, the probe.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hardwareArguments } from "../../test/clients/lib/decode.ts";
import { type DeviceLog, withDevice } from "../../test/clients/lib/device.ts";
import { run } from "../../test/clients/lib/process.ts";
import type { Bench, Codec, DeviceMode } from "../../test/codecs/codec.ts";
import { codecs } from "../../test/codecs/codecs.ts";
import { mustRun, root } from "../lib/run.ts";

export interface Figure {
	name: string;
	value: number;
	unit: string;
	aim?: { most?: number; least?: number };
	note: string;
}

/** Aims are held to two decimals, which is what is shown. */
export function missed(f: Figure): boolean {
	const value = Math.round(f.value * 100) / 100;
	return value > (f.aim?.most ?? Infinity) || value < (f.aim?.least ?? -Infinity);
}

/** The aim of a figure as words; empty where it has none. */
export function wanted(f: Figure): string {
	if (f.aim?.most !== undefined) return `<= ${f.aim.most}`;
	return f.aim?.least !== undefined ? `>= ${f.aim.least}` : "";
}

export const folder = join(root, "build", "bench");
export const benchSources = join(root, "test", "bench");
export const probePath = join(folder, "probe.so");

/** Figures are differences between a long and a short run: starting up and shutting down is in both. */
export const LONG = 120;
export const SHORT = 40;

/** A codec that is measured. */
export type Measured = Codec & { bench: Bench };
export const measured = codecs.filter((codec): codec is Measured => codec.bench !== undefined);

/** One whose fill code there is in C as well. */
export type Filled = Measured & { bench: { fill: NonNullable<Bench["fill"]> } };
/** Whether a codec's fill code has its like in plain C, which it is measured beside. */
export const isFilled = (codec: Measured): codec is Filled => codec.bench.fill !== undefined;

/** What its pictures consist of: "slice", "tile". */
export const partOf = ({ bench }: Measured): string => bench.part ?? "slice";
/** "1 slice", "4 tiles". */
export const slicesOf = (codec: Measured, slices: number): string =>
	`${slices} ${partOf(codec)}${slices > 1 ? "s" : ""}`;

/** 640x360 at some Mbit/s, as films have. */
export function clip(codec: Measured, slices = codec.bench.slices[0]): string {
	return join(folder, `${codec.name}-${slices}.${codec.extension}`);
}

function makeClip(codec: Measured, slices: number): void {
	if (existsSync(clip(codec, slices))) return;
	const picture = `testsrc2=size=640x360:rate=25,noise=alls=12:allf=t:all_seed=3,trim=end_frame=${LONG}`;
	const made = spawnSync("ffmpeg", [
		...["-v", "error", "-y", "-f", "lavfi", "-i", picture, "-pix_fmt", "yuv420p"],
		...[...codec.bench.encoder(slices), "-f", codec.ffmpeg.muxer, clip(codec, slices)],
	]);
	if (made.status !== 0) throw new Error(`ffmpeg could not make the clip: ${made.stderr}`);
}

/** Makes the clips of these codecs, and the probe that all measurements use. */
export async function prepare(chosen: Measured[] = measured): Promise<void> {
	mkdirSync(folder, { recursive: true });
	for (const codec of chosen) for (const slices of codec.bench.slices) makeClip(codec, slices);
	const flags = ["-std=c17", "-D_GNU_SOURCE", "-O2", "-fno-builtin", "-fPIC", "-shared"];
	await mustRun(["cc", ...flags, "-o", probePath, join(benchSources, "probe.c"), "-ldl"]);
}

export interface Probe {
	pictures: number;
	bitstream_bytes: number;
	copied_bytes: number;
	driver_ns: number;
	system_ns: number;
	system_calls: number;
}

export interface Session {
	log: DeviceLog;
	probe: Probe | null;
	seconds: number;
}

export interface SessionOptions {
	mode?: DeviceMode;
	/** Folder of another build of the driver. */
	driver?: string;
	probe?: boolean;
	record?: string;
	/** What ffmpeg runs under. */
	wrapper?: string[];
	/** Whether the pictures' bytes are asked for; otherwise they stay on the surfaces. */
	readback?: boolean;
}

/** Decodes so many pictures of a clip by ffmpeg on the simulated device. Throws if that fails. */
export async function ffmpeg(path: string, pictures: number, more: SessionOptions = {}): Promise<Session> {
	const probeOut = join(folder, "probe.json");
	rmSync(probeOut, { force: true });
	const environment: Record<string, string> = {
		...(more.driver ? { LIBVA_DRIVERS_PATH: more.driver } : {}),
		...(more.probe || more.record ? { LD_PRELOAD: probePath, BENCH_PROBE: probeOut } : {}),
		...(more.record ? { BENCH_RECORD: more.record } : {}),
	};
	const { result, log } = await withDevice({ mode: more.mode, environment }, (env, node) => {
		const all = hardwareArguments(path, "yuv420p", node);
		const decode = more.readback ? all : all.filter((a, i) => a !== "-vf" && all[i - 1] !== "-vf");
		const [program, ...args] = [...(more.wrapper ?? []), "ffmpeg", ...decode];
		const output = ["-frames:v", String(pictures), "-f", "null", "-"];
		return run({ program, arguments: [...args, ...output], env, timeout: 900 });
	});
	if (result.status !== 0 || log.complaint() !== "")
		throw new Error(`the clip is not decoded: ${log.complaint() || result.stderr}`);
	const probe = existsSync(probeOut) ? JSON.parse(readFileSync(probeOut, "utf8")) : null;
	if ((more.probe || more.record) && !probe) throw new Error("the probe wrote nothing");
	return { log, probe, seconds: result.seconds };
}
