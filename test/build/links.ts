// SPDX-License-Identifier: MIT
// The names of the driver's links (packaging/links.tsv) against the kernel's own sources, and against other packages' drivers.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { cacheFolder } from "../kernel/lib/place.ts";
import { type Source, sourceOf } from "../kernel/lib/sources.ts";
import { expect, scratchPath, succeed } from "./lib.ts";

interface Link {
	name: string;
	/** The first kernel that has it, of those below; "Asahi": none of them. */
	since: string;
}

/** Those that links.tsv speaks of. */
const kernels = ["6.12", "7.3"];

const rowsOf = (name: string): string[][] =>
	readFileSync(join(root, "packaging", name), "utf8")
		.trim()
		.split("\n")
		.filter((line) => !line.startsWith("#"))
		.map((line) => line.split("\t"));

const links = (): Link[] => rowsOf("links.tsv").map(([name, , , since]) => ({ name, since }));

/** The names in the `struct drm_driver`s of a text of C; a name that is a macro is looked for in the text and in its headers. */
export function namesIn(text: string, headers: string): string[] {
	return [...text.matchAll(/struct drm_driver\s+\w+\s*=\s*\{([\s\S]*?)\n\};/g)].flatMap(([, body]) => {
		const [, literal, macro] = /\.name\s*=\s*(?:"([^"]+)"|(\w+))/.exec(body) ?? [];
		if (literal || !macro) return literal ?? [];
		const defined = new RegExp(`#define\\s+${macro}\\s+"([^"]+)"`);
		return (defined.exec(text) ?? defined.exec(headers))?.[1] ?? [];
	});
}

/** The names of a kernel's DRM drivers. Reading the whole archive takes long, so they are kept beside the lab's kernels. */
async function namesOf({ packageVersion, tarball }: Source): Promise<string[]> {
	const kept = join(cacheFolder(), `drm-names-${encodeURIComponent(packageVersion)}.json`);
	if (existsSync(kept)) return JSON.parse(readFileSync(kept, "utf8"));
	const place = scratchPath("drm", "sources");
	mkdirSync(place, { recursive: true });
	const wanted = ["*/drivers/gpu/drm/*.c", "*/drivers/gpu/drm/*_drv.h"];
	await succeed(["tar", "-xJf", tarball, "--wildcards", "--exclude=*/amd/*", ...wanted], place);
	const files = readdirSync(place, { recursive: true, encoding: "utf8" });
	const names = files
		.filter((file) => file.endsWith(".c"))
		.flatMap((file) => {
			const beside = files.filter((each) => each.endsWith(".h") && dirname(each) === dirname(file));
			const headers = beside.map((each) => readFileSync(join(place, each), "utf8")).join("\n");
			return namesIn(readFileSync(join(place, file), "utf8"), headers);
		});
	rmSync(place, { recursive: true });
	mkdirSync(cacheFolder(), { recursive: true });
	writeFileSync(`${kept}.${process.pid}`, JSON.stringify([...new Set(names)].sort()));
	renameSync(`${kept}.${process.pid}`, kept);
	return names;
}

/** How the list and a kernel's names disagree, one sentence each. */
export function disagreements(list: Link[], version: string, names: string[]): string[] {
	const isThere = (since: string) =>
		kernels.includes(since) && kernels.indexOf(since) <= kernels.indexOf(version);
	return list.flatMap(({ name, since }) => {
		if (isThere(since) === names.includes(name)) return [];
		return isThere(since)
			? `no struct drm_driver of Linux ${version} is called ${name}`
			: `Linux ${version} has a DRM driver ${name}, which links.tsv has as of ${since}`;
	});
}

async function words(): Promise<void> {
	const text =
		'static const struct drm_driver one = {\n\t.fops = &fops,\n\t.name = "one",\n};\n#define NAME "two"\n' +
		"static struct drm_driver two = {\n\t.name\t= NAME,\n};\nstatic struct drm_driver three = {\n\t.name = THREE,\n};\n" +
		'static struct platform_driver no = {\n\t.driver = { .name = "no" },\n};\n';
	const names = namesIn(text, '#define THREE "three"\n');
	expect(names.join() === "one,two,three", `names: ${names.join()}`);
	const list = [
		{ name: "old", since: "6.12" },
		{ name: "new", since: "7.3" },
		{ name: "own", since: "Asahi" },
	];
	const wrong = (version: string, ...there: string[]) => disagreements(list, version, there).length;
	expect(wrong("6.12", "old") === 0 && wrong("7.3", "old", "new") === 0, "what is right is wrong");
	expect(wrong("6.12") === 1 && wrong("6.12", "old", "new") === 1, "what is missing, or there before");
	expect(wrong("7.3", "old") === 1 && wrong("7.3", "old", "new", "own") === 1, "the newer one");
}

async function taken(): Promise<void> {
	const names = links().map(({ name }) => name);
	expect(new Set(names).size === names.length && names.length > 10, `links: ${names.join()}`);
	for (const [name, owner] of rowsOf("taken.tsv"))
		expect(!names.includes(name), `${name}_drv_video.so is ${owner}'s`);
}

export const linkTests = [
	{ name: "links: names of DRM drivers are found in C", run: words },
	{ name: "links: none has the name of another package's driver", run: taken },
	...kernels.map((version) => ({
		name: `links: each name is that of a DRM driver of Linux ${version}, as links.tsv says`,
		skip:
			!sourceOf(version) &&
			`the sources of Linux ${version} are not here: \`npm run kernels\` gets them`,
		async run() {
			const names = await namesOf(sourceOf(version) as Source);
			expect(names.length > 50, `it has ${names.length} DRM drivers`);
			const wrong = disagreements(links(), version, names);
			expect(wrong.length === 0, wrong.join("\n"));
		},
	})),
];
