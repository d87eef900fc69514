// SPDX-License-Identifier: MIT
import { codecOf, codecs } from "../codecs/codecs.ts";
import { decode, decodeWithFfmpeg, depthOf, judge } from "./lib/decode.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expectEqual, test } from "./lib/suite.ts";

/** Those of the simulated device. */
const MODES = [...new Set(codecs.flatMap(({ modes }) => modes))];

/** Decoders that take no dma-buf on CAPTURE: their own buffers, copied to the surfaces. */
export function memoryTests(entries: StreamEntry[]): void {
	for (const mode of MODES) {
		test(`a ${mode}-based decoder that imports nothing decodes every fixture`, async () => {
			for (const entry of entries.filter((e) => e.set === "decode")) {
				const codec = codecOf(entry);
				if (!codec.modes.includes(mode) || codec.refuses(mode, entry)) continue;
				const small = entry.width < 48 || entry.height < 48;
				const environment = { V4L2SIM_NO_DMABUF: "1", ...(small ? { V4L2SIM_MIN: "16x16" } : {}) };
				const decoded = await decode(entry, { mode, depth: depthOf(entry), environment });
				expectEqual(decoded.md5, entry.md5, `${entry.file}: MD5 of the pictures`);
				expectEqual(decoded.outcome.status, 0, `${entry.file}: status`);
				expectEqual(
					decoded.outcome.stderr.includes("v4l2_request"),
					false,
					`${entry.file}: it is silent`,
				);
				// Each context asks once; a new size may be a new context.
				expectEqual(
					decoded.log.failures.join(),
					"VIDIOC_REQBUFS EINVAL",
					`${entry.file}: failed calls`,
				);
				expectEqual(decoded.log.painted + decoded.log.refused, 0, `${entry.file}: bad pictures`);
				expectEqual(decoded.log.mismatchedSyncs, 0, `${entry.file}: unpaired DMA_BUF_IOCTL_SYNC`);
			}
		});
	}

	test("several pictures are in flight on a decoder that imports nothing", async () => {
		const entry = entries.find((e) => e.file === "long-gop.264") as StreamEntry;
		const environment = { V4L2SIM_NO_DMABUF: "1", V4L2SIM_DELAY_US: "5000" };
		const decoded = await decodeWithFfmpeg(entry.path, "yuv420p", { environment });
		expectEqual(decoded.md5, entry.md5, judge(entry, decoded).reason);
		expectEqual(
			decoded.log.inFlight >= 2,
			true,
			`${decoded.log.inFlight} pictures in flight; more than one`,
		);
	});
}
