// SPDX-License-Identifier: MIT
// Makes README.md's table of tested systems from test/distro/tested.ts and the lab's list of kernels. --check: whether it is so.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programs, tested } from "../test/distro/tested.ts";
import { kernelVersions } from "../test/kernel/lib/sources.ts";
import { root } from "./lib/run.ts";

const [BEGIN, END] = ["<!-- made of test/distro/tested.ts -->", "<!-- end -->"];

function table(): string {
	const row = (cells: string[]) => `| ${cells.join(" | ")} |`;
	const rows = Object.entries(programs).map(([name, title]) =>
		row([title, ...tested.map(({ versions }) => versions[name] ?? "")]),
	);
	const kernels = [...kernelVersions].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
	const [last, ...others] = kernels.reverse();
	return [
		row(["", ...tested.map(({ title }) => title)]),
		row(["---", ...tested.map(() => "---")]),
		...rows,
		"",
		`Kernels in the lab: Linux ${others.reverse().join(", ")} and ${last}.`,
	].join("\n");
}

const path = join(root, "README.md");
const text = readFileSync(path, "utf8");
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin < 0 || end < begin) throw new Error(`README.md has no lines ${BEGIN} and ${END}`);
const made = `${text.slice(0, begin)}${BEGIN}\n${table()}\n${text.slice(end)}`;
if (!process.argv.includes("--check")) writeFileSync(path, made);
else if (made !== text) {
	console.error(
		"README.md does not have the table of tested systems: node tools/run.mjs tools/tested.ts makes it",
	);
	process.exitCode = 1;
}
