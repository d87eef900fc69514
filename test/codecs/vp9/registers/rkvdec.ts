// SPDX-License-Identifier: MIT
// RK3399's rkvdec (drivers/staging/media/rkvdec/rkvdec-vp9.c). It reads the uncompressed header itself; its driver keeps the frame
// contexts and writes all probabilities to memory.
import { type Fields, lastValues, type Memory, split } from "../../../kernel/hardware/registers/canonical.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { type Part, probabilities } from "../../../kernel/hardware/registers/probabilities.ts";
import { readRegisters } from "./fields.ts";
import { readFrameHeader } from "./frame.ts";

const ALL: Part[] = [
	{ name: "partition", at: 0, size: 48 },
	{ name: "segment prediction", at: 48, size: 3 },
	{ name: "segment tree", at: 51, size: 7 },
	{ name: "skip", at: 58, size: 3 },
	{ name: "tx32", at: 61, size: 6 },
	{ name: "tx16", at: 67, size: 4 },
	{ name: "tx8", at: 71, size: 2 },
	{ name: "is_inter", at: 73, size: 4 },
];
/** struct rkvdec_vp9_inter_frame_probs */
const INTER: Part[] = [
	{ name: "y_mode", at: 80, size: 36 },
	{ name: "comp_mode", at: 116, size: 5 },
	{ name: "comp_ref", at: 121, size: 5 },
	{ name: "single_ref", at: 126, size: 10 },
	{ name: "inter_mode", at: 136, size: 21 },
	{ name: "interp_filter", at: 157, size: 8 },
	{ name: "coefficients", at: 176, size: 2048 },
	{ name: "uv_mode", at: 2224, size: 112 },
	{ name: "vectors joint", at: 2352, size: 3 },
	{ name: "vectors sign", at: 2355, size: 2 },
	{ name: "vectors classes", at: 2357, size: 20 },
	{ name: "vectors class0_bit", at: 2377, size: 2 },
	{ name: "vectors bits", at: 2379, size: 20 },
	{ name: "vectors class0_fr", at: 2399, size: 12 },
	{ name: "vectors fr", at: 2411, size: 6 },
	{ name: "vectors class0_hp", at: 2417, size: 2 },
	{ name: "vectors hp", at: 2419, size: 2 },
];
/** struct rkvdec_vp9_intra_only_frame_probs */
const INTRA: Part[] = [
	{ name: "coefficients", at: 80, size: 1024 },
	{ name: "modes of intra frames", at: 1104, size: 1280 },
];

const REFERENCE = /^(LAST|GOLDEN|ALTREF)_FRAME_BASE$/;
/** Sizes and rows of the references, which intra frames are told as well. */
const OF_REFERENCES = /^(LAST|GOLDEN|ALTREF)_FRAME_Y(UV)?STRIDE$|^(FRAME_SIZE|HOR_VIRSTRIDE)\(\d\)$/;
const VECTORS = "REF_COLMV_BASE";
/** The driver's own memory for counts, of which there is one for each context. */
const COUNTS = "VP9COUNT_BASE";
const ADDRESSES = /_BASE$/;
const UNIT = 16;

/** What a job tells rkvdec of a frame; a translator for the jobs of one stream. */
export function rkvdecFields() {
	const registers = readRegisters("rkvdec");
	/** By address of the motion vectors, which lie behind a picture (get_mv_base_addr()), that of the picture. */
	const vectors = new Map<number, number>();

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const { intra, updatesMap, temporal } = readFrameHeader(job.streams[0].bytes);
		const values = lastValues(job);
		const byName = new Map([...values].map(([at, value]) => [registers.get(at)?.name ?? "", value]));
		const table = job.tables.get("probabilities");
		if (table) memory.know(table.address, "tables");
		const output = byName.get("DECOUT_BASE") ?? 0;
		vectors.set(output + UNIT * (byName.get("YUV_VIRSTRIDE") ?? 0), output);
		for (const [at, value] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			// Since 6.19 the driver writes the whole file of registers, with 0 where it means nothing.
			if (!register && value === 0) continue;
			if (name === COUNTS || (intra && (REFERENCE.test(name) || OF_REFERENCES.test(name)))) continue;
			if (name === VECTORS) into.set(name, `vectors of ${memory.picture(vectors.get(value) ?? 0)}`);
			else if (REFERENCE.test(name)) into.set(name, memory.picture(value));
			else if (ADDRESSES.test(name)) into.set(name, memory.place(value));
			else split(register, at, value, into);
		}
		if (table) probabilities(table.bytes, [...ALL, ...(intra ? INTRA : INTER)], into);
		if (!updatesMap) into.delete("probabilities segment tree");
		if (!temporal) into.delete("probabilities segment prediction");
	};
}
