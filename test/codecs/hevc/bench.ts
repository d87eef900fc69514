// SPDX-License-Identifier: MIT
// The clips by which npm run bench measures HEVC.
import { BLOCK } from "../../../fixtures/hevc/writer/blocks.ts";
import { NAL } from "../../../fixtures/hevc/writer/headers.ts";
import { type Slice, Stream } from "../../../fixtures/hevc/writer/stream.ts";
import type { Bench } from "../codec.ts";

/** Blocks of a row. */
const COLUMNS = 20;

/** Each block is a slice of its own, and no sample changes from picture to picture. */
function blockSlices(slices: number, pictures: number): Uint8Array {
	const size = { width: COLUMNS * BLOCK, height: (slices / COLUMNS) * BLOCK };
	const s = new Stream(1, size);
	const all = (type: Slice["type"]): Slice[] =>
		Array.from({ length: slices }, () => ({ type, segments: [1] }));
	s.picture({ poc: 0, nal: NAL.IDR_W_RADL, slices: all("I"), draw: { pcm: 0, residual: 0 } });
	for (let poc = 1; poc < pictures; poc++)
		s.picture({ poc, refer: [poc - 1], slices: all("P"), draw: { skipped: 100 } });
	return s.bytes();
}

export const hevcBench: Bench = {
	slices: [1, 4],
	// As films have it: B pictures, three references. x265 makes several slices with wavefronts only.
	encoder: (slices) => [
		...["-c:v", "libx265", "-preset", "veryfast", "-x265-params"],
		`log-level=error:pools=1:frame-threads=1:qp=26:bframes=2:b-adapt=0:ref=3:keyint=60:wpp=${slices > 1 ? 1 : 0}:slices=${slices}`,
	],
	mostOfH264: 1.5,
	// 600 is the most of level 6.2 (table A.8).
	manySlices: { few: 60, many: 600, stream: blockSlices, most: 1.1 },
};
