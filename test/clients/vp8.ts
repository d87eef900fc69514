// SPDX-License-Identifier: MIT
import { decodeWithFfmpeg, judge } from "./lib/decode.ts";
import type { StreamEntry } from "./lib/streams.ts";
import { expectEqual, test } from "./lib/suite.ts";
import { profilesOf, vainfo } from "./vainfo.ts";

const DEVICE = { V4L2SIM_KIND: "vp8:frame" };

/** Bytes of struct v4l2_ctrl_vp8_frame of which a wrong one must show: quant.y_ac_qi, the first coeff_probs, version. */
const FIELDS: [name: string, place: number][] = [
	["quant.y_ac_qi", 32],
	["entropy.coeff_probs", 40],
	["version", 1154],
];

export function vp8Tests(entries: StreamEntry[]): void {
	test("vainfo lists VP8", async () => {
		const shown = await vainfo({ environment: DEVICE });
		expectEqual(profilesOf(shown.stdout).join(), "VAProfileVP8Version0_3: VAEntrypointVLD", "profiles");
	});

	for (const entry of entries) {
		test(`ffmpeg ${entry.file}`, async () => {
			const decoded = await decodeWithFfmpeg(entry.path, "yuv420p", { environment: DEVICE });
			if (entry.features.includes("larger-on-key-frame")) {
				// ffmpeg 5.1 goes on with the surfaces of the first size, which hold a part of each larger picture.
				expectEqual(decoded.log.complaint(), "", "the device says");
				expectEqual(decoded.log.good, entry.frames, "pictures from the device");
				return;
			}
			const { verdict, reason } = judge(entry, decoded);
			expectEqual(verdict, "pass", reason);
			// ffmpeg says that it does not scale pictures, in software too.
			if (!entry.features.includes("scale-bits"))
				expectEqual(decoded.outcome.stderr, "", "a good run says");
		});
	}

	for (const [name, place] of FIELDS) {
		test(`ffmpeg: a wrong ${name} shows`, async () => {
			const entry = entries[0];
			const environment = { ...DEVICE, V4L2SIM_MUTATE: `vp8.frame:${place}:1:1` };
			const decoded = await decodeWithFfmpeg(entry.path, "yuv420p", { environment });
			expectEqual(decoded.log.painted > 0, true, "painted");
			expectEqual(decoded.md5 === entry.md5, false, "the same pictures");
			expectEqual(Object.keys(decoded.log.reasons)[0]?.includes(name), true, "the field named");
		});
	}
}
