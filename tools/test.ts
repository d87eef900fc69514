// SPDX-License-Identifier: MIT
// npm test [-- STAGE ...]: runs the stages of tools/stages.ts one after the other, shows their output as it comes, and
// adds up their closing lines.
import { readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { add, closingLine, hasProgram, nothing, readTally, run, type Tally } from "./lib/run.ts";
import { type Stage, stages } from "./stages.ts";

const program = new Command("npm test --")
	.description(`Runs the project's tests. Stages: ${stages.map(({ name }) => name).join(", ")}.`)
	.argument("[stage...]", "only these stages")
	.option("--list", "name the stages, and what each tests")
	.option("--quick", "what daily work needs: a few minutes, some stages and some of their tests")
	.option("--whole", "also what each stage leaves out otherwise")
	.option("--report <file>", "also write each stage's name, seconds, tally and note there, as JSON")
	.parse();
const options = program.opts<{ list?: boolean; quick?: boolean; whole?: boolean; report?: string }>();

if (options.list) {
	for (const { name, what } of stages) console.log(`${name.padEnd(14)} ${what}`);
	process.exit(0);
}
const unknown = program.args.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
	console.error(`test: there is no stage ${unknown.join(", ")}; \`npm test -- --list\` names them`);
	process.exit(1);
}

/** CPU seconds of this program's children that have ended, and of theirs (proc(5), /proc/pid/stat, in ticks of 10 ms). */
function childSeconds(): number {
	const [, , , , , , , , , , , , , user, system] = readFileSync("/proc/self/stat", "utf8")
		.replace(/^.*\) /, "")
		.split(" ")
		.map(Number);
	return (user + system) / 100;
}

/** The command as these options want it, and what is left out then. */
function choose(stage: Stage): { command: string[]; leftOut: string } {
	if (options.quick && stage.quick) return { command: stage.quick, leftOut: "" };
	if (stage.share && !options.whole) return { command: stage.share.command, leftOut: stage.share.leftOut };
	return { command: stage.command, leftOut: "" };
}

/** Runs a stage; the note says why it failed or was skipped where its own output does not. */
async function runStage(stage: Stage, command: string[]): Promise<{ tally: Tally; note: string }> {
	const missing = (stage.needs ?? []).filter((name) => !hasProgram(name));
	if (missing.length > 0) {
		const note = `(${missing.join(", ")} not installed: node tools/bootstrap.mjs test)`;
		console.log(`  skip  ${stage.name} ${note}`);
		return { tally: { passed: 0, failed: 0, skipped: 1 }, note };
	}
	if (stage.prepare) {
		const { code, output } = await run(stage.prepare, { quiet: true });
		if (code !== 0) {
			console.log(output.trimEnd());
			return {
				tally: { passed: 0, failed: 1, skipped: 0 },
				note: `(not run: its preparation failed, \`${stage.prepare.slice(2).join(" ")}\`)`,
			};
		}
	}
	const { code, output } = await run(command);
	const read = readTally(output);
	const tally = read ?? nothing();
	// A stage that fails without saying what, or says nothing, has failed.
	if ((code !== 0 && tally.failed === 0) || !read) {
		tally.failed++;
		return { tally, note: read ? `(status ${code})` : `(status ${code}, no closing line)` };
	}
	return { tally, note: "" };
}

const chosen = stages.filter(
	({ name, quick }) =>
		(program.args.length === 0 && (!options.quick || quick)) || program.args.includes(name),
);
const sum = nothing();
const lines: string[] = [];
const report: { name: string; seconds: number; tally: Tally; note: string }[] = [];
const leftOut: string[] = [];
for (const [i, stage] of chosen.entries()) {
	const start = Date.now();
	const cpu = childSeconds();
	console.log(`\n== ${i + 1}/${chosen.length} ${stage.name}: ${stage.what}`);
	const choice = choose(stage);
	const { tally, note } = await runStage(stage, choice.command);
	add(sum, tally);
	if (choice.leftOut) {
		leftOut.push(
			`${stage.name} leaves out ${choice.leftOut}: \`npm test -- --whole ${stage.name}\` runs it, too`,
		);
	}
	report.push({ name: stage.name, seconds: (Date.now() - start) / 1000, tally, note });
	if (options.report) writeFileSync(options.report, JSON.stringify(report));
	const seconds = ((Date.now() - start) / 1000).toFixed(1).padStart(7);
	const used = (childSeconds() - cpu).toFixed(1).padStart(7);
	const verdict = tally.failed ? "FAIL" : "ok  ";
	lines.push(
		`${verdict} ${stage.name.padEnd(14)} ${seconds} s ${used} s CPU  ${closingLine(tally)} ${note}`.trimEnd(),
	);
}
console.log(`\n${[...lines, ...leftOut].join("\n")}\n`);
console.log(closingLine(sum));
process.exitCode = sum.failed ? 1 : 0;
