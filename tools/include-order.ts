// SPDX-License-Identifier: MIT
// The layers of glue-c: a file includes from the folders below its own, from its own, and from nowhere else; a pair of x.c
// and x.h, taken as one, includes in no circle; and what is private is included by its owners alone.
import { readdirSync, readFileSync } from "node:fs";
import { join, normalize, sep } from "node:path";
import { circles } from "./import-order.ts";

/** From the bottom up. */
const FOLDERS = ["core", "memory", "v4l2", "plans", "va"];

/** Headers that only these files may include: core/instance.h is the way past the checks of core/answers.c. */
const PRIVATE = new Map([["core/instance.h", ["core/core.c", "core/answers.c"]]]);

const folderOf = (path: string): string => path.split(sep)[0];
const moduleOf = (path: string): string => path.replace(/\.[ch]$/, "");

/** Paths in the glue that a file includes; what is found elsewhere (system, generated) is left out. */
function includesOf(glue: string, file: string, known: Set<string>): string[] {
	const text = readFileSync(join(glue, file), "utf8");
	return [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)]
		.map((match) => normalize(join(folderOf(file), match[1])))
		.filter((path) => known.has(path));
}

/** What is wrong in a glue-c folder, one sentence each. */
export function includeOrder(glue: string): string[] {
	const files = readdirSync(glue, { recursive: true, encoding: "utf8" }).filter((file) =>
		/\.[ch]$/.test(file),
	);
	const known = new Set(files);
	const modules = new Map<string, Set<string>>();
	const wrong: string[] = [];
	for (const file of files.sort()) {
		const layer = FOLDERS.indexOf(folderOf(file));
		const own = modules.get(moduleOf(file)) ?? new Set();
		if (layer < 0) wrong.push(`${file} is in no layer of tools/include-order.ts`);
		for (const target of includesOf(glue, file, known)) {
			if (FOLDERS.indexOf(folderOf(target)) > layer)
				wrong.push(`${file} includes ${target}, which is above it`);
			if (PRIVATE.get(target)?.includes(file) === false)
				wrong.push(
					`${file} includes ${target}, which is private to ${PRIVATE.get(target)?.join(", ")}`,
				);
			if (moduleOf(target) !== moduleOf(file)) own.add(moduleOf(target));
		}
		modules.set(moduleOf(file), own);
	}
	return [...wrong, ...circles(modules).map((circle) => `a circle of includes: ${circle.join(" -> ")}`)];
}
