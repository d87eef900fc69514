// SPDX-License-Identifier: MIT
// node tools/run.mjs test/kernel/hardware/registers/renew_fields.ts
// Writes test/codecs/CODEC/registers/fields/FAMILY.tsv anew: the names that the drivers' own source gives to registers and to bits of registers. The
// preprocessor gives the numbers; which bits belong to which register is read from the statements that write it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../../tools/lib/run.ts";
import { obtainSource, usualKernel } from "../../lib/sources.ts";
import type { FamilySource, StructSource } from "./codec.ts";
import { toldCodecs } from "./streams.ts";
import { Structs } from "./structs.ts";

interface Entry {
	register: string;
	field: string;
	/** C expressions for the register's address and the field's bits. */
	address: string;
	mask: string;
}

/** The arguments of the call whose opening parenthesis ends before `at`, and where it ends. */
function callArguments(text: string, at: number): { words: string[]; end: number } {
	const words = [""];
	let depth = 1;
	for (; depth > 0; at++) {
		const c = text[at];
		if (c === "(") depth++;
		if (c === ")") depth--;
		if (c === "," && depth === 1) words.push("");
		else if (depth > 0) words[words.length - 1] += c;
	}
	return { words: words.map((word) => word.trim()), end: at };
}

/** All that is assigned to the variable since it was last assigned as a whole, before the call. */
function assignments(before: string, variable: string): string[] {
	const found = [...before.matchAll(new RegExp(`\\b${variable} (\\|?)= ([^;]*);`, "g"))];
	const last = found.map((match) => match[1]).lastIndexOf("");
	return found.slice(Math.max(last, 0)).map((match) => match[2]);
}

const ALL_BITS = "0xffffffff";

interface Macro {
	name: string;
	/** None: it is not called. */
	words: string[];
}

/** Macros of the family in an expression, without those in the arguments of others. */
function macros(expression: string, family: FamilySource): Macro[] {
	const found: Macro[] = [];
	const word = /\b[A-Z][A-Z0-9_x]*\b/g;
	for (let match = word.exec(expression); match; match = word.exec(expression)) {
		if (!family.prefix.test(match[0])) continue;
		const called = expression[word.lastIndex] === "(";
		const { words, end } = called
			? callArguments(expression, word.lastIndex + 1)
			: { words: [], end: word.lastIndex };
		found.push({ name: match[0], words });
		word.lastIndex = end;
	}
	return found;
}

/** Bits that the code computes without a macro, named by the members of the controls that they come from. */
function unnamed(expression: string): { field: string; mask: string }[] {
	const found: { field: string; mask: string }[] = [];
	const terms = [...expression.matchAll(/([^|]*?) & (0x[0-9a-f]+)\)*(?: << (\d+))?/g)];
	for (const [, value, mask, shift] of terms) {
		const members = [...value.matchAll(/->([a-z]\w+)/g)].map((match) => match[1]);
		if (members.length === 0) continue;
		const place = value.includes("%") ? "_x" : value.includes("/") ? "_y" : "";
		const name = place ? members[0] : members.join("+");
		found.push({ field: `${name}${place}`, mask: `(${mask}u << ${shift ?? 0})` });
	}
	const bit = /->(\w+) \? (BIT\(\d+\)) : 0/.exec(expression);
	if (bit) found.push({ field: bit[1], mask: bit[2] });
	return found;
}

