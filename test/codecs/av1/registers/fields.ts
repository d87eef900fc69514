// SPDX-License-Identifier: MIT
// The tables of fields/, which renew_fields.ts makes.
import { join } from "node:path";
import * as tables from "../../../kernel/hardware/registers/fields.ts";

const folder = join(import.meta.dirname, "fields");

/** AV1's registers of a family, by address. */
export const readRegisters = (family: string) => tables.readRegisters(folder, family);
