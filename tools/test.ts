// SPDX-License-Identifier: MIT
// npm test [-- STAGE ...]: runs the stages of tools/stages.ts one after the other, shows their output as it comes, and
// adds up their closing lines. --list names them.
import { add, closingLine, hasProgram, mustRun, nothing, readTally, run, type Tally } from "./lib/run.ts";
import { stages } from "./stages.ts";

const wanted = process.argv.slice(2);
if (wanted.includes("--list")) {
	for (const { name, what } of stages) console.log(`${name.padEnd(14)} ${what}`);
	process.exit(0);
}
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
	console.error(`test: there is no stage ${unknown.join(", ")}; \`npm test -- --list\` names them`);
	process.exit(1);
}

const chosen = stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const sum = nothing();
const lines: string[] = [];
for (const [i, stage] of chosen.entries()) {
	const start = Date.now();
	console.log(`\n== ${i + 1}/${chosen.length} ${stage.name}: ${stage.what}`);
	const missing = (stage.needs ?? []).filter((program) => !hasProgram(program));
	let tally: Tally;
	let note = "";
	if (missing.length > 0) {
		note = `(${missing.join(", ")} not installed: node tools/bootstrap.mjs test)`;
		tally = { passed: 0, failed: 0, skipped: 1 };
		console.log(`  skip  ${stage.name} ${note}`);
	} else {
		if (stage.prepare) await mustRun(stage.prepare);
		const { code, output } = await run(stage.command);
		const read = readTally(output);
		tally = read ?? nothing();
		// A stage that fails without saying what, or says nothing, has failed.
		if ((code !== 0 && tally.failed === 0) || !read) {
			tally.failed++;
			note = read ? `(status ${code})` : `(status ${code}, no closing line)`;
		}
	}
	add(sum, tally);
	const seconds = ((Date.now() - start) / 1000).toFixed(1).padStart(7);
	lines.push(
		`${tally.failed ? "FAIL" : "ok  "} ${stage.name.padEnd(14)} ${seconds} s  ${closingLine(tally)} ${note}`.trimEnd(),
	);
}
console.log(`\n${lines.join("\n")}\n`);
console.log(closingLine(sum));
process.exitCode = sum.failed ? 1 : 0;
