// SPDX-License-Identifier: MIT
// The layouts as data: which struct has which field where. This is also what test/support/abi.json holds.
import { type Body, type Headers, parseHeaders } from "./parse.ts";
import { ask, type Compiler, preprocess } from "./probe.ts";
import type { Group } from "./table.ts";

export interface Field {
	/** From the start of the struct to the (first) element. */
	offset: number;
	/** Bytes of one element. */
	size: number;
	signed: boolean;
	/** Array dimensions, outermost first; [] for a single value. */
	dims: number[];
	/** Bytes from one element to the next, for each dimension. */
	strides: number[];
	/** The element's struct, when it is one. */
	struct?: string;
	/** A bit field: offset is that of the aligned 32-bit word that holds it. */
	bits?: { shift: number; width: number };
	/** C member path, for the static assertions. */
	path: string;
}

export interface Struct {
	/** C type. */
	type: string;
	size: number;
	fields: Record<string, Field>;
}

export interface Module {
	headers: string[];
	structs: Record<string, Struct>;
	/** Numbers, or decimal strings beyond 53 bits. */
	constants: Record<string, number | string>;
	/** Those constants that are macros: a header may lack them. */
	macros: string[];
}

export interface Layout {
	/** Versions of the headers that were read. */
	versions: Record<string, number>;
	modules: Record<string, Module>;
}

interface Wanted {
	name: string;
	path: string;
	rank: number;
	bitField: boolean;
	/** Name of the element's struct, "" for a scalar. */
	struct: string;
}

export function readLayout(compiler: Compiler, groups: Group[]): Layout {
	const layout: Layout = { versions: {}, modules: {} };
	for (const group of groups) layout.modules[group.file] = readGroup(compiler, group);
	const version = ["VA_MAJOR_VERSION", "VA_MINOR_VERSION", "LINUX_VERSION_CODE"];
	const { values } = ask(compiler, "#include <va/va_version.h>\n#include <linux/version.h>", version, []);
	version.forEach((name, i) => {
		layout.versions[name] = Number(values[i]);
	});
	return layout;
}

