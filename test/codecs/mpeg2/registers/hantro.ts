// SPDX-License-Identifier: MIT
// G1 and VDPU2 (drivers/media/platform/verisilicon): the same decoder with its registers in two orders, whose names are the same.
import { type Fields, lastValues, type Memory, split } from "../../../kernel/hardware/registers/canonical.ts";
import type { RawJob } from "../../../kernel/hardware/registers/log.ts";
import { readRegisters } from "./fields.ts";

const TABLE = "QTABLE_BASE";
const ADDRESSES = [TABLE, "RLC_VLC_BASE", "DEC_OUT_BASE"];
/** hantro_g1_mpeg2_dec_set_buffers(), rockchip_vpu2_mpeg2_dec_set_buffers() */
const REFERENCES: Record<string, string> = {
	REFER0_BASE: "forward, top",
	REFER1_BASE: "forward, bottom",
	REFER2_BASE: "backward, top",
	REFER3_BASE: "backward, bottom",
};
/** VDPU_REG_INTERRUPT: rockchip_vpu2_vdpu_irq() writes it when a job is over, so what is there is of the job before. */
const VDPU2_INTERRUPT = 0x0dc;
/**
 * hantro_mpeg2_dec_copy_qtable(): 64 bytes each. Two of chroma follow, which are left out: V4L2_CID_STATELESS_MPEG2_QUANTISATION
 * has them for other formats than 4:2:0 alone, where chroma is scaled by those of luma (7.4.2.1).
 */
const MATRICES = ["intra", "non-intra"];

/** How the registers of one job read, in terms that do not depend on addresses. */
export function hantroFields(family: "g1" | "vdpu2") {
	const registers = readRegisters(family);

	return (job: RawJob, memory: Memory, into: Fields): void => {
		const values = lastValues(job);
		for (const [at, value] of values) if (registers.get(at)?.name === TABLE) memory.know(value, "tables");
		for (const [at, value] of values) {
			const register = registers.get(at);
			const name = register?.name ?? "";
			if (family === "vdpu2" && at === VDPU2_INTERRUPT) continue;
			if (ADDRESSES.includes(name)) into.set(name, memory.place(value));
			else if (name in REFERENCES) into.set(REFERENCES[name], memory.picture(value));
			else split(register, at, value, into);
		}
		const table = job.tables.get("quantisation")?.bytes;
		for (const [i, name] of MATRICES.entries())
			if (table) into.set(`matrix ${name}`, table.toString("hex", 64 * i, 64 * i + 64));
	};
}
