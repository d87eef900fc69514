// SPDX-License-Identifier: MIT
// npm run bench [-- --json FILE]: what the driver costs, per picture, on fixed clips over the simulated device.
//   --codec NAMES       only these: av1,vp9
//   --no-instructions   leaves out what needs valgrind
//   --check             only what is counted and has an aim (ioctls, copies), as a test
import { writeFileSync } from "node:fs";
import Table from "cli-table3";
import { Command } from "commander";
import { ensureBuild } from "../test/clients/lib/device.ts";
import { copies } from "./bench/copies.ts";
import { fetching } from "./bench/fetch.ts";
import { coreAgainstC } from "./bench/fill.ts";
import { comparedInstructions, instructions } from "./bench/instructions.ts";
import { ioctls } from "./bench/ioctls.ts";
import { type Figure, isFilled, type Measured, measured, missed, prepare, wanted } from "./bench/lib.ts";
import { readback } from "./bench/readback.ts";
import { driverTime, throughput } from "./bench/speed.ts";
import { closingLine, nothing } from "./lib/run.ts";

const options = new Command()
	.name("npm run bench --")
	.option("--json <file>", "write the figures here as well")
	.option("--codec <names>", "only these, separated by commas")
	.option("--no-instructions", "leave out what needs valgrind")
	.option("--check", "only what is counted and has an aim, as a test")
	.parse()
	.opts<{ json?: string; codec?: string; instructions: boolean; check?: boolean }>();

const names = options.codec?.split(",");
const chosen = measured.filter(({ name }) => names?.includes(name) ?? true);
await ensureBuild();
await prepare(chosen);
const figures: Figure[] = [];
const measure = async (what: string, of: () => Promise<Figure[]>): Promise<void> => {
	if (!options.check) process.stderr.write(`${what}\n`);
	figures.push(...(await of()));
};
/** Of each codec. */
const measureAll = async (what: string, of: (codec: Measured) => Promise<Figure[]>): Promise<void> => {
	for (const codec of chosen) await measure(`${what}, ${codec.title}`, () => of(codec));
};
await measureAll("ioctls", ioctls);
await measureAll("copies", copies);
if (options.check) check();
else {
	if (options.instructions) {
		await measureAll("instructions (valgrind)", instructions);
		await measure("instructions compared", async () => comparedInstructions(figures));
	}
	for (const codec of chosen.filter(isFilled))
		await measure(`core against C, ${codec.title}`, () => coreAgainstC(codec, options.instructions));
	await measureAll("driver time", driverTime);
	if (chosen.includes(measured[0])) await ofNoCodec();
	show();
	if (options.json) writeFileSync(options.json, `${JSON.stringify({ figures }, null, "\t")}\n`);
}

/** Shown on the first codec's clips. */
async function ofNoCodec(): Promise<void> {
	// With a player that looks at pictures later than it decodes them, which is so with pictures that refer ahead.
	await measure("throughput", () => throughput(measured[0]));
	await measure("reading back", readback);
	await measure("fetching", fetching);
}

function check(): void {
	const sum = nothing();
	for (const figure of figures.filter((f) => f.aim)) {
		const bad = missed(figure);
		if (bad) sum.failed++;
		else sum.passed++;
		console.log(
			`  ${bad ? "FAIL" : "ok  "}  ${figure.name}: ${figure.value.toFixed(2)} ${figure.unit}, ${wanted(figure)}`,
		);
	}
	console.log(closingLine(sum));
	process.exitCode = sum.failed > 0 ? 1 : 0;
}

function show(): void {
	const table = new Table({
		head: ["", "value", "", "aim", "of what"],
		style: { head: [], border: [] },
		wordWrap: true,
		colWidths: [30, 9, 26, 9, 72],
	});
	for (const f of figures) {
		const value = f.value >= 1000 ? String(Math.round(f.value)) : f.value.toFixed(2);
		table.push([f.name, value, f.unit, `${wanted(f)}${missed(f) ? " MISSED" : ""}`, f.note]);
	}
	console.log(table.toString());
	const late = figures.filter(missed);
	console.log(
		late.length === 0 ? "Every aim is reached." : `Not reached: ${late.map((f) => f.name).join(", ")}.`,
	);
}
