// SPDX-License-Identifier: MIT
// The build itself: gate, layers, exports, incremental and reproducible builds, building without npm scripts and without Node.
import { execFileSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { targets } from "../../tools/lib/build.ts";
import { closingLine, hasProgram, nothing, root } from "../../tools/lib/run.ts";
import { boardTests } from "./boards.ts";
import { documentTests } from "./docs.ts";
import { gateTests } from "./gate.ts";
import { importTests } from "./imports.ts";
import { installTests } from "./install.ts";
import { attempt, copyTree, digest, edit, expect, FOLDERS, scratchPath, succeed } from "./lib.ts";
import { linkTests } from "./links.ts";
import { releaseTests } from "./release.ts";
import { rootTests } from "./roots.ts";
import { ruleTests } from "./rules.ts";
import { staticsTests, writableStatics } from "./statics.ts";
import { verbTests } from "./verbs.ts";

interface Test {
	name: string;
	run: () => Promise<void>;
	skip?: string | false;
}

const MODULE = "v4l2_request_drv_video.so";
const touch = (path: string): void => utimesSync(path, new Date(), new Date());

/** One tree for the tests that only look, or that put back what they change. */
let tree = "";
let build = "";
async function firstBuild(): Promise<void> {
	if (build) return;
	tree = copyTree(scratchPath("one"));
	const folder = join(tree, "build", "here");
	await succeed(["meson", "setup", folder], tree);
	await succeed(["ninja", "-C", folder], tree);
	build = folder;
}

const tests: Test[] = [
	...gateTests,
	...importTests,
	...verbTests,
	...releaseTests,
	...rootTests,
	...documentTests,
	...boardTests,
	...linkTests,
	...ruleTests,
	{
		name: "meson setup and ninja alone build the driver",
		run: firstBuild,
	},
	{
		name: "only __vaDriverInit_1_0 is exported",
		async run() {
			await firstBuild();
			const symbols = execFileSync("nm", ["-D", "--defined-only", join(build, MODULE)], {
				encoding: "utf8",
			});
			const names = symbols
				.trim()
				.split("\n")
				.map((line) => line.split(" ").pop());
			expect(names.join() === "__vaDriverInit_1_0", `it exports: ${names.join(", ")}`);
		},
	},
	{
		name: "the module is bound at load time, read-only after it, without an executable stack, and needs libc only",
		async run() {
			await firstBuild();
			const read = (...options: string[]): string =>
				execFileSync("readelf", [...options, "-W", join(build, MODULE)], { encoding: "utf8" });
			expect(/\(FLAGS(_1)?\).*\b(BIND_)?NOW\b/.test(read("-d")), "it is not linked with -z now");
			expect(/GNU_RELRO/.test(read("-l")), "it has no RELRO segment");
			expect(!/GNU_STACK.*RWE/.test(read("-l")), "its stack is executable");
			expect(!/TEXTREL/.test(read("-d")), "it has text relocations");
			const needed = [...read("-d").matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1]);
			expect(
				needed.every((name) => /^(libc|libm|ld-linux[\w-]*)\.so/.test(name)),
				`it needs ${needed.join(", ")}`,
			);
		},
	},
	{
		name: "six codecs take no more than 300 kB of a board",
		async run() {
			await firstBuild();
			const stripped = scratchPath("stripped.so");
			execFileSync("strip", ["-o", stripped, join(build, MODULE)]);
			const { size } = statSync(stripped);
			expect(size <= 300_000, `it has ${size} bytes`);
		},
	},
	...staticsTests(async () => {
		await firstBuild();
		return { tree, build, module: MODULE };
	}),
	...installTests(async () => {
		await firstBuild();
		return { tree, build, module: MODULE };
	}),
	{
		name: "a build without optimisation links, too",
		async run() {
			await firstBuild();
			const folder = scratchPath("debug");
			await succeed(["meson", "setup", "--buildtype", "debug", folder], tree);
			await succeed(["ninja", "-C", folder, MODULE, "doctor/v4l2-request-doctor"], tree);
		},
	},
	{
		name: "touching nothing does nothing",
		async run() {
			await firstBuild();
			const output = await succeed(["ninja", "-C", build], tree);
			expect(/no work to do/.test(output), `ninja did: ${output}`);
		},
	},
	{
		name: "a comment in a .ts compiles the core again, and stops there",
		async run() {
			await firstBuild();
			const before = digest(join(build, "core.wasm"));
			const source = join(tree, "driver-src", "index.ts");
			edit(source, (text) => `${text}\n// a comment\n`);
			touch(source);
			const output = await succeed(["ninja", "-C", build, "-v"], tree);
			expect(/compile-core/.test(output), "the core was not compiled again");
			expect(
				!/wasm2c/.test(output) && !/core_wasm\.c\.o/.test(output),
				`more than that was done: ${output}`,
			);
			expect(digest(join(build, "core.wasm")) === before, "a comment changed the core");
			expect(
				/no work to do/.test(await succeed(["ninja", "-C", build], tree)),
				"it is built again and again",
			);
		},
	},
	{
		name: "a change in any .ts of driver-src reaches the driver",
		async run() {
			await firstBuild();
			const before = digest(join(build, MODULE));
			// The generated accessors are imported from everywhere: one value in them must arrive at the other end.
			const source = join(tree, "driver-src", "abi", "exchange.ts");
			const original = readFileSync(source, "utf8");
			try {
				edit(source, (text) => text.replace(/(CORE_THEN_WAIT: u32 =) 2;/, "$1 9;"));
				touch(source);
				await succeed(["ninja", "-C", build], tree);
				expect(digest(join(build, MODULE)) !== before, "the driver is what it was");
			} finally {
				writeFileSync(source, original);
				touch(source);
				await succeed(["ninja", "-C", build], tree);
			}
			expect(digest(join(build, MODULE)) === before, "undone, the driver is not what it was");
		},
	},
	{
		name: "an endless recursion in driver-src fails the build",
		async run() {
			await firstBuild();
			const source = join(tree, "driver-src", "index.ts");
			const original = readFileSync(source, "utf8");
			edit(
				source,
				(text) =>
					`${text}\nfunction again(n: u32): u32 { return load<u32>(n) + again(n + 1) * 3; }\nexport function oops(): u32 { return again(1); }\n`,
			);
			touch(source);
			const { code, output } = await attempt(["ninja", "-C", build], tree);
			writeFileSync(source, original);
			touch(source);
			expect(code !== 0 && /core: it is recursive: .*again/.test(output), output);
			await succeed(["ninja", "-C", build], tree);
		},
	},
	{
		name: "two folders, the same bytes",
		async run() {
			await firstBuild();
			const other = copyTree(scratchPath("another", "place", "two"));
			const folder = scratchPath("outside", "of", "the", "tree");
			await succeed(["meson", "setup", folder, other], other);
			await succeed(["ninja", "-C", folder], other);
			for (const name of ["core.wasm", "core_wasm.c", "core_wasm.h", MODULE]) {
				expect(digest(join(folder, name)) === digest(join(build, name)), `${name} differs`);
			}
		},
	},
	...crossTests(),
	{
		name: "without node_modules, meson runs npm ci itself",
		async run() {
			const bare = copyTree(scratchPath("bare"), false);
			const programs = scratchPath("bare-programs", "npm");
			writeFileSync(
				programs,
				`#!/bin/sh\necho "$@" > '${bare}/npm-was-called'\nln -s '${join(root, "node_modules")}' '${bare}/node_modules'\n`,
			);
			chmodSync(programs, 0o755);
			const env = { ...process.env, PATH: `${join(programs, "..")}${delimiter}${process.env.PATH}` };
			await succeed(["meson", "setup", join(bare, "build", "x")], bare, env);
			expect(
				/^ci\b/.test(readFileSync(join(bare, "npm-was-called"), "utf8")),
				"npm was called with something else",
			);
		},
	},
	{
		name: "where npm ci fails, meson says what to do",
		async run() {
			const bare = copyTree(scratchPath("bare2"), false);
			const programs = scratchPath("bare2-programs", "npm");
			writeFileSync(programs, "#!/bin/sh\necho 'no network' >&2\nexit 1\n");
			chmodSync(programs, 0o755);
			const env = { ...process.env, PATH: `${join(programs, "..")}${delimiter}${process.env.PATH}` };
			const { code, output } = await attempt(["meson", "setup", join(bare, "build", "x")], bare, env);
			expect(
				code !== 0 &&
					/`npm ci` failed: run it in the source folder/.test(output) &&
					/no network/.test(output),
				output,
			);
		},
	},
	{
		name: "the source archive builds without Node, to the same driver",
		async run() {
			await firstBuild();
			const out = scratchPath("dist", "x");
			// From the first tree, as a checkout of its own.
			const git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"];
			await succeed([...git, "init", "-q"], tree);
			await succeed([...git, "add", "-A", ...FOLDERS, ...topLevel(tree)], tree);
			await succeed([...git, "commit", "-q", "-m", "x"], tree);
			await succeed([process.execPath, "tools/run.mjs", "tools/dist.ts", "--out", out], tree);
			const archives = readdirSync(out).filter((name) => name.endsWith(".tar.gz"));
			expect(archives.length === 1, `archives: ${archives.join(", ")}`);
			const place = scratchPath("unpacked", "x");
			mkdirSync(place, { recursive: true });
			await succeed(
				["tar", "-xzf", join(out, archives[0]), "-C", place, "--strip-components=1"],
				place,
			);
			expect(!existsSync(join(place, "node_modules")), "node_modules is in the archive");
			const env = { ...process.env, PATH: pathWithout(["node", "nodejs", "npm", "npx"]) };
			expect((await attempt(["node", "--version"], place, env)).code !== 0, "node is still in PATH");
			const folder = join(place, "_build");
			await succeed(["meson", "setup", folder], place, env);
			await succeed(["ninja", "-C", folder], place, env);
			expect(
				digest(join(folder, MODULE)) === digest(join(build, MODULE)),
				"the driver differs from the one built with Node",
			);
		},
	},
];

