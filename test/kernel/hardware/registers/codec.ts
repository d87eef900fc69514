// SPDX-License-Identifier: MIT
// What the comparison of registers must know of a codec: test/codecs/CODEC/registers.
import type { Codec } from "../../../codecs/codec.ts";
import type { Fields, Memory } from "./canonical.ts";
import type { Difference } from "./compare.ts";
import type { RawJob, Stream } from "./log.ts";

/** Gives a job's registers and tables names and values that do not depend on where memory lies. */
export type Translate = (job: RawJob, memory: Memory, into: Fields) => void;

/**
 * A difference between what our driver and what GStreamer makes the hardware do, with the reason why it is right. It holds for
 * the fields and the situation that it names; one that never applies is reported.
 */
export interface Waiver {
	name: string;
	/** The families of register blocks that it concerns. */
	families: string[];
	applies(difference: Difference): boolean;
	/** From the hardware driver's source, or the specification. */
	reason: string;
}

/** Where the names of a family's registers and of their bits are in the source of its driver; see renew_fields.ts. */
export interface FamilySource {
	name: string;
	/** The kernel whose driver it is; usualKernel unless told. */
	kernel?: string;
	/** Files below drivers/; the first writes the registers, and all may define macros. */
	sources: string[];
	/** Begin of the macros' names; of the names of registers themselves; what is left off to say them. */
	prefix: RegExp;
	shorten: RegExp;
	/** A call that writes a register: which argument is the value, which the register. */
	write: RegExp;
	value: number;
	register: number;
	/** Variables whose assignments are read where one is the value; reg and refer_addr unless told. */
	variables?: RegExp;
	/** Registers in arrays, and fields of which a variable says the place: how many. */
	arrays: Record<string, number>;
	/** The macro that says which bits of which register a field is: its arguments are the register's number, shift and mask. */
	fields?: string;
	/** Registers that are written by other files for the first. */
	others?: string[];
	/** The table of the fields of packets in memory (PS_FIELD), where it has such. */
	packets?: string;
}

/** The same where the driver describes registers by structs of bit fields. */
export interface StructSource {
	name: string;
	/** The kernel whose drivers have it. */
	kernel: string;
	/** Files below drivers/. */
	sources: string[];
	/** Structs of registers by the address of their begin. */
	structs: Record<string, number>;
	/** Macros that give the address of a register: its name is what is left of theirs. */
	addresses: RegExp;
	/**
	 * The table of the fields of a packet in memory: a struct, or the macros that name its fields (BW_FIELD), with the elements of arrays
	 * where no remark says how many they are.
	 */
	packets: { name: string; struct?: string; elements?: Record<string, number> };
}

export interface RegistersCodec {
	/** By family of register blocks, as the log names it: a translator for the jobs of one stream. */
	families: Record<string, () => Translate>;
	/** What of a job's stream is decoded, without what a client may add around it: jobs are matched by it. */
	content(stream: Stream, job: RawJob): Buffer;
	/** Where a client may have a picture decoded once more, for which both jobs count as one. */
	again?: {
		/** Whether a job decodes the picture of the job before. */
		is(job: RawJob, before: RawJob): boolean;
		/** The names of values that may differ the second time. */
		apart: RegExp;
	};
	/** One stream of several, one after the other. */
	joined(streams: Buffer[]): Buffer;
	waivers: Waiver[];
	/** Boards that decode the codec and are not compared, and why. */
	without: Record<string, string>;
	/** The first GStreamer 1.x that plays the codec's streams on a board, where the codec's own does not. */
	gstreamer?: Record<string, number>;
	/** Fixtures that the tests compare; npm run registers takes all. */
	sample: string[];
	/** Fixtures of one size that are decoded as one stream while controls are flipped. */
	sensitivity: string[][];
	/** Fields of which the kernel's driver, or a register, remembers something beyond the job. */
	remembered: RegExp;
	/** Fields that tell a decoder where in the stream it reads: it reads something else once they are flipped. */
	places?: RegExp;
	/** The names under which a translator says that it could not read something: it differs even where both sides have it. */
	unread?: RegExp;
	/** The register that the name of a value belongs to, without its index; "": not of a register. */
	register(name: string): string;
	sources: (FamilySource | StructSource)[];
}

/** A codec whose registers can be compared. */
export type Told = Codec & { registers: RegistersCodec };

/** Whether the codec has what a comparison of registers needs. */
export const isTold = (codec: Codec): codec is Told => codec.registers !== undefined;
