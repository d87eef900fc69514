// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, root, tool } from "../../../tools/lib/run.ts";
import type { Codec, DeviceMode } from "../../codecs/codec.ts";
import { codecNames } from "../../codecs/codecs.ts";
import { run } from "./process.ts";

export interface DeviceOptions {
	/** How the simulated device takes pictures: frame unless told. It decodes all codecs, */
	mode?: DeviceMode;
	/** or these, as V4L2SIM_KIND has them: "h264+vp8". */
	codecs?: string;
	/** Not the simulated device, but whatever this machine has. */
	real?: boolean;
	/** The simulated device decodes nothing, and needs no libavcodec: every picture is grey. */
	grey?: boolean;
	depth?: 8 | 10;
	/** More variables: V4L2SIM_..., LIBVA_... */
	environment?: Record<string, string>;
}

export const buildFolder = process.env.DRIVER_BUILD ?? join(root, "build", "default");
export const driverPath = join(buildFolder, "v4l2_request_drv_video.so");

function find(folder: string, name: string): string | undefined {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		if (entry.isFile() && entry.name === name) return join(folder, name);
		const below =
			entry.isDirectory() && !entry.name.endsWith(".p")
				? find(join(folder, entry.name), name)
				: undefined;
		if (below) return below;
	}
	return undefined;
}

/** A test's program or library by its name. */
export function built(name: string): string {
	const path = existsSync(join(buildFolder, "test")) ? find(join(buildFolder, "test"), name) : undefined;
	if (!path) throw new Error(`there is no ${name} in ${buildFolder}: run \`npm run build\` first`);
	return path;
}

/** The preloaded library of test/device. */
export const simulatorPath = (grey = false): string => built(grey ? "libv4l2sim_grey.so" : "libv4l2sim.so");

/** The observer of a real decoder, preloaded as well. */
export const observerPath = (): string => built("libv4l2observe.so");

/** The VA client of test/clients/va-decode. */
export const vaDecodePath = (): string => built("va-decode");

/** Brings build/default up to date; a folder named by $DRIVER_BUILD is taken as it is. */
export async function ensureBuild(): Promise<void> {
	if (!process.env.DRIVER_BUILD) await mustRun(tool("tools/build.ts"));
	if (!existsSync(driverPath)) {
		console.error(`There is no ${driverPath}: run \`npm run build\` first.`);
		process.exit(2);
	}
	simulatorPath();
}

interface LogLine {
	pid: number;
	program: string;
	calls: Record<string, number>;
	failed: Record<string, number>;
	jobs: number;
	pictures: number;
	good: number;
	painted: number;
	refused: number;
	reasons: Record<string, number>;
	max_in_flight: number;
	decode_busy_ns: number;
	bitstream_bytes: number;
	sync: { start: number; end: number; mismatched: number };
	open_at_exit: Record<string, number>;
}

function sum(lines: LogLine[], of: (line: LogLine) => number): number {
	return lines.reduce((total, line) => total + of(line), 0);
}

function merge(lines: LogLine[], of: (line: LogLine) => Record<string, number>): Record<string, number> {
	const merged: Record<string, number> = {};
	for (const line of lines)
		for (const [name, n] of Object.entries(of(line))) merged[name] = (merged[name] ?? 0) + n;
	return merged;
}

/** What the simulated device saw: its own account, independent of what driver and player say. */
export class DeviceLog {
	readonly written: boolean;
	/** Calls by name, and those that failed by name and errno. */
	readonly calls: Record<string, number>;
	readonly failed: Record<string, number>;
	/** Decoding jobs: frames, fields or slices. */
	readonly jobs: number;
	/** CAPTURE buffers given back. */
	readonly pictures: number;
	readonly good: number;
	readonly painted: number;
	readonly refused: number;
	readonly reasons: Record<string, number>;
	readonly inFlight: number;
	readonly busySeconds: number;
	readonly bitstreamBytes: number;
	readonly mismatchedSyncs: number;
	readonly openAtExit: Record<string, number>;

