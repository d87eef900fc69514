// SPDX-License-Identifier: MIT
// The lab itself: what a guest shows of this machine, what it keeps from it, and how it ends.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { expect, expectEqual, test } from "../clients/lib/suite.ts";
import { type GuestOptions, guest } from "./lib/guest.ts";
import { isEmulated } from "./lib/kernel.ts";

/** What a guest of a kernel is started with. */
const quietly = (kernel?: string): GuestOptions => ({
	kernel,
	quiet: true,
	timeout: kernel && isEmulated(kernel) ? 300 : 60,
});

/** The message of the error that it must throw. */
async function message(action: Promise<unknown>): Promise<string> {
	try {
		await action;
	} catch (error) {
		return (error as Error).message;
	}
	throw new Error("it should have failed");
}

/** Adds the tests of what is so in guests of every kernel; the usual one unless told. */
export function guestTests(kernel?: string): void {
	const on = kernel ? `, on ${kernel}` : "";
	const quiet = quietly(kernel);
	const shell = (script: string) => guest(["sh", "-c", script], quiet);

	test(`lab: exit code, stdout, stderr and arguments pass through${on}`, async () => {
		const { code, stdout, stderr } = await guest(
			[
				"sh",
				"-c",
				'printf "%s|" "$@"; echo problem >&2; exit 7',
				"sh",
				"it's",
				"two words",
				"a\nb",
				"$HOME",
			],
			quiet,
		);
		expectEqual(code, 7, "exit code");
		expectEqual(stdout, "it's|two words|a\nb|$HOME|", "stdout");
		expectEqual(stderr, "problem\n", "stderr");
	});

	test(`lab: reads the working tree, keeps what is written in build/, forgets the rest${on}`, async () => {
		const file = join(root, "build", `lab-test-${process.pid}`);
		const stray = join(root, `lab-test-${process.pid}`);
		const bytes = randomBytes(200_000);
		const digest = (data: Buffer) => createHash("md5").update(data).digest("hex");
		writeFileSync(`${file}.in`, bytes);
		try {
			const { code } = await shell(
				`set -e; cp '${file}.in' '${file}.out'; cp '${file}.in' '${stray}'; echo '${digest(bytes)}  ${stray}' | md5sum --status -c`,
			);
			expectEqual(code, 0, "exit code");
			expectEqual(digest(readFileSync(`${file}.out`)), digest(bytes), "what came back");
			expect(!existsSync(stray), "a file outside build/ was left behind");
		} finally {
			for (const path of [`${file}.in`, `${file}.out`, stray]) rmSync(path, { force: true });
		}
	});

	test(`lab: its kernel has visl, a render node, traces, and says nothing by itself${on}`, async () => {
		const { stdout, kernelLog, bootLog } = await shell(
			"cat /sys/class/video4linux/video*/name; ls /dev/dri /sys/kernel/debug /sys/kernel/tracing/events; uname -r",
		);
		for (const word of ["visl", "renderD128", "visl_h264_controls", "6.12"]) {
			expect(stdout.includes(word), `no ${word} in the guest`);
		}
		expectEqual(kernelLog, "", "kernel messages while nothing happened");
		expect(/Linux version 6\.12/.test(bootLog), "the kernel's first line is missing from the boot log");
	});

	test(`lab: the kernel's messages are told from the command's${on}`, async () => {
		const { kernelLog, output } = await shell("echo '<3>something is wrong' >/dev/kmsg; echo said");
		expect(/something is wrong/.test(kernelLog), "the kernel's log lacks the message");
		expect(/said/.test(output), "the command's output is missing");
	});

	test(`lab: a guest that dies or hangs says so${on}`, async () => {
		const died = await message(shell("echo 'last words'; echo c >/proc/sysrq-trigger"));
		expect(/died while the command ran/.test(died), died);
		expect(/Kernel panic/.test(died) && /last words/.test(died), died);
		const hung = await message(guest(["sleep", "60"], { kernel, quiet: true, timeout: 4 }));
		expect(/did not end within 4 s/.test(hung), hung);
	});
}

/** Adds the tests of the lab itself. */
export function labTests(): void {
	guestTests();
	test("lab: a guest that does not boot says so", async () => {
		const small = await message(guest(["true"], { ...quietly(), memory: 10 }));
		expect(/did not boot.*physical memory/s.test(small), small);
	});
}
