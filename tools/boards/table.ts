// SPDX-License-Identifier: MIT
// docs/boards/boards.json: which decoders chips have, and since when Linux has drivers for them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.ts";

export interface Decoder {
	/** As VIDIOC_QUERYCAP names it. */
	driver: string;
	/** Of the kernel's configuration. */
	option: string;
	/** The family's chips that have it; all unless told. */
	only?: string[];
	/** The first version of Linux that decodes each; "6.1" stands for that one or an earlier. */
	codecs: Record<string, string>;
}

export interface Family {
	/** The page's name in docs/boards. */
	page: string;
	title: string;
	boards: string[];
	/** Compatible strings of the device tree. */
	chips: string[];
	/** The chips of rows in docs/proof.md, where there are some. */
	proof?: string[];
	/** The kernel's drivers of GPU and screen. */
	screen: string;
	decoders: Decoder[];
	/** What does not work, and why. */
	lacks?: string;
}

/** All families, in the order of the file. */
export function families(): Family[] {
	const text = readFileSync(join(root, "docs", "boards", "boards.json"), "utf8");
	return (JSON.parse(text) as { families: Family[] }).families;
}

/** "allwinner,sun50i-h6" as people call it: "H6". */
export const chipName = (chip: string): string => chip.split(/[,-]/).at(-1)?.toUpperCase() ?? chip;

/** The chips of the row in docs/proof.md to which what a chip shows belongs: its own, or else the family's first. */
export const rowOf = ({ proof = [] }: Family, chip: string): string | undefined =>
	proof.find((row) => row === chipName(chip)) ?? proof[0];

/** Those of a family's decoders that a chip has. */
export const decodersOf = (decoders: Decoder[], chip: string): Decoder[] =>
	decoders.filter(({ only }) => only?.includes(chip) ?? true);

/** doctor/boards_table.h: a row for each codec of each chip. */
export function cTable(all: Family[]): string {
	const rows = all.flatMap(({ chips, decoders }) =>
		chips.flatMap((chip) =>
			decodersOf(decoders, chip).flatMap(({ driver, option, codecs }) =>
				Object.entries(codecs).map(
					([codec, since]) =>
						`\t{${[chip, driver, option, codec, since].map((word) => JSON.stringify(word)).join(", ")}},`,
				),
			),
		),
	);
	return `${[
		"/* SPDX-License-Identifier: MIT",
		" *",
		" * Made by `npm run boards:docs` from docs/boards/boards.json. Do not edit: `npm run lint` compares.",
		" */",
		"/* clang-format off */",
		"static const struct board_decoder table[] = {",
		...rows,
		"};",
	].join("\n")}\n`;
}
