// SPDX-License-Identifier: MIT
// Plays streams on visl in the lab, with GStreamer's stateless element and with ffmpeg through the driver, each recorded.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { decoderArguments, elementaryStream } from "../../clients/lib/decode.ts";
import { buildFolder } from "../../clients/lib/device.ts";
import { gstreamerRoot, insideRelease, releaseMounts } from "../lib/gstreamer.ts";
import { guest } from "../lib/guest.ts";
import type { Compared, Mode } from "./codec.ts";
import { type Recording, readRecording } from "./record.ts";

export type Client = "gstreamer" | "driver";

export interface Play {
	codec: Compared;
	mode: Mode;
	/** The stream. */
	path: string;
	client: Client;
	/** Where it is recorded; each play has its own. */
	record: string;
	/** Keep visl's trace of the controls as well. */
	trace?: boolean;
	/** Print the MD5 of all pictures instead of recording: as planar 4:2:0, in output order. */
	pictures?: boolean;
}

export interface Played {
	status: number;
	/** What the player said. */
	output: string;
	recording: Recording;
}

const folder = join(root, "build", "agree");
const recorder = join(buildFolder, "test", "kernel", "agree", "libagree_recorder.so");

/** Seconds that one play may take. */
const PLAY_TIMEOUT = 240;

/** What GStreamer remembers of its plugins, which is not the same of two releases. */
const registry = (root: string): string => join(folder, `registry${basename(root)}.bin`);

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** root: a release's files that GStreamer is taken from; "" for this machine's. */
function player(play: Play, root: string): string[] {
	// Demuxers are not what is compared (README.md), nor what is decoded before the first key frame.
	const { fromKeyFrame } = play.codec.gstreamer;
	const elementary = elementaryStream(play.codec, play.path, dirname(play.record), fromKeyFrame);
	if (play.client === "gstreamer") {
		// parsebin looks for the type of each file, and fails at some of IVF.
		const parser = elementary.endsWith(".ivf") ? play.codec.gstreamer.parser : "parsebin";
		return [
			...(root ? [...insideRelease, "env", `GST_REGISTRY=${registry(root)}`] : []),
			// A GStreamer that crashes shall end.
			...["gst-launch-1.0", "--no-fault", play.pictures ? "-m" : "-q"],
			...["filesrc", `location=${elementary}`],
			...["!", ...parser.split(" "), "!", `v4l2sl${play.codec.gstreamer.stateless}`, "!"],
			...(play.pictures ? ["videocodectestsink"] : ["fakesink", "sync=false"]),
		];
	}
	const output = play.pictures
		? ["-vf", "hwdownload,format=nv12,format=yuv420p", "-f", "md5"]
		: ["-f", "null"];
	const input = ["-i", elementary, "-map", "0:v:0", "-fps_mode", "passthrough", "-noautoscale"];
	return [
		...["ffmpeg", "-v", "error", "-nostdin", "-threads", "1"],
		...["-hwaccel", "vaapi", "-hwaccel_device", "/dev/dri/renderD128", "-hwaccel_output_format", "vaapi"],
		...["-hwaccel_flags", "allow_profile_mismatch", ...decoderArguments(elementary)],
		...[...input, ...output, "-"],
	];
}

/**
 * In the guest's shell. Not the events of HEVC's two arrays of the SPS's reference picture sets: since Linux 6.19 visl traces
 * them (visl-dec.c, visl_trace_ctrls()) although it does not have these controls, and reads a null pointer.
 */
export const traceControls = [
	"for event in /sys/kernel/tracing/events/visl_*_controls/*/enable",
	"do case $event in *_ext_sps_*) ;; *) echo 1 >$event ;; esac; done",
].join("; ");

function line(play: Play, root: string): string {
	const menus = play.mode.menus.map(([id, item]) => `${id}=${item}`).join(",");
	const environment = [`AGREE_MENUS=${menus}`, `LD_PRELOAD=${recorder}`];
	if (!play.pictures) environment.push(`AGREE_RECORD=${play.record}`);
	const command = ["timeout", String(PLAY_TIMEOUT), "env", ...environment, ...player(play, root)];
	const lines = [
		`${command.map(quote).join(" ")} >${quote(`${play.record}-output`)} 2>&1`,
		`echo $? >${quote(`${play.record}-status`)}`,
	];
	if (play.trace) {
		lines.unshift("cd /sys/kernel/tracing", "echo 32768 >buffer_size_kb", "echo >trace");
		lines.unshift(traceControls);
		lines.push(`cat trace >${quote(`${play.record}-trace`)}`);
	}
	return lines.join("\n");
}

/** Gives `work` an empty folder below the project's build folder, where what the guest writes stays, and removes it. */
export async function withRecordFolder<T>(name: string, work: (path: string) => Promise<T>): Promise<T> {
	const path = join(folder, `${name}-${process.pid}`);
	rmSync(path, { recursive: true, force: true });
	mkdirSync(path, { recursive: true });
	try {
		return await work(path);
	} finally {
		rmSync(path, { recursive: true, force: true });
	}
}

/** All of them in one guest. Gives what the kernel said meanwhile. */
export async function playAll(plays: Play[], script: string): Promise<string> {
	if (!existsSync(recorder)) throw new Error(`there is no ${recorder}: run \`npm run build\` first`);
	const roots = new Map<Compared, string>();
	for (const { codec } of plays) if (!roots.has(codec)) roots.set(codec, await gstreamerRoot(codec));
	const releases = [...new Set(roots.values())].filter((root) => root !== "");
	const mounts = releases.flatMap(releaseMounts);
	const lines = plays.map((play) => line(play, roots.get(play.codec) as string));
	writeFileSync(script, `${[...mounts, ...lines].join("\n")}\n`);
	const { kernelLog } = await guest(["sh", script], {
		quiet: true,
		timeout: 60 + PLAY_TIMEOUT * plays.length,
		env: {
			GST_REGISTRY: registry(""),
			GST_REGISTRY_FORK: "no",
		},
	});
	return kernelLog;
}

/** What a play left behind. Throws if the guest ended before the player did. */
export function played(play: Play): Played {
	const status = `${play.record}-status`;
	if (!existsSync(status)) throw new Error(`${play.path} was not played to its end by ${play.client}`);
	const code = Number(readFileSync(status, "utf8"));
	return {
		status: code,
		output: readFileSync(`${play.record}-output`, "utf8").trim(),
		recording: readRecording(play.record, code === 0),
	};
}

/** What a play of pictures printed; empty where there were none. */
export function pictureMd5(play: Play): string {
	const printed = readFileSync(`${play.record}-output`, "utf8");
	return printed.match(/(?:checksum=\(string\)|^MD5=)([0-9a-f]{32})/m)?.[1] ?? "";
}

/** Whether a play is over; its results are there then. */
export const isPlayed = (play: Play): boolean => existsSync(`${play.record}-status`);
