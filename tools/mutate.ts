// SPDX-License-Identifier: MIT
// npm run test:mutate: flips every field of every H.264 control in what the driver submits, and counts what the decoder
// model makes of it. A flip counts when the pictures change or the device refuses. Which fields reach real decoders is known
// from the boards' registers: `npm run sensitivity` makes that table (docs/sensitivity).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Progress from "cli-progress";
import Table from "cli-table3";
import { Command } from "commander";
import { type Decoded, decodeWithFfmpeg } from "../test/clients/lib/decode.ts";
import { type DeviceKind, ensureBuild } from "../test/clients/lib/device.ts";
import { parallel } from "../test/clients/lib/process.ts";
import { readIndex, type StreamEntry } from "../test/clients/lib/streams.ts";
import { allFields, type Field } from "../test/clients/mutate/fields.ts";
import { reachingFields } from "../test/clients/mutate/sensitivity.ts";
import { root } from "./lib/run.ts";

/** In the order in which they are tried: those that need many fields first. */
const CLIPS = [
	"paff-b-temporal",
	"mbaff-cabac",
	"long-term-fields",
	"explicit-b",
	"main-temporal",
	"weighted-p",
	"parameter-sets",
	"long-term-frames",
	"high-cqm-custom",
	"scaling-fallback",
	"multi-slice",
	"poc1",
	"poc1-fields",
	"gaps",
	"mixed-fields",
	"constrained-intra",
	"multi-slice-cavlc",
	"high-cqm-jvt",
	"paff-b-spatial",
	"mono",
];

const options = new Command()
	.name("npm run test:mutate --")
	.option("--only <text>", "only fields whose name contains this")
	.option("--minimum <percent>", "of the fields that reach decoders", "95")
	.parse()
	.opts<{ only?: string; minimum: string }>();

interface Finding {
	field: Field;
	/** "changed" or "refused", the clip and what the model said; empty when no flip showed. */
	how: string;
	clip: string;
	said: string;
	runs: number;
}

function effect(entry: StreamEntry, decoded: Decoded): string {
	if (decoded.log.refused > 0) return "refused";
	if (decoded.log.failures.length > 0) return "refused";
	if (decoded.md5 !== entry.md5) return "changed";
	return "";
}

function decode(entry: StreamEntry, kind: DeviceKind, mutation?: string): Promise<Decoded> {
	const environment: Record<string, string> = mutation ? { V4L2SIM_MUTATE: mutation } : {};
	return decodeWithFfmpeg(entry.path, "yuv420p", { kind, environment, timeout: 60 });
}

/** The slice-based device refuses 4:0:0. */
function clipsFor(kind: DeviceKind, clips: StreamEntry[]): StreamEntry[] {
	return kind === "slice" ? clips.filter((c) => !c.features.includes("monochrome")) : clips;
}

async function examine(field: Field, clips: StreamEntry[]): Promise<Finding> {
	const kind: DeviceKind = field.sliceOnly ? "slice" : "frame";
	let runs = 0;
	for (const entry of clipsFor(kind, clips)) {
		for (const flip of field.flips) {
			const mutation = `h264.${field.control}:${field.offset}:${field.size}:0x${flip.toString(16)}`;
			const decoded = await decode(entry, kind, mutation);
			runs++;
			const how = effect(entry, decoded);
			if (how)
				return {
					field,
					how,
					clip: entry.file,
					said: Object.keys(decoded.log.reasons)[0] ?? "",
					runs,
				};
		}
	}
	return { field, how: "", clip: "", said: "", runs };
}

/** Fields of which we know why nothing shows: name, tab, reason. */
function readExceptions(): Map<string, string> {
	const path = join(root, "test", "codecs", "h264", "exceptions.tsv");
	const lines = readFileSync(path, "utf8").split("\n");
	return new Map(
		lines.filter((l) => l && !l.startsWith("#")).map((l) => l.split("\t") as [string, string]),
	);
}

await ensureBuild();
const index = readIndex(join(root, "fixtures", "h264", "index.tsv"));
const clips = CLIPS.map((name) => {
	const entry = index.find((e) => e.file === `${name}.264`);
	if (!entry) throw new Error(`fixtures/index.tsv has no ${name}.264`);
	return entry;
});

// Without a flip nothing may show, or the measurement says nothing.
for (const kind of ["frame", "slice"] as const) {
	const chosen = clipsFor(kind, clips);
	const plain = await parallel(chosen, 2, (entry) => decode(entry, kind));
	for (const [i, decoded] of plain.entries()) {
		if (effect(chosen[i], decoded) === "" && decoded.log.jobs > 0) continue;
		console.error(
			`mutate: ${chosen[i].file} is wrong on the ${kind} device without any flip: ${decoded.log.complaint()}`,
		);
		process.exit(2);
	}
}

const every = allFields();
const fields = every.filter((f) => !options.only || f.name.includes(options.only));
/** docs/sensitivity: what changes a register of some board. */
const required = reachingFields("h264", new Set(every.map((f) => f.name)));
const bar = new Progress.SingleBar(
	{ format: "{bar} {value}/{total} {name}", stream: process.stderr },
	Progress.Presets.shades_classic,
);
bar.start(fields.length, 0, { name: "" });
const findings = await parallel(fields, 2, async (field) => {
	const finding = await examine(field, clips);
	bar.increment(1, { name: field.name });
	return finding;
});
bar.stop();

const exceptions = readExceptions();
const table = new Table({
	head: ["field", "reaches a decoder", "effect", "clip", "the model said, or why nothing shows"],
	style: { head: [], border: [] },
	wordWrap: true,
	colWidths: [52, 10, 10, 22, 70],
});
for (const f of findings) {
	const why = f.how ? f.said : (exceptions.get(f.field.name) ?? "NOT EXPLAINED");
	table.push([f.field.name, required.has(f.field.name) ? "yes" : "", f.how || "none", f.clip, why]);
}
console.log(table.toString());

const needed = findings.filter((f) => required.has(f.field.name));
const caught = needed.filter((f) => f.how !== "").length;
const share = needed.length === 0 ? 100 : (100 * caught) / needed.length;
const unexplained = findings.filter((f) => !f.how && !exceptions.has(f.field.name)).map((f) => f.field.name);
const stale = findings.filter((f) => f.how && exceptions.has(f.field.name)).map((f) => f.field.name);
console.log(
	`${findings.length} fields flipped, ${findings.filter((f) => f.how).length} show; ${findings.reduce((n, f) => n + f.runs, 0)} decodes`,
);
console.log(`of ${needed.length} that reach a decoder: ${caught} show, ${share.toFixed(1)} %`);
if (unexplained.length > 0)
	console.log(`not explained in test/codecs/h264/exceptions.tsv: ${unexplained.join(", ")}`);
if (stale.length > 0) console.log(`explained, but it shows: ${stale.join(", ")}`);
process.exitCode = share >= Number(options.minimum) && unexplained.length === 0 && stale.length === 0 ? 0 : 1;
