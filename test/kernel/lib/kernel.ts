// SPDX-License-Identifier: MIT
// The lab's kernels: Debian's Linux, built for ARCH=um once, and kept outside the tree by what they were made from.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import CliProgress from "cli-progress";
import { hasProgram } from "../../../tools/lib/run.ts";
import { addFake, fakeSources } from "../hardware/lib/fake.ts";

/** What of Debian's packages a kernel is made from, the usual one first. */
export const kernelVersions = ["6.12", "6.1"];

/** Options of lab.config that a kernel is too old for: visl came with 6.3. */
const unknownTo: Record<string, string[]> = { "6.1": ["CONFIG_VIDEO_VISL=y", "CONFIG_VISL_DEBUGFS=y"] };

/** Why there can be no kernel here, or why the lab cannot run; the sentence says what to do. */
export class LabUnavailable extends Error {}

const here = join(import.meta.dirname, "..");
const config = join(here, "lab.config");

export interface Kernel {
	version: string;
	/** The program that is the kernel. */
	image: string;
	/** The compiler for device trees. */
	dtc: string;
}

/** Where kernels are kept: V4L2_REQUEST_LAB, or a folder of the user's cache. */
export function cacheFolder(): string {
	const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
	return process.env.V4L2_REQUEST_LAB || join(cache, "v4l2-request-lab");
}

const kernels = new Map<string, Promise<Kernel>>();

/**
 * The kernel of that version from the cache, or built now, with progress on stderr: once in a process, so that guests started
 * at the same time do not build in one another's folder, and a run keeps its kernel whatever is edited meanwhile.
 */
export function labKernel(version: string): Promise<Kernel> {
	let kernel = kernels.get(version);
	if (!kernel) {
		kernel = findKernel(version);
		kernels.set(version, kernel);
	}
	return kernel;
}

const tarballOf = (version: string): string => `/usr/src/linux-source-${version}.tar.xz`;
/** Where the kernel is kept once it is built. Debian's package of its sources must be installed. */
const folderOf = (version: string): string =>
	join(cacheFolder(), `linux-${version}-${key(`linux-source-${version}`)}`);

/**
 * Kernels that need no building, the usual one first. Building takes minutes, so tests build the usual one only and use
 * the others where `npm run kernels` has built them.
 */
export function builtKernels(): string[] {
	return kernelVersions.filter(
		(version) => existsSync(tarballOf(version)) && existsSync(join(folderOf(version), "linux")),
	);
}

async function findKernel(version: string): Promise<Kernel> {
	const tarball = tarballOf(version);
	if (!existsSync(tarball)) {
		throw new LabUnavailable(
			`the lab needs Debian's linux-source-${version}, which is not installed: \`node tools/bootstrap.mjs kernel\` (as root) installs it where this release has it`,
		);
	}
	const folder = folderOf(version);
	const image = join(folder, "linux");
	while (!existsSync(image)) {
		if (!lock(folder)) await sleep(1000);
		else await build(version, tarball, folder).finally(() => rmSync(`${folder}.lock`, { force: true }));
	}
	return { version, image, dtc: join(folder, "dtc") };
}

function packageVersion(name: string): string {
	return execFileSync("dpkg-query", ["-W", "-f", "$" + "{Version}", name], { encoding: "utf8" });
}

/** The full version of the kernel that is built for "6.12", such as 6.12.117. */
export function kernelRelease(version: string): string {
	return packageVersion(`linux-source-${version}`).replace(/-.*/, "");
}

/** Everything that decides what the kernel will be. */
function key(source: string): string {
	const hash = createHash("sha256");
	hash.update(`${source} ${packageVersion(source)}\n`);
	hash.update(readFileSync(config));
	for (const text of fakeSources()) hash.update(text);
	return hash.digest("hex").slice(0, 16);
}

/** Takes the right to build a kernel, unless a living process has it. */
function lock(folder: string): boolean {
	const path = `${folder}.lock`;
	mkdirSync(cacheFolder(), { recursive: true });
	try {
		writeFileSync(path, `${process.pid}`, { flag: "wx" });
		return true;
	} catch {
		try {
			const owner = readFileSync(path, "utf8");
			if (owner !== "" && !existsSync(`/proc/${owner}`)) rmSync(path);
		} catch {} // it was released just now
		return false;
	}
}

