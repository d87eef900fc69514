// SPDX-License-Identifier: MIT
// What owners of boards measured: JSON of `v4l2-request-doctor --measure FILM --json`, for the last column of docs/proof.md.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codecNames } from "../../test/codecs/codecs.ts";
import { constants } from "../../test/support/abi.ts";
import { decodersOf, families } from "../boards/table.ts";
import { root } from "../lib/run.ts";

/** The clips of one codec on one board. */
export interface BoardReport {
	/** Its page in docs/boards. */
	page: string;
	/** Of the device tree: "rockchip,rk3566". */
	chip: string;
	codec: string;
	right: number;
	/** Clips with other pictures than the right ones. */
	wrong: string[];
	/** Clips whose profile is served, and that gave no pictures. */
	failed: string[];
	/** "Linux 6.12.0 aarch64" */
	kernel: string;
	/** The driver's version. */
	driver: string;
	/** The day of the measurement. */
	date: string;
}

interface ClipJson {
	file: string;
	codec: string;
	verdict: string;
	expected: string;
	md5: string | null;
	/** How far a sample is from software's at most, where the sum is another and the codec leaves the rounding open. */
	difference: number | null;
}

interface ReportJson {
	doctor: string;
	chip: string | null;
	kernel: string;
	decoders: { driver: string }[];
	measurement?: { date: string; clips: ClipJson[] };
}

/** The sums of the clips that the project ships, by file. */
function shipped(): Map<string, string> {
	const text = readFileSync(join(root, "packaging", "board", "clips.tsv"), "utf8");
	return new Map(
		text
			.trim()
			.split("\n")
			.map((line) => line.split("\t"))
			.map(([file, , , , md5]): [string, string] => [file, md5]),
	);
}

/** What a report says of a clip must follow from the sums that are in it, and those must be the project's. */
function judge(clip: ClipJson, sums: Map<string, string>): string {
	if (clip.expected !== sums.get(clip.file))
		throw new Error(`${clip.file} has another right sum than packaging/board/clips.tsv`);
	const isRounded =
		clip.codec === "mpeg2" &&
		clip.difference !== null &&
		clip.difference <= constants.CORE_MEASURE_MOST_ROUNDING;
	const told = clip.md5 === null ? "" : clip.md5 === clip.expected || isRounded ? "right" : "wrong";
	if ((told || ["right", "wrong"].includes(clip.verdict)) && told !== clip.verdict)
		throw new Error(`${clip.file} is "${clip.verdict}", which its sums deny`);
	return clip.verdict;
}

/** The rows of one report's text; an error says what is wrong with it. */
export function rowsOf(text: string): BoardReport[] {
	const { doctor, chip, kernel, decoders, measurement } = JSON.parse(text) as ReportJson;
	if (!measurement)
		throw new Error("nothing was measured: v4l2-request-doctor --measure --json makes such a file");
	const family = families().find(({ chips }) => chip !== null && chips.includes(chip));
	if (!family || chip === null)
		throw new Error(`the chip ${chip ?? "(none is told)"} is not in docs/boards/boards.json`);
	const known = decoders.some(({ driver }) =>
		decodersOf(family.decoders, chip).some((one) => one.driver === driver),
	);
	if (!known) throw new Error(`none of its decoders is one that docs/boards/boards.json has for ${chip}`);
	const sums = shipped();
	const judged = measurement.clips.map((clip) => ({ ...clip, verdict: judge(clip, sums) }));
	return codecNames.flatMap((codec) => {
		const clips = judged.filter((clip) => clip.codec === codec);
		const files = (...verdicts: string[]) =>
			clips.filter(({ verdict }) => verdicts.includes(verdict)).map(({ file }) => file);
		const [right, wrong, failed] = [files("right"), files("wrong"), files("failed", "hung")];
		if (right.length + wrong.length + failed.length === 0) return [];
		const { page } = family;
		const { date } = measurement;
		return [{ page, chip, codec, right: right.length, wrong, failed, kernel, driver: doctor, date }];
	});
}

/** The rows of all *.json of a folder, the oldest first. */
export function reportsIn(folder: string): BoardReport[] {
	const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
	if (names.length === 0) throw new Error(`there is no report (*.json) in ${folder}`);
	const rows = names.sort().flatMap((name) => {
		try {
			return rowsOf(readFileSync(join(folder, name), "utf8"));
		} catch (error) {
			throw new Error(`${join(folder, name)}: ${(error as Error).message}`);
		}
	});
	return rows.sort((one, other) => one.date.localeCompare(other.date));
}

/** What reports say of a codec on the chips of a row. */
export function cellOf(reports: BoardReport[]): string {
	if (reports.length === 0) return "none yet";
	return reports
		.map(({ chip, right, wrong, failed, kernel, driver, date }) => {
			const all = right + wrong.length + failed.length;
			const faults = [
				...(wrong.length > 0 ? [`${wrong.length} wrong`] : []),
				...(failed.length > 0 ? [`${failed.length} not decoded`] : []),
			];
			const [system, release] = kernel.split(" ");
			const where = [`${chip}`, `${system} ${release}`, `driver ${driver}`, date].join(", ");
			return `${[`${right} of ${all} clips right`, ...faults].join(", ")} (${where})`;
		})
		.join("; ");
}
