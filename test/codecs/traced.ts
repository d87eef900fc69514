// SPDX-License-Identifier: MIT
// The headers of a stream, as FFmpeg's bitstream filter trace_headers reads them. It knows all codecs of the driver but VP8.
import { spawnSync } from "node:child_process";

/** A syntax element. */
export interface TracedElement {
	name: string;
	/** Behind the name, where it is one of an array: "[1][0]". */
	subscript: string;
	/** Its bits as characters. */
	bits: string;
	value: number;
}

/** What an element may have: anything but 0. */
export const nonzero = (value: number): boolean => value !== 0;
/** One of these. */
export const is =
	(...wanted: number[]) =>
	(value: number): boolean =>
		wanted.includes(value);

/** A unit: a NAL unit, an OBU, or what begins with a start code or as a frame. */
export class TracedUnit {
	readonly elements: TracedElement[] = [];

	/** title: what FFmpeg calls it, as "Slice Header". */
	constructor(readonly title: string) {}

	/** What an element has, each time that it is there. Of an array, name: all of them; name[1]: that one. */
	values(name: string): number[] {
		return this.elements
			.filter((element) => element.name === name || element.name + element.subscript === name)
			.map(({ value }) => value);
	}

	/** The first of them. undefined: it is not there. */
	value(name: string): number | undefined {
		return this.values(name).at(0);
	}

	/** Whether an element has a value that will do. */
	has(name: string, will = nonzero): boolean {
		return this.values(name).some(will);
	}
}

const LINE = /^\[trace_headers @ [^\]]*\] (.*)$/;
const ELEMENT = /^\d+ +([^\s[]+)(\S*) +([01]*) = (-?\d+)$/;

/** The headers of a stream. */
export class Headers {
	readonly units: TracedUnit[] = [];

	constructor(path: string) {
		const words = ["-i", path, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"];
		const run = spawnSync("ffmpeg", ["-nostdin", "-v", "repeat+info", ...words], { maxBuffer: 1 << 28 });
		const log = run.stderr.toString();
		if (run.status !== 0) throw new Error(`ffmpeg does not trace ${path}: ${log.slice(-400)}`);
		// In front of the packets is once more what FFmpeg took out of them beforehand.
		let inPacket = false;
		for (const line of log.split("\n")) {
			const [, text] = LINE.exec(line) ?? [];
			if (text?.startsWith("Packet")) inPacket = true;
			else if (text !== undefined && inPacket) this.read(text);
		}
	}

	private read(text: string): void {
		const [, name, subscript, bits, value] = ELEMENT.exec(text) ?? [];
		if (!name) this.units.push(new TracedUnit(text));
		else this.units.at(-1)?.elements.push({ name, subscript, bits, value: Number(value) });
	}

	/** Those with this title. */
	titled(title: string): TracedUnit[] {
		return this.units.filter((unit) => unit.title === title);
	}

	/** What an element has, in the order of the stream. */
	values(name: string): number[] {
		return this.units.flatMap((unit) => unit.values(name));
	}

	/** Whether an element has a value that will do. */
	has(name: string, will = nonzero): boolean {
		return this.values(name).some(will);
	}

	/** Whether it is never there with another value than 0. */
	without(name: string): boolean {
		return !this.has(name);
	}

	/** Whether it has both values. */
	both(name: string): boolean {
		return this.has(name, is(0)) && this.has(name, is(1));
	}

	/** How many values it has. */
	kinds(name: string): number {
		return new Set(this.values(name)).size;
	}
}
