// SPDX-License-Identifier: MIT
// What tools/gate.mjs must refuse, and that it refuses nothing else: each case is a whole core.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/lib/run.ts";
import { attempt, expect, scratchPath } from "./lib.ts";

interface Case {
	name: string;
	source: string;
	/** What it must say; null: it must pass. */
	says: RegExp | null;
}

const cases: Case[] = [
	{
		name: "a harmless core passes",
		source: "const area = memory.data(64); export function f(n: u32): u32 { assert(n < 16); return load<u32>(area + n * 4); }",
		says: null,
	},
	{
		name: "managed allocation is refused",
		source: "export function f(n: i32): i32 { const list = new Array<i32>(n); list[0] = n; return list.length; }",
		says: /core: .*(allocates managed memory|grows the memory)/,
	},
	{
		name: "string building is refused",
		source: "export function f(n: i32): i32 { return ('a' + n.toString()).length; }",
		says: /core: it allocates managed memory/,
	},
	{
		name: "memory growth is refused",
		source: "export function f(): i32 { return memory.grow(1); }",
		says: /core: .* grows the memory/,
	},
	{
		name: "direct recursion is refused",
		source: "export function f(n: u32): u32 { return n < 2 ? 1 : n * f(n - 1) + f(n - 2); }",
		says: /core: it is recursive: .* -> /,
	},
	{
		name: "mutual recursion is refused",
		source: `function even(n: u32): u32 { store<u32>(n, 1); return n == 0 ? 1 : odd(n - 1) * load<u32>(n); }
			function odd(n: u32): u32 { store<u32>(n, 2); return n == 0 ? 0 : even(n - 1) + load<u32>(n); }
			export function f(n: u32): u32 { return even(n) + odd(n); }`,
		says: /core: it is recursive: .* -> /,
	},
	{
		name: "an unknown import is refused",
		source: "@external('env', 'open') declare function open(n: u32): u32; export function f(): u32 { return open(1); }",
		says: /core: it imports env\.open, which the glue does not provide/,
	},
	{
		name: "a call through a table is refused",
		source: `function a(n: u32): u32 { return n + load<u32>(8); } function b(n: u32): u32 { return n * load<u32>(8); }
			export function f(n: u32): u32 { let g = a; if (load<u32>(16)) g = b; return g(n); }`,
		says: /core: .* calls through a table/,
	},
	{
		name: "virtual overloads of unmanaged classes are refused",
		source: `@unmanaged class Codec { parse(n: u32): u32 { return n; } }
			@unmanaged class H264 extends Codec { parse(n: u32): u32 { return n + 1 + load<u32>(8); } }
			@unmanaged class Vp9 extends Codec { parse(n: u32): u32 { return n + 2 + load<u32>(16); } }
			const AT: usize = memory.data(16);
			export function f(n: u32): u32 {
				const codec: Codec = n > 1 ? changetype<H264>(AT) : changetype<Vp9>(AT);
				return codec.parse(n);
			}`,
		says: /core: .* chooses among the virtual overloads of .*Codec#parse/,
	},
	{
		name: "a source that asc refuses fails with asc's words",
		source: "export function f(): u32 { return missing(); }",
		says: /Cannot find name 'missing'/,
	},
];

export const gateTests = cases.map(({ name, source, says }, i) => ({
	name: `gate: ${name}`,
	async run(): Promise<void> {
		const entry = scratchPath("gate", `case${i}.ts`);
		const wasm = scratchPath("gate", `case${i}.wasm`);
		writeFileSync(entry, source);
		const compiler = join(root, "tools", "compile-core.mjs");
		const { code, output } = await attempt(
			[process.execPath, compiler, "--entry", entry, "--out", wasm],
			root,
		);
		if (says) {
			expect(code !== 0, "it was let through");
			expect(says.test(output), `it said: ${output}`);
			expect(!existsSync(wasm), "a refused core was written all the same");
		} else {
			expect(code === 0 && existsSync(wasm), `it was refused: ${output}`);
		}
	},
}));
