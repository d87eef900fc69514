// SPDX-License-Identifier: MIT
// What the lab's kernels have besides Linux: the fake decoder hardware. Linux's own drivers stay as they are.
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "fake");
/** Not what a build in that folder would leave behind. */
const files = readdirSync(folder)
	.filter((name) => /^Makefile$|\.[ch]$/.test(name))
	.sort();

/** All that ends up in the kernel, for the name under which it is kept. */
export function fakeSources(): string[] {
	return files
		.map((name) => `${name}\n${readFileSync(join(folder, name), "utf8")}`)
		.concat(readFileSync(import.meta.filename, "utf8"));
}

/** Puts the fake hardware into a kernel's source tree. */
export function addFake(source: string, version: string): void {
	const place = join(source, "drivers", "lab_fake");
	mkdirSync(place);
	for (const name of files) copyFileSync(join(folder, name), join(place, name));
	appendFileSync(join(source, "drivers", "Makefile"), "obj-y += lab_fake/\n");
	// Rockchip's MMU driver needs IOMMU_DMA, which Kconfig gives to architectures with real MMUs only; in 6.1 the
	// architecture also has to hand it to devices (fake.c: arch_setup_dma_ops).
	const kconfig = join(source, "drivers", "iommu", "Kconfig");
	const given = readFileSync(kconfig, "utf8");
	const more = version === "6.1" ? "\tselect ARCH_HAS_SETUP_DMA_OPS\n" : "";
	const wanted = given.replace(/(config IOMMU_DMA\n)\tdef_bool .*\n/, `$1\tdef_bool y\n${more}`);
	if (wanted === given)
		throw new Error("the kernel's drivers/iommu/Kconfig is not as lib/fake.ts expects it");
	writeFileSync(kconfig, wanted);
}
