// SPDX-License-Identifier: MIT
// Lowers the core to C with wasm2c, and tells that C what is known of this module but not of modules in general. Plain
// Node and node_modules only: Meson calls it.
//
//   node tools/wasm2c.mjs core.wasm -n core -o core_wasm.c
//
// - The memory has a fixed size (tools/gate.mjs), so bounds are checked against a constant: nearly all of the core's
//   addresses are constants too, and the compiler finds those in bounds once and for all. No check is taken out.
// - FORCE_READ makes loads happen whose result nobody wants, so that a guard page can catch them. Bounds are checked by
//   code here (glue-c/core/wasm-rt.h), used or not, and the barrier only keeps the compiler from keeping values.
//
// Each replacement must be found exactly as often as it is said here: another wasm2c is refused rather than misread.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const out = args[args.indexOf("-o") + 1];
const { status } = spawnSync(
	process.execPath,
	[join(root, "node_modules", "wabt", "bin", "wasm2c"), ...args],
	{
		stdio: "inherit",
	},
);
if (status !== 0) process.exit(status ?? 1);

let text = readFileSync(out, "utf8");
replace("if (UNLIKELY(a + (uint64_t)sizeof(t) > mem->size))", "> mem->size", "> WASM_RT_MEMORY_SIZE");
replace("if (UNLIKELY(res > (mem)->size))", "> (mem)->size", "> WASM_RT_MEMORY_SIZE");
replace('#define FORCE_READ_INT(var) __asm__("" ::"r"(var));', ' __asm__("" ::"r"(var));', "");
const memory = [...text.matchAll(/wasm_rt_allocate_memory\(&instance->\w+, (\d+), (\d+), 0, 65536\);/g)];
if (memory.length !== 1 || memory[0][1] !== memory[0][2]) fail("not one memory of fixed size");
text += `\n_Static_assert(${memory[0][1]} * 65536 == WASM_RT_MEMORY_SIZE, "wasm-rt.h has another size of memory");\n`;
writeFileSync(out, text);

/** In the one place that has `line`, puts `to` where `from` was. */
function replace(line, from, to) {
	const parts = text.split(line);
	if (parts.length !== 2) fail(`\`${line}\` is there ${parts.length - 1} times`);
	text = parts.join(line.replace(from, to));
}

function fail(what) {
	console.error(`wasm2c: the generated C is not that of wabt 1.0.39: ${what}`);
	process.exit(1);
}
