// SPDX-License-Identifier: MIT
// Lets a test send the samples of a picture to another surface (output_at() in trapping.h), as AV1's film grain does, with
// pictures of any codec.

/** The text that is compiled instead of a source's own. */
export function rewrite(path, text) {
	if (path !== "driver-src/codec/codec.ts") return text;
	const imports =
		'import { output_of } from "../../test/native/trapping/env"; import { PICTURE } from "./result"; import ';
	const clear = "picture_clear(surface);";
	if (!text.includes(clear)) throw new Error(`${path} has no ${clear}`);
	return text.replace(/^import /m, imports).replace(clear, `${clear} PICTURE.output = output_of(surface);`);
}
