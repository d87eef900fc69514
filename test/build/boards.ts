// SPDX-License-Identifier: MIT
// docs/boards: a page for each family, with a line for each player; and what its table says of chips is what the kernel's own drivers said in the
// lab (test/doctor/golden). That the pages are those of the table is held by `npm run lint`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chipName, decodersOf, families, rowOf } from "../../tools/boards/table.ts";
import { root } from "../../tools/lib/run.ts";
import { kernelOf } from "../kernel/hardware/boards.ts";
import { expect } from "./lib.ts";

const pages = join(root, "docs", "boards");
const golden = join(root, "test", "doctor", "golden");

/** Families of chips that users have. */
const wanted =
	"rk3288 rk3328 rk3399 rk356x rk3588 rk3576 allwinner imx8mq imx8mm imx8mp stm32mp25 mediatek raspberrypi apple";
const players = ["mpv", "ffmpeg", "VLC", "Kodi", "GStreamer", "Firefox", "Chromium", "Jellyfin"];

async function whole(): Promise<void> {
	const there = families().map(({ page }) => page);
	for (const name of wanted.split(" ")) expect(there.includes(name), `there is no page ${name}`);
	for (const page of there) {
		const text = readFileSync(join(pages, `${page}.md`), "utf8");
		for (const player of players)
			expect(
				new RegExp(`^(\\| ${player} \\| .{10,}|    ${player} --.*)$`, "m").test(text),
				`${page}: ${player}`,
			);
		expect(
			/^## Decoders$/m.test(text) && /^## Shown how$/m.test(text),
			`${page}: decoders, and shown how`,
		);
	}
}

/** Each driver of a golden text with its codecs. */
function seen(text: string): Map<string, string[]> {
	const all = new Map<string, string[]>();
	let codecs: string[] = [];
	for (const line of text
		.slice(text.indexOf("\nDecoders\n"), text.indexOf("\nProfiles of VA-API\n"))
		.split("\n")) {
		const [, driver] = /^ {2}\/dev\/video\d+ \(\/dev\/media\d+\), driver ([^,]+),/.exec(line) ?? [];
		const [, codec] = /^ {4}(\S+) /.exec(line) ?? [];
		if (driver) all.set(driver, all.get(driver) ?? []);
		codecs = driver ? (all.get(driver) as string[]) : codecs;
		if (codec) codecs.push(codec);
	}
	return all;
}

const numberOf = (version: string): number => {
	const [major, minor] = version.split(".").map(Number);
	return major * 1000 + minor;
};

async function asSeen(): Promise<void> {
	const texts = readdirSync(golden).flatMap((file) => /^lab-(\w+?)(-iommu)?\.txt$/.exec(file)?.[0] ?? []);
	let compared = 0;
	for (const file of texts) {
		const tree = file.slice("lab-".length, -".txt".length);
		const name = tree.replace("-iommu", "").toUpperCase();
		const family = families().find(({ chips }) => chips.some((chip) => chipName(chip) === name));
		const chip = family?.chips.find((each) => chipName(each) === name);
		if (!family || !chip) {
			expect(["ACCESS", "BOXES", "VISL"].includes(name), `no family has the chip of ${file}`);
			continue;
		}
		const kernel = numberOf(kernelOf(tree));
		for (const [driver, codecs] of seen(readFileSync(join(golden, file), "utf8"))) {
			const told = decodersOf(family.decoders, chip)
				.filter((each) => each.driver === driver)
				.flatMap(({ codecs: of }) => Object.entries(of))
				.filter(([, since]) => numberOf(since) <= kernel)
				.map(([codec]) => codec);
			expect(
				codecs.sort().join() === told.sort().join(),
				`${driver} of ${chip}: Linux ${kernelOf(tree)} has ${codecs.join(", ")}, boards.json ${told.join(", ")}`,
			);
			compared++;
		}
	}
	expect(compared > 12, `${compared} drivers were compared`);
}

async function rows(): Promise<void> {
	const family = families().find(({ page }) => page === "allwinner");
	expect(family !== undefined, "there is no page allwinner");
	const row = (chip: string) => family && rowOf(family, chip);
	expect(row("allwinner,sun50i-h6") === "H6", `H6: ${row("allwinner,sun50i-h6")}`);
	expect(row("allwinner,sun8i-h3") === "A64", `H3: ${row("allwinner,sun8i-h3")}`);
	const vp9 = (chip: string) => decodersOf(family?.decoders ?? [], chip).some(({ codecs }) => codecs.VP9);
	expect(vp9("allwinner,sun50i-h6") && !vp9("allwinner,sun50i-a64"), "which chip has VP9");
}

export const boardTests = [
	{ name: "boards: each family has a page, with each player", run: whole },
	{ name: "boards: chips have the codecs that the kernel's drivers have in the lab", run: asSeen },
	{ name: "boards: what one chip of a family has, and shows, is not the others'", run: rows },
];
