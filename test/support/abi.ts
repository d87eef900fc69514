// SPDX-License-Identifier: MIT
// The struct layouts and constants of abi.json, for tests: `structs.v4l2_ctrl_h264_sps.fields.flags.offset`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Abi, Struct } from "../../tools/abi/model.ts";

const abi = JSON.parse(readFileSync(join(import.meta.dirname, "abi.json"), "utf8")) as Abi;

export const structs: Record<string, Struct> = {};
export const constants: Record<string, number> = {};
for (const module of Object.values(abi.modules)) {
	Object.assign(structs, module.structs);
	for (const [name, value] of Object.entries(module.constants)) constants[name] = Number(value);
}
