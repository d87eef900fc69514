// SPDX-License-Identifier: MIT
// A guest of User Mode Linux: the kernel is a program of this machine, whose root is this machine's files.
import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GuestOptions, Machine } from "./guest.ts";
import { cpusOf, type Kernel } from "./kernel.ts";

/** Where UML keeps the guest's memory: it is mapped executable, and fastest in memory. */
export function memoryFolder(): string {
	return existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
}

/** The guest as a program. run: its folder; folders: what is mounted as it is on the host; words: more for the kernel's command line. */
export function userModeLinux(
	kernel: Kernel,
	run: string,
	folders: string[],
	words: string[],
	options: GuestOptions,
): Machine {
	writeFileSync(join(run, "folders"), folders.map((folder) => `hostfs ${folder}\n`).join(""));
	return {
		command: [kernel.image, ...bootParameters(run, kernel.name, options), ...words],
		env: { TMPDIR: memoryFolder() },
		inside: {},
		needs: `ptrace, and a ${memoryFolder()} from which programs may run`,
	};
}

/** The kernel's command line (Documentation/virt/uml). */
function bootParameters(run: string, kernel: string, options: GuestOptions): string[] {
	const cpus = cpusOf(kernel);
	return [
		// More than one CPU works with this way of holding processes only, and it is the faster one.
		...(cpus > 1 ? ["seccomp=on", `ncpus=${cpus}`] : []),
		`mem=${options.memory ?? 768}M`,
		"root=/dev/root",
		"rootfstype=hostfs",
		"rootflags=/",
		"ro",
		`init=${join(import.meta.dirname, "..", "init")}`,
		`uml_dir=${run}`,
		"umid=vm",
		"con=null",
		options.interactive ? "con0=fd:0,fd:1" : "con0=null,fd:1",
		"con1=null,fd:2",
		"console=tty1",
		"quiet",
		"loglevel=4",
		`lab.run=${run}`,
	];
}
