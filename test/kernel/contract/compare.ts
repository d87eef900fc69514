// SPDX-License-Identifier: MIT
// Two recordings of the contract test, side by side (the form of a recording: test/device/sim/tests/record.h).

/** One call. */
interface Call {
	/** What it is, by which two recordings are aligned: name, object, queue, index. */
	words: string;
	/** Arguments, the errno as "result", and what came back. */
	fields: Map<string, string>;
}

export type Recording = Map<string, Call[]>;

/** Something that two recordings do not have in common. */
export interface Difference {
	section: string;
	words: string;
	/** The name of the field, or "call" if there is no such call in one of them. */
	field: string;
	visl: string;
	simulated: string;
}

/** A difference that is meant. */
export interface Rule {
	line: number;
	devices: string[];
	/** Patterns, each for the whole text. */
	section: RegExp;
	words: RegExp;
	field: RegExp;
	visl: RegExp;
	simulated: RegExp;
	reason: string;
}

export const absent = "-";

/** Splits at spaces, but not in quotation marks. */
const split = (text: string): string[] => text.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];

function parseCall(text: string): Call {
	const [before, after] = text.split(" => ");
	const words: string[] = [];
	const fields = new Map<string, string>();
	const add = (word: string, prefix: string) => {
		const at = word.indexOf("=");
		const name = prefix + word.slice(0, at);
		fields.set(name, word.slice(at + 1));
	};
	for (const word of split(before)) {
		if (word.includes("=")) add(word, "in.");
		else words.push(word);
	}
	const [result, ...answer] = split(after ?? "");
	if (result !== undefined) fields.set("result", result);
	for (const word of answer) add(word, "");
	return { words: words.join(" "), fields };
}

/** A recording's calls, by the test (or walk) in which they were made. */
export function parseRecording(text: string): Recording {
	const recording: Recording = new Map();
	let calls: Call[] | null = null;
	for (const line of text.split("\n")) {
		if (line.startsWith("== ")) {
			calls = [];
			recording.set(line.slice(3), calls);
		} else if (line && calls) {
			calls.push(parseCall(line));
		} else if (line) {
			throw new Error(`a recording does not begin with a test: ${line}`);
		}
	}
	return recording;
}

/** Pairs of calls in the order of both: the longest common subsequence of their words; the rest stands alone. */
function align(left: Call[], right: Call[]): [Call | null, Call | null][] {
	const lengths = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
	for (let i = left.length - 1; i >= 0; i--) {
		for (let j = right.length - 1; j >= 0; j--) {
			lengths[i][j] =
				left[i].words === right[j].words
					? lengths[i + 1][j + 1] + 1
					: Math.max(lengths[i + 1][j], lengths[i][j + 1]);
		}
	}
	const pairs: [Call | null, Call | null][] = [];
	let i = 0;
	let j = 0;
	while (i < left.length || j < right.length) {
		if (i < left.length && j < right.length && left[i].words === right[j].words) {
			pairs.push([left[i++], right[j++]]);
		} else if (j >= right.length || (i < left.length && lengths[i + 1][j] >= lengths[i][j + 1])) {
			pairs.push([left[i++], null]);
		} else {
			pairs.push([null, right[j++]]);
		}
	}
	return pairs;
}

const isSet = (field: string) => /(^|\.)(flags|caps|device_caps)$/.test(field);

/** Names of fields, with one for each flag of a set. */
function expand(fields: Map<string, string>): Map<string, string> {
	const all = new Map<string, string>();
	for (const [name, value] of fields) {
		if (!isSet(name) || /^\d/.test(value)) all.set(name, value);
		else for (const flag of value.split("+").filter(Boolean)) all.set(`${name}.${flag}`, "set");
	}
	return all;
}

/** All that differs. */
export function compare(visl: Recording, simulated: Recording): Difference[] {
	const differences: Difference[] = [];
	for (const section of new Set([...visl.keys(), ...simulated.keys()])) {
		const calls = [visl.get(section), simulated.get(section)];
		if (!calls[0] || !calls[1]) {
			const [was, is] = calls.map((each) => (each ? "made" : absent));
			differences.push({ section, words: "all of it", field: "call", visl: was, simulated: is });
			continue;
		}
		for (const [left, right] of align(calls[0], calls[1])) {
			const words = (left ?? right)?.words ?? "";
			const add = (field: string, was: string, is: string) =>
				differences.push({ section, words, field, visl: was, simulated: is });
			if (!left || !right) {
				add("call", left ? "made" : absent, right ? "made" : absent);
				continue;
			}
			const before = expand(left.fields);
			const after = expand(right.fields);
			if (before.get("result") !== after.get("result")) {
				// What else came back differs then as a matter of course.
				add("result", before.get("result") ?? absent, after.get("result") ?? absent);
				continue;
			}
			for (const field of new Set([...before.keys(), ...after.keys()])) {
				const was = before.get(field) ?? absent;
				const is = after.get(field) ?? absent;
				if (was !== is) add(field, was, is);
			}
		}
	}
	return differences;
}

/** Rules of a table: devices, test, call, field, visl, simulated, reason; patterns are regular expressions. */
export function parseRules(text: string): Rule[] {
	const rules: Rule[] = [];
	for (const [index, line] of text.split("\n").entries()) {
		if (!line || line.startsWith("#")) continue;
		const cells = line.split("\t");
		if (cells.length !== 7 || cells.some((cell) => !cell)) {
			throw new Error(
				`line ${index + 1} of the table of differences has ${cells.length} cells, not 7 filled ones`,
			);
		}
		const pattern = (cell: string) => new RegExp(`^(?:${cell})$`);
		rules.push({
			line: index + 1,
			devices: cells[0].split(","),
			section: pattern(cells[1]),
			words: pattern(cells[2]),
			field: pattern(cells[3]),
			visl: pattern(cells[4]),
			simulated: pattern(cells[5]),
			reason: cells[6],
		});
	}
	return rules;
}

/** Takes away what is meant: differences that no rule covers, and rules that cover none. */
export function judge(
	differences: Difference[],
	rules: Rule[],
	device: string,
): { unexplained: Difference[]; idle: Rule[] } {
	const relevant = rules.filter((rule) => rule.devices.includes(device));
	const used = new Set<Rule>();
	const unexplained = differences.filter((d) => {
		const rule = relevant.find(
			(r) =>
				r.section.test(d.section) &&
				r.words.test(d.words) &&
				r.field.test(d.field) &&
				r.visl.test(d.visl) &&
				r.simulated.test(d.simulated),
		);
		if (rule) used.add(rule);
		return !rule;
	});
	return { unexplained, idle: relevant.filter((rule) => !used.has(rule)) };
}

/** A difference as one sentence. */
export const sentence = (d: Difference): string =>
	d.field === "call"
		? `${d.section}: ${d.words}: ${d.visl === absent ? "only the simulated device was asked" : "only visl was asked"}`
		: `${d.section}: ${d.words}: ${d.field} is ${d.visl} on visl and ${d.simulated} on the simulated device`;
