// SPDX-License-Identifier: MIT
// npm run test:mutate: flips every field of every control in what the driver submits, and counts what the decoder
// model makes of it. A flip counts when the pictures change or the device refuses. Which fields reach real decoders is known
// from the boards' registers: `npm run sensitivity` makes that table (docs/sensitivity).
import { readFileSync } from "node:fs";
import Table from "cli-table3";
import { Command } from "commander";
import { type Decoded, decodeWithFfmpeg } from "../test/clients/lib/decode.ts";
import { ensureBuild } from "../test/clients/lib/device.ts";
import { parallel } from "../test/clients/lib/process.ts";
import type { StreamEntry } from "../test/clients/lib/streams.ts";
import { allFields, type Field } from "../test/clients/mutate/fields.ts";
import { reachingFields } from "../test/clients/mutate/sensitivity.ts";
import type { DeviceMode } from "../test/codecs/codec.ts";
import { codecNamed, codecNames, fixturesNamed } from "../test/codecs/codecs.ts";
import { progressBar } from "./lib/progress.ts";

const options = new Command()
	.name("npm run test:mutate --")
	.option("--codec <name>", `one of ${codecNames.join(", ")}`, codecNames[0])
	.option("--only <text>", "only fields whose name contains this")
	.option("--minimum <percent>", "of the fields that reach decoders", "95")
	.parse()
	.opts<{ codec: string; only?: string; minimum: string }>();
const codec = codecNamed(options.codec);
if (!codec.flips) throw new Error(`it is not known how the fields of ${codec.name} are flipped`);
const flips = codec.flips;

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

function decode(entry: StreamEntry, mode: DeviceMode, mutation?: string): Promise<Decoded> {
	const environment: Record<string, string> = mutation ? { V4L2SIM_MUTATE: mutation } : {};
	return decodeWithFfmpeg(entry.path, "yuv420p", { mode, environment, timeout: 60 });
}

const clipsFor = (mode: DeviceMode, clips: StreamEntry[]): StreamEntry[] =>
	clips.filter((entry) => !codec.refuses(mode, entry));

async function examine(field: Field, clips: StreamEntry[]): Promise<Finding> {
	const mode: DeviceMode = field.control.per === "slice" ? "slice" : "frame";
	let runs = 0;
	for (const entry of clipsFor(mode, clips)) {
		for (const flip of field.flips) {
			const mutation = `${codec.name}.${field.control.name}:${field.offset}:${field.size}:0x${flip.toString(16)}`;
			const decoded = await decode(entry, mode, mutation);
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
	const lines = readFileSync(flips.exceptions, "utf8").split("\n");
	return new Map(
		lines.filter((l) => l && !l.startsWith("#")).map((l) => l.split("\t") as [string, string]),
	);
}

await ensureBuild();
const clips = fixturesNamed(codec, flips.clips);

// Without a flip nothing may show, or the measurement says nothing.
for (const mode of codec.modes) {
	const chosen = clipsFor(mode, clips);
	const plain = await parallel(chosen, 2, (entry) => decode(entry, mode));
	for (const [i, decoded] of plain.entries()) {
		if (effect(chosen[i], decoded) === "" && decoded.log.jobs > 0) continue;
		console.error(
			`mutate: ${chosen[i].file} is wrong on the ${mode} device without any flip: ${decoded.log.complaint()}`,
		);
		process.exit(2);
	}
}

const every = allFields(codec);
const fields = every.filter((f) => !options.only || f.name.includes(options.only));
const exceptions = readExceptions();
/** docs/sensitivity: what changes a register of some board. As long as that is not known: all that is not explained. */
const reaching = reachingFields(codec.name, new Set(every.map((f) => f.name)));
const required = reaching ?? new Set(every.map((f) => f.name).filter((name) => !exceptions.has(name)));
const bar = progressBar("{bar} {value}/{total} {name}");
bar.start(fields.length, 0, { name: "" });
const findings = await parallel(fields, 2, async (field) => {
	const finding = await examine(field, clips);
	bar.increment(1, { name: field.name });
	return finding;
});
bar.stop();

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
const kind = reaching
	? "that reach a decoder"
	: "that no exception names (docs/sensitivity has no table of them)";
console.log(`of ${needed.length} ${kind}: ${caught} show, ${share.toFixed(1)} %`);
if (unexplained.length > 0)
	console.log(`not explained in test/codecs/${codec.name}/exceptions.tsv: ${unexplained.join(", ")}`);
if (stale.length > 0) console.log(`explained, but it shows: ${stale.join(", ")}`);
process.exitCode = share >= Number(options.minimum) && unexplained.length === 0 && stale.length === 0 ? 0 : 1;