function entries(family: FamilySource, code: string, defines: string): Entry[] {
	const found: Entry[] = [];
	const add = (register: string, address: string, field: string, mask: string) => {
		if (found.some((e) => e.address === address && e.field === field)) return;
		found.push({ register, field, address, mask });
	};
	for (const { register, address, field, mask } of described(family, code)) {
		add(register, address, "", ALL_BITS);
		add(register, address, field, mask);
	}
	for (const { register, address, field, mask } of named(family, code, defines)) {
		add(register, address, "", ALL_BITS);
		add(register, address, field, mask);
	}
	for (const name of family.others ?? []) add(name.replace(family.shorten, ""), name, "", ALL_BITS);
	for (const call of code.matchAll(family.write)) {
		const { words } = callArguments(code, call.index + call[0].length);
		const value = words[family.value] ?? "";
		const place = macros(words[family.register] ?? "", family)[0];
		if (!place) continue;
		const variable = (family.variables ?? /^(reg|refer_addr)$/).test(value) ? value : null;
		const start = code.lastIndexOf("\n{", call.index);
		const expressions = variable ? assignments(code.slice(start, call.index), variable) : [value];
		const shorten = (name: string) => name.replace(family.shorten, "");
		const known = Object.keys(family.arrays).includes(place.name);
		const count = family.arrays[place.name] ?? 1;
		for (let i = 0; i < count; i++) {
			const whole = words[family.register].slice(words[family.register].indexOf(place.name));
			const address = known ? `${place.name}(${i})` : whole.replace(/[^)]*->\w+ \+ /, "");
			const register = known ? `${shorten(place.name)}(${i})` : shorten(address);
			add(register, address, "", ALL_BITS);
			for (const expression of expressions) {
				for (const macro of macros(expression, family)) {
					if (macro.name === place.name || macro.name.endsWith("SWREG")) continue;
					// Values of a field are told from the field: of those only the field has arguments or BIT().
					const alias = new RegExp(`#define\\s+${macro.name}\\s+(\\w+)\\(`).exec(defines)?.[1];
					const field = alias && alias !== "BIT" ? alias : macro.name;
					const body = new RegExp(`#define\\s+${field}\\s+\\((0x)?\\w+ << \\d+\\)`);
					if (body.test(defines)) continue;
					const takes = macro.words.length > 0 || field !== macro.name;
					// The last argument is the value; numbers before it say which of several fields.
					const given = macro.words.slice(0, -1);
					const elements = family.arrays[field] ?? 0;
					const each = Array.from({ length: elements }, (_, element) => [String(element)]);
					for (const before of elements ? each : [given]) {
						const all = [
							...before.map((word) => (/^\d+$/.test(word) ? word : ALL_BITS)),
							ALL_BITS,
						];
						const which = before.filter((word) => /^\d+$/.test(word)).map((word) => `[${word}]`);
						const name = shorten(field).replace(`${shorten(place.name)}_`, "") + which.join("");
						add(register, address, name, takes ? `${field}(${all.join(", ")})` : field);
					}
				}
				for (const { field, mask } of unnamed(expression)) add(register, address, field, mask);
			}
		}
	}
	return found;
}

interface Place {
	register: string;
	shift: string;
	mask: string;
}

/** The places of a table of struct hantro_reg, with their indices; a base of 0 is no place. */
function placesIn(table: string): { index: string; place: Place }[] {
	type Tree = string | Tree[];
	const json = table
		.replace(/[^\s{},]+/g, '"$&"')
		.replaceAll("{", "[")
		.replaceAll("}", "]")
		.replace(/,(\s*\])/g, "$1");
	const walk = (tree: Tree, index: string): { index: string; place: Place }[] => {
		if (typeof tree === "string") throw new Error(`a table has ${tree} for a place`);
		if (tree.some((item) => typeof item !== "string"))
			return tree.flatMap((item, i) => walk(item, `${index}[${i}]`));
		const [register, shift, mask] = tree as string[];
		return register === "0" ? [] : [{ index, place: { register, shift, mask } }];
	};
	return walk(JSON.parse(json) as Tree, "");
}

/**
 * The fields that hantro_reg_write() writes: variables that describe a place, or tables of such, whose names are the fields'; and
 * the local `reg`, whose fields are called by what is written.
 */
