// SPDX-License-Identifier: MIT
// npm run sensitivity -- --board B [--codec C]: flips each field of each control that the driver submits, one at a time, and tells
// which of the board's registers change. Writes the board's column of docs/sensitivity/CODEC-linux-VERSION.tsv.
//
// Many flips go into one decode, each into a job of its own, unless the kernel's driver remembers something of them.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { progressBar } from "../../../../tools/lib/progress.ts";
import { root } from "../../../../tools/lib/run.ts";
import { buildFolder, ensureBuild } from "../../../clients/lib/device.ts";
import type { StreamEntry } from "../../../clients/lib/streams.ts";
import { allFields, type Field } from "../../../clients/mutate/fields.ts";
import { readTable, tablePath, writeTable } from "../../../clients/mutate/sensitivity.ts";
import { fixturesNamed } from "../../../codecs/codecs.ts";
import { usualKernel } from "../../lib/sources.ts";
import type { Fields } from "../registers/canonical.ts";
import { collect, type Decode, type Decoded } from "../registers/collect.ts";
import { NOTHING, type Pair, pairUp, traceOf } from "../registers/compare.ts";
import { toldCodec } from "../registers/streams.ts";

const options = new Command()
	.name("npm run sensitivity --")
	.requiredOption("--board <name>", "of test/kernel/hardware/boards.ts")
	.option("--codec <name>", "", "h264")
	.option("--kernel <version>", "of Linux", usualKernel)
	.option("--tries <jobs>", "jobs of each stream that each flip is tried in, at least", "12")
	.parse()
	.opts();

const codec = toldCodec(options.codec);
const { registers: told } = codec;

interface Flip {
	field: Field;
	bits: bigint;
}

interface Finding {
	tried: number;
	changed: number;
	refused: number;
	registers: Set<string>;
}

const mutator = join(buildFolder, "test", "kernel", "hardware", "sensitivity", "libmutator.so");

function joined(names: string[], folder: string, number: number): StreamEntry {
	const entries = fixturesNamed(codec, names);
	const path = join(folder, `${number}.${codec.extension}`);
	writeFileSync(path, told.joined(entries.map((entry) => readFileSync(entry.path))));
	return { ...entries[0], file: names.join("+"), path };
}

/** What the name of a value says about a register: without the picture, and for references which part differs. */
function registersOf(name: string, before: string, after: string): string[] {
	const reference = /^(reference|slot of|picture of job|output)\b/.test(name);
	const plain = told.register(name);
	if (plain === "") return [];
	if (!reference) return [plain];
	const kind = name.startsWith("output") ? "output" : "reference";
	if (before === NOTHING || after === NOTHING) return [kind];
	const parts = (text: string) =>
		text.replace(/POC ([^ ]+) ([^ ]+) from here/, "POC $1,POC $2").split(/, ?/);
	const a = parts(before);
	const b = parts(after);
	// A picture's type stays with it, so that of a reference may be the work of an earlier flip.
	return [...a.keys()].flatMap((i) =>
		a[i] === b[i] || (kind === "reference" && /^(frame|field|MBAFF frame)$/.test(a[i]))
			? []
			: [`${kind} ${a[i].startsWith("POC") ? "POC" : "marking"}`],
	);
}

function changes(before: Fields, after: Fields): string[] {
	const found = new Set<string>();
	for (const name of new Set([...before.keys(), ...after.keys()])) {
		const a = before.get(name) ?? NOTHING;
		const b = after.get(name) ?? NOTHING;
		if (a !== b) for (const register of registersOf(name, a, b)) found.add(register);
	}
	return [...found];
}

/**
 * For each decode, which flip goes into which job. Flips that leave nothing behind share decodes, and move on by a step from
 * one to the next; the others have one of their own, in all of its jobs.
 */
function plan(jobs: number, flips: Flip[], tries: number): Map<number, number>[] {
	const all = Array.from({ length: jobs }, (_, job) => job);
	const alone = [...flips.keys()].filter((i) => told.remembered.test(flips[i].field.name));
	const sharing = [...flips.keys()].filter((i) => !told.remembered.test(flips[i].field.name));
	const runs = Math.ceil((tries * sharing.length) / jobs);
	const step = Math.max(1, Math.floor(sharing.length / runs));
	const shared = Array.from(
		{ length: runs },
		(_, run) => new Map(all.map((job) => [job, sharing[(job + run * step) % sharing.length]])),
	);
	return [...shared, ...alone.map((index) => new Map(all.map((job) => [job, index])))];
}

function flipLines(assigned: Map<number, number>, flips: Flip[]): string {
	const lines = [...assigned].map(([job, index]) => {
		const { field, bits } = flips[index];
		return `${job + 1} ${field.control.id} ${field.offset} ${field.size} 0x${bits.toString(16)}`;
	});
	return `${lines.join("\n")}\n`;
}

/**
 * The jobs of both decodes. Where there are as many, the n-th belongs to the n-th; else the kernel's driver started no job for some
 * pictures (set_ref() of hantro_g2_hevc_dec.c, which dropped references by a flipped DPB), and jobs of equal content belong together.
 */
