// SPDX-License-Identifier: MIT
// The layers of driver-src: a file imports from the layers below its own, from its own, and from nowhere else.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** From the bottom up. Folders in one row do not know of each other. */
const LAYERS = [
	["abi"],
	["boundary"],
	["bits"],
	["queues"],
	["formats"],
	["codec"],
	["device"],
	["display", "session", "doctor"],
	["index.ts"],
];

/** `codec/h264/fill.ts` is in layer `codec`, and in the part `h264` of it. */
function placeOf(file: string): { layer: number; folder: string; part: string } {
	const [folder, part, rest] = file.split(sep);
	return { layer: LAYERS.findIndex((row) => row.includes(folder)), folder, part: rest ? part : "" };
}

function importsOf(core: string, file: string): string[] {
	const text = readFileSync(join(core, file), "utf8");
	const paths = [...text.matchAll(/^(?:import|\}).*?\bfrom\s+"(\.[^"]*)"/gm)].map((match) => match[1]);
	return paths.map((path) => `${relative(core, join(core, dirname(file), path))}.ts`);
}

/** Each circle of imports as its files in order, the first again at the end. */
export function circles(imports: Map<string, Iterable<string>>): string[][] {
	const found: string[][] = [];
	const done = new Set<string>();
	const visit = (file: string, path: string[]): void => {
		if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file]);
		if (path.includes(file) || done.has(file)) return;
		for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
		done.add(file);
	};
	for (const file of imports.keys()) visit(file, []);
	return found;
}

/** What is wrong in a driver-src folder, one sentence each. */
export function importOrder(core: string): string[] {
	const files = readdirSync(core, { recursive: true, encoding: "utf8" }).filter((file) =>
		file.endsWith(".ts"),
	);
	const imports = new Map(files.sort().map((file) => [file, importsOf(core, file)]));
	const wrong: string[] = [];
	for (const [file, targets] of imports) {
		const own = placeOf(file);
		if (own.layer < 0) wrong.push(`${file} is in no layer of tools/import-order.ts`);
		for (const target of targets) {
			const other = placeOf(target);
			const upwards = other.layer > own.layer;
			const sideways = other.layer === own.layer && other.folder !== own.folder;
			if (upwards || sideways)
				wrong.push(`${file} imports ${target}, which is ${upwards ? "above" : "beside"} it`);
			else if (own.part && other.part && own.part !== other.part && own.folder === other.folder)
				wrong.push(`${file} imports ${target}, of another codec`);
		}
	}
	return [...wrong, ...circles(imports).map((circle) => `a circle of imports: ${circle.join(" -> ")}`)];
}