function described(family: FamilySource, code: string): Entry[] {
	const shorten = (name: string) => name.replace(family.shorten, "");
	const entry = (name: string, { register, shift, mask }: Place): Entry => ({
		register: shorten(register),
		field: shorten(name),
		address: register,
		mask: `((unsigned)(${mask}) << (${shift}))`,
	});
	const found: Entry[] = [];
	for (const [, name, body] of code.matchAll(
		/struct hantro_reg (\w+)(?:\[\w+\])+ = (\{[\s\S]*?\n\t?\});/g,
	)) {
		// Of names alone: these have their places elsewhere.
		if (!/\b\d+\b/.test(body)) continue;
		for (const { index, place } of placesIn(body)) found.push(entry(`${name}${index}`, place));
	}
	for (const [, name, body] of code.matchAll(/struct hantro_reg (\w+) = \{([^}]*)\};/g)) {
		const member = (of: string) => new RegExp(`\\.${of} = ([^,\\s]+)`).exec(body)?.[1] ?? "0";
		found.push(entry(name, { register: member("base"), shift: member("shift"), mask: member("mask") }));
	}
	const local = { base: "", mask: "", shifts: [] as string[] };
	for (const [, member, value, written] of code.matchAll(
		/\breg\.(base|mask|shift) = ([^;]+);|hantro_reg_write\(vpu, &reg, ([^;]+)\);/g,
	)) {
		if (member === "shift") local.shifts.push(value);
		else if (member) Object.assign(local, { [member]: value });
		else {
			const name = /(\w+)(?!\w*->)/.exec(written.replace(/^.*->/, ""))?.[1] ?? "";
			for (const [i, shift] of local.shifts.entries())
				found.push(
					entry(local.shifts.length > 1 ? `${name}[${i}]` : name, {
						register: local.base,
						shift,
						mask: local.mask,
					}),
				);
			local.shifts = [];
		}
	}
	return found;
}

/** The fields that macros name, of those that the code writes. */
function named(family: FamilySource, code: string, defines: string): Entry[] {
	if (!family.fields) return [];
	const macro = new RegExp(
		`#define\\s+(\\w+)\\s+${family.fields}\\((\\d+),\\s*(\\d+),\\s*(0x[0-9a-f]+)\\)`,
		"g",
	);
	return [...defines.matchAll(macro)]
		.filter(([, name]) => new RegExp(`\\b${name}\\b`).test(code))
		.map(([, name, number, shift, mask]) => ({
			register: `SWREG(${number})`,
			field: name.replace(family.shorten, ""),
			address: `4 * ${number}`,
			mask: `(${mask}u << ${shift})`,
		}));
}

