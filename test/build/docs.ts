// SPDX-License-Identifier: MIT
// What the documents tell people to do and to read: each command is one of package.json, each link leads to a file of the project, and README
// begins with what an owner of a board, or a newcomer, types.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { expect } from "./lib.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** The documents that git knows or would take. */
const documents = (): string[] =>
	execFileSync("git", ["-C", root, "ls-files", "-co", "--exclude-standard", "*.md"], { encoding: "utf8" })
		.trim()
		.split("\n")
		.filter((path) => existsSync(join(root, path)));

/** The scripts of package.json that a text names. */
export const commandsIn = (text: string): string[] => [
	...new Set([
		...[...text.matchAll(/\bnpm run (?:-s )?([a-z][\w:]*)/g)].map(([, name]) => name),
		...[...text.matchAll(/\bnpm (start|test)\b/g)].map(([, name]) => name),
	]),
];

/** The links of a text to files beside it. */
export const linksIn = (text: string): string[] =>
	[...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to).filter((to) => !/^\w+:/.test(to));

/** A heading as it is linked to. */
const anchorOf = (heading: string): string =>
	heading
		.toLowerCase()
		.replace(/[^\w\- ]/g, "")
		.replaceAll(" ", "-");

const anchorsOf = (text: string): string[] =>
	[...text.matchAll(/^#+ (.*)$/gm)].map(([, name]) => anchorOf(name));

async function commands(): Promise<void> {
	const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
	const named = new Set<string>();
	for (const path of documents())
		for (const name of commandsIn(read(path))) {
			expect(scripts[name] !== undefined, `${path} names npm run ${name}, which package.json has not`);
			named.add(name);
		}
	const untold = Object.keys(scripts).filter((name) => !named.has(name));
	expect(untold.length === 0, `no document names ${untold.join(", ")}`);
}

async function links(): Promise<void> {
	let count = 0;
	for (const path of documents())
		for (const to of linksIn(read(path))) {
			const [file, anchor] = to.split("#");
			const target = file === "" ? path : normalize(join(dirname(path), file));
			expect(existsSync(join(root, target)), `${path} leads to ${to}, which is not there`);
			if (anchor) expect(anchorsOf(read(target)).includes(anchor), `${path}: ${to} names no heading`);
			count++;
		}
	expect(count > 50, `there are ${count} links`);
}

/** The lines of commands below a heading of README. */
function typed(heading: string): string[] {
	const [, section = ""] = read("README.md").split(`\n## ${heading}\n`);
	return section
		.split(/\n## /)[0]
		.split("\n")
		.filter((line) => line.startsWith("    "))
		.map((line) => line.trim().replace(/ {2,}#.*/, ""));
}

async function first(): Promise<void> {
	const headings = [...read("README.md").matchAll(/^## (.*)$/gm)].map(([, name]) => name);
	const [board, newcomer] = ["On your board, in three lines", "Try it now, without a board"];
	expect(headings[0] === board && headings[1] === newcomer, `README begins with ${headings.slice(0, 2)}`);
	const lines = typed(board);
	expect(lines.length === 6, `lines for a board: ${lines.join("; ")}`);
	expect(
		/^sudo apt install .*v4l2-request-va-driver/.test(lines[0]) && lines[3] === "makepkg -si",
		lines.join(),
	);
	for (const at of [1, 4])
		expect(
			lines[at] === "v4l2-request-doctor" && /^mpv --hwdec=vaapi /.test(lines[at + 1]),
			lines.join(),
		);
	expect(
		typed(newcomer).slice(1).join() === "npm start,npm test",
		`a newcomer types ${typed(newcomer).join()}`,
	);
	expect(linksIn(read("README.md")).includes("docs/contact-sheet.jpg"), "README shows no pictures");
}

async function words(): Promise<void> {
	const text = "`npm run test:distro -- x`, npm start; [a](b.md#c) [d](https://e) ![f](g.jpg)";
	expect(commandsIn(text).join() === "test:distro,start", commandsIn(text).join());
	expect(linksIn(text).join() === "b.md#c,g.jpg", linksIn(text).join());
}

export const documentTests = [
	{ name: "documents: commands and links are found in a text", run: words },
	{ name: "documents: each command is there, and each is named", run: commands },
	{ name: "documents: each link leads to a file, and to a heading", run: links },
	{ name: "documents: README begins with three lines for a board, and two for a newcomer", run: first },
];
