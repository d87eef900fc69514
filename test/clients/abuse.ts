// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stream } from "../../fixtures/h264/writer/stream.ts";
import { buildFolder, withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";

const WIDTH = 96;
const HEIGHT = 96;

/** FNV-1a, 64 bit, over Y and interleaved chroma of a planar picture. */
function hashOf(planar: Buffer): string {
	const luma = WIDTH * HEIGHT;
	let hash = 0xcbf29ce484222325n;
	const take = (byte: number) => {
		hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
	};
	for (let i = 0; i < luma; i++) take(planar[i]);
	for (let i = 0; i < luma / 4; i++) {
		take(planar[luma + i]);
		take(planar[luma + luma / 4 + i]);
	}
	return hash.toString(16).padStart(16, "0");
}

/** The NAL units of a stream without their start codes. */
function units(bytes: Uint8Array): Buffer[] {
	const all = Buffer.from(bytes);
	const starts: number[] = [];
	for (let at = all.indexOf("00000001", 0, "hex"); at >= 0; at = all.indexOf("00000001", at + 4, "hex"))
		starts.push(at);
	return starts.map((s, i) => all.subarray(s + 4, starts[i + 1] ?? all.length));
}

/** Adds the tests of a client that makes wrong calls (abuse.c). */
export function abuseTests(): void {
	for (const mode of ["frame", "slice"] as const) {
		test(`a client that makes wrong calls, ${mode}`, async () => {
			const folder = join(buildFolder, "clients");
			mkdirSync(folder, { recursive: true });
			const program = join(folder, `abuse-${mode}`);
			const source = join(import.meta.dirname, "abuse.c");
			const flags = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-g"];
			const built = spawnSync("cc", [...flags, "-o", program, source, "-lva", "-lva-drm"], {
				encoding: "utf8",
			});
			expectEqual(built.status, 0, `compiler: ${built.stderr}`);

			const stream = new Stream(71);
			stream.addSps({});
			stream.addPps({});
			stream.picture({ types: ["I"], idr: true, poc: 0 });
			stream.picture({ types: ["P"], poc: 2 });
			const file = join(folder, `abuse-${mode}.264`);
			writeFileSync(file, stream.bytes());
			const [, , intra, predicted] = units(stream.bytes());
			writeFileSync(`${file}.intra`, intra);
			writeFileSync(`${file}.predicted`, predicted);
			const raw = spawnSync("ffmpeg", ["-v", "error", "-i", file, "-f", "rawvideo", "-"]).stdout;
			const size = (WIDTH * HEIGHT * 3) / 2;
			const right = {
				intra: hashOf(raw.subarray(0, size)),
				predicted: hashOf(raw.subarray(size, 2 * size)),
			};

			const { result, log } = await withDevice({ mode }, (env, node) =>
				run({ program, arguments: [node, `${file}.intra`, `${file}.predicted`], env, timeout: 60 }),
			);
			expectEqual(result.signal, null, `it died after: ${result.stdout.trim().split("\n").at(-1)}`);
			const lines = result.stdout.trim().split("\n");
			const bad = lines.filter((line) => line.startsWith("FAIL"));
			for (const line of lines) {
				const [word, name, hash] = line.split(" ");
				if (word === "picture" && hash !== right[name as "intra" | "predicted"])
					bad.push(`${line}: wrong pixels`);
			}
			expectEqual(bad.length, 0, `\n    ${bad.join("\n    ")}\n   `);
			expect(lines.filter((line) => line.startsWith("ok")).length > 60, "it did not get to its end");
			expectEqual(result.status, 0, "status");
			const open = Object.entries(log.openAtExit).filter(([what, n]) => n > 0 && what !== "render");
			expectEqual(open.length, 0, `left open: ${JSON.stringify(log.openAtExit)}`);
		});
	}
}
