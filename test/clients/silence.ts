// SPDX-License-Identifier: MIT
// Success is silent: not a byte on standard error or through libva's callbacks, and no system call that writes.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configure } from "../../tools/lib/build.ts";
import { hasProgram, mustRun, root } from "../../tools/lib/run.ts";
import { hardwareArguments } from "./lib/decode.ts";
import { withDevice } from "./lib/device.ts";
import { type Outcome, run } from "./lib/process.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, Skip, test } from "./lib/suite.ts";
import { mpvArguments } from "./mpv.ts";

const WRITES = [
	...["write", "writev", "pwrite64", "pwritev", "pwritev2"],
	...["sendto", "sendmsg", "sendmmsg", "sendfile", "splice", "vmsplice", "copy_file_range", "fallocate"],
];

/** A system call that writes, and the functions that it was called from, innermost first (strace -k). */
interface Write {
	call: string;
	stack: string[];
}

/** Runs a program under strace; gives its outcome, and each of its threads' and children's writes. */
async function traced(
	program: string,
	args: string[],
	env: NodeJS.ProcessEnv,
	stacks: boolean,
): Promise<{ outcome: Outcome; writes: Write[] }> {
	if (!hasProgram("strace")) throw new Skip("strace is not installed (node tools/bootstrap.mjs test)");
	const folder = mkdtempSync(join(tmpdir(), "silence-"));
	const file = join(folder, "trace");
	// The program's variables, its preloaded device above all, are not for strace itself.
	const variables = Object.entries(env)
		.filter(([name, value]) => process.env[name] !== value)
		.flatMap(([name, value]) => ["-E", `${name}=${value}`]);
	try {
		const outcome = await run({
			program: "strace",
			arguments: [
				...["-f", "-q", "-y", "-o", file, "-e", `trace=${WRITES.join(",")}`, "-e", "signal=none"],
				...(stacks ? ["-k"] : ["--seccomp-bpf"]),
				...variables,
				program,
				...args,
			],
			timeout: 300,
		});
		if (!existsSync(file)) throw new Skip(`strace may not trace here: ${outcome.stderr.trim()}`);
		const writes: Write[] = [];
		for (const line of readFileSync(file, "utf8").split("\n")) {
			const frame = line.match(/^ > (.*)/);
			if (frame) writes.at(-1)?.stack.push(frame[1]);
			else if (WRITES.some((name) => line.includes(`${name}(`))) writes.push({ call: line, stack: [] });
		}
		return { outcome, writes };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

interface Scenes {
	folder: string;
	env: NodeJS.ProcessEnv;
}

let built: Promise<Scenes> | null = null;

/** The programs of test/scenes, which check libva's callbacks themselves, in build/native. */
function scenes(): Promise<Scenes> {
	built ??= buildScenes();
	return built;
}

async function buildScenes(): Promise<Scenes> {
	const folder = await configure("native", ["-Dtests=true", "-Dsimulator=true"]);
	await mustRun(["ninja", "-C", folder, "--quiet"]);
	const env = {
		...process.env,
		LIBVA_DRIVERS_PATH: folder,
		LIBVA_DRIVER_NAME: "v4l2_request",
		SCENES_FIXTURES: join(root, "fixtures"),
	};
	return { folder: join(folder, "test", "scenes"), env };
}

/** Adds the tests that the driver writes nothing unasked; the film is found among the entries. */
export function silenceTests(entries: StreamEntry[]): void {
	const film = entries.find((entry) => entry.file === "high-pyramid.264") as StreamEntry;

	for (const name of ["contexts", "fences", "formats"]) {
		test(`silence: scenes of ${name} write their own account, and nothing else`, async () => {
			const { folder, env } = await scenes();
			const { outcome, writes } = await traced(join(folder, `scenes_${name}`), [], env, false);
			expectEqual(outcome.stderr, "", "standard error");
			expect(/\d+ passed, 0 failed/.test(outcome.stdout), outcome.stdout);
			expect(writes.length > 0, "the trace does not even have the account in it");
			// Standard output is theirs, and the simulated device's log.
			const others = writes.filter(({ call }) => !/write\((1<|\d+<[^>]*\/scenes-log-)/.test(call));
			expectEqual(others.map(({ call }) => call).join("\n"), "", "written");
		});
	}

	for (const player of ["ffmpeg", "mpv"] as const) {
		test(`silence: ${player}, however talkative, has nothing to pass on, and the driver writes nothing`, async () => {
			const { result } = await withDevice({}, (env, node) => {
				const args =
					player === "ffmpeg"
						? [...hardwareArguments(film.path, "yuv420p", node), "-f", "md5", "-"].map((word) =>
								word === "error" ? "verbose" : word,
							)
						: mpvArguments([film.path], node).map((word) =>
								word.startsWith("--msg-level") ? "--msg-level=all=warn,vaapi=trace" : word,
							);
				return traced(player, args, { ...env, LIBVA_MESSAGING_LEVEL: "2" }, true);
			});
			const { stdout, stderr } = result.outcome; // mpv says some of it on standard output
			expectEqual(stdout.match(/MD5=(\w+)/)?.[1], film.md5, "pixels");
			// libva names the driver's file when it loads it; the driver's own sentences begin like this.
			const said = (stdout + stderr).match(/.*v4l2_request: .*/)?.[0];
			expectEqual(said, undefined, "said");
			expect(/libva/.test(stdout + stderr), "not even libva's own words came through");
			expect(
				result.writes.some(({ stack }) => stack.length > 3),
				"the trace has no stacks",
			);
			const ours = result.writes.filter(({ stack }) => {
				const inner = stack.findIndex((frame) => frame.includes("v4l2_request_drv_video.so"));
				// What the simulated device does within one of the driver's ioctls is the kernel's business.
				return inner >= 0 && !stack.slice(0, inner).some((frame) => frame.includes("libv4l2sim.so"));
			});
			expectEqual(ours.map(({ call }) => call).join("\n"), "", "written by the driver");
		});
	}
}
