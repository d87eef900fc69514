// SPDX-License-Identifier: MIT
// cedrus (drivers/staging/media/sunxi/cedrus): the matrices go through a port, value by value.
import { type Fields, lastValues, type Memory, split } from "../../../kernel/hardware/registers/canonical.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { constants } from "../../../support/abi.ts";
import { readRegisters } from "./fields.ts";

const MATRIX_PORT = "MPEG_IQMINPUT";
/** VE_DEC_MPEG_IQMINPUT_FLAG_INTRA, in the log's index. */
const INTRA = 64;
const WEIGHT = 0xff;
const PICTURES: Record<string, string> = {
	MPEG_REC: "written to",
	MPEG_FWD_REF: "forward",
	MPEG_BWD_REF: "backward",
};
const PICTURE = /^(MPEG_(?:REC|FWD_REF|BWD_REF))_(LUMA|CHROMA)/;
/** cedrus_mpeg2_irq_clear(): it ends the job before. */
const STATUS = "MPEG_STATUS";
const ADDRESS_MASK = 0x0ffffff0;

/** In the order of the control. */
function matrices(job: RawJob, port: number, into: Fields): void {
	for (const [name, first] of [
		["intra", INTRA],
		["non-intra", 0],
	] as const) {
		const matrix = Buffer.alloc(64);
		for (const { register, index, value } of job.writes)
			if (register === port && (index & INTRA) === first) matrix[index & 63] = value & WEIGHT;
		into.set(`matrix ${name}`, matrix.toString("hex"));
	}
}

/** Addresses are written whatever the picture's type, and of references that it has not they say nothing (7.6.2). */
function leaveOutUnused(into: Fields): void {
	const type = Number(into.get("MPEG_MP12HDR.SLICE_TYPE"));
	const unused: string[] = [];
	if (type === constants.V4L2_MPEG2_PIC_CODING_TYPE_I) unused.push("forward", "backward");
	if (type === constants.V4L2_MPEG2_PIC_CODING_TYPE_P) unused.push("backward");
	for (const name of unused) {
		into.delete(name);
		into.delete(`${name}, chroma`);
	}
}

/** How the registers of one job read, in terms that do not depend on addresses. */
export function cedrusFields() {
	const registers = readRegisters("cedrus");
	const port = [...registers].find(([, { name }]) => name === MATRIX_PORT)?.[0] ?? -1;

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		const byName = new Map([...values].map(([at, value]) => [registers.get(at)?.name ?? "", value]));
		for (const [at, value] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			const [, picture, plane] = PICTURE.exec(name) ?? [];
			if (name === STATUS) continue;
			if (name === "MPEG_VLD_END_ADDR") into.set(name, memory.place(value));
			else if (name === "MPEG_VLD_ADDR") {
				into.set(name, memory.place(((value & ADDRESS_MASK) | (value << 28)) >>> 0));
				into.set(`${name} flags`, String((value >>> 28) & 7));
			} else if (plane === "LUMA") into.set(PICTURES[picture], value ? memory.picture(value) : "none");
			else if (plane === "CHROMA") {
				const luma = byName.get(name.replace("CHROMA", "LUMA")) ?? 0;
				into.set(`${PICTURES[picture]}, chroma`, `+ ${value - luma}`);
			} else split(register, at, value, into);
		}
		leaveOutUnused(into);
		matrices(job, port, into);
	};
}
