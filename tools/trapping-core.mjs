// SPDX-License-Identifier: MIT
// Writes the entry of the trapping core: every export of glue-c/core/core.h, struck (test/native/trapping/strike.ts)
// before the real one is called, and its answer spoilt afterwards; and a C table of their names in the same order. Plain
// Node: Meson calls it.
//   node tools/trapping-core.mjs core.h entry.ts names.h
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [header, entry, names] = process.argv.slice(2);
const from = (path) => {
	const way = relative(dirname(resolve(entry)), join(root, path));
	return way.startsWith(".") ? way : `./${way}`;
};
const exported = [...readFileSync(header, "utf8").matchAll(/^\tX([0-6])\((\w+)\)/gm)];
const lines = [
	`import * as core from "${from("driver-src/index")}";`,
	`import { spoil } from "${from("test/native/trapping/env")}";`,
	`import { strike } from "${from("test/native/trapping/strike")}";`,
	"export function core_input_address(): u32 { return core.core_input_address(); }",
	"export function core_output_address(): u32 { return core.core_output_address(); }",
	"export function core_set_pointer_bytes(bytes: u32): void { core.core_set_pointer_bytes(bytes); }",
];
exported.forEach(([, count, name], index) => {
	const parameters = [..."abcdef"].slice(0, Number(count));
	const typed = parameters.map((each) => `${each}: u32`).join(", ");
	const first = parameters[0] ?? "0";
	lines.push(
		`export function ${name}(${typed}): u32 { strike(${index}, ${first}); return spoil(${index}, core.${name}(${parameters.join(", ")}), core.core_output_address()); }`,
	);
});
writeFileSync(entry, `${lines.join("\n")}\n`);
writeFileSync(
	names,
	`static const char *const export_names[] = {\n${exported.map(([, , name]) => `\t"${name}",`).join("\n")}\n};\n`,
);
