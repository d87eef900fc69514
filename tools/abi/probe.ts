// SPDX-License-Identifier: MIT
// Asks a C compiler for the values of constant expressions. The compiler writes them into the data of an object
// file, which is read here and never linked or run, so a cross compiler is asked the same way.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Compiler {
	command: string[];
	flags: string[];
}

/** $CC (or cc), and where the headers are. */
export function compilerFromEnvironment(root: string): Compiler {
	const command = (process.env.CC ?? "cc").split(" ");
	const packages = execFileSync(process.env.PKG_CONFIG ?? "pkg-config", ["--cflags", "libva", "libdrm"], {
		encoding: "utf8",
	});
	return {
		command,
		flags: [...packages.trim().split(/\s+/).filter(Boolean), "-I", join(root, "glue-c", "core")],
	};
}

/** What the compiler's preprocessor makes of a C source. Throws with the compiler's words if it fails. */
export function preprocess(compiler: Compiler, source: string, ...flags: string[]): string {
	const [command, ...first] = compiler.command;
	return execFileSync(command, [...first, ...compiler.flags, "-E", "-P", "-x", "c", ...flags, "-"], {
		input: source,
		encoding: "utf8",
		maxBuffer: 64 << 20,
	});
}

export interface Answers {
	values: bigint[];
	/** For each bit field: the object with nothing but this field set. */
	images: Uint8Array[];
}

/** values: integer constant expressions. bitFields: type and member path of bit fields. */
export function ask(
	compiler: Compiler,
	includes: string,
	values: string[],
	bitFields: { type: string; path: string }[],
): Answers {
	const folder = mkdtempSync(join(tmpdir(), "layout-"));
	try {
		const lines = [includes, "#include <stddef.h>"];
		lines.push('__attribute__((section(".layout"), used)) const unsigned long long layout_values[] = {');
		for (const value of values) lines.push(`(unsigned long long)(long long)(${value}),`);
		lines.push("0 };");
		bitFields.forEach(({ type, path }, i) => {
			lines.push(
				`__attribute__((section(".bits.${i}"), used)) const ${type} bits_${i} = { .${path} = -1 };`,
			);
		});
		const source = join(folder, "probe.c");
		const object = join(folder, "probe.o");
		writeFileSync(source, `${lines.join("\n")}\n`);
		const [command, ...first] = compiler.command;
		execFileSync(
			command,
			[...first, ...compiler.flags, "-std=gnu17", "-w", "-fno-lto", "-c", source, "-o", object],
			{ stdio: "inherit" },
		);
		const sections = readSections(readFileSync(object));
		const section = (name: string): Buffer => {
			const found = sections.get(name);
			if (!found) throw new Error(`the compiler wrote no section ${name}`);
			return found;
		};
		const data = section(".layout");
		return {
			values: values.map((_, i) => data.readBigInt64LE(i * 8)),
			images: bitFields.map((_, i) => section(`.bits.${i}`)),
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The sections of a little-endian ELF object by name. */
function readSections(elf: Buffer): Map<string, Buffer> {
	if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[5] !== 1)
		throw new Error("the compiler did not write a little-endian ELF object");
	const wide = elf[4] === 2;
	const word = (at: number): number => (wide ? Number(elf.readBigUInt64LE(at)) : elf.readUInt32LE(at));
	const table = word(wide ? 0x28 : 0x20);
	const entrySize = elf.readUInt16LE(wide ? 0x3a : 0x2e);
	const count = elf.readUInt16LE(wide ? 0x3c : 0x30);
	const names = elf.readUInt16LE(wide ? 0x3e : 0x32);
	const headers = Array.from({ length: count }, (_, i) => {
		const at = table + i * entrySize;
		return {
			name: elf.readUInt32LE(at),
			offset: word(at + (wide ? 0x18 : 0x10)),
			size: word(at + (wide ? 0x20 : 0x14)),
		};
	});
	const sections = new Map<string, Buffer>();
	for (const { name, offset, size } of headers) {
		const start = headers[names].offset + name;
		sections.set(
			elf.toString("latin1", start, elf.indexOf(0, start)),
			elf.subarray(offset, offset + size),
		);
	}
	return sections;
}
