// SPDX-License-Identifier: MIT
// What a run found, as tables and as JSON.
import Table from "cli-table3";
import type { FieldCount } from "./compare.ts";
import type { Rule } from "./rule.ts";
import { agrees, type RunResult, type StreamResult } from "./run.ts";

/** No colours, and no lines between rows. */
const plain = {
	style: { head: [], border: [] },
	chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
};

interface Sums {
	equal: number;
	notCarried: number;
	otherwise: number;
	unexplained: number;
}

function sums(rules: Rule[], counts: Iterable<FieldCount>): Sums {
	const total: Sums = { equal: 0, notCarried: 0, otherwise: 0, unexplained: 0 };
	for (const count of counts) {
		total.equal += count.equal;
		total.unexplained += count.unexplained;
		for (const [id, n] of count.ruled) {
			if (rules.find((rule) => rule.id === id)?.carried) total.otherwise += n;
			else total.notCarried += n;
		}
	}
	return total;
}

/** How often each rule was needed, in the order of the rules. */
function applied(result: RunResult): { rule: Rule; times: number }[] {
	return result.codec.agree.rules.map((rule) => ({
		rule,
		times: [...result.counts.values()].reduce((sum, count) => sum + (count.ruled.get(rule.id) ?? 0), 0),
	}));
}

function streamTable(result: RunResult): string {
	const table = new Table({
		...plain,
		head: ["stream", "mode", "jobs", "matched", "equal", "not in VA", "by rule", "no rule"],
	});
	for (const stream of result.streams) {
		const { comparison } = stream;
		if (!comparison) {
			const why = stream.skipped || stream.failures.join(" ");
			table.push([stream.file, stream.mode, { colSpan: 6, content: why.slice(0, 100) }]);
			continue;
		}
		const sum = sums(result.codec.agree.rules, comparison.counts.values());
		const jobs =
			comparison.theirJobs === comparison.ourJobs
				? comparison.ourJobs
				: `${comparison.theirJobs} / ${comparison.ourJobs}`;
		table.push([
			stream.file,
			stream.mode,
			jobs,
			comparison.paired,
			sum.equal,
			sum.notCarried,
			sum.otherwise,
			sum.unexplained,
		]);
	}
	return table.toString();
}

function fieldTable(result: RunResult): string {
	const table = new Table({
		...plain,
		head: ["field", "equal", "not in VA", "by rule", "no rule", "rules"],
	});
	const row = (name: string, sum: Sums, rules: string) =>
		table.push([name, sum.equal, sum.notCarried, sum.otherwise, sum.unexplained, rules]);
	for (const [name, count] of [...result.counts].sort())
		row(name, sums(result.codec.agree.rules, [count]), [...count.ruled.keys()].join(", "));
	row("all", sums(result.codec.agree.rules, result.counts.values()), "");
	return table.toString();
}

function ruleTable(result: RunResult): string {
	const table = new Table({ ...plain, head: ["rule", "times", "in VA"] });
	for (const { rule, times } of applied(result)) table.push([rule.id, times, rule.carried ? "yes" : "no"]);
	return table.toString();
}

function problems(stream: StreamResult): string[] {
	const where = `${stream.file} (${stream.mode}): `;
	return [...stream.failures, ...(stream.comparison?.examples ?? [])].map((text) => where + text);
}

/** The report for people. */
export function print(result: RunResult): void {
	console.log(streamTable(result));
	console.log(fieldTable(result));
	console.log(ruleTable(result));
	const idle = applied(result).filter(({ times }) => times === 0);
	if (idle.length > 0)
		console.log(`rules that nothing needed: ${idle.map(({ rule }) => rule.id).join(", ")}`);
	for (const text of result.streams.flatMap(problems)) console.log(text);
	const compared = result.streams.filter((s) => s.comparison);
	const total = sums(result.codec.agree.rules, result.counts.values());
	const skipped = result.streams.filter((s) => s.skipped !== "").length;
	const jobs = compared.reduce((sum, s) => sum + (s.comparison?.paired ?? 0), 0);
	console.log(
		`${result.codec.name}: ${new Set(compared.map((s) => s.file)).size} streams compared, ${skipped} skipped, ` +
			`${jobs} jobs, ${total.equal} fields equal, ${total.notCarried} not carried by VA, ${total.otherwise} different by a rule, ` +
			`${total.unexplained} different without one: ${agrees(result) ? "agreed" : "not agreed"}`,
	);
}

/** The report for programs. */
export function toJson(results: RunResult[]): string {
	const one = (result: RunResult) => ({
		codec: result.codec.name,
		agrees: agrees(result),
		totals: sums(result.codec.agree.rules, result.counts.values()),
		fields: Object.fromEntries(
			[...result.counts]
				.sort()
				.map(([name, c]) => [
					name,
					{ equal: c.equal, unexplained: c.unexplained, rules: Object.fromEntries(c.ruled) },
				]),
		),
		rules: applied(result).map(({ rule, times }) => ({ ...rule, holds: undefined, times })),
		streams: result.streams.map((s) => ({
			file: s.file,
			mode: s.mode,
			skipped: s.skipped,
			failures: s.failures,
			theirJobs: s.comparison?.theirJobs,
			ourJobs: s.comparison?.ourJobs,
			matched: s.comparison?.paired,
			...(s.comparison ? sums(result.codec.agree.rules, s.comparison.counts.values()) : {}),
			examples: s.comparison?.examples,
		})),
	});
	return `${JSON.stringify(results.map(one), null, "\t")}\n`;
}
