// SPDX-License-Identifier: MIT
// How the recordings are made: of visl in one boot of the lab, of the simulated device on this machine.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { root } from "../../../tools/lib/run.ts";
import { buildFolder, simulatorPath } from "../../clients/lib/device.ts";
import { run } from "../../clients/lib/process.ts";
import { Failure } from "../../clients/lib/suite.ts";
import { guest } from "../lib/guest.ts";
import { parseRecording, type Recording } from "./compare.ts";

/** Decode modes; visl is put into the one that the simulated device has. */
export const modes = ["frame", "slice"] as const;
export type Mode = (typeof modes)[number];

/** The simulated devices that are compared: each kind in visl's API (multi-planar), and one in the other. */
export const devices: Record<string, { mode: Mode; api: "mplane" | "single" }> = {
	frame: { mode: "frame", api: "mplane" },
	slice: { mode: "slice", api: "mplane" },
	single: { mode: "slice", api: "single" },
};

/** Walks in the recordings that are kept. */
export const KEPT_WALKS = 24;

export const contractProgram = join(buildFolder, "test", "device", "sim", "test_contract");

/** A recording of visl on Linux 6.12, kept for machines on which the lab cannot run. `npm run contract -- --keep` makes it anew. */
export const keptPath = (mode: Mode): string => join(import.meta.dirname, `visl-6.12-${mode}.txt.gz`);
/** What visl answered in this mode when the recording was made. */
export const keptRecording = (mode: Mode): string => gunzipSync(readFileSync(keptPath(mode))).toString();

export interface Recorded {
	/** What the contract test said, and whether all its expectations held. */
	output: string;
	good: boolean;
	text: string;
	recording: Recording;
}

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
	const below = join(root, "build", "contract");
	mkdirSync(below, { recursive: true });
	const folder = mkdtempSync(join(below, "run-"));
	try {
		return await body(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function recorded(path: string, output: string): Recorded {
	const text = readFileSync(path, "utf8");
	const good = /^\d+ passed, 0 failed, 0 skipped$/m.test(output);
	return { output, good, text, recording: parseRecording(text) };
}

/** Both modes of visl, on the usual kernel unless told. */
export function recordVisl(
	walks: number,
	kernel?: string,
): Promise<Record<Mode, Recorded> & { kernelLog: string }> {
	return inFolder(async (folder) => {
		const path = (mode: Mode, what: string) => join(folder, `${mode}.${what}`);
		const commands = modes.map(
			(mode) =>
				`'${contractProgram}' --driver visl --mode ${mode} --walks ${walks} --record '${path(mode, "txt")}' >'${path(mode, "log")}' 2>&1`,
		);
		const { kernelLog } = await guest(["sh", "-c", `${commands.join("\n")}\ntrue`], {
			kernel,
			quiet: true,
			timeout: 120 + walks,
		});
		const of = (mode: Mode) => recorded(path(mode, "txt"), readFileSync(path(mode, "log"), "utf8"));
		return { frame: of("frame"), slice: of("slice"), kernelLog };
	});
}

/** A simulated device; it takes OUTPUT buffers without requests, too, as visl does. */
export function recordSimulated(
	device: string,
	walks: number,
	environment: Record<string, string> = {},
	only: string[] = [],
): Promise<Recorded> {
	return inFolder(async (folder) => {
		const path = join(folder, "recording.txt");
		const result = await run({
			program: contractProgram,
			arguments: ["--walks", String(walks), "--record", path, ...only],
			env: {
				...process.env,
				LD_PRELOAD: simulatorPath(),
				V4L2SIM_KIND: `h264:${devices[device].mode}`,
				V4L2SIM_API: devices[device].api,
				V4L2SIM_REQUIRE_REQUESTS: "0",
				...environment,
			},
			timeout: 120 + walks,
		});
		if (result.signal || result.status === null)
			throw new Failure(`${contractProgram} ended by ${result.signal}`);
		return recorded(path, result.stdout + result.stderr);
	});
}
