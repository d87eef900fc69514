// SPDX-License-Identifier: MIT
// cedrus (drivers/staging/media/sunxi/cedrus): the decoder reads the frame header itself, its driver counts along.
import { type Fields, lastValues, type Memory, split } from "../../../kernel/hardware/registers/canonical.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { type Part, probabilities } from "../../../kernel/hardware/registers/probabilities.ts";
import { readRegisters } from "./fields.ts";

/** cedrus_vp8_update_probs(): of coefficients, 11 bytes of each 16. */
const PROBABILITIES: Part[] = [
	{ name: "coefficients", at: 0, size: 2048 },
	{ name: "the driver's own", at: 2048, size: 2048 },
	{ name: "luma modes", at: 0x1008, size: 4 },
	{ name: "chroma modes", at: 0x1010, size: 3 },
	{ name: "segments", at: 0x1018, size: 3 },
	{ name: "skip", at: 0x101c, size: 1 },
	{ name: "intra", at: 0x101d, size: 1 },
	{ name: "last", at: 0x101e, size: 1 },
	{ name: "golden", at: 0x101f, size: 1 },
	{ name: "vectors", at: 0x1020, size: 19 },
	{ name: "vectors' columns", at: 0x1040, size: 19 },
];

const PICTURES: Record<string, string> = {
	VP8_REC_LUMA: "written to",
	VP8_FWD_LUMA: "last",
	VP8_BWD_LUMA: "golden",
	VP8_ALT_LUMA: "altref",
};
/** Read in pictures with inter prediction. */
const REFERENCES = ["last", "golden", "altref"];
const CHROMA = /^VP8_(REC|FWD|BWD|ALT)_CHROMA$/;
/** vb2_plane_size() of the OUTPUT buffer: of its memory, not of what is in it, which H264_VLD_END tells. */
const BUFFER_SIZE = "H264_VLD_LEN";
const ADDRESS_MASK = 0x0ffffff0;

/** How the registers of one job read, in terms that do not depend on addresses. */
export function cedrusFields() {
	const registers = readRegisters("cedrus");

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		const byName = new Map([...values].map(([at, value]) => [registers.get(at)?.name ?? "", value]));
		const table = job.tables.get("probabilities");
		if (table) memory.know(table.address, "tables");
		for (const [at, value] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			const chroma = CHROMA.exec(name);
			if (name === BUFFER_SIZE) continue;
			if (name === "VP8_ENTROPY_PROBS_ADDR" || name === "H264_VLD_END")
				into.set(name, memory.place(value));
			else if (name === "H264_VLD_ADDR") {
				into.set(name, memory.place(((value & ADDRESS_MASK) | (value << 28)) >>> 0));
				into.set(`${name} flags`, String((value >>> 28) & 7));
			} else if (name in PICTURES) into.set(PICTURES[name], value ? memory.picture(value) : "none");
			else if (chroma) {
				const luma = byName.get(`VP8_${chroma[1]}_LUMA`) ?? 0;
				into.set(`${PICTURES[`VP8_${chroma[1]}_LUMA`]}, chroma`, `+ ${value - luma}`);
			} else split(register, at, value, into);
		}
		if (into.get("VP8_PPS.PIC_TYPE_P_FRAME") === "0")
			for (const name of REFERENCES) {
				into.delete(name);
				into.delete(`${name}, chroma`);
			}
		if (table) probabilities(table.bytes, PROBABILITIES, into);
	};
}
