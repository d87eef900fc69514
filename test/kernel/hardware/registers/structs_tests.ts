// SPDX-License-Identifier: MIT
// Structs of bit fields are read as the compiler lays them out.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectEqual, test } from "../../../clients/lib/suite.ts";
import { Structs } from "./structs.ts";

/** All that the drivers' structs have: remarks, bits that reach over a word, structs in structs and in arrays of them. */
const source = `
struct inner {
	u32 first : 3; /* a remark; u32 none; */
	u32 second : 29;
} __packed;
struct outer {
	struct inner one;
	struct {
		u16 low : 12;
		u16 over : 12; // and another
		u16 reserved_bits : 8;
		u32 word;
	} __packed two[2];
	u32 three[2];
	u32 reserved_4_5[2];
	struct named {
		struct deep {
			u32 a : 1;
			u32 reserved : 7;
		} __packed deep[2];
	} __packed four[2];
	u8 five;
} __packed;
`;

/** The bytes of the struct with this member alone all ones, as the compiler lays it out. */
function compiled(members: string[]): string[] {
	const folder = mkdtempSync(join(tmpdir(), "structs-"));
	try {
		const lines = members.map((name) => {
			const member = name.replaceAll("(", "[").replaceAll(")", "]");
			return `memset(&s, 0, sizeof(s)); s.${member} = ~0; show(&s);`;
		});
		const program = `#include <stdint.h>
#include <stdio.h>
#include <string.h>
typedef uint32_t u32; typedef uint16_t u16; typedef uint8_t u8;
#define __packed __attribute__((packed))
${source}
static struct outer s;
static void show(struct outer *at)
{
	for (size_t i = 0; i < sizeof(*at); i++)
		printf("%02x", ((unsigned char *)at)[i]);
	printf("\\n");
}
int main(void)
{
${lines.join("\n")}
}
`;
		writeFileSync(join(folder, "structs.c"), program);
		execFileSync("cc", ["-w", "-o", join(folder, "structs"), join(folder, "structs.c")]);
		return execFileSync(join(folder, "structs"), { encoding: "utf8" }).trimEnd().split("\n");
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Adds the tests of how structs of bit fields are read from the kernel's source. */
export function structsTests(): void {
	test("registers: structs of bit fields are read as the compiler lays them out", async () => {
		const found = new Structs(source).bits("outer");
		const laidOut = compiled(found.map(({ name }) => name));
		for (const [i, { name, first, bits }] of found.entries()) {
			const bytes = Buffer.alloc(laidOut[i].length / 2);
			for (let bit = first; bit < first + bits; bit++) bytes[bit >> 3] |= 1 << (bit & 7);
			expectEqual(bytes.toString("hex"), laidOut[i], name);
		}
		expectEqual(
			found.map(({ name }) => name).join(" "),
			"one.first one.second two(0).low two(0).over two(0).word two(1).low two(1).over two(1).word three(0) three(1) four(0).deep(0).a four(0).deep(1).a four(1).deep(0).a four(1).deep(1).a five",
			"members",
		);
	});
}
