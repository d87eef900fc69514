// SPDX-License-Identifier: MIT
// Decodes streams on a board, with ffmpeg (or va-decode, for what ffmpeg does not play) over our driver and with GStreamer's own
// elements, and takes the log of each decode.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../../tools/lib/run.ts";
import {
	depthOf,
	elementaryStream,
	hardwareArguments,
	vaDecodeArguments,
} from "../../../clients/lib/decode.ts";
import { RENDER_NODE, vaDecodePath } from "../../../clients/lib/device.ts";
import type { StreamEntry } from "../../../clients/lib/streams.ts";
import type { Codec } from "../../../codecs/codec.ts";
import { codecOf } from "../../../codecs/codecs.ts";
import { gstreamerRoot, insideRelease, releaseMounts } from "../../lib/gstreamer.ts";
import { guest } from "../../lib/guest.ts";
import { boardOf, type Deep, decoderOf, deepOn, kernelOf } from "../boards.ts";
import { type RawJob, readLog } from "./log.ts";

export type Client = "ours" | "gstreamer";

export interface Decode {
	stream: StreamEntry;
	client: Client;
	/** More environment for this decode. */
	env?: Record<string, string>;
}

export interface Decoded {
	jobs: RawJob[];
	code: number;
	/** What the client said on stderr. */
	said: string;
}

