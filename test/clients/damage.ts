// SPDX-License-Identifier: MIT
// A damaged picture costs that picture, not the film: the players go on, in hardware, and every other picture is right.
import { execFileSync } from "node:child_process";
import { hardwareArguments, planarFormat } from "./lib/decode.ts";
import { type DeviceLog, withDevice } from "./lib/device.ts";
import { type Outcome, run } from "./lib/process.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";
import { mpvArguments } from "./mpv.ts";
import { sentences } from "./vainfo.ts";

interface Damage {
	fault: string;
	/** Pictures of the 16 that may be wrong: those without samples of their own, and those that are predicted from them. */
	wrong: number;
	/** Jobs that come to nothing. */
	lost: number;
	says: RegExp;
}

const DAMAGES: Damage[] = [
	{ fault: "decode:7:error", wrong: 1, lost: 0, says: /reports an error in a picture/ },
	{ fault: "decode:1:error", wrong: 16, lost: 0, says: /reports an error in a picture/ },
	{ fault: "decode:5-12:error", wrong: 12, lost: 0, says: /reports an error in a picture/ },
	{ fault: "decode:7:hang", wrong: 10, lost: 6, says: /was started again/ },
];

type Played = { result: Outcome; log: DeviceLog };
type Play = (entry: StreamEntry, environment: Record<string, string>) => Promise<Played>;

const players: Record<string, Play> = {
	ffmpeg: (entry, environment) =>
		withDevice({ environment }, (env, node) =>
			run({
				program: "ffmpeg",
				arguments: [
					...hardwareArguments(entry.path, planarFormat(entry), node),
					"-f",
					"framemd5",
					"-",
				],
				env,
				timeout: 60,
			}),
		),
	mpv: (entry, environment) =>
		withDevice({ environment }, (env, node) =>
			run({
				program: "mpv",
				arguments: mpvArguments([entry.path], node, "framemd5"),
				env,
				timeout: 60,
			}),
		),
};

/** The hash of each picture. */
const hashes = (framemd5: string): string[] =>
	framemd5
		.split("\n")
		.filter((line) => line && !line.startsWith("#"))
		.map((line) => line.split(",").at(-1)?.trim() ?? "");

const bySoftware = (entry: StreamEntry): string[] =>
	hashes(
		execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-i", entry.path, "-f", "framemd5", "-"], {
			encoding: "utf8",
		}),
	);

/** Adds the tests of players whose device loses or spoils pictures; the film is found among the entries. */
export function damageTests(entries: StreamEntry[]): void {
	const entry = entries.find((e) => e.file === "high-pyramid.264") as StreamEntry;

	for (const [name, play] of Object.entries(players)) {
		for (const { fault, wrong, lost, says } of DAMAGES) {
			test(`${name} goes on after ${fault}`, async () => {
				const right = bySoftware(entry);
				const { result, log } = await play(entry, { V4L2SIM_FAULT: fault });
				expectEqual(result.status, 0, `status (${result.stderr.trim()})`);
				const shown = hashes(result.stdout);
				expectEqual(shown.length, entry.frames, "pictures");
				const different = shown.filter((hash, i) => hash !== right[i]).length;
				expect(different <= wrong, `${different} pictures are wrong`);
				expect(log.pictures >= entry.frames - lost, `${log.pictures} pictures from the device`);
				const said = sentences(result.stderr);
				expect(said.length >= 1 && says.test(said[0]), `it says: ${said.join("\n")}`);
			});
		}
	}

	test("LIBVA_V4L2_REQUEST_STRICT=1 ends ffmpeg at a damaged picture", async () => {
		const { result } = await players.ffmpeg(entry, {
			V4L2SIM_FAULT: "decode:7:error",
			LIBVA_V4L2_REQUEST_STRICT: "1",
		});
		expect(result.status !== 0, "status 0");
		expect(hashes(result.stdout).length < entry.frames, "all pictures came out");
	});
}
