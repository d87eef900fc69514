// SPDX-License-Identifier: MIT
// npm run dist [-- --out FOLDER]: build/dist/v4l2-request-drv-video-VERSION.tar.gz, a source archive that carries the
// generated C in build/generated, so that it builds without Node. What is in it is what git knows of.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { configure } from "./lib/build.ts";
import { mustRun, root } from "./lib/run.ts";

const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "build", "dist") } } });
const folder = await configure("default", []);
await mustRun(["ninja", "-C", folder, "--quiet", "core_wasm.c"]);
const project = await mustRun(["meson", "introspect", "--projectinfo", folder]);
const { version } = JSON.parse(project) as { version: string };
const name = `v4l2-request-drv-video-${version}`;
/** Pictures of a film, for who reads README: under a licence that nothing else in the archive has. */
const LEFT_OUT = ["docs/contact-sheet.jpg"];
const archive = join(resolve(values.out), `${name}.tar.gz`);

const stage = mkdtempSync(join(tmpdir(), "dist-"));
try {
	const top = join(stage, name);
	const files = execFileSync("git", ["-C", root, "ls-files", "-z", "--cached"], {
		encoding: "utf8",
		maxBuffer: 64 << 20,
	});
	const wanted = files
		.split("\0")
		.filter((file) => file !== "" && !LEFT_OUT.includes(file) && existsSync(join(root, file)));
	for (const file of wanted) {
		mkdirSync(dirname(join(top, file)), { recursive: true });
		cpSync(join(root, file), join(top, file));
	}
	mkdirSync(join(top, "build", "generated"), { recursive: true });
	for (const file of ["core_wasm.c", "core_wasm.h"])
		cpSync(join(folder, file), join(top, "build", "generated", file));
	mkdirSync(dirname(archive), { recursive: true });
	// The same bytes whoever makes it and when: the time is that of the last commit.
	const epoch =
		process.env.SOURCE_DATE_EPOCH ??
		execFileSync("git", ["-C", root, "log", "-1", "--format=%ct"], { encoding: "utf8" }).trim();
	const fixed = [
		"--sort=name",
		"--owner=0",
		"--group=0",
		"--numeric-owner",
		"--mode=u+rw,go+r,go-w",
		`--mtime=@${epoch}`,
	];
	await mustRun(["tar", ...fixed, "-C", stage, "-I", "gzip -n9", "-cf", archive, name]);
	console.log(`${relative(process.cwd(), archive)} (${Math.round(statSync(archive).size / 1024)} KiB)`);
} finally {
	rmSync(stage, { recursive: true, force: true });
}
