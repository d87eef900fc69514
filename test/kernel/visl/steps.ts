// SPDX-License-Identifier: MIT
// Several programs, one after another, in one guest: what each said, and what the observer (test/device/observe) saw of it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { DeviceLog, observerPath } from "../../clients/lib/device.ts";
import { expectEqual } from "../../clients/lib/suite.ts";
import type { DeviceMode } from "../../codecs/codec.ts";
import { guest } from "../lib/guest.ts";
import { isEmulated } from "../lib/kernel.ts";

/** How the decoder appears to the program: visl has it all, the observer leaves one of each. */
export interface Device {
	mode: DeviceMode;
	code: "annex-b" | "none";
	/** What CAPTURE buffers are made of: dma-bufs that the driver imports, or the queue's own memory. */
	memory: "dmabuf" | "mmap";
	/** It exports no memory: surfaces get theirs elsewhere. */
	exportsNothing?: boolean;
}

export const FRAME: Device = { mode: "frame", code: "annex-b", memory: "dmabuf" };
export const SLICE: Device = { mode: "slice", code: "none", memory: "dmabuf" };

/** A device as words for a test's name. */
export function describe(device: Device): string {
	const what = device.mode === "frame" ? "frames" : "slices";
	const code = device.code === "annex-b" ? "with start codes" : "without start codes";
	const memory = device.memory === "dmabuf" ? "imported dma-bufs" : "MMAP buffers";
	return `${what} ${code}, ${memory}${device.exportsNothing ? ", none exported" : ""}`;
}

export interface Step {
	name: string;
	/** For a shell (bash) whose working folder is the step's own, and stays. */
	command: string;
	/** null: without the observer. */
	device: Device | null;
	env?: Record<string, string>;
	/** For a shell, before it and outside of it: what this changes in the guest stays so for the steps to come. */
	before?: string;
}

export interface Done {
	code: number;
	stdout: string;
	stderr: string;
	log: DeviceLog;
	/** A file that the step left in its folder; "" when there is none. */
	file(name: string): string;
}

export const RENDER_NODE = "/dev/dri/renderD128";

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

function environment(device: Device, log: string): Record<string, string> {
	return {
		LD_PRELOAD: observerPath(),
		V4L2OBSERVE_LOG: log,
		V4L2OBSERVE_DECODE_MODE: device.mode,
		V4L2OBSERVE_START_CODE: device.code,
		V4L2OBSERVE_NO_DMABUF: device.memory === "mmap" ? "1" : "0",
		V4L2OBSERVE_NO_EXPBUF: device.exportsNothing ? "1" : "0",
	};
}

/** The step's lines of the guest's script. Variables are for the command alone: the observer stays out of the shell. */
function script(step: Step, folder: string): string {
	const variables = { ...(step.device ? environment(step.device, join(folder, "log")) : {}), ...step.env };
	const words = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}`);
	const line = `set -o pipefail; ${step.command}`;
	return `${step.before ? `${step.before}\n` : ""}cd ${quote(folder)}; env ${words.join(" ")} bash -c ${quote(line)} >out 2>err; echo $? >code\n`;
}

/** Seconds that a guest may take: an emulated processor is more than ten times slower. */
const patience = (kernel?: string): number => (kernel && isEmulated(kernel) ? 3600 : 300);

/** Runs the steps in one boot, of the usual kernel unless told. The kernel must have nothing to say. */
export async function inGuest(
	steps: Step[],
	kernel?: string,
	timeout = patience(kernel),
): Promise<Map<string, Done>> {
	const parent = join(root, "build", "visl");
	mkdirSync(parent, { recursive: true });
	const place = mkdtempSync(join(parent, "run-"));
	try {
		const folders = steps.map((_, i) => join(place, String(i)));
		for (const folder of folders) mkdirSync(folder);
		const path = join(place, "steps.sh");
		writeFileSync(path, steps.map((step, i) => script(step, folders[i])).join(""));
		const { output, kernelLog } = await guest(["bash", path], {
			kernel,
			quiet: true,
			timeout,
			env: {
				LIBVA_MESSAGING_LEVEL: "1",
			},
		});
		expectEqual(kernelLog, "", "the kernel says");
		expectEqual(output, "", "the guest says");
		return new Map(steps.map((step, i) => [step.name, read(folders[i])]));
	} finally {
		rmSync(place, { recursive: true, force: true });
	}
}

function read(folder: string): Done {
	const files = new Map(
		readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
	);
	const file = (name: string) => files.get(name) ?? "";
	return {
		code: Number(file("code") || "-1"),
		stdout: file("out"),
		stderr: file("err"),
		log: new DeviceLog(file("log")),
		file,
	};
}
