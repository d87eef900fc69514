// SPDX-License-Identifier: MIT
// npm run lab -- [options] [CMD ...]: runs CMD on the lab's kernel, as root of a guest that sees this machine's files.
// Without CMD: a shell. The guest's changes vanish, but for those in build/ (and --writable folders).
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { boardNames } from "./hardware/lib/board.ts";
import { guest } from "./lib/guest.ts";
import { kernelNames } from "./lib/kernel.ts";

const collect = (value: string, all: string[]) => [...all, value];
const program = new Command("lab")
	.description(
		"Runs a command on a real Linux kernel with the virtual decoder visl, in a User Mode Linux guest.",
	)
	.argument("[command...]", "the command and its arguments; a shell if left out")
	.option("--kernel <name>", `one of ${kernelNames.join(", ")}`, kernelNames[0])
	.option("--board <name>", `a board with a real decoder driver: ${boardNames.join(", ")}`)
	.option("--memory <MiB>", "the guest's memory", "768")
	.option("--parameter <word>", "a word for the kernel's command line (repeatable)", collect, [])
	.option("--writable <folder>", "a folder in which changes stay (repeatable)", collect, [])
	.option("--log <file>", "write the kernel's messages there")
	.option("--timeout <seconds>", "end the guest by force after that time", "600")
	.passThroughOptions()
	.parse();
const options = program.opts();

try {
	if (!kernelNames.includes(options.kernel)) {
		throw new Error(`there is no kernel ${options.kernel}; there are ${kernelNames.join(", ")}`);
	}
	const number = (name: string) => {
		const value = Number(options[name]);
		if (!Number.isInteger(value) || value <= 0)
			throw new Error(`--${name} is a number above 0, not ${options[name]}`);
		return value;
	};
	// Whoever sets these wants to try another driver.
	const choice: Record<string, string> = {};
	for (const name of ["LIBVA_DRIVERS_PATH", "LIBVA_DRIVER_NAME"]) {
		const value = process.env[name];
		if (value !== undefined) choice[name] = value;
	}
	const shell = program.args.length === 0;
	if (shell && !process.stdin.isTTY)
		throw new Error("a shell needs a terminal; without one, give a command");
	const { code, kernelLog } = await guest(shell ? [process.env.SHELL || "/bin/sh", "-i"] : program.args, {
		kernel: options.kernel,
		board: options.board,
		memory: number("memory"),
		parameters: options.parameter,
		writable: options.writable,
		timeout: number("timeout"),
		interactive: shell,
		env: choice,
	});
	if (options.log) writeFileSync(options.log, kernelLog);
	process.exitCode = code;
} catch (error) {
	console.error(`lab: ${(error as Error).message}`);
	process.exitCode = 125;
}
