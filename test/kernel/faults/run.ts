// SPDX-License-Identifier: MIT
// npm run faults:kernel [-- options]: every call of the driver to the real kernel fails, one at a time, with every errno
// that it can have. The whole table goes to a file, what is wrong and the sums to the screen.
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { progressBar } from "../../../tools/lib/progress.ts";
import { closingLine, root } from "../../../tools/lib/run.ts";
import { ensureBuild } from "../../clients/lib/device.ts";
import { fixtureNamed } from "../../codecs/codecs.ts";
import { h264 } from "../../codecs/h264/codec.ts";
import { checkLab } from "../lib/guest.ts";
import { LabUnavailable } from "../lib/place.ts";
import { CLIENTS } from "./clients.ts";
import { describe, type Row, shortened, tryFaults } from "./faults.ts";
import { folder } from "./jobs.ts";

const names = CLIENTS.map(({ name }) => name);
const options = new Command()
	.name("npm run faults:kernel --")
	.description("Let each call of the driver to the real kernel fail with each errno that it can have.")
	.option("--client <name>", `${names.join(" or ")}; both if left out`)
	.option(
		"--stream <file>",
		"an H.264 Annex B stream with one slice to a picture",
		fixtureNamed(h264, "cb-cavlc").path,
	)
	.option("--pictures <n>", "how many of its pictures", "3")
	.option("--only <text>", "only calls whose name contains this, such as QBUF")
	.option("--quick", "one errno at each call, in turn")
	.parse()
	.opts<{ client?: string; stream: string; pictures: string; only?: string; quick?: boolean }>();

/** Names the files of this run. */
const tried = options.client ?? "all";
const PLAIN = { style: { head: [], border: [], compact: true } };

function writeTable(rows: Row[]): string {
	const table = new Table({
		head: ["client", "call", "n", "errno", "name", "on", "outcome", "what the driver says", "wrong"],
		...PLAIN,
	});
	for (const row of rows)
		table.push([
			row.client,
			row.syscall,
			row.n,
			row.errno,
			row.call,
			row.on,
			row.outcome,
			row.said,
			row.complaint,
		]);
	const path = join(folder, `${tried}.txt`);
	writeFileSync(path, `${table.toString()}\n`);
	return relative(root, path);
}

function summarize(rows: Row[]): void {
	const table = new Table({
		head: ["client", "call", "n", "faults", "no harm", "said and ended", "wrong"],
		...PLAIN,
	});
	for (const client of names) {
		for (const call of [...new Set(rows.map((row) => row.call))]) {
			const those = rows.filter((row) => row.client === client && row.call === call);
			if (those.length === 0) continue;
			const wrong = those.filter((row) => row.complaint).length;
			const unharmed = those.filter(
				(row) => !row.complaint && row.outcome.startsWith("right pictures"),
			).length;
			const times = new Set(those.map((row) => row.n)).size;
			table.push([client, call, times, those.length, unharmed, those.length - unharmed - wrong, wrong]);
		}
	}
	console.log(table.toString());
}

async function main(): Promise<boolean> {
	await checkLab();
	await ensureBuild();
	const bar = progressBar("{bar} {value}/{total} {eta_formatted}");
	const { rows, kernelLog } = await tryFaults(tried, {
		clients: options.client ? [options.client] : names,
		streams: [shortened(options.stream, Number(options.pictures))],
		depth: options.quick ? "turns" : "all",
		guests: Math.min(availableParallelism(), 4),
		only: options.only,
		onProgress: (done, total) => (done === 0 ? bar.start(total, 0) : bar.update(done)),
	}).finally(() => bar.stop());
	const wrong = rows.filter((row) => row.complaint);
	for (const row of wrong) console.log(`  FAIL  ${describe(row)}`);
	if (kernelLog) console.log(`  FAIL  the kernel said:\n${kernelLog}`);
	summarize(rows);
	console.log(`every fault: ${writeTable(rows)}`);
	const failed = wrong.length + (kernelLog ? 1 : 0);
	console.log(closingLine({ passed: rows.length - wrong.length, failed, skipped: 0 }));
	return failed === 0;
}

try {
	process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
	if (!(error instanceof LabUnavailable)) throw error;
	console.error(`faults: ${error.message}`);
	process.exitCode = 125;
}
