// SPDX-License-Identifier: MIT
import { built } from "../../../clients/lib/device.ts";
import { expectEqual, Failure, test } from "../../../clients/lib/suite.ts";
import { guest } from "../../lib/guest.ts";
import { runsOn } from "../boards.ts";
import { quirks } from "./table.ts";

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

const KNOB = "/sys/module/fake/parameters/hang";

/** Asks each board all of its quirks in one boot. */
export function quirkTests(kernels: string[]): void {
	for (const kernel of kernels) {
		const here = quirks.filter(({ kernels: only }) => only?.includes(kernel) ?? true);
		const all = new Set(here.flatMap((quirk) => quirk.boards));
		for (const board of [...all].filter((name) => runsOn(name, kernel))) {
			test(`quirks of board ${board} on ${kernel}`, async () => {
				const asked = here.filter((quirk) => quirk.boards.includes(board));
				const probe = quote(built("v4l2-probe"));
				const commands = asked.flatMap(({ node, steps, hangs }) => [
					...(hangs ? [`echo 1 >${KNOB}`, "echo clear >/sys/kernel/debug/fake/log"] : []),
					`${probe} ${quote(node(board))} ${steps}`,
					...(hangs ? [`echo 0 >${KNOB}`] : []),
				]);
				const options = { board, kernel, quiet: true, timeout: 300 };
				const { stdout, output } = await guest(["sh", "-c", commands.join("\n")], options);
				const answers = stdout.split("\n");
				const complaints = asked.flatMap(({ what, steps, expected, on }, i) => {
					const wanted = on?.[kernel] ?? expected;
					return answers[i] === wanted
						? []
						: [`${what}:\n\t${steps}\n\twas answered ${answers[i]}\n\tinstead of   ${wanted}`];
				});
				if (complaints.length > 0) throw new Failure(complaints.join("\n"));
				expectEqual(answers.length, asked.length + 1, `answers (${output})`);
			});
		}
	}
}
