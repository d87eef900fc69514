// SPDX-License-Identifier: MIT
// npm run fuzz: plays random sequences of calls to the driver, and of events to its core, for so many minutes each way.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { closingLine, nothing, root } from "../../tools/lib/run.ts";
import { coverage } from "./lib/coverage.ts";
import { eventsFor, replayEvents } from "./lib/events.ts";
import { build, type Outcome, play, replay, type Way, ways, writeSeeds } from "./lib/native.ts";

const EVENTS = "core";
const names = [...ways.map(({ name }) => name), EVENTS];
/** The short run: so many inputs beside those that are kept, whatever the machine. */
const SHORT = { runs: 300, lists: 60 };
const LONGEST_KEPT = 1024;

const options = new Command()
	.name("npm run fuzz --")
	.description(
		`Looks for what breaks the driver. Ways: ${ways.map(({ name, what }) => `${name} (${what})`).join(", ")}, ${EVENTS} (events to the core, under Node).`,
	)
	.option("--minutes <n>", "of each way", "10")
	.option("--threads <n>", "processes at once", "1")
	.option("--only <way...>", `of ${names.join(", ")}`)
	.option("--seed <n>", "what the dice start from", String(Date.now() % 1_000_000))
	.option("--short", "a fixed number of inputs, as part of `npm test`")
	.option(
		"--replay <file>",
		"plays one input, and shows each call; its name begins with the way, or --only names it",
	)
	.option("--keep", "adds to test/fuzz/corpus what reaches code that it does not reach")
	.option("--coverage", "which lines of glue-c the corpus reaches")
	.parse()
	.opts<{
		minutes: string;
		threads: string;
		only?: string[];
		seed: string;
		short?: boolean;
		replay?: string;
		keep?: boolean;
		coverage?: boolean;
	}>();

function fail(sentence: string): never {
	console.error(`fuzz: ${sentence}`);
	process.exit(1);
}

const unknown = (options.only ?? []).filter((name) => !names.includes(name));
if (unknown.length > 0) fail(`there is no way ${unknown.join(", ")}; there are ${names.join(", ")}`);
const number = (name: "minutes" | "threads" | "seed"): number => {
	const value = Number(options[name]);
	return value > 0 && Number.isFinite(value)
		? value
		: fail(`--${name} ${options[name]}: a number above 0 is needed`);
};
const wanted = (name: string): boolean => !options.only || options.only.includes(name);
const chosen = ways.filter(({ name }) => wanted(name));

const work = join(root, "build", "fuzz");
const kept = join(root, "test", "fuzz", "corpus");
const found = join(work, "findings");
const grown = (way: Way): string => join(work, `corpus-${way.name}`);
mkdirSync(found, { recursive: true });

async function replayFile(file: string): Promise<void> {
	if (!existsSync(file)) fail(`${file} does not exist`);
	const name = options.only?.[0] ?? basename(file).split("-")[0];
	if (name === EVENTS) return replayEvents(file);
	const way = ways.find((each) => each.name === name);
	if (!way)
		fail(`${file}: the name does not say which way it was found; give --only, of ${names.join(", ")}`);
	process.exitCode = await replay(way, await build(way), file);
}

async function keep(): Promise<void> {
	const folders = ways.map(grown).filter(existsSync);
	if (folders.length === 0) fail("nothing has been found yet; run `npm run fuzz` first");
	const merged = join(work, "merged");
	rmSync(merged, { recursive: true, force: true });
	mkdirSync(merged, { recursive: true });
	cpSync(kept, merged, { recursive: true });
	// For the branches that it takes where the core tells the truth, or lies. Counters aside: not for how often it takes them.
	const options = ["-merge=1", "-use_counters=0", `-max_len=${LONGEST_KEPT}`];
	for (const way of ways.filter(({ threads }) => !threads)) {
		const program = await build(way);
		await play(way, program, [...options, merged, ...folders], { seconds: 0, processes: 1, found });
	}
	const before = readdirSync(kept).length;
	for (const name of readdirSync(merged)) cpSync(join(merged, name), join(kept, name));
	console.log(`${readdirSync(kept).length - before} inputs more in ${relative(root, kept)}`);
}

const rows: { name: string; outcome: Outcome }[] = [];
async function playWay(way: Way): Promise<void> {
	const program = await build(way);
	const seeds = join(work, "seeds");
	await writeSeeds(program, seeds);
	const arguments_ = way.threads ? ["-keep_seed=1"] : [];
	if (options.short) {
		// Everything that is kept, and then as many more.
		const fresh = join(work, "short");
		rmSync(fresh, { recursive: true, force: true });
		mkdirSync(fresh, { recursive: true });
		const inputs = readdirSync(kept).length + readdirSync(seeds).length;
		const runs = inputs + (way.threads ? SHORT.runs / 2 : SHORT.runs);
		const limits = [`-runs=${runs}`, "-seed=1"];
		rows.push({
			name: way.name,
			outcome: await play(way, program, [...arguments_, ...limits, fresh, kept, seeds], {
				seconds: 0,
				processes: 1,
				found,
			}),
		});
		return;
	}
	mkdirSync(grown(way), { recursive: true });
	// What one way found, the others try as well.
	const others = ways.map(grown).filter((folder) => folder !== grown(way) && existsSync(folder));
	const outcome = await play(way, program, [...arguments_, grown(way), kept, seeds, ...others], {
		seconds: number("minutes") * 60,
		processes: number("threads"),
		found,
		seed: number("seed"),
	});
	rows.push({ name: way.name, outcome });
}

if (options.replay) await replayFile(options.replay);
else if (options.keep) await keep();
else if (options.coverage) await coverage(chosen, [kept, ...ways.map(grown).filter(existsSync)]);
else {
	for (const way of chosen) await playWay(way);
	if (wanted(EVENTS)) {
		const limit = options.short
			? { lists: SHORT.lists, seed: 1 }
			: { seconds: number("minutes") * 60, seed: number("seed") };
		rows.push({ name: EVENTS, outcome: await eventsFor(await build(ways[0]), found, limit) });
	}
	const table = new Table({
		head: ["way", "inputs", "calls", "branches", "findings"],
		style: { head: [], border: [] },
	});
	for (const { name, outcome } of rows)
		table.push([name, outcome.runs, outcome.calls, outcome.branches || "", outcome.findings.length]);
	if (!options.short) console.log(table.toString());
	const tally = nothing();
	for (const { name, outcome } of rows) {
		const good = outcome.findings.length === 0;
		console.log(`  ${good ? "ok  " : "FAIL"}  ${name}: ${outcome.runs} inputs`);
		for (const { sentence, file } of outcome.findings)
			console.log(
				`    ${sentence}\n      ${file ? `npm run fuzz -- --replay ${relative(root, file)}` : "its input could not be written; the report is above"}`,
			);
		tally[good ? "passed" : "failed"]++;
	}
	console.log(closingLine(tally));
	process.exitCode = tally.failed ? 1 : 0;
}
