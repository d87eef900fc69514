// SPDX-License-Identifier: MIT
// The layouts as data: which struct has which field where. This is also what test/support/abi.json holds.
import { declarations, newerNames, wholeName } from "./newer.ts";
import { type Body, type Headers, type Member, parseHeaders } from "./parse.ts";
import { arrange, type Placed } from "./pointers.ts";
import { ask, type Compiler, preprocess } from "./probe.ts";
import { type Group, growing, oldest } from "./table.ts";

export interface Field {
	/** From the start of the struct to the (first) element. */
	offset: number;
	/** The same where pointers have 32 bits, of a struct that has some. */
	offset32?: number;
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
	/** The same where pointers have 32 bits, of a struct that has some. Pointers are no fields; size and offset are those with 64 bits. */
	size32?: number;
	fields: Record<string, Field>;
}

export interface Module {
	headers: string[];
	structs: Record<string, Struct>;
	/** By name, for headers order them differently. Numbers, or decimal strings beyond 53 bits. */
	constants: Record<string, number | string>;
	/** Those constants that are macros: a header may lack them. */
	macros: string[];
}

export interface Abi {
	modules: Record<string, Module>;
}

/** What else is to be said about the headers that were read. */
export interface Remarks {
	/** Constants that table.ts matches and that were left out, because the oldest headers may lack them. */
	left: string[];
	/** Facts of newer.ts that table.ts does not take. */
	idle: string[];
}

interface Wanted {
	name: string;
	path: string;
	rank: number;
	bitField: boolean;
	/** Name of the element's struct, "" for a scalar. */
	struct: string;
}

/** What is wrong with the system's headers: a sentence for each that is older than the oldest supported ones. */
export function complaints(compiler: Compiler): string[] {
	return oldest.filter(({ condition }) => !holds(compiler, condition)).map(({ complaint }) => complaint);
}

/**
 * Reads the headers of the compiler's system, with the facts of newer.ts where they lack something. Of headers newer than
 * the oldest supported ones it takes no constant that is neither a fact nor in `committed`: nobody knows whether the oldest
 * have it.
 */
export function readAbi(compiler: Compiler, groups: Group[], committed: Abi): { abi: Abi; remarks: Remarks } {
	const isNewer = oldest.some(({ newer }) => holds(compiler, newer));
	const abi: Abi = { modules: {} };
	const remarks: Remarks = { left: [], idle: [] };
	for (const group of groups) {
		const facts = newerNames(group.file);
		const ours = group.headers.includes("exchange.h");
		const certain = new Set([...facts, ...Object.keys(committed.modules[group.file]?.constants ?? {})]);
		const module = readGroup(compiler, group, (name) => {
			if (ours || !isNewer || certain.has(name)) return true;
			remarks.left.push(name);
			return false;
		});
		abi.modules[group.file] = module;
		remarks.idle.push(...facts.filter((name) => !(name in module.constants || name in module.structs)));
	}
	return { abi, remarks };
}

/** Constants that change from version to version, and so must not be in the layout. */
export function growingConstants(abi: Abi): string[] {
	return Object.values(abi.modules)
		.filter((module) => !module.headers.includes("exchange.h"))
		.flatMap(({ constants, macros }) =>
			Object.keys(constants).filter((name) =>
				(macros.includes(name) ? growing.macros : growing.enumerators).test(name),
			),
		);
}

/** The conditions of table.ts are about these headers. */
function holds(compiler: Compiler, condition: string): boolean {
	const source = [
		"#include <linux/version.h>",
		"#include <linux/v4l2-controls.h>",
		"#include <va/va_version.h>",
		`#if ${condition}`,
		"it_holds",
		"#endif",
	];
	return preprocess(compiler, source.join("\n")).includes("it_holds");
}

function readGroup(compiler: Compiler, group: Group, mayTake: (name: string) => boolean): Module {
	const includes = [
		...group.headers.map((header) =>
			header === "exchange.h" ? `#include "${header}"` : `#include <${header}>`,
		),
		...declarations(group.file),
	].join("\n");
	const headers = parseHeaders(preprocess(compiler, includes));
	const types = new Map<string, string>();
	const wanted = new Map<string, Wanted[]>();
	/** The members of structs that have pointers. */
	const withPointers = new Map<string, Member[]>();
	for (const pattern of group.structs) {
		const names = pattern.endsWith("*")
			? [...headers.bodies.keys()].filter((name) => name.startsWith(pattern.slice(0, -1)))
			: [pattern];
		for (const name of names) {
			const body = headers.bodies.get(wholeName(name)) ?? headers.bodies.get(name);
			if (!body)
				throw new Error(
					`${group.headers.join(", ")} declare no ${name}: it is misspelt, or newer.ts must say what newer headers have`,
				);
			collect(name, headers.spelling.get(name) ?? name, body);
		}
	}
	const { names, macros } = constantNames(compiler, group, includes, headers, mayTake);

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
		const pointed = withPointers.get(name);
		if (pointed) arrangeAnew(name, struct, pointed);
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

	/** Where the fields are with pointers of 64 bits, and where with 32: by the members' sizes, not by this compiler's pointers. */
	function arrangeAnew(name: string, struct: Struct, members: Member[]): void {
		const bytes = question("sizeof(void *)");
		const asked = members.map((member) => {
			if (member.bitField || !member.name)
				throw new Error(`${name} has pointers, and a member that cannot be asked for`);
			const of = `((${struct.type} *)0)->${member.name}`;
			const answers = [question(`sizeof(${of})`), question(`_Alignof(__typeof__(${of}))`)];
			return { ...member, answers };
		});
		finish.push(() => {
			const placed = asked.map(
				({ name, pointer, answers: [size, align] }): Placed => ({
					name,
					pointer,
					size: size(),
					align: align(),
				}),
			);
			const [own, wide, narrow] = [bytes(), 8, 4].map((each) => arrange(placed, each));
			struct.size = wide.size;
			struct.size32 = narrow.size;
			for (const field of Object.values(struct.fields)) {
				const member = field.path.split(".")[0];
				const inside = field.offset - own.offsets[member];
				field.offset = wide.offsets[member] + inside;
				field.offset32 = narrow.offsets[member] + inside;
			}
		});
	}

	/** Lists the fields of a struct; what is nested without a name is spread out, prefix_name. */
	function collect(name: string, type: string, body: Body): void {
		if (wanted.has(name)) return;
		const fields: Wanted[] = [];
		types.set(name, type);
		spread(body, "", "");
		wanted.set(name, fields); // after the structs it contains

		function spread(inner: Body, prefix: string, path: string): void {
			for (const member of inner.members) {
				if (member.pointer) {
					if (inner !== body)
						throw new Error(`${name} has a pointer inside ${path}: pointers.ts knows none there`);
					withPointers.set(name, body.members);
					continue;
				}
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
	mayTake: (name: string) => boolean,
): { names: string[]; macros: string[] } {
	const patterns = group.constants.map((pattern) => new RegExp(`^(?:${pattern.source})$`));
	const defined = [...preprocess(compiler, includes, "-dM").matchAll(/^#define ([A-Za-z_]\w*) +(\S.*)$/gm)]
		.filter(([, , value]) => !value.includes('"'))
		.map(([, name]) => name);
	const enumerators = new Set(headers.enumerators);
	// Some headers define a macro of the same name over an enumerator.
	const names = [...new Set([...enumerators, ...defined])]
		.filter((name) => patterns.some((pattern) => pattern.test(name)) && mayTake(name))
		.sort();
	return { names, macros: names.filter((name) => !enumerators.has(name)) };
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