/** The macros' numbers, from a program that prints them. */
function evaluate(defines: string, found: Entry[]): [number, number][] {
	const folder = mkdtempSync(join(tmpdir(), "fields-"));
	try {
		const lines = found.map(
			(e) => `printf("%u %u\\n", (unsigned)(${e.address}), (unsigned)(${e.mask}));`,
		);
		writeFileSync(
			join(folder, "fields.c"),
			`#include <stdio.h>
#define u32 unsigned
#define BIT(n) (1u << (n))
/* only the bits count */
#define DIV_ROUND_UP(n, d) (n)
#define GENMASK(h, l) ((~0u << (l)) & (~0u >> (31 - (h))))
${defines}
int main(void)
{
${lines.join("\n")}
}
`,
		);
		execFileSync("cc", ["-w", "-o", join(folder, "fields"), join(folder, "fields.c")]);
		const output = execFileSync(join(folder, "fields"), { encoding: "utf8" });
		return output
			.trimEnd()
			.split("\n")
			.map((line) => line.split(" ").map(Number) as [number, number]);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Fields of rkvdec's packets in memory, in bits: the macros PS_FIELD or BW_FIELD. A remark says how many an array has. */
function packets(code: string, elements: Record<string, number> = {}): string[] {
	const rows: string[] = [];
	for (const [, name, place, bits, last] of code.matchAll(
		/^#define\s+(\w+)(?:\([ij, ]+\))?\s+(?:PS|BW)_FIELD\((.*), (\d+)\)(?:\s*\/\/ i: 0-(\d+))?$/gm,
	)) {
		const offset = /^(\d+)/.exec(place)?.[1];
		const step = /\(i\) \* (\d+)/.exec(place)?.[1] ?? (/\+ \(i\)/.test(place) ? "1" : "");
		const count = step && last ? String(Number(last) + 1) : String(elements[name] ?? "");
		if (offset) rows.push([name, offset, bits, step, count].join("\t").trimEnd());
	}
	return rows;
}

const folder = mkdtempSync(join(tmpdir(), "source-"));
const head = (kernel: string, unit: string) =>
	`# Generated by renew_fields.ts from the drivers' source in Linux ${kernel}: ${unit}.\n`;
const REGISTERS = "address, register, bits, field (none: the whole register)";
const PACKETS = "field, first bit, bits, step of an array, its elements";

type Source = FamilySource | StructSource;
const kernelOf = (source: Source): string => source.kernel ?? usualKernel;
const textOf = (source: Source, file: string): string =>
	readFileSync(join(folder, kernelOf(source), file), "utf8");

function write(to: string, name: string, source: Source, unit: string, rows: string[]): void {
	writeFileSync(join(to, `${name}.tsv`), `${head(kernelOf(source), unit)}${rows.join("\n")}\n`);
}

interface Row {
	at: number;
	bits: number;
	register: string;
	field: string;
}

const hexadecimal = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

function writeRegisters(to: string, source: Source, rows: Row[]): void {
	const sorted = rows.sort((a, b) => a.at - b.at || b.bits - a.bits);
	write(
		to,
		source.name,
		source,
		REGISTERS,
		sorted.map(({ at, register, bits, field }) =>
			[hexadecimal(at, 3), register, hexadecimal(bits, 8), field].join("\t"),
		),
	);
}

function renewMacros(family: FamilySource, to: string): void {
	const texts = family.sources.map((file) => textOf(family, file));
	const written = family.sources.flatMap((file, i) => (file.endsWith(".c") ? [texts[i]] : [])).join("\n");
	const code = (family.fields ? written : texts[0])
		.replace(/\/\*[\s\S]*?\*\//g, "")
		.replace(/\/\/.*$/gm, "");
	const defines = texts
		.flatMap((text) => [...text.matchAll(/^#define\s(?:.*\\\n)*.*$/gm)].map((match) => match[0]))
		.join("\n");
	const found = entries(family, code, defines);
	const numbers = evaluate(defines, found);
	const rows = found.map((entry, i) => ({ ...entry, at: numbers[i][0], bits: numbers[i][1] >>> 0 }));
	writeRegisters(to, family, rows);
	if (family.packets) write(to, family.packets, family, PACKETS, packets(texts[0]));
}

/** A register is a member of 32 bits, or those that share its words: without the number that begins its name. */
function renewStructs(source: StructSource, to: string): void {
	const text = source.sources.map((file) => textOf(source, file)).join("\n");
	const structs = new Structs(text);
	const rows: Row[] = [];
	for (const [struct, begin] of Object.entries(source.structs)) {
		for (const { name, first, bits } of structs.bits(struct)) {
			const [outer, ...inner] = name.replace(/^reg\d+(_\d+)?_/, "").split(".");
			const at = begin + 4 * Math.floor(first / 32);
			const alone = bits === 32;
			const mask = alone ? 0xffffffff : ((2 ** bits - 1) << (first % 32)) >>> 0;
			const register = alone ? [outer, ...inner].join(".") : outer;
			if (!rows.some((row) => row.at === at)) rows.push({ at, register, bits: 0xffffffff, field: "" });
			if (!alone) rows.push({ at, register, bits: mask, field: inner.join(".") });
		}
	}
	for (const [, macro, value] of text.matchAll(/^#define\s+(\w+)\s+(0x[0-9a-f]+)$/gm)) {
		const at = Number(value);
		if (source.addresses.test(macro) && !rows.some((row) => row.at === at))
			rows.push({ at, register: macro.replace(source.addresses, ""), bits: 0xffffffff, field: "" });
	}
	writeRegisters(to, source, rows);
	const { name, struct, elements } = source.packets;
	const fields = struct
		? structs.bits(struct).map(({ name: field, first, bits }) =>
				// Arrays of structs keep their indices.
				[field.replace(/^[^(]*\./, "").toUpperCase(), first, bits].join("\t"),
			)
		: packets(text, elements);
	write(to, name, source, PACKETS, fields);
}

try {
	const all = toldCodecs.flatMap(({ registers }) => registers.sources);
	for (const kernel of new Set(all.map(kernelOf))) {
		const files = all.filter((source) => kernelOf(source) === kernel).flatMap(({ sources }) => sources);
		const inside = [...new Set(files)].map((file) => `linux-source-${kernel}/drivers/${file}`);
		const place = join(folder, kernel);
		mkdirSync(place);
		const { tarball } = obtainSource(kernel);
		execFileSync("tar", ["-xf", tarball, "-C", place, "--strip-components=2", ...inside], {
			stdio: "inherit",
		});
	}
	for (const { name, registers } of toldCodecs) {
		const to = join(root, "test", "codecs", name, "registers", "fields");
		mkdirSync(to, { recursive: true });
		for (const source of registers.sources)
			if ("structs" in source) renewStructs(source, to);
			else renewMacros(source, to);
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