export interface CollectOptions {
	board: string;
	kernel?: string;
	/** The streams that GStreamer is to be able to decode, where it is those and more. */
	among?: StreamEntry[];
	memory?: number;
	/** Keep the logs there. */
	keep?: string;
	timeout?: number;
	/** Complaints of the kernel are no error: what it is told is wrong on purpose. */
	tolerant?: boolean;
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** What GStreamer calls the pictures of 10 bit that CAPTURE has. */
const DEEP = { NV15: "NV12_10LE40", P010: "P010_10LE" };
/** The first GStreamer 1.x whose stateless elements have them. */
const KNOWS_DEEP = 24;

function command({ stream, client }: Decode, folder: string, deep: Deep | undefined): string {
	const codec = codecOf(stream);
	const isDeep = depthOf(stream) > 8;
	// Demuxers are not what is compared: GStreamer's lose pictures of some files, FFmpeg leaves out what an edit list does.
	const elementary = elementaryStream(codec, stream.path, folder, codec.gstreamer.fromKeyFrame);
	if (client === "ours") {
		const words = codec.ffmpeg.plays(stream)
			? [
					"ffmpeg",
					...hardwareArguments(elementary, isDeep ? "yuv420p10le" : "nv12", RENDER_NODE),
					"-f",
					"null",
					"-",
				]
			: [vaDecodePath(), ...vaDecodeArguments(codec, elementary, RENDER_NODE)];
		return `timeout 60 ${words.map(quote).join(" ")}`;
	}
	const source = prepared(codec, elementary, folder);
	const plugins = join(folder, "plugins");
	// At the end of the stream the elements do not wait for a last second field, and the pipeline would stop its decoder.
	const format = isDeep && deep ? DEEP[deep] : "NV12";
	const later = "fakesrc format=time num-buffers=2 ! identity sleep-time=100000 ! c.";
	return `GST_PLUGIN_SYSTEM_PATH_1_0=${quote(plugins)} GST_REGISTRY=${quote(join(folder, "registry"))} \
timeout 60 $inside gst-launch-1.0 --no-fault -q concat name=c ! fakesink \
filesrc location=${quote(source)} ! ${codec.gstreamer.parser} ! $element ! video/x-raw,format=${format} ! c. ${later}`;
}

/** The path of a stream as GStreamer's parser takes it. */
function prepared(codec: Codec, path: string, folder: string): string {
	const bytes = readFileSync(path);
	const taken = codec.gstreamer.prepare(bytes);
	if (taken === bytes) return path;
	const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
	const file = join(folder, `${name}.${codec.extension}`);
	writeFileSync(file, taken);
	return file;
}

/**
 * Runs in the guest: one line on stdout for each decode, its number and the client's exit code. release: a release's files that
 * GStreamer is taken from; "" for this machine's.
 */
function script(
	decodes: Decode[],
	folder: string,
	{ board, kernel = kernelOf(board) }: CollectOptions,
	release: string,
): string {
	const codec = codecOf(decodes[0].stream);
	const { stateless, plugins } = codec.gstreamer;
	const decoder = decoderOf(board, codec.format, kernel);
	if (!decoder) throw new Error(`${board} has no decoder of ${codec.title}`);
	const deep = deepOn(decoder, codec.format, kernel);
	const lines = [
		...(release ? [...releaseMounts(release), `inside=${quote(insideRelease.join(" "))}`] : []),
		"log=/sys/kernel/debug/fake/log",
		// All of the bitstream, not only its begin.
		"for file in /sys/module/*/parameters/payload; do echo 4194304 >$file; done",
		// Their folder's plugins only: looking through all of them takes seconds.
		`plugins=$(dirname "$(find /usr/lib -name libgstcoreelements.so | head -n 1)")`,
		`mkdir -p ${quote(join(folder, "plugins"))}`,
		`for name in coreelements ${plugins.join(" ")} v4l2codecs; do ln -sf "$plugins/libgst$name.so" ${quote(join(folder, "plugins"))}/; done`,
		`export GST_PLUGIN_SYSTEM_PATH_1_0=${quote(join(folder, "plugins"))} GST_REGISTRY=${quote(join(folder, "registry"))}`,
		// Of two decoders of a format, the one that ours takes, too: elements are called by the order of discovery.
		`node=$(basename "$(dirname "$(grep -lxF ${quote(decoder.node)} /sys/class/video4linux/*/name)")")`,
		`for each in $($inside gst-inspect-1.0 v4l2codecs 2>/dev/null | sed -n 's/^ *\\(v4l2sl[a-z0-9]*${stateless}\\):.*/\\1/p'); do`,
		'	if $inside gst-inspect-1.0 $each | grep -q "\\"/dev/$node\\""; then element=$each; fi',
		"done",
		`echo "element $element"`,
	];
	for (const [i, decode] of decodes.entries()) {
		const env = Object.entries(decode.env ?? {}).map(([name, value]) => `${name}=${quote(value)} `);
		const file = quote(join(folder, String(i)));
		lines.push(
			"echo clear >$log",
			`${env.join("")}${command(decode, folder, deep)} >/dev/null 2>${file}.said`,
			`echo "decode ${i} $?"`,
			`cat $log >${file}.log`,
		);
	}
	return `${lines.join("\n")}\n`;
}

/** The files of the release whose GStreamer decodes these streams of a codec on a board; "" for this machine's. */
export function gstreamerFor(codec: Codec, board: string, streams: StreamEntry[]): Promise<string> {
	const least = codec.registers?.gstreamer?.[boardOf(board).name] ?? codec.gstreamer.least;
	const known = streams.some((stream) => depthOf(stream) > 8) ? KNOWS_DEEP : 0;
	return gstreamerRoot(codec, Math.max(least, known));
}

/** All decodes in one boot. */
export async function collect(decodes: Decode[], options: CollectOptions): Promise<Decoded[]> {
	const place = options.keep ?? mkdtempSync(join(mkBuild(), "run-"));
	mkdirSync(place, { recursive: true });
	try {
		const path = join(place, "script");
		const plays = decodes.some(({ client }) => client === "gstreamer");
		const codec = codecOf(decodes[0].stream);
		const streams = options.among ?? decodes.map(({ stream }) => stream);
		const release = plays ? await gstreamerFor(codec, options.board, streams) : "";
		writeFileSync(path, script(decodes, place, options, release));
		const { code, stdout, output, kernelLog } = await guest(["sh", path], {
			board: options.board,
			kernel: options.kernel,
			memory: options.memory ?? 512,
			writable: [place],
			timeout: options.timeout ?? 600,
			quiet: true,
		});
		if (code !== 0) throw new Error(`the board's guest failed (${code}): ${output.slice(-2000)}`);
		if (!options.tolerant && /WARNING|BUG:|Oops/.test(kernelLog))
			throw new Error(`the kernel complains: ${kernelLog.slice(0, 3000)}`);
		const codes = new Map(
			[...stdout.matchAll(/^decode (\d+) (\d+)$/gm)].map((m) => [Number(m[1]), Number(m[2])]),
		);
		return decodes.map((_, i) => {
			const read = (suffix: string) => readFileSync(join(place, `${i}.${suffix}`), "utf8");
			return { jobs: readLog(read("log")), code: codes.get(i) ?? -1, said: read("said").trim() };
		});
	} finally {
		if (!options.keep) rmSync(place, { recursive: true, force: true });
	}
}

function mkBuild(): string {
	const folder = join(root, "build", "registers");
	mkdirSync(folder, { recursive: true });
	return folder;
}
