// SPDX-License-Identifier: MIT
// Streams that lack something, or have other bytes (test/codecs/CODEC/damages.ts): a damaged picture costs what refers to it, not the film.
// As many pictures come out as can, what was shown before the damage is right, and so is all from the next key picture on; the player
// ends well, and nothing of the device stays open.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DamagedCodec, DeviceMode } from "../codecs/codec.ts";
import { damagedCodecs, fixtureNamed } from "../codecs/codecs.ts";
import type { Damage } from "../codecs/damage.ts";
import { depthOf, hardwareArguments, planarFormat } from "./lib/decode.ts";
import { type DeviceLog, withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import { ffmpegInSoftware } from "./lib/software.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";

interface Shown {
	status: number | null;
	/** The hash of each picture. */
	hashes: string[];
	said: string;
}

interface Outcome {
	status: number | null;
	stdout: string;
	stderr: string;
}

const shown = ({ status, stdout, stderr }: Outcome): Shown => ({
	status,
	hashes: stdout
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.split(",").at(-1)?.trim() ?? ""),
	said: stderr.trim(),
});

async function inSoftware(path: string): Promise<Shown> {
	const words = `-v error -nostdin ${ffmpegInSoftware.join(" ")} -i ${path} -fps_mode passthrough -f framemd5 -`;
	return shown(await run({ program: "ffmpeg", arguments: words.split(" "), timeout: 60 }));
}

async function onDevice(
	path: string,
	entry: StreamEntry,
	mode: DeviceMode,
): Promise<Shown & { log: DeviceLog }> {
	const { result, log } = await withDevice({ mode, depth: depthOf(entry) }, (env, node) =>
		run({
			program: "ffmpeg",
			arguments: [...hardwareArguments(path, planarFormat(entry), node), "-f", "framemd5", "-"],
			env,
			timeout: 60,
		}),
	);
	expect(!result.timedOut, "the player did not end");
	expectEqual(result.signal, null, "the player died");
	return { ...shown(result), log };
}

interface Wanted {
	status: number | null;
	/** How many pictures may come out. */
	numbers: number[];
	/** Of the pictures before the damage. */
	begin: string[];
}

/** What is right for the damaged stream with the whole one behind it, which has these pictures. */
async function wanted(path: string, { lost, untouched }: Damage, right: string[]): Promise<Wanted> {
	const begin = right.slice(0, untouched);
	const all = 2 * right.length;
	if (lost === "some") {
		const numbers = Array.from({ length: right.length + 1 }, (_, i) => right.length + i);
		return { status: 0, numbers, begin };
	}
	const software = await inSoftware(path);
	if (lost === undefined || software.hashes.length === all - lost) {
		const { status, hashes } = software;
		const numbers = [hashes.length];
		return { status: lost === undefined ? status : 0, numbers, begin: hashes.slice(0, untouched) };
	}
	return { status: 0, numbers: [all - lost], begin };
}

async function play(codec: DamagedCodec, damage: Damage, mode: DeviceMode): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "cut-"));
	try {
		const entry = fixtureNamed(codec, damage.stream);
		const stream = readFileSync(entry.path);
		const path = join(folder, `cut.${codec.extension}`);
		writeFileSync(path, codec.damages.join([damage.apply(stream), stream]));
		const right = (await inSoftware(entry.path)).hashes;
		const { status, numbers, begin } = await wanted(path, damage, right);
		const { hashes, said, log, ...hardware } = await onDevice(path, entry, mode);
		expectEqual(hardware.status, status, `the status (${said})`);
		expect(numbers.includes(hashes.length), `${hashes.length} pictures, not ${numbers[0]} (${said})`);
		expectEqual(hashes.slice(0, begin.length).join(" "), begin.join(" "), "pictures before the damage");
		expectEqual(hashes.slice(-right.length).join(" "), right.join(" "), "pictures of the next round");
		expect(log.pictures > 0, "the device made no picture");
		const open = Object.entries(log.openAtExit).filter(([name, n]) => n > 0 && name !== "render");
		expectEqual(open.length, 0, `left open: ${JSON.stringify(log.openAtExit)}`);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Adds a test for each kind of damage and each kind of device. */
export function cutTests(): void {
	for (const codec of damagedCodecs)
		for (const damage of codec.damages.list)
			for (const mode of codec.modes)
				test(`${codec.name} ${damage.stream} ${damage.name}: ${mode}`, () =>
					play(codec, damage, mode));
}
