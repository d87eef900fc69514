// SPDX-License-Identifier: MIT
// Runs a program under callgrind, and reads what it writes.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { folder } from "./lib.ts";

/** What runs before the program, and the file that is written. */
export function callgrind(name: string): { wrapper: string[]; out: string } {
	const out = join(folder, `callgrind.${name}`);
	const wrapper = ["valgrind", "--quiet", "--tool=callgrind", `--callgrind-out-file=${out}`];
	return { wrapper: [...wrapper, "--compress-strings=no", "--compress-pos=no"], out };
}

export interface Cost {
	/** Instructions of the function itself. */
	self: Map<string, number>;
	/** Of all objects together. */
	total: number;
	/** Calls to other objects, with all that these called, by caller and by "object callee". */
	outside: Map<string, Map<string, number>>;
}

/**
 * Costs of one object's functions. A line "fn=" opens a function, "calls=" announces that the next line of cost is that
 * of the call to the last "cfn=" (in "cob=", or in the same object).
 */
export function costs(path: string, object: RegExp): Cost {
	const cost: Cost = { self: new Map(), total: 0, outside: new Map() };
	let inside = false;
	let name = "";
	let callee = "";
	let calleeObject: string | null = null;
	let ofCall = false;
	for (const line of readFileSync(path, "utf8").split("\n")) {
		if (line.startsWith("ob=")) inside = object.test(line);
		else if (line.startsWith("fn=")) name = line.slice(3);
		else if (line.startsWith("cob=")) calleeObject = line.slice(4);
		else if (line.startsWith("cfn=")) callee = line.slice(4);
		else if (line.startsWith("calls=")) ofCall = true;
		else if (/^\d/.test(line)) {
			const n = Number(line.split(" ")[1]);
			if (!ofCall) cost.total += n;
			if (inside && !ofCall) cost.self.set(name, (cost.self.get(name) ?? 0) + n);
			if (inside && ofCall && calleeObject !== null && !object.test(calleeObject)) {
				const calls = cost.outside.get(name) ?? new Map<string, number>();
				const what = `${basename(calleeObject)} ${callee}`;
				calls.set(what, (calls.get(what) ?? 0) + n);
				cost.outside.set(name, calls);
			}
			if (ofCall) calleeObject = null;
			ofCall = false;
		}
	}
	return cost;
}

/** What one picture of `pictures` costs: a long run less a short one. */
export function difference(long: Cost, short: Cost, pictures: number): Cost {
	const less = (a: Map<string, number>, b?: Map<string, number>) =>
		new Map([...a].map(([name, n]) => [name, (n - (b?.get(name) ?? 0)) / pictures]));
	return {
		self: less(long.self, short.self),
		total: (long.total - short.total) / pictures,
		outside: new Map(
			[...long.outside].map(([name, calls]) => [name, less(calls, short.outside.get(name))]),
		),
	};
}

type Which = (name: string) => boolean;

/** Instructions in functions of that kind. */
export function selfOf(cost: Cost, which: Which): number {
	return [...cost.self].reduce((sum, [name, n]) => sum + (which(name) ? n : 0), 0);
}

/** Instructions that functions of one kind spend in what they call of the other. */
export function outsideOf(cost: Cost, which: Which, callee: Which): number {
	return [...cost.outside].reduce(
		(sum, [name, calls]) =>
			sum + (which(name) ? [...calls].reduce((s, [c, n]) => s + (callee(c) ? n : 0), 0) : 0),
		0,
	);
}

/** memcpy, memmove, memset and the like, under whatever name the processor's variant has. */
export const isMemory: Which = (name) => /mem(cpy|move|set|cmp|pcpy)/.test(name);
