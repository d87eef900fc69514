// SPDX-License-Identifier: MIT
// npm run lint: every formatter and linter, none of which may say anything. npm run format (--write) formats in place.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
const cFolders = ["glue-c", "test/native", "test/device", "test/bench"].filter((folder) =>
	cFiles.some((file) => file.startsWith(folder)),
);

/** What is wrong, one line each. */
type Check = { name: string; command?: string[]; look?: () => string[]; needs?: string };

const checks: Check[] = write
	? [
			{ name: "biome format", command: [bin("biome"), "check", "--write", "--linter-enabled=false"] },
			{ name: "clang-format", command: ["clang-format", "-i", ...cFiles], needs: "clang-format" },
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
				command: ["clang-format", "--dry-run", "-Werror", ...cFiles],
				needs: "clang-format",
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
				needs: "cppcheck",
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
					sources
						.map((file) => ({
							file,
							lines: readFileSync(join(root, file), "utf8").split("\n").length - 1,
						}))
						.filter(({ lines }) => lines > LONGEST_FILE)
						.map(({ file, lines }) => `${file} has ${lines} lines: split it`),
			},
			{ name: "docs/proof.md is made, not written", command: tool("tools/proof.ts", "--check") },
			{ name: ".ci/run is valid bash", command: ["bash", "-n", ".ci/run"] },
		];

const sum = nothing();
for (const check of checks) {
	if (check.needs && !hasProgram(check.needs)) {
		console.log(`  skip  ${check.name}: ${check.needs} is not installed (node tools/bootstrap.mjs lint)`);
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
