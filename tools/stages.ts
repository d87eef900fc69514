// SPDX-License-Identifier: MIT
// The stages of `npm test`. Each is a program that ends with "N passed, N failed, N skipped".
import { tool } from "./lib/run.ts";

export interface Stage {
	name: string;
	what: string;
	command: string[];
	/** Programs without which the stage is skipped. */
	needs?: string[];
}

export const stages: Stage[] = [
	{
		name: "layout",
		what: "the struct layouts are those of the C headers",
		command: tool("tools/layout.ts", "--check"),
	},
	{
		name: "unit",
		what: "the core under Node, and its line coverage",
		command: tool("tools/unit.ts"),
	},
	{
		name: "native",
		what: "runtime, guard and glue",
		command: tool("tools/native.ts", "native"),
	},
	{
		name: "native-asan",
		what: "the same under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer",
		command: tool(
			"tools/native.ts",
			"asan",
			"-Db_sanitize=address,undefined",
			"-Dbuildtype=debugoptimized",
			"-Db_lundef=false",
		),
	},
	{
		name: "native-tsan",
		what: "the same under ThreadSanitizer",
		command: tool(
			"tools/native.ts",
			"tsan",
			"-Db_sanitize=thread",
			"-Dbuildtype=debugoptimized",
			"-Db_lundef=false",
		),
	},
	{
		name: "aarch64-qemu",
		what: "the cross build for aarch64, its native tests in an emulator",
		command: tool("tools/native.ts", "aarch64"),
		needs: ["aarch64-linux-gnu-gcc", "qemu-aarch64"],
	},
	{
		name: "build",
		what: "gate, exports, incremental and reproducible builds, the source archive",
		command: tool("test/build/run.ts"),
	},
];
