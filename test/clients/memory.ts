// SPDX-License-Identifier: MIT
import { decodeWithFfmpeg, decodeWithVaDecode, judge, planarFormat } from "./lib/decode.ts";
import type { DeviceKind } from "./lib/device.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expectEqual, test } from "./lib/suite.ts";

const KINDS: DeviceKind[] = ["frame", "slice"];

/** Decoders that take no dma-buf on CAPTURE: their own buffers, copied to the surfaces. */
export function memoryTests(entries: StreamEntry[]): void {
	for (const kind of KINDS) {
		test(`a ${kind}-based decoder that imports nothing decodes every fixture`, async () => {
			for (const entry of entries.filter((e) => e.set === "decode")) {
				if (kind === "slice" && entry.features.includes("monochrome")) continue;
				const depth = entry.pixelFormat.includes("10le") ? 10 : 8;
				const small = entry.width < 48 || entry.height < 48;
				const environment = { V4L2SIM_NO_DMABUF: "1", ...(small ? { V4L2SIM_MIN: "16x16" } : {}) };
				const how = { kind, depth, environment } as const;
				const decoded =
					depth === 10
						? await decodeWithVaDecode(entry.path, how)
						: await decodeWithFfmpeg(entry.path, planarFormat(entry), how);
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
