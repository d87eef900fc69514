// SPDX-License-Identifier: MIT
// The lab's kernels: Debian's Linux, built once, and kept outside the tree by what they were made from. A kernel's name is its version,
// for User Mode Linux, or its version and another architecture of Linux.
import { spawn } from "node:child_process";
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
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { progressBar } from "../../../tools/lib/progress.ts";
import { hasProgram } from "../../../tools/lib/run.ts";
import { addFake, fakeSources } from "../hardware/lib/fake.ts";
import { cacheFolder, LabUnavailable } from "./place.ts";
import { kernelVersions, obtainSource, type Source, sourceOf, usualKernel } from "./sources.ts";

/** The kernel of another architecture, which QEMU runs. */
export const arm64Kernel = `${usualKernel}-arm64`;

/** Of all kernels, the usual one first. */
export const kernelNames = [...kernelVersions, arm64Kernel];

const SMP = "CONFIG_SMP=y";
const VISL = "CONFIG_VIDEO_VISL=y";
const SRAM = "CONFIG_SRAM=y";
const VSI = "CONFIG_VSI_IOMMU=y";
const NETWORK_AND_SCREENS = ["CONFIG_INET=y", "CONFIG_DRM_VKMS=y"];
/**
 * Lines of lab.config that a kernel goes without: visl came with 6.3, SMP of User Mode Linux with 6.19; 7.x always has sysctls. Network
 * and screens only the usual kernel is asked for; without them there is less to build.
 */
const without: Record<string, string[]> = {
	"6.1": [VISL, "CONFIG_VISL_DEBUGFS=y", SMP, SRAM, VSI],
	"6.12": [SMP, SRAM, VSI],
	"7.3": ["CONFIG_PROC_SYSCTL=y", ...NETWORK_AND_SCREENS],
	[arm64Kernel]: NETWORK_AND_SCREENS,
};

/** How a kernel is built, by its architecture. */
const architectures = {
	um: { make: [], compiler: "gcc", target: "linux", image: "linux" },
	arm64: {
		make: ["CROSS_COMPILE=aarch64-linux-gnu-"],
		compiler: "aarch64-linux-gnu-gcc",
		target: "Image",
		image: "arch/arm64/boot/Image",
	},
};
type Architecture = keyof typeof architectures;

/** The parts of a kernel's name, such as "7.3" or "6.12-arm64". */
function partsOf(name: string): { version: string; architecture: Architecture } {
	const [version, architecture = "um"] = name.split("-");
	return { version, architecture: architecture as Architecture };
}

/** Whether the kernel is no program of this machine's, but needs QEMU. */
export const isEmulated = (kernel: string): boolean => partsOf(kernel).architecture !== "um";

/** Whether the lab's kernel of that name has visl. */
export const hasVisl = (kernel: string): boolean => !without[kernel].includes(VISL);

/** How many CPUs a guest of that kernel has. */
export const cpusOf = (kernel: string): number => (without[kernel].includes(SMP) ? 1 : 2);

const here = join(import.meta.dirname, "..");
const config = join(here, "lab.config");

export interface Kernel {
	name: string;
	/** The kernel: of User Mode Linux a program. */
	image: string;
	/** The compiler for device trees. */
	dtc: string;
}

const kernels = new Map<string, Promise<Kernel>>();

/**
 * The kernel of that name from the cache, or built now, with progress on stderr: once in a process, so that guests started
 * at the same time do not build in one another's folder, and a run keeps its kernel whatever is edited meanwhile.
 */
export function labKernel(name: string): Promise<Kernel> {
	let kernel = kernels.get(name);
	if (!kernel) {
		kernel = findKernel(name);
		kernels.set(name, kernel);
	}
	return kernel;
}

/** Where the kernel is kept once it is built. */
const folderOf = (name: string, source: Source): string =>
	join(cacheFolder(), `linux-${name}-${key(name, source)}`);

/**
 * Kernels that need no building, the usual one first. Building takes minutes, so tests build the usual one only and use
 * the others where `npm run kernels` has built them.
 */
export function builtKernels(): string[] {
	return kernelVersions.filter((version) => {
		const source = sourceOf(version);
		return source && existsSync(join(folderOf(version, source), "linux"));
	});
}

