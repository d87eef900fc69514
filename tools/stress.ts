// SPDX-License-Identifier: MIT
// npm run stress [-- --long] [--seed N]: several mpv at once on different films whose sizes change, with seeks, pauses and
// kills between their pictures. The same seed gives the same interventions after the same pictures.
import Table from "cli-table3";
import { Command } from "commander";
import { ensureBuild } from "../test/clients/lib/device.ts";
import type { DeviceMode } from "../test/codecs/codec.ts";
import { progressBar } from "./lib/progress.ts";
import { closingLine } from "./lib/run.ts";
import { Dice } from "./stress/dice.ts";
import { codecCount, codecOfFilm, filmOf } from "./stress/films.ts";
import { type Account, play, type Sample } from "./stress/player.ts";

const LONG = 100_000;
const SHORT = 2_000;

const options = new Command()
	.name("npm run stress --")
	.option("--long", `${LONG} pictures in all`)
	.option("--short", `${SHORT} pictures in all, as part of \`npm test\``)
	.option("--pictures <n>", "how many pictures in all", "6000")
	.option("--players <n>", "players at once", String(codecCount + 1))
	.option("--life <n>", "the most pictures of one process", "2000")
	.option(
		"--mode <mode>",
		"the simulated device: frame or slice; both: by turns, after each round through the codecs",
		"both",
	)
	.option("--seed <n>", "what the dice start from", String(Date.now() % 1_000_000))
	.parse()
	.opts<{
		long?: boolean;
		short?: boolean;
		pictures: string;
		players: string;
		life: string;
		mode: DeviceMode | "both";
		seed: string;
	}>();

const PICTURES = options.long ? LONG : options.short ? SHORT : Number(options.pictures);
const PLAYERS = Number(options.players);
const LIFE = options.short ? 1_000 : Number(options.life);
const MODES: DeviceMode[] = ["frame", "slice"];
/** Growth that is not growth: pages of the allocator, mpv's own caches. */
const FLAT_KIB = 6144;
/**
 * A surface gets memory, which is one descriptor, when it is first decoded to. How many of mpv's pool ever are, and how many of the
 * size before wait in its queue after a change, is the seeks' doing: the number grows late or early, but never beyond the pool
 * of one size and that of the one before, 23 surfaces each. Sizes change dozens of times in a life: what leaks would be more.
 */
const MOST_SURFACES = 46;
/** Nodes, requests, of which large pictures ask for more (16 at most), and what is mpv's own. */
const MOST_OTHERS = 48;
/** How many of a film's lengths a life must have had: sizes come and go within each. */
const LENGTHS = 6;

/** The greatest of the last third against the greatest of the second, in the life that grew most; NaN: too short to tell. */
function growth(account: Account, of: (s: Sample) => number): number {
	const length = films.find((film) => film.name === account.film)?.hashes.length ?? 0;
	const grown = account.samples
		.filter((samples) => (samples.at(-1)?.pictures ?? 0) >= LENGTHS * length)
		.map((samples) => {
			const third = (samples.at(-1)?.pictures ?? 0) / 3;
			const greatest = (from: number, to: number) =>
				Math.max(...samples.filter((s) => s.pictures >= from && s.pictures < to).map(of));
			return greatest(2 * third, Number.POSITIVE_INFINITY) - greatest(third, 2 * third);
		});
	return grown.length > 0 ? Math.max(...grown) : Number.NaN;
}

const most = (account: Account, of: (s: Sample) => number): number =>
	Math.max(...account.samples.flatMap((samples) => samples.map(of)));

const sum = (account: Account, of: (log: Account["logs"][number]) => number): number =>
	account.logs.reduce((total, log) => total + of(log), 0);

function failures(account: Account): string {
	const names = account.logs.flatMap((log) => log.failures.map((name) => `${name} x${log.failed[name]}`));
	return names.join(", ") || "0";
}

const shown = (n: number): string | number => (Number.isNaN(n) ? "too short to tell" : n);

await ensureBuild();
const started = Date.now();
const films = Array.from({ length: PLAYERS }, (_, i) => filmOf(i));
const bar = progressBar("{bar} {value}/{total} pictures, {eta_formatted} left", options.long === true);
console.log(`${PLAYERS} players, ${PICTURES} pictures, seed ${options.seed}`);
bar.start(PICTURES, 0);
const accounts = await Promise.all(
	films.map((film, i) =>
		play(
			film,
			{
				mode: options.mode === "both" ? MODES[Math.floor(i / codecCount) % 2] : options.mode,
				pictures: Math.ceil(PICTURES / PLAYERS),
				life: LIFE,
			},
			new Dice(Number(options.seed) * 16 + i),
			() => bar.increment(),
		),
	),
);
bar.stop();

const table = new Table({
	head: ["player", ...accounts.map((a, i) => `${i + 1}: ${a.film}`)],
	style: { head: [], border: [] },
});
const rows: [string, (a: Account) => string | number][] = [
	["pictures shown", (a) => a.shown],
	["wrong pictures", (a) => a.wrong],
	["processes", (a) => a.lives],
	["of them killed", (a) => a.kills],
	["seeks", (a) => a.seeks],
	["pauses", (a) => a.pauses],
	["pictures of processes with a device log", (a) => a.logged],
	["pictures begun on the device in those", (a) => sum(a, (log) => log.pictures)],
	["failed ioctls", failures],
	["refused or painted by the device", (a) => sum(a, (log) => log.refused + log.painted)],
	["most surfaces with memory at once", (a) => most(a, (s) => s.surfaces)],
	["most other open descriptors at once", (a) => most(a, (s) => s.others)],
	["growth of memory, KiB", (a) => shown(growth(a, (s) => s.residentKib))],
	["samples", (a) => a.samples.reduce((n, samples) => n + samples.length, 0)],
];
for (const [name, value] of rows) table.push([name, ...accounts.map(value)]);
console.log(table.toString());
console.log(`${((Date.now() - started) / 1000).toFixed(0)} seconds, seed ${options.seed}`);

const tally = { passed: 0, failed: 0, skipped: 0 };
for (const account of accounts) {
	const faults = [...account.faults];
	const { mostSurfaces = MOST_SURFACES } = codecOfFilm(account.film);
	for (const [what, count, limit] of [
		["surfaces with memory", most(account, (s) => s.surfaces), mostSurfaces],
		["other open descriptors", most(account, (s) => s.others), MOST_OTHERS],
	] as const) {
		if (count > limit) faults.push(`${account.film}: ${count} ${what} at once, more than ${limit}`);
	}
	if (growth(account, (s) => s.residentKib) > FLAT_KIB) faults.push(`${account.film}: memory grows`);
	for (const fault of faults) console.log(`  FAIL  ${fault}`);
	tally[faults.length > 0 ? "failed" : "passed"]++;
}
if (tally.failed === 0) console.log("All zero, and flat.");
else console.log(`Again: npm run stress -- --seed ${options.seed} --pictures ${PICTURES}`);
console.log(closingLine(tally));
process.exitCode = tally.failed === 0 ? 0 : 1;
