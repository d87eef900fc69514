// SPDX-License-Identifier: MIT
// Runs a command in the lab: a User Mode Linux kernel as an ordinary process, whose root is this machine's files; or a kernel of another
// architecture in QEMU, whose root is that of a Debian of that architecture.
import { type ChildProcess, spawn } from "node:child_process";
import {
	accessSync,
	constants,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { buildFolder } from "../../clients/lib/device.ts";
import { boardTree } from "../hardware/lib/board.ts";
import { isEmulated, labKernel } from "./kernel.ts";
import { cacheFolder, LabUnavailable } from "./place.ts";
import { qemu } from "./qemu.ts";
import { usualKernel } from "./sources.ts";
import { memoryFolder, userModeLinux } from "./uml.ts";

export interface GuestOptions {
	/** The kernel's name (kernel.ts), the usual one unless told. */
	kernel?: string;
	/** A device tree of hardware/trees, such as "rk3568"; none unless told. */
	board?: string;
	/** Memory in MiB; unless told 768, and 1024 in QEMU. */
	memory?: number;
	/** Words for the kernel's command line, such as "visl.visl_transtime_ms=5". */
	parameters?: string[];
	/** Environment on top of this process's own, and of libva's variables, which name the built driver. */
	env?: Record<string, string>;
	/** Folders, besides the project's build/, in which the command's writes stay. They must be there. */
	writable?: string[];
	/** Working directory; the project's root unless told. */
	cwd?: string;
	/** Seconds until the guest is ended by force, 600 unless told. */
	timeout?: number;
	/** Do not show the output as it comes. */
	quiet?: boolean;
	/** Give the command this process's terminal. */
	interactive?: boolean;
}

export interface GuestResult {
	/** The command's exit code. */
	code: number;
	/** What the command wrote on stdout. */
	stdout: string;
	/** What the command wrote on stderr, and the kernel's errors as they came. */
	stderr: string;
	/** Both, as they came. */
	output: string;
	/** The kernel's messages while the command ran, all levels. */
	kernelLog: string;
	/** The kernel's messages before that. */
	bootLog: string;
}

/** A board has no virtual decoder besides its own: clients would choose it, or not, by chance. */
const noVirtualDevices = "initcall_blacklist=visl_init,vicodec_init,vim2m_init";

/** What a guest's kernel is started by. */
export interface Machine {
	command: string[];
	/** Environment on top of this process's own. */
	env: Record<string, string>;
	/** Environment of the command in the guest. */
	inside: Record<string, string>;
	/** What it needs to boot, for who reads that it did not. */
	needs: string;
}

/** Runs a command in a guest of its own. Throws LabUnavailable where there can be no guest, Error if it does not come up. */
export async function guest(command: string[], options: GuestOptions = {}): Promise<GuestResult> {
	const kernel = await labKernel(options.kernel ?? usualKernel);
	const board = options.board
		? [`dtb=${boardTree(options.board, kernel.dtc, cacheFolder())}`, noVirtualDevices]
		: [];
	const words = [...board, ...(options.parameters ?? [])];
	// Short, for a Unix socket's path is at most 107 bytes long.
	const run = mkdtempSync(join(tmpdir(), "lab-"));
	try {
		const build = join(root, "build");
		mkdirSync(build, { recursive: true });
		const writable = [...new Set([run, build, ...(options.writable ?? [])])];
		const machine = isEmulated(kernel.name)
			? await qemu(kernel, run, writable, words, options)
			: userModeLinux(kernel, run, writable, words, options);
		writeFileSync(join(run, "command"), script(command, machine, options));
		if (options.interactive) writeFileSync(join(run, "interactive"), "");
		const child = spawn(machine.command[0], machine.command.slice(1), {
			stdio: options.interactive ? "inherit" : ["ignore", "pipe", "pipe"],
			detached: !options.interactive,
			env: { ...process.env, ...machine.env },
		});
		const said = await wait(child, options);
		return result(run, said, machine, options);
	} finally {
		rmSync(run, { recursive: true, force: true });
	}
}

/** The command as a shell script that sets its own environment. */
function script(command: string[], machine: Machine, options: GuestOptions): string {
	const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
	const environment: Record<string, string | undefined> = {
		...process.env,
		LIBVA_DRIVERS_PATH: buildFolder,
		LIBVA_DRIVER_NAME: "v4l2_request",
		...machine.inside,
		...options.env,
	};
	const lines = Object.entries(environment)
		.filter(([name, value]) => /^[A-Za-z_]\w*$/.test(name) && value !== undefined && name !== "TMPDIR")
		.map(([name, value]) => `export ${name}=${quote(value as string)}`);
	lines.push(`cd ${quote(options.cwd ?? root)} || exit 126`, `exec ${command.map(quote).join(" ")}`, "");
	return lines.join("\n");
}

interface Said {
	stdout: string;
	stderr: string;
	output: string;
	timedOut: number | null;
	ended: string;
}

/** What ends each running guest. */
const running = new Set<() => void>();

/** A guest must not outlive this program. */
function endWithProcess(kill: () => void): void {
	running.add(kill);
	if (endWithProcess.prepared) return;
	endWithProcess.prepared = true;
	process.on("exit", () => {
		for (const each of running) each();
	});
	for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
}
endWithProcess.prepared = false;

function wait(child: ChildProcess, options: GuestOptions): Promise<Said> {
	const said: Said = { stdout: "", stderr: "", output: "", timedOut: null, ended: "" };
	const seconds = options.timeout ?? 600;
	return new Promise((resolve, reject) => {
		const kill = () => {
			try {
				process.kill(options.interactive ? (child.pid as number) : -(child.pid as number), "SIGKILL");
			} catch {} // it has ended already
		};
		endWithProcess(kill);
		const timer = setTimeout(() => {
			said.timedOut = seconds;
			kill();
		}, 1000 * seconds);
		if (options.interactive) clearTimeout(timer);
		child.stdout?.setEncoding("utf8").on("data", (text: string) => {
			said.stdout += text;
			said.output += text;
			if (!options.quiet) process.stdout.write(text);
		});
		child.stderr?.setEncoding("utf8").on("data", (text: string) => {
			said.stderr += text;
			said.output += text;
			if (!options.quiet) process.stderr.write(text);
		});
		child.on("error", reject);
		child.on("close", (code, signal) => {
			clearTimeout(timer);
			running.delete(kill);
			said.ended = signal ? `signal ${signal}` : `status ${code}`;
			resolve(said);
		});
	});
}

/** What Linux remarks once, at some time: on an emulated CPU time passes in jerks; 6.1 has entropy when it has it. */
const passing = /^.*(?:hrtimer: interrupt took \d+ ns|random: crng init done)\n?/gm;

function result(run: string, said: Said, machine: Machine, options: GuestOptions): GuestResult {
	const read = (name: string) => {
		const path = join(run, name);
		return existsSync(path) ? readFileSync(path, "utf8") : null;
	};
	const written = read("stdout");
	if (written !== null) {
		const errors = read("stderr") ?? "";
		said.stdout += written;
		said.stderr += errors;
		said.output += written + errors;
		if (!options.quiet) {
			process.stdout.write(written);
			process.stderr.write(errors);
		}
	}
	const code = read("exit-code");
	const bootLog = read("boot.log");
	const kernelLog = read("kernel.log")?.replace(passing, "") ?? null;
	// What was shown already is not said again.
	const last = options.quiet ? `; its last words:\n${said.output.slice(-3000)}` : "";
	if (said.timedOut !== null) {
		throw new Error(`the lab's guest did not end within ${said.timedOut} s and was killed${last}`);
	}
	if (bootLog === null) {
		throw new Error(`the lab's kernel did not boot (${said.ended}); it needs ${machine.needs}${last}`);
	}
	if (code === null || kernelLog === null) {
		throw new Error(`the lab's kernel died while the command ran (${said.ended})${last}`);
	}
	return { code: Number(code), ...said, kernelLog, bootLog };
}

/** Throws LabUnavailable, with the reason, where no guest can run. */
export async function checkLab(): Promise<void> {
	if (process.platform !== "linux" || process.arch !== "x64") {
		throw new LabUnavailable(
			`the lab runs on Linux on x86-64 only (this is ${process.platform} on ${process.arch})`,
		);
	}
	const yama = "/proc/sys/kernel/yama/ptrace_scope";
	if (existsSync(yama) && readFileSync(yama, "utf8").trim() === "3") {
		throw new LabUnavailable(`the lab needs ptrace, and ${yama} forbids it`);
	}
	accessSync(memoryFolder(), constants.W_OK);
	await labKernel(usualKernel);
}
