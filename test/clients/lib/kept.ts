// SPDX-License-Identifier: MIT
// The stream that a device got which reads HEVC's slice headers itself (test/codecs/hevc/model/kept_stream.h), decoded in software: the
// driver wrote these headers anew, and only they say what a picture refers to.
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codecOf } from "../../codecs/codecs.ts";
import { annexB } from "../../codecs/nal.ts";
import { elementaryStream, type Judgement, planarFormat } from "./decode.ts";
import { run } from "./process.ts";
import type { StreamEntry } from "./streams.ts";

/** A planar format with either range of samples: the controls tell none, and ffmpeg would convert the samples. */
const ofEitherRange = (planar: string): string =>
	/^yuvj?4\d\dp$/.test(planar) ? planar.replace(/^yuvj?(.*)$/, "yuv$1|yuvj$1") : planar;

/** MD5 of all pictures of a file, decoded in software and not cropped: the controls do not tell how. Seconds of `timeout`. */
async function softwareMd5(path: string, planar: string, timeout: number): Promise<string> {
	const hash = createHash("md5");
	await run({
		program: "ffmpeg",
		arguments: [
			...["-v", "error", "-nostdin", "-threads", "1", "-flags2", "+ignorecrop", "-i", path],
			...["-map", "0:v:0", "-fps_mode", "passthrough", "-noautoscale"],
			...["-vf", `format=${ofEitherRange(planar)}`, "-f", "rawvideo", "-"],
		],
		timeout,
		onOutput: (chunk) => hash.update(chunk),
	});
	return hash.digest("hex");
}

const isIrap = (unit: Buffer): boolean => ((unit[0] >> 1) & 63) >= 16 && ((unit[0] >> 1) & 63) <= 23;

/**
 * Writes a copy of which no picture is left out. Before one with no_output_of_prior_pics_flag (7.3.6.1) those are that still wait for
 * their turn, and how many may wait VA-API does not carry: the device is told the most.
 */
function withAllPictures(from: string, to: string): string {
	const stream = readFileSync(from);
	// What counts is the first slice segment's, which begins with a set bit.
	const first = annexB(stream).units.filter((unit) => isIrap(unit) && unit[2] & 128);
	for (const unit of first) unit[2] &= ~64;
	writeFileSync(to, stream);
	return to;
}

/** A file for what one decode leaves there. */
export class KeptStream {
	private readonly folder = mkdtempSync(join(tmpdir(), "kept-"));
	private readonly path = join(this.folder, "kept.265");
	/** For the device. */
	readonly environment = { V4L2SIM_HEVC_STREAM: this.path };

	/** Whether software decodes what the device got as it decodes the stream itself. timeout: seconds, for either. */
	async judge(entry: StreamEntry, timeout = 120): Promise<Judgement> {
		// Of a stream without pictures the device gets nothing.
		if (!existsSync(this.path) && entry.frames === 0) return { verdict: "pass", reason: "" };
		if (!existsSync(this.path)) return { verdict: "fail", reason: "the device kept no stream" };
		const planar = planarFormat(entry);
		// A container may hide pictures that are decoded.
		const original = elementaryStream(codecOf(entry), entry.path, this.folder);
		const [kept, wanted] = [this.path, original].map((path, i) =>
			softwareMd5(withAllPictures(path, join(this.folder, `${i}.265`)), planar, timeout),
		);
		if ((await kept) === (await wanted)) return { verdict: "pass", reason: "" };
		return {
			verdict: "fail",
			reason: "in software, what the device got gives other pictures than the stream",
		};
	}

	/** Deletes the file. */
	remove(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}
