// SPDX-License-Identifier: MIT
// What is installed: the driver where libva or the packager wants it, with its links, and without traces of where it was built.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, scratchPath, succeed } from "./lib.ts";

/** A build folder and the source tree that it is of. */
interface Built {
	tree: string;
	build: string;
	module: string;
}

/** The names that packaging/links.tsv has for the driver. */
const linksOf = (tree: string): string[] =>
	readFileSync(join(tree, "packaging", "links.tsv"), "utf8")
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => `${line.split("\t")[0]}_drv_video.so`);

/** Whether a folder has the driver and its links, and nothing else. */
function checkFolder(folder: string, built: Built): void {
	const { tree, module } = built;
	const expected = [module, ...linksOf(tree)].sort();
	const found = filesBelow(folder).sort();
	expect(found.join() === expected.join(), `there is: ${found.join(", ")}`);
	for (const name of linksOf(tree))
		expect(readlinkSync(join(folder, name)) === module, `where ${name} points`);
	checkModule(join(folder, module), built);
}

const filesBelow = (folder: string): string[] =>
	existsSync(folder)
		? readdirSync(folder, { recursive: true, withFileTypes: true })
				.filter((entry) => !entry.isDirectory())
				.map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
		: [];

function checkModule(path: string, { tree, build }: Built): void {
	expect((statSync(path).mode & 0o777) === 0o755, "its mode is not that of a library");
	const bytes = readFileSync(path);
	for (const folder of [tree, build])
		expect(!bytes.includes(folder), `it has the path of its build in it: ${folder}`);
	const sections = execFileSync("readelf", ["-SW", path], { encoding: "utf8" });
	expect(!/\.debug_info/.test(sections), "it has debug information");
	expect(
		!/R(UN)?PATH/.test(execFileSync("readelf", ["-dW", path], { encoding: "utf8" })),
		"it has a run path",
	);
}

/** Films that scenes play, by their names in C, without extension. */
function playedFilms(tree: string): string[] {
	const text = ["films.c", "browsers.c"].map((file) =>
		readFileSync(join(tree, "test", "scenes", file), "utf8"),
	);
	const names = [...text.join("").matchAll(/"([a-z0-9]+\/[\w-]+)"/g)].map(([, name]) => name);
	return [...new Set(names)].sort();
}

/** The tests of `meson install` and `ninja uninstall`. built: gives the build of the others. */
export const installTests = (built: () => Promise<Built>) => [
	{
		name: "install: the driver and its links, where libva looks for drivers, that say nothing of their build",
		async run(): Promise<void> {
			const all = await built();
			const root = scratchPath("installed");
			await succeed(["meson", "install", "-C", all.build, "--no-rebuild", "--destdir", root], all.tree);
			const place = execFileSync("pkg-config", ["--variable=driverdir", "libva"], {
				encoding: "utf8",
			}).trim();
			checkFolder(join(root, place), all);
		},
	},
	{
		name: "install: a board gets the films that scenes play, and no others",
		async run(): Promise<void> {
			const { tree } = await built();
			const listed = readFileSync(join(tree, "packaging", "board", "films.tsv"), "utf8")
				.trim()
				.split("\n");
			const names = listed.map((film) => film.replace(/\.\w+$/, ""));
			expect(names.length > 50, `there are ${names.length}`);
			expect(
				names.join() === playedFilms(tree).join(),
				`listed: ${names.join(" ")}, played: ${playedFilms(tree).join(" ")}`,
			);
		},
	},
	{
		name: "install: into a folder of the packager's, and nothing is left after uninstalling",
		async run(): Promise<void> {
			const all = await built();
			const folder = join(all.tree, "build", "packaged");
			const place = scratchPath("own", "dri");
			await succeed(["meson", "setup", folder, `-Ddriverdir=${place}`], all.tree);
			await succeed(["ninja", "-C", folder, "install"], all.tree);
			checkFolder(place, { ...all, build: folder });
			await succeed(["ninja", "-C", folder, "uninstall"], all.tree);
			expect(filesBelow(place).length === 0, `there is still: ${filesBelow(place).join(", ")}`);
		},
	},
];
