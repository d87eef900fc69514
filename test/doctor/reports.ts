// SPDX-License-Identifier: MIT
// Reports of --measure as docs/proof.md takes them: tools/proof/reports.ts.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cellOf, reportsIn, rowsOf } from "../../tools/proof/reports.ts";
import { expect, expectEqual, test } from "../clients/lib/suite.ts";
import { clips, measure } from "./measure.ts";

/** A report as this machine makes it, as if it were a board's. */
async function boardReport(chosen: typeof clips): Promise<string> {
	const { stdout } = await measure({ clips: chosen }, "--json");
	const report = JSON.parse(stdout);
	report.chip = "rockchip,rk3566";
	report.kernel = "Linux 6.12.0 aarch64";
	report.decoders[0].driver = "hantro-vpu";
	report.measurement.date = "2026-12-01";
	return JSON.stringify(report);
}

function refuses(text: string, why: RegExp): void {
	try {
		rowsOf(text);
	} catch (error) {
		expect(why.test((error as Error).message), (error as Error).message);
		return;
	}
	expect(false, `it is taken, though ${why}`);
}

/** Adds the tests of reports from boards. */
export function reportTests(): void {
	test("reports: a board's report becomes cells of docs/proof.md", async () => {
		const chosen = clips.filter(({ codec }) => codec === "h264" || codec === "vp8");
		const text = await boardReport(chosen);
		const rows = rowsOf(text);
		expectEqual(rows.map(({ codec, right }) => `${codec} ${right}`).join(), "h264 4,vp8 1", "rows");
		const where = "(rockchip,rk3566, Linux 6.12.0, driver";
		expect(cellOf(rows.slice(0, 1)).startsWith(`4 of 4 clips right ${where}`), cellOf(rows.slice(0, 1)));
		expectEqual(cellOf([]), "none yet", "without a report");
		const wrong = JSON.parse(text);
		Object.assign(wrong.measurement.clips[0], { verdict: "wrong", md5: "0".repeat(32) });
		Object.assign(wrong.measurement.clips[1], { verdict: "failed", md5: null });
		const cell = cellOf(rowsOf(JSON.stringify(wrong)).slice(0, 1));
		expect(cell.startsWith(`2 of 4 clips right, 1 wrong, 1 not decoded ${where}`), cell);
	});

	test("reports: MPEG-2 may be rounded in the decoder's own way, and nothing else", async () => {
		const judged = async (codec: string, difference: number | null): Promise<string> => {
			const report = JSON.parse(
				await boardReport(clips.filter((clip) => clip.codec === codec).slice(0, 1)),
			);
			Object.assign(report.measurement.clips[0], { md5: "0".repeat(32), difference });
			return JSON.stringify(report);
		};
		expectEqual(rowsOf(await judged("mpeg2", 8))[0].right, 1, "right");
		refuses(await judged("mpeg2", 9), /"right", which its sums deny/);
		refuses(await judged("mpeg2", null), /"right", which its sums deny/);
		refuses(await judged("vp8", 1), /"right", which its sums deny/);
	});

	test("reports: what contradicts itself, or is of no board, is refused", async () => {
		const text = await boardReport(clips.slice(0, 1));
		const changed = (change: (report: ReturnType<typeof JSON.parse>) => void): string => {
			const report = JSON.parse(text);
			change(report);
			return JSON.stringify(report);
		};
		const clip = (values: object) =>
			changed((report) => Object.assign(report.measurement.clips[0], values));
		refuses(clip({ md5: "0".repeat(32) }), /"right", which its sums deny/);
		refuses(clip({ md5: null }), /"right", which its sums deny/);
		refuses(clip({ verdict: "wrong" }), /"wrong", which its sums deny/);
		refuses(clip({ expected: "0".repeat(32), md5: "0".repeat(32) }), /another right sum/);
		refuses(
			changed((report) => Object.assign(report, { chip: null })),
			/chip \(none is told\)/,
		);
		refuses(
			changed((report) => Object.assign(report, { chip: "rockchip,rk9999" })),
			/rk9999 is not in/,
		);
		refuses(
			changed((report) => Object.assign(report.decoders[0], { driver: "v4l2sim" })),
			/none of its decoders/,
		);
		refuses(
			changed((report) => delete report.measurement),
			/nothing was measured/,
		);
	});

	test("reports: a folder of them, and what is wrong with one by its name", async () => {
		const folder = mkdtempSync(join(tmpdir(), "reports-"));
		try {
			writeFileSync(join(folder, "board.json"), await boardReport(clips.slice(0, 1)));
			expectEqual(reportsIn(folder).length, 1, "rows");
			writeFileSync(join(folder, "broken.json"), "{");
			let said = "";
			try {
				reportsIn(folder);
			} catch (error) {
				said = (error as Error).message;
			}
			expect(said.startsWith(`${join(folder, "broken.json")}: `), said);
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});
}
