// SPDX-License-Identifier: MIT
// npm run package -- --target amd64|arm64|armhf [--homepage URL] [--out FOLDER]: Debian packages in build/packages, built from the source archive
// without Node in a root of Debian 12, judged by lintian.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { RootUnavailable } from "../test/distro/root.ts";
import { mustRun, root, tool } from "./lib/run.ts";
import { architectures, buildDebian, keep, lint, type Release } from "./package/debian.ts";

const { values } = parseArgs({
	options: {
		target: { type: "string", default: "amd64" },
		homepage: { type: "string", default: "" },
		out: { type: "string", default: join(root, "build", "packages") },
	},
});
if (!architectures.includes(values.target)) {
	console.error(`package: there is no target ${values.target}; there are: ${architectures.join(", ")}`);
	process.exit(2);
}

const git = (...words: string[]): string =>
	execFileSync("git", ["-C", root, ...words], { encoding: "utf8" }).trim();

const stage = mkdtempSync(join(tmpdir(), "package-"));
try {
	await mustRun(tool("tools/dist.ts", "--out", stage));
	const archive = readdirSync(stage).find((name) => name.endsWith(".tar.gz")) ?? "";
	const release: Release = {
		version: /-([\d.]+)\.tar\.gz$/.exec(archive)?.[1] ?? "",
		epoch: Number(process.env.SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct")),
		maintainer: process.env.DEBFULLNAME
			? `${process.env.DEBFULLNAME} <${process.env.DEBEMAIL}>`
			: git("log", "-1", "--format=%an <%ae>"),
		homepage: values.homepage,
	};
	const build = join(stage, "build");
	const files = await buildDebian(join(stage, archive), values.target, release, build);
	const said = await lint(build, values.target);
	for (const path of keep(files, resolve(values.out))) console.log(relative(process.cwd(), path));
	if (said) {
		console.error(`package: lintian says:\n${said}`);
		process.exitCode = 1;
	}
} catch (error) {
	if (!(error instanceof RootUnavailable)) throw error;
	console.error(`package: ${error.message}`);
	process.exitCode = 1;
} finally {
	rmSync(stage, { recursive: true, force: true });
}