async function findKernel(name: string): Promise<Kernel> {
	const source = obtainSource(partsOf(name).version);
	const folder = folderOf(name, source);
	const image = join(folder, "linux");
	while (!existsSync(image)) {
		if (!lock(folder)) await sleep(1000);
		else
			await build(name, source.tarball, folder).finally(() =>
				rmSync(`${folder}.lock`, { force: true }),
			);
	}
	return { name, image, dtc: join(folder, "dtc") };
}

/** The full version of the kernel that is built for "6.12", such as 6.12.117. */
export function kernelRelease(version: string): string {
	return obtainSource(version).packageVersion.replace(/-.*/, "");
}

/** The options of lab.config that the kernel is to have, a line each. */
function configOf(name: string): string {
	const { architecture } = partsOf(name);
	const groups = readFileSync(config, "utf8").split("\n\n");
	const ofOthers = Object.keys(architectures).filter((other) => other !== architecture);
	const taken = groups
		.filter((group) => !ofOthers.some((other) => group.startsWith(`# ${other}: `)))
		.flatMap((group) => group.split("\n"))
		.filter((line) => /^CONFIG_/.test(line) && !without[name].includes(line));
	return `${taken.join("\n")}\n`;
}

/** Everything that decides what the kernel will be. */
function key(name: string, { packageVersion }: Source): string {
	const { version, architecture } = partsOf(name);
	const hash = createHash("sha256");
	hash.update(`linux-source-${version} ${packageVersion}\n`);
	hash.update(configOf(name));
	if (architecture === "um") for (const text of fakeSources()) hash.update(text);
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

async function build(name: string, tarball: string, folder: string): Promise<void> {
	const { version, architecture } = partsOf(name);
	const { make: words, compiler, target, image } = architectures[architecture];
	const missing = [...buildNeeds, compiler].filter((program) => !hasProgram(program));
	if (missing.length > 0) {
		const purposes = architecture === "um" ? "kernel" : "kernel cross";
		throw new LabUnavailable(
			`building the lab's kernel needs ${missing.join(", ")}: run \`node tools/bootstrap.mjs ${purposes}\` (as root)`,
		);
	}
	const place = join(cacheFolder(), `building-${name}-${process.pid}`);
	rmSync(place, { recursive: true, force: true });
	mkdirSync(place);
	const progress = progressBar(
		`lab: building Linux ${name}, once {bar} {percentage}% {duration_formatted}`,
	);
	progress.start(buildSteps, 0);
	try {
		await step(["tar", "-xf", tarball, "-C", place, "--strip-components=1"], place, {}, null);
		if (architecture === "um") addFake(place, version);
		const make = [
			...["make", `ARCH=${architecture}`, ...words, "KCFLAGS=-w", `-j${availableParallelism()}`],
			`CC=${hasProgram("ccache") ? "ccache " : ""}${compiler}`,
		];
		const env = {
			CCACHE_DIR: join(cacheFolder(), "ccache"),
			CCACHE_BASEDIR: place,
			KBUILD_BUILD_TIMESTAMP: "0",
		};
		const wanted = join(place, "lab.config");
		writeFileSync(wanted, configOf(name));
		await step([...make, `KCONFIG_ALLCONFIG=${wanted}`, "allnoconfig"], place, env, null);
		checkConfig(readFileSync(join(place, ".config"), "utf8"), name);
		await step([...make, target], place, env, progress);
		const finished = `${place}.done`;
		mkdirSync(finished);
		copyFileSync(join(place, image), join(finished, "linux"));
		copyFileSync(join(place, "scripts", "dtc", "dtc"), join(finished, "dtc"));
		// Another run may have built it meanwhile.
		if (existsSync(folder)) rmSync(finished, { recursive: true });
		else renameSync(finished, folder);
	} finally {
		progress.stop();
		rmSync(place, { recursive: true, force: true });
		removeAbandoned();
	}
}

/** An option whose dependencies are not met vanishes without a word; here it is an error. */
function checkConfig(made: string, name: string): void {
	const lines = new Set(made.split("\n"));
	const lost = configOf(name)
		.trimEnd()
		.split("\n")
		.filter((line) => !/=n$/.test(line) && !lines.has(line));
	if (lost.length > 0) {
		throw new Error(
			`Linux ${name} does not take these lines of test/kernel/lab.config: ${lost.join(" ")}`,
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
	progress: ReturnType<typeof progressBar> | null,
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
