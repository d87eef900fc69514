// SPDX-License-Identifier: MIT
// Line coverage of driver-src from the counters of an instrumented core.
import Table from "cli-table3";

export interface Place {
	path: string;
	line: number;
}

export interface Coverage {
	lines: number;
	covered: number;
	/** By file, the lines that no test reached. */
	files: { path: string; lines: number; covered: number; missed: number[] }[];
}

/** A line counts as covered when a statement that starts on it was reached. */
export function coverage(places: Place[], counts: number[]): Coverage {
	const files = new Map<string, Map<number, boolean>>();
	places.forEach(({ path, line }, id) => {
		const lines = files.get(path) ?? new Map<number, boolean>();
		files.set(path, lines);
		lines.set(line, (lines.get(line) ?? false) || (counts[id] ?? 0) > 0);
	});
	const result: Coverage = { lines: 0, covered: 0, files: [] };
	for (const [path, lines] of [...files].sort(([a], [b]) => a.localeCompare(b))) {
		const missed = [...lines].filter(([, hit]) => !hit).map(([line]) => line);
		result.files.push({
			path,
			lines: lines.size,
			covered: lines.size - missed.length,
			missed: missed.sort((a, b) => a - b),
		});
		result.lines += lines.size;
		result.covered += lines.size - missed.length;
	}
	return result;
}

/** Lines that were reached, in percent; 0 where there are none. */
export function percent({ lines, covered }: { lines: number; covered: number }): number {
	return lines === 0 ? 0 : (100 * covered) / lines;
}

/** "3-5, 9" */
export function ranges(lines: number[]): string {
	const out: string[] = [];
	for (let i = 0; i < lines.length; ) {
		let end = i;
		while (lines[end + 1] === lines[end] + 1) end++;
		out.push(end > i ? `${lines[i]}-${lines[end]}` : String(lines[i]));
		i = end + 1;
	}
	return out.join(", ");
}

/** The report for people. */
export function table(result: Coverage): string {
	const out = new Table({
		head: ["file", "lines", "covered", "not reached"],
		style: { head: [], border: [], compact: true },
	});
	for (const file of result.files) {
		const missed = ranges(file.missed);
		out.push([
			file.path,
			file.lines,
			`${percent(file).toFixed(1)} %`,
			missed.length > 60 ? `${missed.slice(0, 57)}...` : missed,
		]);
	}
	return out.toString();
}
