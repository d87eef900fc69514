// SPDX-License-Identifier: MIT
// Runs a TypeScript program: node tools/run.mjs path.ts [arguments]
// RUN_INTERPRETER, words in JSON: another Node than this one to run it, as that of another architecture in its emulator.
// Bundles it with esbuild (packages stay outside) and imports the bundle. In the sources import.meta.dirname and
// import.meta.filename name the TypeScript file, not the bundle.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...rest] = process.argv.slice(2);
if (!entry) fail("usage: node tools/run.mjs program.ts [arguments]");
if (!existsSync(entry)) fail(`there is no ${entry}`);
if (!existsSync(join(root, "node_modules", "esbuild"))) {
	fail(
		"the npm packages are missing: run `node tools/bootstrap.mjs` (or `npm ci`) in the project's folder first",
	);
}

const { build } = await import("esbuild");
const source = resolve(entry);
const out = join(
	root,
	"build",
	".run",
	`${createHash("sha256").update(source).digest("hex").slice(0, 12)}-${process.pid}.mjs`,
);
mkdirSync(dirname(out), { recursive: true });
const places = {
	name: "places",
	setup({ onLoad }) {
		onLoad({ filter: /\.ts$/ }, ({ path }) => ({
			contents: readFileSync(path, "utf8")
				.replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
				.replaceAll("import.meta.filename", JSON.stringify(path)),
			loader: "ts",
		}));
	},
};
try {
	await build({
		entryPoints: [source],
		outfile: out,
		bundle: true,
		platform: "node",
		target: "node18",
		format: "esm",
		packages: "external",
		sourcemap: "inline",
		logLevel: "error",
		plugins: [places],
	});
} catch {
	process.exit(1); // esbuild has said why
}

process.on("exit", () => rmSync(out, { force: true }));
if (process.env.RUN_INTERPRETER) {
	const [program, ...words] = JSON.parse(process.env.RUN_INTERPRETER);
	const { status, error } = spawnSync(program, [...words, "--enable-source-maps", out, ...rest], {
		stdio: "inherit",
	});
	if (error) fail(`${program} cannot be run: ${error.message}`);
	process.exit(status ?? 1);
}
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], source, ...rest];
await import(pathToFileURL(out).href);

function fail(sentence) {
	console.error(`run: ${sentence}`);
	process.exit(1);
}
