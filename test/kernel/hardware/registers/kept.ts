// SPDX-License-Identifier: MIT
// Traces in a file: fixtures/CODEC/registers/BOARD.txt.gz. Of each job only what differs from the job before is written.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { fixtureFolder } from "../../../codecs/codecs.ts";
import { canonical, content, type Fields } from "./canonical.ts";
import type { Told } from "./codec.ts";
import type { Trace } from "./compare.ts";
import type { RawJob } from "./log.ts";

export interface KeptTrace extends Trace {
	family: string;
	/** Of the stream's bytes: a fixture that was made again has another trace. */
	md5: string;
}

/** Where the trace of GStreamer on a board is kept. */
export function keptPath(board: string, codec: Told): string {
	return join(fixtureFolder(codec), "registers", `${board}.txt.gz`);
}

/** The jobs of one stream as text. */
export function writeTrace({ registers }: Told, stream: string, md5: string, jobs: RawJob[]): string {
	const lines = [`stream ${stream} ${md5} ${jobs[0]?.family ?? "none"}`];
	let last: Fields = new Map();
	for (const [i, fields] of canonical(registers, jobs, (index) => String(index + 1)).entries()) {
		lines.push(`job ${content(registers, jobs[i])}`);
		for (const name of last.keys()) if (!fields.has(name)) lines.push(`-${name}`);
		for (const [name, value] of fields) if (last.get(name) !== value) lines.push(`+${name}\t${value}`);
		last = fields;
	}
	return `${lines.join("\n")}\n`;
}

function renamed(fields: Fields, label: (index: number) => string): Fields {
	const rename = (text: string) =>
		text.replace(/picture of job (\d+)/g, (_, job) => `picture of job ${label(Number(job) - 1)}`);
	return new Map([...fields].map(([name, value]) => [rename(name), rename(value)]));
}

/** The traces in a text of writeTrace(), by their streams. */
export function readTraces(text: string): Map<string, KeptTrace> {
	const traces = new Map<string, KeptTrace>();
	let jobs: Fields[] = [];
	let contents: string[] = [];
	for (const line of text.split("\n")) {
		const rest = line.slice(1);
		if (line.startsWith("stream ")) {
			const [, stream, md5, family] = line.split(" ");
			const of: Fields[] = [];
			jobs = of;
			contents = [];
			traces.set(stream, {
				family,
				md5,
				contents,
				fields: (label) => of.map((fields) => renamed(fields, label)),
			});
		} else if (line.startsWith("job ")) {
			contents.push(line.slice(4));
			jobs.push(new Map(jobs[jobs.length - 1]));
		} else if (line.startsWith("-")) jobs[jobs.length - 1].delete(rest);
		else if (line.startsWith("+")) {
			const tab = rest.indexOf("\t");
			jobs[jobs.length - 1].set(rest.slice(0, tab), rest.slice(tab + 1));
		}
	}
	return traces;
}

/** The kept traces of a board. Throws if there are none. */
export function readKept(board: string, codec: Told): Map<string, KeptTrace> {
	const path = keptPath(board, codec);
	if (!existsSync(path))
		throw new Error(
			`there are no traces ${path}: make them with test/kernel/hardware/registers/golden.ts`,
		);
	return readTraces(gunzipSync(readFileSync(path)).toString());
}

/** The kept texts of writeTrace(), by their streams. Throws if they were made in another way than `head` says. */
export function readTexts(board: string, codec: Told, head: string): Map<string, string> {
	const path = keptPath(board, codec);
	const [kept, ...texts] = gunzipSync(readFileSync(path))
		.toString()
		.split(/^(?=stream )/m);
	if (kept.trimEnd() !== head)
		throw new Error(
			`${path} is of ${kept.trimEnd().slice(2)}, and not of ${head.slice(2)}: make all of it anew`,
		);
	return new Map(texts.map((text) => [text.split(" ")[1], text]));
}

/** Keeps the text of writeTrace(), compressed. */
export function writeKept(board: string, codec: Told, text: string): void {
	const path = keptPath(board, codec);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, gzipSync(text, { level: 9 }));
}
