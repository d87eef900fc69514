// SPDX-License-Identifier: MIT
// Reads the log of the fake register blocks (../fake/log.c): what the driver wrote for each job, and the memory that it
// pointed the hardware at.
import CRC32 from "crc-32";

export interface Write {
	register: number;
	/** Element of the array behind a port register; -1 for a plain register. */
	index: number;
	value: number;
}

export interface Table {
	address: number;
	bytes: Buffer;
}

export interface Stream {
	name: string;
	address: number;
	size: number;
	crc: string;
	bytes: Buffer;
}

/** Where the registers say that the samples go. */
export interface Output {
	luma: number;
	chroma: number;
	width: number;
	height: number;
	stride: number;
	lines: string;
}

export interface RawJob {
	number: number;
	family: string;
	writes: Write[];
	streams: Stream[];
	tables: Map<string, Table>;
	output: Output | null;
	/** done, failed or hung. */
	end: string;
	/** Addresses behind which there is no memory. */
	faults: string[];
}

/** Unsigned, as the log has it; zlib's of Node is not in version 18. */
export function crc32(bytes: Buffer): number {
	return CRC32.buf(bytes) >>> 0;
}

/** The jobs in a log of the fake registers. Throws if a table in it is not whole. */
export function readLog(text: string): RawJob[] {
	const jobs: RawJob[] = [];
	/** The log has only rows that changed. */
	const contents = new Map<string, Buffer>();
	let job: RawJob | null = null;
	let table: { name: string; address: number; bytes: Buffer; crc: number } | null = null;

	/** By number, which counts from 1 again after the board was switched off. */
	const begun = new Map<number, RawJob>();
	/** Told just before the end of its job. */
	let output: RawJob["output"] = null;

	const finishTable = () => {
		if (!job || !table) return;
		if (crc32(table.bytes) !== table.crc)
			throw new Error(`the log of job ${job.number} does not give the whole of table ${table.name}`);
		contents.set(`${table.name} ${table.bytes.length}`, table.bytes);
		job.tables.set(table.name, { address: table.address, bytes: table.bytes });
		table = null;
	};

	for (const line of text.split("\n")) {
		const words = line.split(" ");
		const hexadecimal = (i: number) => Number.parseInt(words[i], 16);
		if (words[0] !== "r") finishTable();
		if (words[0] === "job") {
			job = {
				number: Number(words[1]),
				family: words[2],
				writes: [],
				streams: [],
				tables: new Map(),
				output: null,
				end: "",
				faults: [],
			};
			jobs.push(job);
			begun.set(job.number, job);
			continue;
		}
		if (!job) {
			if (line === "") continue;
			throw new Error(`a log begins with "${line}"`);
		}
		switch (words[0]) {
			case "w": {
				const [register, index] = words[1].split(".").map((word) => Number.parseInt(word, 16));
				job.writes.push({ register, index: index ?? -1, value: hexadecimal(2) });
				break;
			}
			case "p":
				job.streams.push({
					name: words[1],
					address: hexadecimal(2),
					size: Number(words[3]),
					crc: words[4],
					bytes: Buffer.from(words[5] ?? "", "hex"),
				});
				break;
			case "t": {
				const size = Number(words[3]);
				const last = contents.get(`${words[1]} ${size}`);
				const bytes = last ? Buffer.from(last) : Buffer.alloc(size);
				table = { name: words[1], address: hexadecimal(2), bytes, crc: hexadecimal(4) };
				break;
			}
			case "r":
				table?.bytes.write(words[3], hexadecimal(2), "hex");
				break;
			case "o":
				output = {
					luma: hexadecimal(1),
					chroma: hexadecimal(2),
					width: Number(words[3]),
					height: Number(words[4]),
					stride: Number(words[5]),
					lines: words[6],
				};
				break;
			case "end": {
				// Another decoder may have begun a job meanwhile.
				const ended = begun.get(Number(words[1]));
				if (!ended) throw new Error(`the log has the end of job ${words[1]}, which did not begin`);
				[ended.end, ended.output, output] = [words[2], output, null];
				break;
			}
			case "fault":
				job.faults.push(`${words[1]} ${words[2]}`);
				break;
			case "lost":
				throw new Error(`the log lacks ${words[1]} writes of job ${job.number}`);
			case "":
				break;
			default:
				throw new Error(`a log has a line of an unknown kind: ${line}`);
		}
	}
	return jobs;
}
