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
// - Data segments that are near each other are one.
//
// Each replacement must be found exactly as often as it is said here: another wasm2c is refused rather than misread.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Bytes between data segments from which on they stay apart. */
const FAR = 64;

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
text = joinSegments(text);
writeFileSync(out, text);

/**
 * asc gives each constant a data segment of its own, and wasm2c each segment a copy of its own when the core starts. Segments that are near each
 * other become one: memory is zero before (wasm_rt_allocate_memory()), so what is between them stays what it was.
 */
function joinSegments(before) {
	const arrays = /static const u8 (data_segment_data_\w+)\[\] = \{\n([^}]*)\};\n\n/g;
	const loads = / {2}LOAD_DATA\(instance->w2c_memory, (\d+)u, (\w+), (\d+)\);\n/g;
	const bytes = new Map(
		[...before.matchAll(arrays)].map(([, name, list]) => [name, list.match(/0x[0-9a-f]{2}/g) ?? []]),
	);
	const joined = [];
	const segments = [...before.matchAll(loads)].map(([, at, name, size]) => ({
		at: Number(at),
		name,
		size: Number(size),
	}));
	for (const { at, name, size } of segments.sort((a, b) => a.at - b.at)) {
		const content = bytes.get(name);
		if (content?.length !== size) fail(`${name} has not the size that is said`);
		const last = joined.at(-1);
		const gap = last ? at - last.at - last.content.length : FAR;
		if (gap < 0) fail("data segments overlap");
		if (gap >= FAR) joined.push({ at, content: [...content] });
		else last.content.push(...new Array(gap).fill("0x00"), ...content);
	}
	if (segments.length !== bytes.size) fail("data segments that nobody loads");
	if (segments.length === 0) return before;
	const name = (i) => `data_segment_data_${i}`;
	const written = joined.map(
		({ content }, i) => `static const u8 ${name(i)}[] = {${content.join(",")}};\n`,
	);
	const loaded = joined.map(
		({ at, content }, i) => `  LOAD_DATA(instance->w2c_memory, ${at}u, ${name(i)}, ${content.length});\n`,
	);
	return putOnce(putOnce(before, arrays, `${written.join("\n")}\n`), loads, loaded.join(""));
}

/** The text with `by` in place of the first match, and nothing in place of the others. */
function putOnce(before, pattern, by) {
	let first = true;
	return before.replace(pattern, () => {
		const put = first ? by : "";
		first = false;
		return put;
	});
}

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