function readGroup(compiler: Compiler, group: Group): Module {
	const includes = group.headers
		.map((header) => (header === "exchange.h" ? `#include "${header}"` : `#include <${header}>`))
		.join("\n");
	const headers = parseHeaders(preprocess(compiler, includes));
	const types = new Map<string, string>();
	const wanted = new Map<string, Wanted[]>();
	for (const pattern of group.structs) {
		const names = pattern.endsWith("*")
			? [...headers.bodies.keys()].filter((name) => name.startsWith(pattern.slice(0, -1)))
			: [pattern];
		for (const name of names) {
			const body = headers.bodies.get(name);
			if (!body)
				throw new Error(
					`${group.headers.join(", ")} declare no ${name}: the headers are too old or the name is misspelt`,
				);
			collect(name, headers.spelling.get(name) ?? name, body);
		}
	}
	const { names, macros } = constantNames(compiler, group, includes, headers);

	// Every question in one list, then one compilation.
	const expressions: string[] = [];
	const bitFields: { type: string; path: string }[] = [];
	const question = (expression: string): (() => number) => {
		const index = expressions.push(expression) - 1;
		return () => Number(BigInt.asIntN(64, answers.values[index]));
	};
	const finish: (() => void)[] = [];
	const structs: Record<string, Struct> = {};
	for (const [name, fields] of wanted) {
		const type = types.get(name) as string;
		const struct: Struct = { type, size: 0, fields: {} };
		structs[name] = struct;
		const size = question(`sizeof(${type})`);
		finish.push(() => {
			struct.size = size();
		});
		for (const field of fields) {
			if (field.bitField) {
				const index = bitFields.push({ type, path: field.path }) - 1;
				finish.push(() => {
					struct.fields[field.name] = {
						...bitPlace(answers.images[index], `${name}.${field.path}`),
						path: field.path,
					};
				});
				continue;
			}
			const element = (depth: number): string => `((${type} *)0)->${field.path}${"[0]".repeat(depth)}`;
			const offset = question(`offsetof(${type}, ${field.path})`);
			const sizes = Array.from({ length: field.rank + 1 }, (_, depth) =>
				question(`sizeof(${element(depth)})`),
			);
			const signed = field.struct ? () => 0 : question(`(__typeof__(${element(field.rank)}))-1 < 0`);
			finish.push(() => {
				const bytes = sizes.map((get) => get());
				const found: Field = {
					offset: offset(),
					size: bytes[field.rank],
					signed: signed() === 1,
					dims: bytes.slice(1).map((size, i) => bytes[i] / size),
					strides: bytes.slice(1),
					path: field.path,
				};
				if (field.struct) found.struct = field.struct;
				struct.fields[field.name] = found;
			});
		}
	}
	const constants: Record<string, number | string> = {};
	for (const name of names) {
		const value = question(name);
		const index = expressions.length - 1;
		finish.push(() => {
			constants[name] = Number.isSafeInteger(value())
				? value()
				: String(BigInt.asUintN(64, answers.values[index]));
		});
	}
	const answers = ask(compiler, includes, expressions, bitFields);
	for (const step of finish) step();
	return { headers: group.headers, structs, constants, macros };

	/** Lists the fields of a struct; what is nested without a name is spread out, prefix_name. */
	function collect(name: string, type: string, body: Body): void {
		if (wanted.has(name)) return;
		const fields: Wanted[] = [];
		types.set(name, type);
		spread(body, "", "");
		wanted.set(name, fields); // after the structs it contains

		function spread(inner: Body, prefix: string, path: string): void {
			for (const member of inner.members) {
				if (member.pointer) continue;
				const memberPath = path + member.name;
				const memberName = prefix + member.name;
				const nested = member.body ?? headers.bodies.get(member.typeName) ?? null;
				const common = {
					name: memberName,
					path: memberPath,
					rank: member.rank,
					bitField: member.bitField,
				};
				if (!nested) {
					fields.push({ ...common, struct: "" });
				} else if (!member.body) {
					collect(
						member.typeName,
						headers.spelling.get(member.typeName) ?? member.typeName,
						nested,
					);
					fields.push({ ...common, struct: member.typeName });
				} else if (member.rank > 0) {
					const own = `${name}_${memberName}`;
					collect(
						own,
						`__typeof__(((${type} *)0)->${memberPath}${"[0]".repeat(member.rank)})`,
						nested,
					);
					fields.push({ ...common, struct: own });
				} else {
					// The struct of bit fields inside a union (bits, fields) is not part of the name.
					const silent =
						member.name === "" ||
						(inner.kind === "union" && nested.members.some((each) => each.bitField));
					spread(
						nested,
						silent ? prefix : `${memberName}_`,
						member.name === "" ? path : `${memberPath}.`,
					);
				}
			}
		}
	}
}

function constantNames(
	compiler: Compiler,
	group: Group,
	includes: string,
	headers: Headers,
): { names: string[]; macros: string[] } {
	const matches = (name: string): boolean =>
		group.constants.some((pattern) => new RegExp(`^(?:${pattern.source})$`).test(name));
	const macros = [...preprocess(compiler, includes, "-dM").matchAll(/^#define ([A-Za-z_]\w*) +(\S.*)$/gm)]
		.filter(([, name, value]) => matches(name) && !value.includes('"'))
		.map(([, name]) => name);
	const enumerators = headers.enumerators.filter(matches);
	// Some headers define a macro of the same name over an enumerator.
	return {
		names: [...new Set([...enumerators, ...macros.sort()])],
		macros: macros.filter((name) => !enumerators.includes(name)),
	};
}

function bitPlace(image: Uint8Array, what: string): Omit<Field, "path"> {
	const set: number[] = [];
	image.forEach((byte, i) => {
		for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) set.push(i * 8 + bit);
	});
	const word = Math.floor(set[0] / 32);
	if (set.length === 0 || set.some((bit, i) => bit !== set[0] + i || Math.floor(bit / 32) !== word)) {
		throw new Error(`${what} is not a run of bits inside one 32-bit word`);
	}
	return {
		offset: word * 4,
		size: 4,
		signed: false,
		dims: [],
		strides: [],
		bits: { shift: set[0] % 32, width: set.length },
	};
}
