// SPDX-License-Identifier: MIT
// A guest of another architecture: QEMU's machine virt without KVM, whose root is a Debian of that architecture, and which has the
// project's folder and those to write in where they are on the host, by 9P.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { targets } from "../../../tools/lib/build.ts";
import { libraryFolders } from "../../../tools/lib/foreign.ts";
import { hasProgram, root } from "../../../tools/lib/run.ts";
import { foreignRoot } from "../../distro/foreign_root.ts";
import type { GuestOptions, Machine } from "./guest.ts";
import { cpusOf, type Kernel } from "./kernel.ts";
import { LabUnavailable } from "./place.ts";

const EMULATOR = "qemu-system-aarch64";
const target = targets.aarch64;

/** A folder of the host as a 9P device of that name. */
function share(tag: string, folder: string, access: "readonly=on" | "readonly=off"): string[] {
	const path = folder.replaceAll(",", ",,");
	return [
		...["-fsdev", `local,id=${tag},path=${path},security_model=none,multidevs=remap,${access}`],
		...["-device", `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
	];
}

/** Throws LabUnavailable, with what to do, where there is no QEMU. */
export function checkQemu(): void {
	if (hasProgram(EMULATOR)) return;
	throw new LabUnavailable(
		`a kernel of another architecture needs ${EMULATOR}: run \`node tools/bootstrap.mjs aarch64\` (as root)`,
	);
}

/** The guest as a program. run: its folder; folders: what is mounted as it is on the host; words: more for the kernel's command line. */
export async function qemu(
	kernel: Kernel,
	run: string,
	folders: string[],
	words: string[],
	options: GuestOptions,
): Promise<Machine> {
	if (options.interactive)
		throw new LabUnavailable(`a guest of ${kernel.name} takes no terminal: give it a command`);
	if (options.board)
		throw new LabUnavailable(`a guest of ${kernel.name} is no board: name another kernel, or no board`);
	checkQemu();
	const foreign = await foreignRoot(target);
	const others = [root, ...folders.filter((folder) => folder !== run)];
	const tags = others.map((folder, i) => (folder === root ? "project" : `lab${i}`));
	writeFileSync(join(run, "folders"), others.map((folder, i) => `${tags[i]} ${folder}\n`).join(""));
	const parameters = [
		"root=root",
		"rootfstype=9p",
		"rootflags=trans=virtio,version=9p2000.L,msize=500000,cache=loose",
		"ro",
		"console=ttyAMA0",
		"quiet",
		"loglevel=4",
		// A guest that panics ends.
		"panic=-1",
		`lab.run=${run}`,
		...words,
		// The script is not in the root.
		'init=/bin/sh -- -c "mount -t 9p -o ro,trans=virtio init /mnt; exec sh /mnt/init"',
	];
	return {
		command: [
			// The console is the kernel's: the command writes to files.
			...["sh", "-c", 'exec "$@" >&2', "sh"],
			...[EMULATOR, "-M", "virt", "-cpu", "cortex-a72", "-accel", "tcg,thread=multi"],
			...["-smp", `${cpusOf(kernel.name)}`, "-m", `${options.memory ?? 1024}`],
			...["-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", "-nic", "none"],
			...["-kernel", kernel.image, "-append", parameters.join(" ")],
			...share("root", foreign, "readonly=on"),
			...share("init", join(import.meta.dirname, ".."), "readonly=on"),
			...share("run", run, "readonly=off"),
			...others.flatMap((folder, i) =>
				share(tags[i], folder, folder === root ? "readonly=on" : "readonly=off"),
			),
		],
		env: {},
		inside: { LD_LIBRARY_PATH: libraryFolders(target, "/").join(":") },
		needs: `${options.memory ?? 1024} MiB of memory`,
	};
}
