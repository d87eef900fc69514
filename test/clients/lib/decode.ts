// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Codec } from "../../codecs/codec.ts";
import { codecOf, codecs } from "../../codecs/codecs.ts";
import { type DeviceLog, type DeviceOptions, vaDecodePath, withDevice } from "./device.ts";
import { type Outcome, run } from "./process.ts";
import { ffmpegInSoftware } from "./software.ts";
import type { StreamEntry } from "./streams.ts";

export interface Decoded {
	outcome: Outcome;
	log: DeviceLog;
	/** MD5 of all that came out, in the planar format of the index. */
	md5: string;
	bytes: number;
}

export interface DecodeOptions extends DeviceOptions {
	timeout?: number;
	/** More arguments before -i. */
	input?: string[];
	/** The program, where it is not the ffmpeg of the path. */
	ffmpeg?: string;
}

/**
 * CVFC1 is cropped on all sides. ffmpeg takes right and bottom off a hardware surface and leaves left and top to
 * whoever shows it; in software `-flags unaligned` takes off all four.
 */
function croppedLater(path: string): string {
	return /CVFC1/.test(path) ? ",crop=300:168:26:60" : "";
}

const isContainer = (path: string): boolean => /\.(mp4|mkv|mov|webm)$/.test(path);

/** The four characters that an IVF file says of its codec, and FFmpeg's name of it. */
const IVF_CODECS: Record<string, string> = { AV01: "av1", VP80: "vp8", VP90: "vp9" };

/** FFmpeg's name of the codec of a file; none where it has no header that says so. */
function codecInside(path: string): string | undefined {
	if (isContainer(path)) {
		const words = ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name"];
		return spawnSync("ffprobe", [...words, "-of", "csv=p=0", path])
			.stdout.toString()
			.trim();
	}
	if (!path.endsWith(".ivf")) return undefined;
	const head = Buffer.alloc(12);
	const file = openSync(path, "r");
	readSync(file, head, 0, head.length, 0);
	closeSync(file);
	return IVF_CODECS[head.toString("latin1", 8)];
}

/** ffmpeg's filters for vaDeriveImage and vaMapBuffer. ffmpeg 9's scale takes no frame that hwmap has mapped, so tile copies it. */
export const MAPPED = "hwmap=mode=read+direct,format=nv12,tile=1x1";

/** ffmpeg's arguments for the decoder of a file that goes over VA-API, where it takes another one by itself. */
export function decoderArguments(path: string): string[] {
	const inside = codecInside(path);
	const decoder = codecs.find(({ ffmpeg }) => ffmpeg.name === inside)?.ffmpeg.decoder;
	return decoder ? ["-c:v", decoder] : [];
}

/**
 * ffmpeg's arguments for a decode that cannot fall back to software unseen: the filter takes VA surfaces and nothing
 * else. The conversion to planar afterwards only moves samples.
 */
export function hardwareArguments(
	path: string,
	planar: string,
	renderNode: string,
	input: string[] = [],
): string[] {
	const downloaded = planar.includes("10le") ? "p010le" : "nv12";
	const hardware = [
		...["-hwaccel", "vaapi", "-hwaccel_device", renderNode, "-hwaccel_output_format", "vaapi"],
		...["-hwaccel_flags", "allow_profile_mismatch"],
		...decoderArguments(path),
	];
	const filters = `hwdownload,format=${downloaded},format=${planar}${croppedLater(path)}`;
	return ffmpegArguments(path, [...hardware, ...input], filters);
}

const ffmpegArguments = (path: string, input: string[], filters: string): string[] => [
	...["-v", "error", "-nostdin", "-threads", "1"],
	...input,
	...["-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-noautoscale"],
	...["-vf", filters],
];

/**
 * What the same command makes in software. It leaves out the container's rotation, which ffmpeg does not apply to surfaces
 * either.
 */
async function decodeInSoftware(
	path: string,
	planar: string,
	options: DecodeOptions,
): Promise<{ status: number | null; md5: string }> {
	const hash = createHash("md5");
	const input = ["-noautorotate", ...ffmpegInSoftware, ...(options.input ?? [])];
	const { status } = await run({
		program: options.ffmpeg ?? "ffmpeg",
		arguments: [...ffmpegArguments(path, input, `format=${planar}`), "-f", "rawvideo", "-"],
		timeout: options.timeout ?? 120,
		onOutput: (chunk) => hash.update(chunk),
	});
	return { status, md5: hash.digest("hex") };
}

