// SPDX-License-Identifier: MIT
// npm run lint: every formatter and linter, none of which may say anything. npm run format (--write) formats in place.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { docstrings } from "./docstrings.ts";
import { importOrder } from "./import-order.ts";
import { includeOrder } from "./include-order.ts";
import { closingLine, hasProgram, nothing, root, run, tool } from "./lib/run.ts";

const LONGEST_FILE = 700;
const write = process.argv.includes("--write");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

const listed = execFileSync("git", ["-C", root, "ls-files", "-z", "-co", "--exclude-standard"], {
	encoding: "utf8",
});
const files = [...new Set(listed.split("\0"))].filter((file) => file && existsSync(join(root, file)));
const cFiles = files.filter((file) => /\.[ch]$/.test(file) && !file.startsWith("driver-src/abi/"));
const sources = files.filter(
	(file) => /\.(ts|mjs|cjs|c|h|sh)$/.test(file) && !file.startsWith("driver-src/abi/"),
);
/** What is generated is read as well; abi_check.h, which is not, is one list of assertions. */
const readable = [
	...sources,
	...files.filter((file) => file.startsWith("driver-src/abi/") && file.endsWith(".ts")),
];
const cFolders = ["glue-c", "doctor", "test/native", "test/device", "test/bench"].filter((folder) =>
	cFiles.some((file) => file.startsWith(folder)),
);

/** What is wrong, one line each. */
interface Check {
	name: string;
	command?: string[];
	look?: () => string[];
	/** A program of Debian's, and the version whose findings the sources are held to: others find other things. */
	needs?: { program: string; version: string; release: string };
}

/** Why the check cannot run here; "" if it can. */
function obstacle({ needs }: Check): string {
	if (!needs) return "";
	const { program, version, release } = needs;
	if (!hasProgram(program)) return `${program} is not installed (node tools/bootstrap.mjs lint)`;
	const said = execFileSync(program, ["--version"], { encoding: "utf8" });
	const found = /\d+\.\d+/.exec(said)?.[0] ?? said.trim();
	return found === version ? "" : `${program} ${version} is wanted (${release} has it), this is ${found}`;
}

const checks: Check[] = write
	? [
			{ name: "biome format", command: [bin("biome"), "check", "--write", "--linter-enabled=false"] },
			{ name: "clang-format", command: [bin("clang-format"), "-i", ...cFiles] },
		]
	: [
			{
				name: "biome",
				command: [bin("biome"), "check", "--error-on-warnings", "--max-diagnostics=200"],
			},
			{ name: "tsc (tools, tests)", command: [bin("tsc"), "-p", "."] },
			{ name: "tsc (driver-src)", command: [bin("tsc"), "-p", "driver-src"] },
			{
				name: "clang-format",
				command: [bin("clang-format"), "--dry-run", "-Werror", ...cFiles],
			},
			{
				name: "cppcheck",
				command: [
					"cppcheck",
					"--enable=warning,style,performance,portability",
					"--std=c11",
					"--platform=unix64",
					"--inline-suppr",
					"--quiet",
					"--error-exitcode=1",
					"--suppressions-list=.cppcheck-suppressions",
					...[
						"glue-c/core",
						"glue-c",
						"driver-src/abi",
						"test/native",
						"test/native/trapping",
					].flatMap((folder) => ["-I", folder]),
					...cFolders,
				],
				needs: { program: "cppcheck", version: "2.10", release: "Debian 12" },
			},
			{
				name: "licence header",
				look: () =>
					sources
						.filter(
							(file) =>
								!readFileSync(join(root, file), "utf8")
									.slice(0, 300)
									.includes("SPDX-License-Identifier:"),
						)
						.map((file) => `${file} has no line SPDX-License-Identifier`),
			},
			{
				name: `no file over ${LONGEST_FILE} lines`,
				look: () =>
					readable
						.map((file) => ({
							file,
							lines: readFileSync(join(root, file), "utf8").split("\n").length - 1,
						}))
						.filter(({ lines }) => lines > LONGEST_FILE)
						.map(({ file, lines }) => `${file} has ${lines} lines: split it`),
			},
			{ name: "driver-src imports downwards", look: () => importOrder(join(root, "driver-src")) },
			{ name: "glue-c includes downwards", look: () => includeOrder(join(root, "glue-c")) },
			{
				name: "exported functions are documented",
				look: () => ["driver-src", "fixtures", "test", "tools"].flatMap(docstrings),
			},
			{ name: "docs/proof.md is made, not written", command: tool("tools/proof.ts", "--check") },
			{
				name: "README.md has the tested systems of test/distro/tested.ts",
				command: tool("tools/tested.ts", "--check"),
			},
			{ name: "docs/boards is made, not written", command: tool("tools/boards.ts", "--check") },
			{ name: ".ci/run is valid bash", command: ["bash", "-n", ".ci/run"] },
		];

const sum = nothing();
for (const check of checks) {
	const why = obstacle(check);
	if (why) {
		console.log(`  skip  ${check.name}: ${why}`);
		sum.skipped++;
		continue;
	}
	let said = "";
	let failed = false;
	if (check.look) {
		said = check.look().join("\n");
		failed = said !== "";
	} else {
		const { code, output } = await run(check.command ?? [], { quiet: true });
		failed = code !== 0;
		said = output;
	}
	console.log(`  ${failed ? "FAIL" : "ok  "}  ${check.name}`);
	if (failed) console.log(said.trimEnd());
	sum[failed ? "failed" : "passed"]++;
}
console.log(closingLine(sum));
process.exitCode = sum.failed ? 1 : 0;