function crossTests(): Test[] {
	const machines: Record<string, RegExp> = { aarch64: /Machine:\s+AArch64/, armhf: /Machine:\s+ARM\b/ };
	return Object.entries(targets).map(([name, { cross, needs }]) => ({
		name: `cross-compiled for ${name}: the same generated C, a module for that machine, nothing of it run`,
		skip: !hasProgram(needs) && `${needs} is not installed`,
		async run() {
			await firstBuild();
			const folder = scratchPath(name);
			await succeed(["meson", "setup", "--cross-file", join(tree, cross), folder], tree);
			await succeed(["ninja", "-C", folder], tree);
			expect(
				digest(join(folder, "core_wasm.c")) === digest(join(build, "core_wasm.c")),
				"core_wasm.c differs",
			);
			const module = join(folder, MODULE);
			const header = execFileSync("readelf", ["-h", module], { encoding: "utf8" });
			expect(machines[name].test(header), header);
			const statics = writableStatics(module);
			expect(statics.length === 0, `writable and global there: ${statics.join(", ")}`);
			const symbols = execFileSync("nm", ["-D", "--undefined-only", module], { encoding: "utf8" });
			const short = symbols.match(
				/ (ioctl|open|fcntl|mmap|ftruncate|clock_gettime|pthread_cond_timedwait)@/g,
			);
			expect(name !== "armhf" || !short, `of 32-bit time or offsets: ${short?.join("")}`);
		},
	}));
}