/** By ffmpeg with this driver, as raw pictures of the pixel format `planar`. Seconds of `timeout`: 120 unless told. */
export async function decodeWithFfmpeg(
	path: string,
	planar: string,
	options: DecodeOptions,
): Promise<Decoded> {
	const hash = createHash("md5");
	let bytes = 0;
	const { result, log } = await withDevice(options, (env, renderNode) =>
		run({
			program: options.ffmpeg ?? "ffmpeg",
			arguments: [...hardwareArguments(path, planar, renderNode, options.input), "-f", "rawvideo", "-"],
			env,
			timeout: options.timeout ?? 120,
			onOutput: (chunk) => {
				hash.update(chunk);
				bytes += chunk.length;
			},
		}),
	);
	return { outcome: result, log, md5: hash.digest("hex"), bytes };
}

/**
 * The path of a file's elementary stream: unpacked into the folder, or the file itself where it is no container. It may begin with
 * pictures that are no key frames; with `keyFrame` these are left out.
 */
export function elementaryStream(codec: Codec, path: string, folder: string, keyFrame = false): string {
	if (!isContainer(path)) return path;
	const file = join(folder, `${basename(path)}.${codec.extension}`);
	const begin = keyFrame ? [] : ["-copyinkf"];
	const words = ["-v", "error", "-y", "-i", path, "-map", "0:v:0", "-c", "copy", ...begin];
	const { stderr } = spawnSync("ffmpeg", [...words, "-f", codec.ffmpeg.muxer, file]);
	// A file that was cut ends within a packet, where ffmpeg gives up: what came before is the stream.
	if (!existsSync(file) || statSync(file).size === 0) throw new Error(`ffmpeg unpacks nothing: ${stderr}`);
	return file;
}

/** Arguments of the VA client of our own for an elementary stream. */
export const vaDecodeArguments = (
	codec: Codec,
	file: string,
	renderNode: string,
	more: string[] = [],
): string[] => [...["--codec", codec.name, "--device", renderNode], ...more, file];

/**
 * The VA client of our own (test/clients/va-decode): for what no stock player of Debian 12 offers to VA-API, and as a client
 * with other habits than FFmpeg's. It takes elementary streams, so anything else is unpacked first.
 */
