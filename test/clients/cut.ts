// SPDX-License-Identifier: MIT
// Streams of HEVC that lack something: pictures that others refer to, slices, the ends of slices, the begin or the end of the film. As
// many pictures come out as in software, what came before the damage is right, and the player ends as it does in software.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixturesNamed } from "../codecs/codecs.ts";
import { hevc } from "../codecs/hevc/codec.ts";
import { annexB } from "../codecs/nal.ts";
import { hardwareArguments, planarFormat } from "./lib/decode.ts";
import { withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";

/** The NAL units of a stream, by pictures; parameter sets belong to the picture behind them. */
type Pictures = Buffer[][];

const typeOf = (unit: Buffer): number => (unit[0] >> 1) & 63;
const isSlice = (unit: Buffer): boolean => typeOf(unit) < 32;
const isIdr = (unit: Buffer): boolean => typeOf(unit) === 19 || typeOf(unit) === 20;
const isFirst = (unit: Buffer): boolean => isSlice(unit) && (unit[2] & 128) !== 0;

function picturesOf(stream: Buffer): Pictures {
	const pictures: Pictures = [];
	let before: Buffer[] = [];
	for (const unit of annexB(stream).units) {
		if (isFirst(unit)) {
			pictures.push([...before, unit]);
			before = [];
		} else if (isSlice(unit)) pictures[pictures.length - 1].push(unit);
		else before.push(unit);
	}
	return pictures;
}

interface Cut {
	name: string;
	stream: string;
	/** Changes the pictures, which are in decoding order. */
	apply(pictures: Pictures): void;
	/** Pictures in decoding order that come before the damage and everything that may refer to it. */
	untouched: number;
	/** How many come out, where that is known. */
	comeOut?: number;
}

/** Does that to the last slice of a picture. */
const toSlice = (picture: Buffer[], change: (unit: Buffer) => Buffer): void => {
	picture[picture.length - 1] = change(picture[picture.length - 1]);
};

const CUTS: Cut[] = [
	{
		name: "without pictures that others refer to",
		stream: "pyramid",
		apply: (pictures) => pictures.splice(4, 3),
		untouched: 1,
	},
	{
		name: "without every fifth picture",
		stream: "refs",
		apply(pictures) {
			for (let i = pictures.length - 1; i > 0; i -= 5) pictures.splice(i, 1);
		},
		untouched: 1,
	},
	{
		name: "without long-term pictures",
		stream: "long-term",
		apply: (pictures) => pictures.splice(2, 2),
		untouched: 2,
	},
	{
		name: "without pictures that sets of the SPS name",
		stream: "sets-in-sps",
		apply: (pictures) => pictures.splice(3, 2),
		untouched: 2,
	},
	{
		name: "without its first key picture",
		stream: "random-access",
		apply(pictures) {
			toSlice(pictures[0], () => Buffer.alloc(0));
		},
		untouched: 0,
	},
	{
		name: "without a slice",
		stream: "slices",
		apply: (pictures) => pictures[4].splice(-2, 1),
		untouched: 1,
	},
	{
		name: "with a slice that ends in the middle",
		stream: "slices",
		apply: (pictures) => toSlice(pictures[3], (unit) => unit.subarray(0, unit.length >> 1)),
		untouched: 1,
	},
	{
		name: "with a slice that ends in its header",
		stream: "pyramid",
		apply: (pictures) => toSlice(pictures[5], (unit) => unit.subarray(0, 4)),
		untouched: 1,
	},
	{
		name: "with other bytes in a slice",
		stream: "closed-gop",
		apply: (pictures) =>
			toSlice(pictures[6], (unit) => unit.map((byte, i) => (i > 12 ? byte ^ 0x55 : byte)) as Buffer),
		untouched: 1,
	},
	{
		name: "without its second half",
		stream: "weighted",
		apply: (pictures) => pictures.splice(pictures.length >> 1),
		untouched: 4,
	},
	{
		// Two wait for their turn there (C.5.2.2), and no sample of any other depends on it.
		name: "whose second IDR picture says that what waits is not shown",
		stream: "closed-gop",
		apply(pictures) {
			const [, second] = pictures.filter((units) => units.some(isIdr));
			for (const unit of second.filter(isSlice)) unit[2] |= 64; // no_output_of_prior_pics_flag
		},
		untouched: 14,
		comeOut: 14,
	},
];

/** The cut stream as a file. Empty units leave nothing. */
function write(path: string, pictures: Pictures): void {
	const code = Buffer.from([0, 0, 0, 1]);
	const units = pictures.flat().filter((unit) => unit.length > 0);
	writeFileSync(path, Buffer.concat(units.flatMap((unit) => [code, unit])));
}

interface Shown {
	status: number | null;
	/** The hash of each picture. */
	hashes: string[];
}

const shown = ({ status, stdout }: { status: number | null; stdout: string }): Shown => ({
	status,
	hashes: stdout
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.split(",").at(-1)?.trim() ?? ""),
});

async function inSoftware(path: string): Promise<Shown> {
	const arguments_ = [
		"-v",
		"error",
		"-nostdin",
		"-i",
		path,
		"-fps_mode",
		"passthrough",
		"-f",
		"framemd5",
		"-",
	];
	return shown(await run({ program: "ffmpeg", arguments: arguments_, timeout: 60 }));
}

/** Adds a test for each kind of damage and each kind of device. */
export function cutTests(): void {
	for (const { name, stream, apply, untouched, comeOut } of CUTS)
		for (const mode of hevc.modes)
			test(`hevc ${stream} ${name}: ${mode}`, async () => {
				const folder = mkdtempSync(join(tmpdir(), "cut-"));
				try {
					const [entry] = fixturesNamed(hevc, [stream]);
					const path = join(folder, "cut.265");
					const pictures = picturesOf(readFileSync(entry.path));
					apply(pictures);
					write(path, pictures);
					const software = await inSoftware(path);
					expect(software.hashes.length > 2, `software makes ${software.hashes.length} pictures`);
					expectEqual(
						software.hashes.length,
						comeOut ?? software.hashes.length,
						"pictures of software",
					);
					const { result, log } = await withDevice({ mode }, (env, node) =>
						run({
							program: "ffmpeg",
							arguments: [
								...hardwareArguments(path, planarFormat(entry), node),
								...["-f", "framemd5", "-"],
							],
							env,
							timeout: 60,
						}),
					);
					const hardware = shown(result);
					const said = result.stderr.trim();
					expectEqual(hardware.status, software.status, `the status (${said})`);
					expectEqual(hardware.hashes.length, software.hashes.length, `pictures (${said})`);
					const right = hardware.hashes.slice(0, untouched).join(" ");
					expectEqual(
						right,
						software.hashes.slice(0, untouched).join(" "),
						"pictures before the damage",
					);
					expect(log.pictures > 0, "the device made no picture");
				} finally {
					rmSync(folder, { recursive: true, force: true });
				}
			});
}
