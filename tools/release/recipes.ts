// SPDX-License-Identifier: MIT
// The recipes of packaging for other distributions, with version and sums filled in.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../lib/run.ts";

const RECIPES = ["arch/PKGBUILD", "alpine/APKBUILD", "rpm/libva-v4l2-request-driver.spec"];

/** The sum of a file, in hexadecimal digits. */
export function sumOf(algorithm: string, file: string): string {
	return createHash(algorithm).update(readFileSync(file)).digest("hex");
}

/** Each recipe for a source archive: its file name and text. */
export function recipesFor(version: string, archive: string): { name: string; text: string }[] {
	return RECIPES.map((recipe) => ({
		name: basename(recipe),
		text: readFileSync(join(root, "packaging", recipe), "utf8")
			.replaceAll("@version@", version)
			.replaceAll("@sha256@", sumOf("sha256", archive))
			.replaceAll("@sha512@", sumOf("sha512", archive)),
	}));
}
