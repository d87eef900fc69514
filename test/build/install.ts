// SPDX-License-Identifier: MIT
// What is installed: the driver alone, where libva or the packager wants it, without traces of where it was built.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, scratchPath, succeed } from "./lib.ts";

/** A build folder and the source tree that it is of. */
interface Built {
	tree: string;
	build: string;
	module: string;
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

/** The tests of `meson install` and `ninja uninstall`. built: gives the build of the others. */
export const installTests = (built: () => Promise<Built>) => [
	{
		name: "install: one file, where libva looks for drivers, that says nothing of its build",
		async run(): Promise<void> {
			const all = await built();
			const root = scratchPath("installed");
			await succeed(["meson", "install", "-C", all.build, "--no-rebuild", "--destdir", root], all.tree);
			const place = execFileSync("pkg-config", ["--variable=driverdir", "libva"], {
				encoding: "utf8",
			}).trim();
			expect(
				filesBelow(root).join() === join(place, all.module).slice(1),
				`there is: ${filesBelow(root).join(", ")}`,
			);
			checkModule(join(root, place, all.module), all);
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
			expect(filesBelow(place).join() === all.module, `there is: ${filesBelow(place).join(", ")}`);
			checkModule(join(place, all.module), { ...all, build: folder });
			await succeed(["ninja", "-C", folder, "uninstall"], all.tree);
			expect(filesBelow(place).length === 0, `there is still: ${filesBelow(place).join(", ")}`);
		},
	},
];
