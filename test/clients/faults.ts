// SPDX-License-Identifier: MIT
import { decodeWithFfmpeg, judge, planarFormat } from "./lib/decode.ts";
import { withDevice } from "./lib/device.ts";
import { run } from "./lib/process.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expect, expectEqual, test } from "./lib/suite.ts";
import { mpvArguments } from "./mpv.ts";
import { sentences } from "./vainfo.ts";

interface Fault {
	what: string;
	fault: string;
	/** What the user has to read. */
	says: RegExp;
	/** More sentences than one are right: each of several pictures is lost. */
	several?: boolean;
}

const FAULTS: Fault[] = [
	{
		what: "a picture that the decoder flags as bad",
		fault: "decode:4:error",
		says: /bad|damaged|error|failed/i,
	},
	{ what: "a decoder that never answers", fault: "decode:4:hang", says: /has not answered/, several: true },
	{
		what: "a device that disappears in mid-stream",
		fault: "gone:4",
		says: /disappeared|gone/,
		several: true,
	},
	{
		what: "ENODEV from QBUF",
		fault: "VIDIOC_QBUF.OUTPUT:4+:ENODEV",
		says: /disappeared|gone/,
		several: true,
	},
	{ what: "ENOMEM from REQBUFS", fault: "VIDIOC_REQBUFS.OUTPUT:2+:ENOMEM", says: /memory/, several: true },
	{
		what: "ENOMEM from the request",
		fault: "MEDIA_IOC_REQUEST_ALLOC:1+:ENOMEM",
		says: /memory|MEDIA_IOC_REQUEST_ALLOC/,
		several: true,
	},
	{
		what: "EBUSY from S_FMT",
		fault: "VIDIOC_S_FMT.OUTPUT:3+:EBUSY",
		says: /VIDIOC_S_FMT|busy/i,
		several: true,
	},
	{
		what: "EINVAL from S_EXT_CTRLS",
		// Those of a picture: how often surfaces' memory is tried out before is up to the player.
		fault: "VIDIOC_S_EXT_CTRLS.REQUEST:8:EINVAL",
		says: /VIDIOC_S_EXT_CTRLS/,
	},
	{ what: "EIO from QBUF of a picture", fault: "VIDIOC_QBUF.CAPTURE:4:EIO", says: /VIDIOC_QBUF/ },
	{
		what: "EINVAL from the request's queueing",
		fault: "MEDIA_REQUEST_IOC_QUEUE:4:EINVAL",
		says: /MEDIA_REQUEST_IOC_QUEUE/,
	},
	{ what: "STREAMON refused", fault: "VIDIOC_STREAMON:1+:EIO", says: /VIDIOC_STREAMON/, several: true },
];

/** Adds the tests of ffmpeg with calls of the device that fail; the stream is found among the entries. */
export function faultTests(entries: StreamEntry[]): void {
	const entry = entries.find((e) => e.file === "cb-cavlc.264") as StreamEntry;
	for (const { what, fault, says, several } of FAULTS) {
		for (const mode of ["frame", "slice"] as const) {
			test(`ffmpeg with ${what}, ${mode}`, async () => {
				const bad = await decodeWithFfmpeg(entry.path, planarFormat(entry), {
					mode,
					// The calls of a device of other codecs would be counted, too.
					codecs: "h264",
					environment: { V4L2SIM_FAULT: fault },
					timeout: 60,
				});
				expect(!bad.outcome.timedOut, "ffmpeg did not end");
				expectEqual(bad.outcome.signal, null, "ffmpeg died");
				expect(
					bad.md5 !== entry.md5 || bad.outcome.status !== 0 || bad.outcome.stderr !== "",
					"nobody noticed",
				);
				const said = sentences(bad.outcome.stderr);
				expect(said.length > 0, `nothing was said; ffmpeg: ${bad.outcome.stderr.trim()}`);
				expect(several || said.length === 1, `said more than once:\n${said.join("\n")}`);
				expect(says.test(said[0]), `it says: ${said[0]}`);
				const open = Object.entries(bad.log.openAtExit).filter(
					([name, n]) => n > 0 && name !== "render",
				);
				expectEqual(open.length, 0, `left open: ${JSON.stringify(bad.log.openAtExit)}`);
			});
		}
	}

	test("mpv plays on when a picture is bad", async () => {
		const { result, log } = await withDevice(
			{ environment: { V4L2SIM_FAULT: "decode:4:error" } },
			(env, node) =>
				run({
					program: "mpv",
					arguments: mpvArguments([entry.path, entry.path], node, "framemd5"),
					env,
					timeout: 60,
				}),
		);
		expectEqual(result.signal, null, "mpv died");
		const sums = result.stdout.split("\n").filter((l) => l && !l.startsWith("#"));
		expect(sums.length >= entry.frames, `${sums.length} pictures came out`);
		const open = Object.entries(log.openAtExit).filter(([name, n]) => n > 0 && name !== "render");
		expectEqual(open.length, 0, `left open: ${JSON.stringify(log.openAtExit)}`);
	});

	test("a size that the device does not have is refused before anything is decoded", async () => {
		const small = await decodeWithFfmpeg(entry.path, "yuv420p", {
			environment: { V4L2SIM_MAX: "128x96" },
		});
		expectEqual(small.outcome.signal, null, "ffmpeg died");
		expectEqual(small.log.jobs, 0, "jobs");
		expectEqual(small.bytes, 0, "bytes of pictures");
	});

	test("after every fault the next player decodes", async () => {
		const good = await decodeWithFfmpeg(entry.path, "yuv420p", {});
		expectEqual(judge(entry, good).verdict, "pass", judge(entry, good).reason);
	});
}
