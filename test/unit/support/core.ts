// SPDX-License-Identifier: MIT
// One instance of the core: the very wasm that is built into the driver ($CORE_WASM), or the same with the stand-in codec
// ($CORE_STAND_IN_WASM).
import { readFileSync } from "node:fs";
import { constants } from "../../support/abi.ts";
import { decode, encode, type Fields, offsetOf, sizeOf } from "./struct.ts";

/** The module whose file the variable names. */
export function moduleOf(variable: string): WebAssembly.Module {
	const path = process.env[variable];
	if (!path)
		throw new Error(
			`${variable} does not name a core to test: run the unit tests with \`npm test -- unit\``,
		);
	return new WebAssembly.Module(readFileSync(path));
}

const driver = moduleOf("CORE_WASM");
const standIn = moduleOf("CORE_STAND_IN_WASM");

const planHeader = ["then", "status", "message", "message_values", "token", "timeout_ms", "surface"];

/** The core trapped: out of bounds, unreachable, or an assertion (then with its text). */
export class Trap extends Error {}

type Export = (...args: number[]) => number;

export class Core {
	readonly memory: WebAssembly.Memory;
	private readonly exports: Record<string, Export>;
	private readonly input: number;
	private readonly output: number;

	constructor(withStandIn = false) {
		const instance = new WebAssembly.Instance(withStandIn ? standIn : driver, {
			env: {
				abort: (message: number, file: number, line: number) => {
					throw new Trap(`${this.text(message)} at ${this.text(file)}:${line}`);
				},
			},
		});
		this.memory = instance.exports.memory as WebAssembly.Memory;
		this.exports = instance.exports as unknown as Record<string, Export>;
		this.input = this.call("core_input_address");
		this.output = this.call("core_output_address");
	}

	/** Calls an export; the result is unsigned. */
	call(name: string, ...args: number[]): number {
		const called = this.exports[name];
		if (!called) throw new Error(`the core exports no ${name}`);
		return called(...args) >>> 0;
	}

	bytes(address: number, size: number): Uint8Array {
		return new Uint8Array(this.memory.buffer.slice(address, address + size));
	}

	/** An AssemblyScript string: UTF-16, with its length in bytes in the word before it. */
	text(at: number): string {
		const bytes = new DataView(this.memory.buffer);
		const length = at < 4 ? 0 : bytes.getUint32(at - 4, true) >>> 1;
		return Array.from({ length }, (_, i) => String.fromCharCode(bytes.getUint16(at + 2 * i, true))).join(
			"",
		);
	}

	/** Fills the input area, the rest with a pattern that is no data: nothing may depend on it. */
	give(...parts: { at?: number; bytes: Uint8Array }[]): void {
		const area = new Uint8Array(this.memory.buffer, this.input, constants.CORE_INPUT_CAPACITY);
		area.fill(0xa5);
		for (const { at = 0, bytes } of parts) area.set(bytes, at);
	}

	giveStruct(name: string, fields: Fields): void {
		this.give({ bytes: encode(name, fields) });
	}

	giveStructs(name: string, list: Fields[]): void {
		this.give(...list.map((fields, i) => ({ at: i * sizeOf(name), bytes: encode(name, fields) })));
	}

	answer(name: string, index = 0): Fields {
		return decode(name, this.bytes(this.output + index * sizeOf(name), sizeOf(name)));
	}

	answers(name: string, count: number): Fields[] {
		return Array.from({ length: count }, (_, i) => this.answer(name, i));
	}

	/** Numbers that an answer is a list of. */
	words(count: number): number[] {
		return [...new Uint32Array(this.memory.buffer, this.output, count)];
	}

	/** The plan in the output area, with as many steps and controls as it has. */
	plan(): Fields {
		const bytes = this.bytes(this.output, sizeOf("core_plan"));
		const { step_count, control_count, ...header } = decode("core_plan", bytes, [
			...planHeader,
			"step_count",
			"control_count",
		]);
		const list = (field: string, struct: string, count: number): Fields[] =>
			Array.from({ length: count }, (_, i) =>
				decode(struct, bytes.subarray(offsetOf("core_plan", field) + i * sizeOf(struct))),
			);
		return {
			...header,
			steps: list("steps", "core_step", step_count),
			controls: list("controls", "core_control", control_count),
		};
	}

	struct(name: string, address: number): Fields {
		return decode(name, this.bytes(address, sizeOf(name)));
	}
}
