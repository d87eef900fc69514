// SPDX-License-Identifier: MIT
// Nothing in the driver is writable and global: every symbol in a section that stays writable after loading, local ones
// included, must be in the list below, with the reason why it may be there.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { edit, expect, succeed } from "./lib.ts";

/** Reviewed: who adds a line here says why two contexts, or two threads, cannot meet in it. */
const ALLOWED: Record<string, { section: string; size: number | "pointer"; why: string }> = {
	innermost: {
		section: ".tbss",
		size: "pointer",
		why: "the trap guard's frame of this thread; NULL outside of a call into the core (glue-c/core/wasm-rt.c)",
	},
	"completed.0": {
		section: ".bss",
		size: 1,
		why: "crtbegin.o: whether the destructors ran; written when the driver is unloaded",
	},
	__dso_handle: {
		section: ".data",
		size: 0,
		why: "crtbegin.o: its own address, which names the driver to atexit()",
	},
	__TMC_END__: { section: ".data", size: 0, why: "crtend.o: the end of an empty list" },
	__aarch64_have_lse_atomics: {
		section: ".bss",
		size: 1,
		why: "libgcc: which atomic instructions the processor has; written by a constructor",
	},
};
/** `__dso_handle` has no size in the symbol table, and so much in its section: a pointer. */
const UNSIZED = 8;

interface Section {
	name: string;
	address: number;
	size: number;
	thread: boolean;
}

const read = (module: string, option: string): string =>
	execFileSync("readelf", [option, "-W", module], { encoding: "utf8" });

/** Sections that are still writable once the loader is done. */
function writableSections(module: string): Map<number, Section> {
	const relro = read(module, "-l").match(/GNU_RELRO\s+\S+\s+(0x\w+)\s+\S+\s+\S+\s+(0x\w+)/);
	const from = Number(relro?.[1] ?? 0);
	const to = from + Number(relro?.[2] ?? 0);
	const sections = new Map<number, Section>();
	const row = /^\s*\[\s*(\d+)\]\s+(\S+)\s+\S+\s+(\w+)\s+\w+\s+(\w+)\s+\w+\s+(\w+)\s/gm;
	for (const [, index, name, address, size, flags] of read(module, "-S").matchAll(row)) {
		const start = Number.parseInt(address, 16);
		const thread = flags.includes("T");
		// The image of thread-local data lies in RELRO; each thread's copy is writable.
		const fixed = !thread && start >= from && start + Number.parseInt(size, 16) <= to;
		if (!flags.includes("W") || !flags.includes("A") || fixed) continue;
		sections.set(Number(index), { name, address: start, size: Number.parseInt(size, 16), thread });
	}
	return sections;
}

/** What is writable and global in a module, and not in the list: one line each. */
export function writableStatics(module: string): string[] {
	const sections = writableSections(module);
	const found: string[] = [];
	const pointer = /Class:\s+ELF32/.test(read(module, "-h")) ? 4 : 8;
	const explained = new Map<number, number>();
	const row = /^\s*\d+:\s+(\w+)\s+(\d+|0x\w+)\s+(\w+)\s+\w+\s+\w+\s+(\d+)\s+(\S+)$/gm;
	// Both tables show what is exported; a module without .symtab cannot be judged.
	const symbols = read(module, "-s").split(/'\.symtab'/)[1];
	if (!symbols) return ["it is stripped: there are no local symbols to look at"];
	for (const [, , size, type, index, name] of symbols.matchAll(row)) {
		const section = sections.get(Number(index));
		// $d and the like mark data for a disassembler on Arm.
		if (!section || type === "SECTION" || type === "FILE" || /^\$[dx]/.test(name)) continue;
		if (name === "_TLS_MODULE_BASE_") continue;
		const known = ALLOWED[name];
		const wanted = known?.size === "pointer" ? pointer : known?.size;
		if (known?.section !== section.name || wanted !== Number(size)) {
			found.push(`${name}: ${size} bytes in ${section.name}`);
			continue;
		}
		explained.set(Number(index), (explained.get(Number(index)) ?? 0) + (Number(size) || UNSIZED));
	}
	for (const [index, { name, size }] of sections) {
		// Sections are padded to the alignment of what follows; an unnamed variable would not fit in that.
		if (size > (explained.get(index) ?? 0) + 7)
			found.push(`${name}: ${size} bytes, more than its symbols`);
	}
	return found;
}

interface Build {
	tree: string;
	build: string;
	module: string;
}

/** A variable of each kind that C has, as it would come into the glue. */
const VARIABLES: [string, RegExp][] = [
	["static int calls; if (!++calls) return;", /calls(\.\d+)?: 4 bytes in \.bss/],
	["static int left = 3; if (!--left) return;", /left(\.\d+)?: 4 bytes in \.data/],
	["static _Thread_local int depth; if (!++depth) return;", /depth(\.\d+)?: 4 bytes in \.tbss/],
];

/** Tests that the driver has no writable globals but the reviewed ones. `first` gives the build to look at, made once. */
export function staticsTests(first: () => Promise<Build>): { name: string; run: () => Promise<void> }[] {
	return [
		{
			name: "nothing in the driver is writable and global but what the reviewed list explains",
			async run() {
				const found = writableStatics(join((await first()).build, "v4l2_request_drv_video.so"));
				expect(found.length === 0, `not in the list of test/build/statics.ts:\n${found.join("\n")}`);
			},
		},
		{
			name: "a static variable in the glue is found, of any kind",
			async run() {
				const { tree, build, module } = await first();
				const source = join(tree, "glue-c", "va", "objects.c");
				const places = VARIABLES.map(([line]) => line).join("\n\t");
				let original = "";
				edit(source, (text) => {
					original = text;
					return text.replace(/(void object_put\([^)]*\)\n\{\n)/, `$1\t${places}\n`);
				});
				try {
					await succeed(["ninja", "-C", build], tree);
					const found = writableStatics(join(build, module)).join("\n");
					for (const [line, says] of VARIABLES)
						expect(says.test(found), `${line} was not found, only: ${found}`);
				} finally {
					edit(source, () => original);
					await succeed(["ninja", "-C", build], tree);
				}
				expect(writableStatics(join(build, module)).length === 0, "it is found after it is gone");
			},
		},
	];
}