	constructor(text: string) {
		const lines: LogLine[] = text
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => JSON.parse(line));
		this.written = lines.length > 0;
		this.calls = merge(lines, (l) => l.calls);
		this.failed = merge(lines, (l) => l.failed);
		this.jobs = sum(lines, (l) => l.jobs);
		this.pictures = sum(lines, (l) => l.pictures);
		this.good = sum(lines, (l) => l.good);
		this.painted = sum(lines, (l) => l.painted);
		this.refused = sum(lines, (l) => l.refused);
		this.reasons = merge(lines, (l) => l.reasons);
		this.inFlight = Math.max(0, ...lines.map((l) => l.max_in_flight));
		this.busySeconds = sum(lines, (l) => l.decode_busy_ns) / 1e9;
		this.bitstreamBytes = sum(lines, (l) => l.bitstream_bytes);
		this.mismatchedSyncs = sum(lines, (l) => l.sync.mismatched);
		this.openAtExit = merge(lines, (l) => l.open_at_exit);
	}

	/**
	 * Failed calls that no healthy run makes. Enumerations end with EINVAL, a queue that has nothing yet says EAGAIN,
	 * and whether a device decodes 10 bit is found out by offering it a 10-bit sequence, once each time it is looked at.
	 */
	get failures(): string[] {
		const asking = /^(VIDIOC_(ENUM_|QUERY|G_|TRY_)|MEDIA_IOC_ENUM)/;
		const probes = this.calls.MEDIA_IOC_G_TOPOLOGY ?? 0;
		return Object.entries(this.failed)
			.filter(([name]) => !asking.test(name) && !name.endsWith(" EAGAIN"))
			.filter(([name, n]) => name !== "VIDIOC_S_EXT_CTRLS EINVAL" || n > probes)
			.map(([name]) => name);
	}

	/** What the device has to say against a run, as one sentence; empty when nothing. */
	/** Whether all that it complains of is slice data that is damaged or missing, as at the end of a file that was cut. */
	get onlyDamage(): boolean {
		return (
			this.painted === 0 &&
			this.refused > 0 &&
			Object.keys(this.reasons).every((reason) => /slice data is damaged/.test(reason)) &&
			this.failures.length === 0
		);
	}

	complaint(): string {
		const reason = Object.entries(this.reasons)[0];
		if (reason) return `device: ${reason[0]}${reason[1] > 1 ? ` (${reason[1]} times)` : ""}`;
		if (this.painted + this.refused > 0)
			return `device: ${this.painted} pictures painted, ${this.refused} refused`;
		if (this.failures.length > 0) return `device: failed calls: ${this.failures.join(", ")}`;
		if (this.mismatchedSyncs > 0)
			return `device: ${this.mismatchedSyncs} DMA_BUF_IOCTL_SYNC without their other half`;
		const open = Object.entries(this.openAtExit).filter(([name, n]) => n > 0 && name !== "render");
		if (open.length > 0) return `left open: ${open.map(([name, n]) => `${n} ${name}`).join(", ")}`;
		return "";
	}
}

/** Where the render node is: the simulated one unless the machine's own decoder is meant. */
export const RENDER_NODE = "/dev/dri/renderD128";

/**
 * Runs something with the environment in which libva loads the driver of the build folder, over the device; gives
 * its result and the device's log.
 */
export async function withDevice<T>(
	options: DeviceOptions,
	job: (env: NodeJS.ProcessEnv, renderNode: string) => Promise<T>,
): Promise<{ result: T; log: DeviceLog }> {
	const folder = mkdtempSync(join(tmpdir(), "v4l2sim-"));
	const logPath = join(folder, "log");
	const env: NodeJS.ProcessEnv = {
		...process.env,
		LIBVA_DRIVERS_PATH: buildFolder,
		LIBVA_DRIVER_NAME: "v4l2_request",
		...options.environment,
	};
	if (!options.real) {
		const preload = options.environment?.LD_PRELOAD;
		env.LD_PRELOAD = [preload, simulatorPath(options.grey)].filter(Boolean).join(":");
		env.V4L2SIM_KIND ??= `${options.codecs ?? codecNames.join("+")}:${options.mode ?? "frame"}`;
		env.V4L2SIM_DEPTH ??= String(options.depth ?? 8);
		env.V4L2SIM_LOG = logPath;
		env.V4L2SIM_RENDER ??= RENDER_NODE;
	}
	try {
		const result = await job(env, RENDER_NODE);
		return { result, log: new DeviceLog(existsSync(logPath) ? readFileSync(logPath, "utf8") : "") };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

export interface FoundDevice {
	options: DeviceOptions;
	simulated: boolean;
	description: string;
}

/** A decoder of this machine for the codec, found by the driver itself through the media topology; else the simulated one. */
export async function findDevice(codec: Codec): Promise<FoundDevice> {
	const ask = (options: DeviceOptions) =>
		withDevice(options, (env, renderNode) =>
			existsSync(renderNode) || !options.real
				? run({
						program: "vainfo",
						arguments: ["--display", "drm", "--device", renderNode],
						env,
						timeout: 20,
					})
				: Promise.resolve(null),
		);
	/** "V4L2 stateless decoder driver X.Y.Z (driver /dev/videoN)": the node is what a user wants to know. */
	const name = (text: string) => text.match(/Driver version: .*\((.*)\)/)?.[1] ?? "no name";
	const real = await ask({ real: true });
	if (
		real.result?.status === 0 &&
		codec.profiles.some((profile) => real.result?.stdout.includes(profile))
	) {
		return { options: { real: true }, simulated: false, description: name(real.result.stdout) };
	}
	const simulated = await ask({});
	return {
		options: {},
		simulated: true,
		description: `${name(simulated.result?.stdout ?? "")}: simulated, for this machine has no stateless ${codec.title} decoder`,
	};
}