function pairsOf(base: Decoded, mutated: Decoded): Pair[] {
	const [before, after] = [base, mutated].map(({ jobs }) => traceOf(told, jobs));
	if (base.jobs.length !== mutated.jobs.length) return pairUp(before, after);
	const label = (index: number) => String(index + 1);
	const theirs = after.fields(label);
	return before.fields(label).map((ours, i) => ({ ours, theirs: theirs[i], label: label(i) }));
}

function judge(
	base: Decoded,
	mutated: Decoded,
	assigned: Map<number, number>,
	log: string,
	flips: Flip[],
	findings: Finding[],
): void {
	const pairs = pairsOf(base, mutated);
	const refused = new Set([...log.matchAll(/^refused (\d+)$/gm)].map((match) => Number(match[1]) - 1));
	for (const [job, index] of assigned) {
		const finding = findings[index];
		const moves = told.places?.test(flips[index].field.name) ?? false;
		const { ours: before, theirs: after } = pairs[job];
		if (after && !moves && after.get("stream") !== before?.get("stream"))
			throw new Error(`job ${job + 1} decodes something else once controls are flipped`);
		finding.tried++;
		if (refused.has(job) || !before || !after) {
			finding.refused++;
			continue;
		}
		const found = changes(before, after);
		if (found.length === 0) continue;
		finding.changed++;
		for (const register of found) finding.registers.add(register);
	}
}

function cell(findings: Finding[]): string {
	const sum = (of: (f: Finding) => number) => findings.reduce((total, finding) => total + of(finding), 0);
	const changed = sum((f) => f.changed);
	if (changed === 0) return sum((f) => f.refused) > 0 ? "refused" : "-";
	const registers = [...new Set(findings.flatMap((f) => [...f.registers]))].sort();
	const shown =
		registers.length > 6 ? [...registers.slice(0, 6), `and ${registers.length - 6} more`] : registers;
	return `${changed}/${sum((f) => f.tried)}: ${shown.join(", ")}`;
}

await ensureBuild();
if (!existsSync(mutator)) throw new Error(`there is no ${mutator}: run \`npm run build\` first`);
const fields = allFields(codec);
const flips = fields.flatMap((field): Flip[] => field.flips.map((bits) => ({ field, bits })));
const findings = flips.map((): Finding => ({ tried: 0, changed: 0, refused: 0, registers: new Set() }));
const folder = join(root, "build", "sensitivity", options.board);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const streams = told.sensitivity.map((names, i) => joined(names, folder, i));
const bases = await collect(
	streams.map((stream) => ({ stream, client: "ours" })),
	{ board: options.board, kernel: options.kernel },
);
for (const [i, { jobs }] of bases.entries()) {
	if (traceOf(told, jobs).fields(String).length === jobs.length) continue;
	console.error(
		`sensitivity: pictures of ${told.sensitivity[i].join(", ")} are decoded a second time, and count as one job with the first; name another clip in test/codecs/${codec.name}/registers`,
	);
	process.exit(2);
}
const bar = progressBar("{bar} {value}/{total} boots");
const BOOT = 24;
for (const [i, stream] of streams.entries()) {
	const jobs = bases[i].jobs.length;
	const plans = plan(jobs, flips, Number(options.tries));
	bar.start(Math.ceil(plans.length / BOOT), 0);
	for (let first = 0; first < plans.length; first += BOOT) {
		const numbers = [...plans.keys()].slice(first, first + BOOT);
		const assigned = numbers.map((run) => plans[run]);
		const decodes = numbers.map((run, k): Decode => {
			const path = join(folder, `flips-${run}`);
			writeFileSync(path, flipLines(assigned[k], flips));
			rmSync(`${path}.log`, { force: true });
			const env = { LD_PRELOAD: mutator, MUTATOR_FLIPS: path, MUTATOR_LOG: `${path}.log` };
			return { stream, client: "ours", env };
		});
		const decoded = await collect(decodes, {
			board: options.board,
			kernel: options.kernel,
			tolerant: true,
		});
		for (const [k, run] of numbers.entries()) {
			const log = join(folder, `flips-${run}.log`);
			const text = existsSync(log) ? readFileSync(log, "utf8") : "";
			judge(bases[i], decoded[k], assigned[k], text, flips, findings);
		}
		bar.increment();
	}
	bar.stop();
}
const path = tablePath(options.codec, options.kernel);
const table = readTable(path);
for (const field of fields) {
	const of = findings.filter((_, i) => flips[i].field === field);
	table.set(field.name, (table.get(field.name) ?? new Map()).set(options.board, cell(of)));
}
writeTable(path, table, options.kernel);
const reach = fields.filter((field) =>
	/\d/.test(table.get(field.name)?.get(options.board)?.[0] ?? ""),
).length;
console.log(`${options.board} ${options.codec}: ${reach} of ${fields.length} fields reach a register`);