export async function decodeWithVaDecode(
	entry: StreamEntry,
	options: DecodeOptions & { habits?: string[] },
): Promise<Decoded> {
	// A container may crop as well: its word is lost when the stream is unpacked.
	const size = isContainer(entry.path) ? ["--size", `${entry.width}x${entry.height}`] : [];
	const hash = createHash("md5");
	let bytes = 0;
	const folder = mkdtempSync(join(tmpdir(), "va-decode-"));
	try {
		const codec = codecOf(entry);
		const file = elementaryStream(codec, entry.path, folder);
		const { result, log } = await withDevice(options, (env, renderNode) =>
			run({
				program: vaDecodePath(),
				arguments: vaDecodeArguments(codec, file, renderNode, [...size, ...(options.habits ?? [])]),
				env,
				timeout: options.timeout ?? 120,
				onOutput: (chunk) => {
					hash.update(chunk);
					bytes += chunk.length;
				},
			}),
		);
		return { outcome: result, log, md5: hash.digest("hex"), bytes };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Bits of a sample. */
export const depthOf = (entry: StreamEntry): 8 | 10 => (entry.pixelFormat.includes("10le") ? 10 : 8);

/** By the client that can: ffmpeg, or va-decode where Debian 12's ffmpeg has no VA-API for the stream. */
export const decode = (entry: StreamEntry, options: DecodeOptions): Promise<Decoded> =>
	codecOf(entry).ffmpeg.plays(entry)
		? decodeWithFfmpeg(entry.path, planarFormat(entry), options)
		: decodeWithVaDecode(entry, options);

/** Planar format of the index's MD5. A full-range stream keeps its name, or ffmpeg would convert the samples. */
export function planarFormat(entry: StreamEntry): string {
	return entry.pixelFormat || "yuv420p";
}

export type Verdict = "pass" | "fail" | "refused";

export interface Judgement {
	verdict: Verdict;
	/** One sentence; empty when it passed and there is nothing to add. */
	reason: string;
}

/** The reason of a pass by judgeFfmpeg() that the published MD5 does not show. */
export const AS_SOFTWARE =
	"as in software by the same command, which crops, rotates, scales or decodes otherwise than the published MD5 has it, or ends with an error";
/** Of a stream without a picture that any decoder shows. */
const NO_PICTURE = "no picture, as in software";
/** Of a stream of another profile, whose syntax is within those that are offered; players look at that. */
const RIGHT_ALL_THE_SAME = "of another profile by name, and right in every picture";

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

/** As many pictures as software has, and a player that does not give up. */
function judgeDamaged(entry: StreamEntry, { outcome, bytes }: Decoded): Judgement {
	const depth = depthOf(entry) > 8 ? 2 : 1;
	const chroma = 2 * Math.ceil(entry.width / 2) * Math.ceil(entry.height / 2);
	const frames = bytes / ((entry.width * entry.height + chroma) * depth);
	if (outcome.status !== 0)
		return { verdict: "fail", reason: `status ${outcome.status}. ${lastLine(outcome.stderr)}` };
	if (frames !== entry.frames)
		return { verdict: "fail", reason: `${frames} pictures, where software has ${entry.frames}` };
	return { verdict: "pass", reason: "" };
}

/** What a run says of a stream. A pass needs right pixels, and each of them from the device. */
export function judge(entry: StreamEntry, decoded: Decoded): Judgement {
	const { outcome, log } = decoded;
	if (outcome.timedOut) return { verdict: "fail", reason: "it did not end" };
	if (outcome.signal) return { verdict: "fail", reason: `the player died of ${outcome.signal}` };
	if (!log.written) return { verdict: "fail", reason: "the device wrote no log" };
	if (entry.set === "damaged") return judgeDamaged(entry, decoded);
	const blame = log.complaint();
	if (decoded.bytes === 0) {
		if (entry.frames === 0 && entry.set === "decode" && !blame)
			return { verdict: "pass", reason: NO_PICTURE };
		return { verdict: "refused", reason: blame || lastLine(outcome.stderr) };
	}
	if (decoded.md5 !== entry.md5) {
		const said = lastLine(outcome.stderr);
		if (outcome.status !== 0 && !blame && log.pictures < entry.frames)
			return {
				verdict: "refused",
				reason: `the player gives up after ${log.pictures} pictures. ${said}`,
			};
		return { verdict: "fail", reason: `wrong pictures. ${blame || said}` };
	}
	if (outcome.status !== 0)
		return { verdict: "fail", reason: `status ${outcome.status}. ${lastLine(outcome.stderr)}` };
	if (log.pictures < entry.frames) {
		const repeated = codecOf(entry).repeats?.(entry.path) ?? 0;
		if (log.pictures < entry.frames - repeated)
			return {
				verdict: "fail",
				reason: `${log.pictures} pictures from the device, ${entry.frames} from the player, ${repeated} of them once more`,
			};
	}
	// A file that was cut ends with a picture that lacks slices; the model conceals them as ffmpeg does.
	if (blame && log.onlyDamage)
		return { verdict: "pass", reason: `${log.refused} damaged pictures, as in software` };
	if (blame) return { verdict: "fail", reason: blame };
	return { verdict: "pass", reason: entry.set === "refuse" ? RIGHT_ALL_THE_SAME : "" };
}

/**
 * Judges what ffmpeg decoded. A container may crop, rotate or change the size of a stream's pictures, and a published MD5 may be
 * of either; or it has packets without a picture, and ffmpeg ends with an error. So where a container fails by that, the pictures and
 * the exit status must be those of the same command in software; where libavcodec is known to decode a stream otherwise than published,
 * too.
 */
export async function judgeFfmpeg(
	entry: StreamEntry,
	decoded: Decoded,
	options: DecodeOptions,
): Promise<Judgement> {
	const published = judge(entry, decoded);
	const differs =
		isContainer(entry.path) || codecOf(entry).ofLibavcodec?.some((file) => entry.file.endsWith(file));
	if (published.verdict !== "fail" || !differs) return published;
	const { md5, status } = await decodeInSoftware(entry.path, planarFormat(entry), options);
	if (status !== decoded.outcome.status) return published;
	const outcome = { ...decoded.outcome, status: 0 };
	const judgement = judge({ ...entry, md5 }, { ...decoded, outcome });
	return judgement.verdict === "pass" ? { verdict: "pass", reason: AS_SOFTWARE } : published;
}
