// SPDX-License-Identifier: MIT
// npm run test:distro -- RELEASE [STAGE ...]: the project as somebody meets it on another Debian release: a clone of this
// tree's last commit, `npm start`, then the stages of `npm test`. --other: the release that this machine is not.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { add, closingLine, nothing, root as project, type Tally } from "../../tools/lib/run.ts";
import { distroRoot, enter, ownRelease, type Root, RootUnavailable, releases } from "./root.ts";
import { departures, programs, tested } from "./tested.ts";

const program = new Command("npm run test:distro --")
	.description(
		"Clones the project into another Debian release, runs `npm start` and the stages of `npm test` there.",
	)
	.argument("[release]", `one of ${releases.join(", ")}`)
	.argument("[stage...]", "only these stages; `start` is one, too")
	.option("--other", "the stable release that this machine is not")
	.option("--run <command>", "a shell command in the clone instead of tests")
	.option("--shell", "a shell in the clone instead of tests")
	.parse();
const options = program.opts<{ other?: boolean; run?: string; shell?: boolean }>();
const [named, ...stages] = options.other ? [otherRelease(), ...program.args] : program.args;

function otherRelease(): string {
	return ownRelease() === "bookworm" ? "trixie" : "bookworm";
}

function stop(sentence: string, status = 1): never {
	console.error(`distro: ${sentence}`);
	process.exit(status);
}

if (!releases.includes(named)) stop(`name a release: ${releases.join(", ")}`);

interface Row {
	name: string;
	seconds: number;
	tally: Tally;
	note: string;
}

/** What `npm test` reports of its stages (tools/test.ts, --report). */
function readReport(path: string): Row[] {
	return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
}

/** Whether the release has the versions that README.md says it was tested with. */
function versionsRow({ release, folder }: Root): Row {
	// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own notation
	const query = ["--admindir", join(folder, "var/lib/dpkg"), "-W", "-f", "${Package} ${Version}\n"];
	const listing = spawnSync("dpkg-query", [...query, ...Object.keys(programs)], {
		encoding: "utf8",
	}).stdout;
	const other = departures(release, listing);
	const rolling = tested.find((each) => each.release === release)?.rolling === true;
	const good = other.length === 0;
	return {
		name: "versions",
		seconds: Number.NaN,
		tally: { passed: good ? 1 : 0, failed: good || rolling ? 0 : 1, skipped: !good && rolling ? 1 : 0 },
		note: good ? "" : `${other.join("; ")}: test/distro/tested.ts`,
	};
}

const CLONE = "/root/v4l2-request-drv-video";

async function main(): Promise<void> {
	const git = (...words: string[]) => execFileSync("git", ["-C", project, ...words], { encoding: "utf8" });
	if (git("status", "--porcelain").trim() !== "") {
		console.log("distro: changes that are not committed are not in the clone");
	}
	const place = join(tmpdir(), `distro-${process.pid}`);
	mkdirSync(place);
	try {
		const root = await distroRoot(named);
		git("bundle", "create", "-q", join(place, "project.bundle"), "HEAD");
		const clone = `git clone -q /media/project.bundle ${CLONE} && cd ${CLONE} || exit 1`;
		const inside = { folders: { media: place }, show: true };
		if (options.shell) {
			await enter(root, `${clone}\nexec bash`, { ...inside, interactive: true });
			return;
		}

		if (options.run) {
			process.exitCode = (await enter(root, `${clone}\n${options.run}`, inside)).code;
			return;
		}

		const rows = [versionsRow(root)];
		const wantsStart = stages.length === 0 || stages.includes("start");
		const tests = stages.filter((stage) => stage !== "start");
		const commands = [clone];
		if (wantsStart) commands.push("npm start", "echo $? >/media/start");
		if (tests.length > 0 || stages.length === 0) {
			commands.push(`npm test -- --report /media/report.json ${tests.join(" ")}`);
		}
		const started = Date.now();
		console.log(`\n== Debian ${named}: a clone of ${git("rev-parse", "--short", "HEAD").trim()}`);
		const { code } = await enter(root, commands.join("\n"), inside);
		if (wantsStart) {
			const status = join(place, "start");
			const good = existsSync(status) && readFileSync(status, "utf8").trim() === "0";
			rows.push({
				name: "start",
				seconds: Number.NaN,
				tally: { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 },
				note: "",
			});
		}
		rows.push(...readReport(join(place, "report.json")));
		const sum = nothing();
		const table = new Table({
			head: [named, "seconds", "passed", "failed", "skipped", ""],
			style: { head: [], border: [] },
		});
		for (const { name, seconds, tally, note } of rows) {
			add(sum, tally);
			const time = Number.isNaN(seconds) ? "" : Math.round(seconds);
			table.push([name, time, tally.passed, tally.failed, tally.skipped, note]);
		}
		if (code !== 0 && sum.failed === 0) {
			sum.failed++;
			table.push(["the run itself", "", 0, 1, 0, `ended with status ${code}`]);
		}
		console.log(
			`\n${table.toString()}\nDebian ${named}, ${Math.round((Date.now() - started) / 1000)} s\n`,
		);
		console.log(closingLine(sum));
		process.exitCode = sum.failed ? 1 : 0;
	} catch (error) {
		if (!(error instanceof RootUnavailable)) throw error;
		if (!options.other) stop(error.message);
		// Part of CI: without network, or without the means, there is nothing to test.
		console.log(`  skip  Debian ${named}: ${error.message}`);
		console.log(closingLine({ passed: 0, failed: 0, skipped: 1 }));
	} finally {
		rmSync(place, { recursive: true, force: true });
	}
}

await main();
