// SPDX-License-Identifier: MIT
// docs/proof.md from docs/proof.json.
import { codecNamed } from "../../test/codecs/codecs.ts";
import { boardsTold, decoderOf, kernelWith } from "../../test/kernel/hardware/boards.ts";
import { families, rowOf } from "../boards/table.ts";
import { type BoardReport, cellOf } from "./reports.ts";
import type { Agreement, Pixels, Registers, Results, Run } from "./results.ts";

const name = (codec: string) => codecNamed(codec).title;
const number = (n: number) => n.toLocaleString("en-GB");

function table(head: string[], rows: string[][]): string[] {
	const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function pixels(one: Pixels | undefined): string {
	if (!one) return "not run";
	const refused = one.refused.length > 0 ? `, ${one.refused.length} refused` : "";
	return `${one.right} of ${one.streams} streams right${refused}`;
}

function agreement(one: Agreement | undefined): string {
	if (!one) return "not run";
	return `${number(one.withoutRule)} of ${number(one.equal + one.notCarried + one.byRule + one.withoutRule)} fields differ without a rule`;
}

function registers(one: Registers | undefined): string {
	if (!one) return "not run";
	return `${number(one.equal)} of ${number(one.jobs)} pictures equal, ${number(one.waived)} with a waiver, ${number(one.different)} different`;
}

const runOf = ({ driver, date, kernel }: Run): string =>
	[driver, date, ...(kernel ? [`Linux ${kernel}`] : [])].join(", ");

function list(title: string, lines: string[]): string[] {
	return lines.length === 0 ? [] : ["", title, "", ...lines.map((line) => `* ${line}`)];
}

/** The reports of a row's chips. */
function reportsOf({ reports }: Results, chips: string): BoardReport[] {
	const all = families();
	return reports.filter((report) => {
		const family = all.find(({ page }) => page === report.page);
		return family && rowOf(family, report.chip) === chips;
	});
}

function reportSection({ reports }: Results): string[] {
	if (reports.length === 0) return [];
	return [
		"",
		"## Reports from boards",
		"",
		...table(
			["chip", "codec", "clips right", "wrong", "not decoded", "kernel", "driver", "day"],
			reports.map((one) => [
				one.chip,
				name(one.codec),
				number(one.right),
				one.wrong.join(", ") || "none",
				one.failed.join(", ") || "none",
				one.kernel,
				one.driver,
				one.date,
			]),
		),
	];
}

/** A row for each codec of each board: chips, kernel driver, codec, pixels, controls, registers, reports. */
export function pageRows(results: Results): string[][] {
	const every = [...results.pixels, ...results.agreement, ...results.registers];
	const codecs = [...new Set(every.map((one) => one.codec))];
	return boardsTold.flatMap(({ name: board, chips }) =>
		codecs.flatMap((codec) => {
			const { format } = codecNamed(codec);
			const decoder = decoderOf(board, format, kernelWith(board, format));
			if (!decoder) return [];
			const { title, mode } = decoder;
			// MPEG-2 and VP8 have one kind of device: cedrus takes their frames whole, too.
			const { modes } = codecNamed(codec);
			const kind = modes.includes(mode) ? mode : modes[0];
			return [
				[
					chips,
					title,
					name(codec),
					pixels(results.pixels.find((one) => one.codec === codec && one.mode === kind)),
					agreement(results.agreement.find((one) => one.codec === codec)),
					registers(results.registers.find((one) => one.codec === codec && one.board === board)),
					cellOf(reportsOf(results, chips).filter((one) => one.codec === codec)),
				],
			];
		}),
	);
}

/** The text of docs/proof.md. */
export function page(results: Results): string {
	return [
		"# What is proven, and how",
		"",
		"<!-- Made by `npm run proof` from docs/proof.json. Do not edit: `npm run lint` compares. -->",
		"",
		"Nobody of the project has seen a board decode yet: what can be proven without one is here, and reports from boards go into the",
		"last column. Below, each row names the driver that it is of, and the day of the run.",
		"",
		...table(
			["chips", "kernel driver", "codec", "pixels", "controls", "registers", "reports from boards"],
			pageRows(results),
		),
		"",
		"* **Pixels**: whole streams by a stock player through libva and the driver, every picture compared with the published MD5. The",
		"  decoder is a model over libavcodec that sees what a decoder would see, frame-based with start codes or slice-based without, as",
		"  that kernel driver is. It shows that the bitstream, the references and the surfaces are right; not that the chip is.",
		"  `npm run conformance -- --vectors DIR --mode frame|slice|sets|columns`",
		"* **Controls**: what the driver submits on the real V4L2 core (visl), against what GStreamer's stateless elements submit for the",
		"  same picture, field by field. A field that differs has a reviewed rule, or the run fails. `npm run agree -- --vectors DIR`",
		"* **Registers**: the chip's own kernel driver, unpatched, on a fake register block: what the silicon would be told for each",
		"  picture, against the same for GStreamer, which is proven on those chips. `npm run registers -- --board B --vectors DIR`",
		"* **Reports from boards**: the clips of the package v4l2-request-va-driver-tests, decoded on the board by ffmpeg, each sum of pictures",
		"  compared with the right one. MPEG-2 leaves the rounding of its transform to the decoder: there samples are right that are at most 8 away",
		"  from software's. `v4l2-request-doctor --measure FILM --json` makes a report, `npm run proof -- --reports FOLDER` takes it",
		"",
		"## Pixels",
		"",
		...table(
			["codec", "kind of device", "streams", "right", "pictures", "refused", "wrong", "run"],
			results.pixels.map((one) => [
				name(one.codec),
				one.mode,
				...[one.streams, one.right, one.pictures, one.refused.length, one.wrong.length].map(number),
				runOf(one.run),
			]),
		),
		...list(
			"As in software by the same command, which crops, rotates or scales otherwise than the published MD5 has it, or ends with an error:",
			results.pixels.flatMap((one) => one.asSoftware.map((file) => `${file} (${one.mode})`)),
		),
		...list(
			"Refused, with the player's software decoder taking over:",
			results.pixels.flatMap((one) => one.refused.map((file) => `${file} (${one.mode})`)),
		),
		...list(
			"Wrong:",
			results.pixels.flatMap((one) => one.wrong.map((file) => `${file} (${one.mode})`)),
		),
		"",
		"## Controls",
		"",
		...table(
			[
				"codec",
				"streams",
				"jobs",
				"equal fields",
				"not carried by VA-API",
				"by a rule",
				"without a rule",
				"rules used",
				"run",
			],
			results.agreement.map((one) => [
				name(one.codec),
				...[
					one.streams,
					one.jobs,
					one.equal,
					one.notCarried,
					one.byRule,
					one.withoutRule,
					one.rules,
				].map(number),
				runOf(one.run),
			]),
		),
		...list(
			"Not compared to the end:",
			results.agreement.flatMap((one) => one.failures),
		),
		"",
		"## Registers",
		"",
		...table(
			["board", "codec", "streams", "jobs", "equal", "with a waiver", "different", "waivers", "run"],
			results.registers.map((one) => [
				one.board,
				name(one.codec),
				...[one.streams, one.jobs, one.equal, one.waived, one.different, one.waivers.length].map(
					number,
				),
				runOf(one.run),
			]),
		),
		...list(
			"Waivers (test/codecs/CODEC/registers/waivers.ts has the reasons):",
			[...new Set(results.registers.flatMap((one) => one.waivers))].sort(),
		),
		...list(
			"Not compared:",
			results.registers.flatMap((one) => one.notCompared.map((line) => `${one.board}: ${line}`)),
		),
		...reportSection(results),
		"",
	].join("\n");
}