const buildNeeds = ["gcc", "make", "flex", "bison", "bc", "xz", "tar"];
/** Compilation steps of a build, about: for the progress line only. */
const buildSteps = 1500;

async function build(version: string, tarball: string, folder: string): Promise<void> {
	const missing = buildNeeds.filter((program) => !hasProgram(program));
	if (missing.length > 0) {
		throw new LabUnavailable(
			`building the lab's kernel needs ${missing.join(", ")}: run \`node tools/bootstrap.mjs kernel\` (as root)`,
		);
	}
	const place = join(cacheFolder(), `building-${version}-${process.pid}`);
	rmSync(place, { recursive: true, force: true });
	mkdirSync(place);
	const progress = new CliProgress.SingleBar({
		format: `lab: building Linux ${version}, once {bar} {percentage}% {duration_formatted}`,
		stream: process.stderr,
		noTTYOutput: true,
		notTTYSchedule: 20e3,
	});
	progress.start(buildSteps, 0);
	try {
		await step(["tar", "-xf", tarball, "-C", place, "--strip-components=1"], place, {}, null);
		addFake(place, version);
		const compiler = hasProgram("ccache") ? "ccache gcc" : "gcc";
		const make = ["make", "ARCH=um", `CC=${compiler}`, "KCFLAGS=-w", `-j${availableParallelism()}`];
		const env = {
			CCACHE_DIR: join(cacheFolder(), "ccache"),
			CCACHE_BASEDIR: place,
			KBUILD_BUILD_TIMESTAMP: "0",
		};
		await step([...make, `KCONFIG_ALLCONFIG=${config}`, "allnoconfig"], place, env, null);
		checkConfig(readFileSync(join(place, ".config"), "utf8"), version);
		await step([...make, "linux"], place, env, progress);
		const finished = `${place}.done`;
		mkdirSync(finished);
		copyFileSync(join(place, "linux"), join(finished, "linux"));
		copyFileSync(join(place, "scripts", "dtc", "dtc"), join(finished, "dtc"));
		renameSync(finished, folder);
	} finally {
		progress.stop();
		rmSync(place, { recursive: true, force: true });
		removeAbandoned();
	}
}

/** An option whose dependencies are not met vanishes without a word; here it is an error. */
function checkConfig(made: string, version: string): void {
	const lines = new Set(made.split("\n"));
	const unknown = unknownTo[version] ?? [];
	const wanted = readFileSync(config, "utf8").split("\n");
	const lost = wanted.filter(
		(line) =>
			/^CONFIG_\w+=/.test(line) && !/=n$/.test(line) && !lines.has(line) && !unknown.includes(line),
	);
	if (lost.length > 0) {
		throw new Error(
			`Linux ${version} does not take these lines of test/kernel/lab.config: ${lost.join(" ")}`,
		);
	}
}

/** Build folders of processes that were killed. */
function removeAbandoned(): void {
	for (const name of readdirSync(cacheFolder())) {
		const pid = /^building-.*-(\d+)(\.done)?$/.exec(name)?.[1];
		if (!pid || existsSync(`/proc/${pid}`)) continue;
		const path = join(cacheFolder(), name);
		if (Date.now() - statSync(path).mtimeMs > 3600e3) rmSync(path, { recursive: true, force: true });
	}
}

/** Runs one command of the build; each line counts as a step. On failure throws with the last lines. */
function step(
	command: string[],
	cwd: string,
	env: Record<string, string>,
	progress: CliProgress.SingleBar | null,
): Promise<void> {
	return new Promise((resolve, reject) => {
		const child = spawn(command[0], command.slice(1), {
			cwd,
			env: { ...process.env, ...env },
			stdio: ["ignore", "pipe", "pipe"],
		});
		let tail = "";
		const take = (text: string) => {
			tail = (tail + text).slice(-4000);
			progress?.increment(text.split("\n").length - 1);
		};
		child.stdout.setEncoding("utf8").on("data", take);
		child.stderr.setEncoding("utf8").on("data", take);
		child.on("error", reject);
		child.on("close", (code) => {
			if (code === 0) resolve();
			else reject(new Error(`\`${command.join(" ")}\` failed:\n${tail}`));
		});
	});
}
