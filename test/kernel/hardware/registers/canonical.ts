// SPDX-License-Identifier: MIT
// What the hardware is told for a job, in a form that does not depend on where memory happens to lie: fields by name, the
// last value written; addresses by what lies there; tables by content.
import type { RegistersCodec, Translate } from "./codec.ts";
import type { Register } from "./fields.ts";
import { crc32, type RawJob } from "./log.ts";

/** Names and values of one job; equal maps mean that the hardware is told the same. */
export type Fields = Map<string, string>;

/** Names what an address points at: a picture is "picture of job N" for the last job that wrote there. */
export class Memory {
	/** Labels of jobs by the address of the picture that they wrote. */
	private readonly pictures = new Map<number, string>();
	private readonly others = new Map<number, string>();
	private output = -1;
	/** More places where the current picture is. */
	private copies: number[] = [];

	begin(job: RawJob): void {
		this.copies = [];
		this.output = job.output?.luma ?? -1;
		this.others.clear();
		for (const stream of job.streams) this.others.set(stream.address, stream.name);
	}

	/** Tables of the driver: where one begins. */
	know(address: number, name: string): void {
		this.others.set(address, name);
	}

	/** The decoder keeps the picture there as well, for pictures that refer to it. */
	also(address: number): void {
		this.copies.push(address);
	}

	end(job: RawJob, label: string): void {
		if (job.output) this.pictures.set(job.output.luma, label);
		for (const address of this.copies) this.pictures.set(address, label);
	}

	/** The picture that begins there. */
	picture(address: number): string {
		if (address === this.output || this.copies.includes(address)) return "output";
		const label = this.pictures.get(address);
		return label === undefined ? "memory of no picture" : `picture of job ${label}`;
	}

	/** Which of this job's own buffers lies there, and the distance from its begin. */
	place(address: number): string {
		let base = this.output <= address ? this.output : -1;
		for (const at of this.others.keys()) if (at <= address && at > base) base = at;
		// No buffer of these boards is larger.
		if (base < 0 || address - base >= 0x1000000) return "memory of nothing";
		const owner = base === this.output ? "output" : this.others.get(base);
		return address === base ? `${owner}` : `${owner} + ${address - base}`;
	}
}

/** The last value of each plain register, in the order of addresses. */
export function lastValues(job: RawJob): Map<number, number> {
	const values = new Map<number, number>();
	for (const write of job.writes) if (write.index < 0) values.set(write.register, write.value);
	return new Map([...values].sort((a, b) => a[0] - b[0]));
}

/** A register's value as the values of its fields, and what is left of it. */
export function split(register: Register | undefined, at: number, value: number, into: Fields): void {
	const name = register?.name ?? `register ${at.toString(16).padStart(3, "0")}`;
	let rest = value;
	for (const field of register?.fields ?? []) {
		const owner = name.includes("SWREG") || name === field.name ? "" : `${name}.`;
		into.set(`${owner}${field.name}`, String((value & field.mask) >>> field.shift));
		rest &= ~field.mask;
	}
	if (!register || register.fields.length === 0) into.set(name, String(value | 0));
	else if (rest !== 0) into.set(`${name} other bits`, (rest >>> 0).toString(16));
}

/** CRC-32 in hexadecimal, of 8 digits. */
export function checksum(bytes: Buffer): string {
	return crc32(bytes).toString(16).padStart(8, "0");
}

/** What tells a job from others: the bytes that it decodes. */
export function content(codec: RegistersCodec, job: RawJob): string {
	return job.streams.map((stream) => checksum(codec.content(stream, job))).join(" ");
}

/** Jobs in canonical form; `label` says how each of them is called where another refers to the picture that it wrote. */
export function canonical(codec: RegistersCodec, jobs: RawJob[], label: (index: number) => string): Fields[] {
	const memory = new Memory();
	const translators = new Map<string, Translate>();
	return jobs.map((job, index) => {
		let translate = translators.get(job.family);
		if (!translate) {
			if (!codec.families[job.family])
				throw new Error(`the registers of ${job.family} have no canonical form for this codec`);
			translate = codec.families[job.family]();
			translators.set(job.family, translate);
		}
		const fields: Fields = new Map();
		memory.begin(job);
		fields.set("stream", content(codec, job));
		for (const { name, size, crc } of job.streams) fields.set(`bytes of ${name}`, `${size} ${crc}`);
		fields.set("lines", job.output?.lines ?? "unknown");
		translate(job, memory, fields);
		if (job.end !== "done") fields.set("end", job.end);
		for (const fault of job.faults) fields.set("fault", fault.split(" ")[0]);
		memory.end(job, label(index));
		return fields;
	});
}