function topLevel(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => entry.name);
}

/** A PATH of links to everything but these. */
function pathWithout(names: string[]): string {
	const folder = scratchPath("programs", "x");
	mkdirSync(folder, { recursive: true });
	for (const place of (process.env.PATH ?? "")
		.split(delimiter)
		.filter((each) => each && existsSync(each))) {
		for (const name of readdirSync(place)) {
			if (names.includes(name) || existsSync(join(folder, name))) continue;
			try {
				symlinkSync(realpathSync(join(place, name)), join(folder, name));
			} catch {
				// a dangling link in PATH
			}
		}
	}
	return folder;
}

const only = process.argv[2] ?? "";
const sum = nothing();
for (const test of tests.filter(({ name }) => name.includes(only))) {
	if (test.skip) {
		console.log(`  skip  ${test.name}: ${test.skip}`);
		sum.skipped++;
		continue;
	}
	try {
		await test.run();
		console.log(`  ok    ${test.name}`);
		sum.passed++;
	} catch (error) {
		console.log(
			`  FAIL  ${test.name}\n${String(error instanceof Error ? error.message : error).replace(/^/gm, "    ")}`,
		);
		sum.failed++;
	}
}
console.log(closingLine(sum));
process.exitCode = sum.failed ? 1 : 0;
