// SPDX-License-Identifier: MIT
// The largest pictures that a board's decoder takes, or that fit into the guest's memory: each is what its job painted. A larger one
// is refused in one sentence, and the decoder gets no job.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../tools/lib/run.ts";
import { vaDecodePath } from "../../clients/lib/device.ts";
import { expect, expectEqual, test } from "../../clients/lib/suite.ts";
import { sentences } from "../../clients/vainfo.ts";
import { av1 } from "../../codecs/av1/codec.ts";
import type { Size, SizedCodec } from "../../codecs/codec.ts";
import { hevc } from "../../codecs/hevc/codec.ts";
import { vp9 } from "../../codecs/vp9/codec.ts";
import { guest } from "../lib/guest.ts";
import { type Decoder, decoderOf, kernelWith } from "./boards.ts";
import { lines, quote } from "./lib/faults.ts";
import { decodedFrames } from "./lib/order.ts";
import { paintedMd5, paintedMd5OfDeep } from "./lib/paint.ts";

interface Limit {
	codec: SizedCodec;
	/** The device tree. */
	board: string;
	largest: Size;
	/** Of 10 bit: how CAPTURE has it, and a size. */
	deep?: { as: "NV15" | "P010"; size: Size };
	larger: Size[];
	/** MiB of the guest. */
	memory?: number;
}

/** Level 6.2: MaxLumaPs, and one row of coding blocks more; and a side of more than Sqrt( MaxLumaPs * 8 ). */
const LEVEL: Pick<Limit, "largest" | "larger" | "memory"> = {
	largest: [8192, 4352],
	larger: [
		[8192, 4368],
		[16896, 64],
	],
	memory: 2048,
};

/** Without an MMU no buffer is larger than 4 MiB in the lab. */
const HD = [1920, 1088] as const;

/** imx8m_vpu_hw.c and sunxi_vpu_hw.c: FMT_UHD_WIDTH and FMT_UHD_HEIGHT. */
const UHD = [3840, 2160] as const;

/** The least sizes beyond one, in whole blocks. */
const beyond = ([width, height]: Size, block: number): Size[] => [
	[width + block, 64],
	[64, height + block],
];

/** rkvdec.c: rkvdec_coded_fmts, rk3288_coded_fmts; rockchip_vpu_hw.c: FMT_4K_WIDTH and FMT_4K_HEIGHT. */
const ROCKCHIP: Size = [4096, 2304];
const HEVC_ON_RKVDEC: Omit<Limit, "board"> = {
	...{ codec: hevc, largest: ROCKCHIP, deep: { as: "NV15", size: ROCKCHIP } },
	...{ larger: beyond(ROCKCHIP, 16), memory: 1536 },
};
/** Of hantro's G2. */
const ON_G2: Pick<Limit, "largest" | "deep"> = { largest: HD, deep: { as: "P010", size: [1280, 720] } };

const LIMITS: Limit[] = [
	{ board: "rk3399-iommu", ...HEVC_ON_RKVDEC },
	{ board: "rk3288-iommu", ...HEVC_ON_RKVDEC },
	// rkvdec.c: vdpu381_coded_fmts and vdpu383_coded_fmts have 65472x65472, which is no limit.
	{ codec: hevc, board: "rk3588-iommu", ...LEVEL, deep: { as: "NV15", size: HD } },
	{ codec: hevc, board: "rk3576-iommu", ...LEVEL, deep: { as: "NV15", size: HD } },
	{ codec: hevc, board: "imx8mq", ...ON_G2, larger: beyond(UHD, 16) },
	// cedrus_video.c: it enumerates no sizes.
	{ codec: hevc, board: "a64", largest: HD, larger: [[4112, 64]] },
	{
		...{ codec: av1, board: "rk3588-iommu", largest: ROCKCHIP, deep: { as: "P010", size: [4095, 2303] } },
		...{ larger: beyond(ROCKCHIP, 1), memory: 1536 },
	},
	{ codec: vp9, board: "rk3399-iommu", largest: ROCKCHIP, larger: beyond(ROCKCHIP, 1), memory: 1536 },
	{ codec: vp9, board: "imx8mq", ...ON_G2, larger: beyond(UHD, 1) },
	{ codec: vp9, board: "h6", ...ON_G2, larger: beyond(UHD, 1) },
];

interface Step {
	name: string;
	path: string;
	size: Size;
	deep?: "NV15" | "P010";
	refused?: boolean;
}

function stepsOf({ codec, largest, deep, larger }: Limit, folder: string): Step[] {
	const { stream } = codec.sizes;
	const step = (size: Size, more: Partial<Step> = {}): Step => {
		const name = `${size.join("x")}${more.deep ?? ""}`;
		const path = join(folder, `${name}.${codec.extension}`);
		writeFileSync(path, stream(...size, more.deep ? 10 : 8));
		return { name, path, size, ...more };
	};
	return [
		step(largest),
		...(deep ? [step(deep.size, { deep: deep.as })] : []),
		...larger.map((size) => step(size, { refused: true })),
	];
}

function script({ codec }: Limit, steps: Step[], folder: string): string {
	const file = (name: string) => quote(join(folder, name));
	return [
		"log=/sys/kernel/debug/fake/log",
		...steps.flatMap(({ name, path }) => [
			"echo clear >$log",
			`${quote(vaDecodePath())} --codec ${codec.name} --each ${quote(path)} >${file(`${name}.out`)} 2>${file(`${name}.said`)}`,
			`echo "step ${name} $?"; grep -e ^end -e ^fault $log >${file(`${name}.log`)}`,
		]),
		"",
	].join("\n");
}

function check(step: Step, decoder: Decoder, stdout: string, read: (name: string) => string): void {
	const [width, height] = step.size;
	const said = read(`${step.name}.said`);
	const jobs = lines(read(`${step.name}.log`));
	const got = lines(read(`${step.name}.out`));
	if (step.refused) {
		const own = sentences(said);
		expectEqual(own.length, 1, `${step.name}: sentences: ${said}`);
		expect(own[0].includes(`(${decoder.driver})`), own[0]);
		expect(
			own[0].includes(`cannot decode pictures of ${width}x${height}; use software decoding`),
			own[0],
		);
		expect(!stdout.includes(`step ${step.name} 0\n`), `${step.name} ended well`);
		expectEqual(jobs.length + got.length, 0, `${step.name}: jobs, and pictures of the player`);
		return;
	}
	expect(stdout.includes(`step ${step.name} 0\n`), `${step.name} ended with an error: ${said}`);
	expectEqual(said, "", `${step.name}: it said`);
	expectEqual(jobs.join(", "), "end 1 done, end 2 done, end 3 done", `${step.name}: jobs`);
	const wanted = decodedFrames(step.path).map(({ place }) =>
		step.deep ? paintedMd5OfDeep(place, width, height, step.deep) : paintedMd5(place, width, height),
	);
	expectEqual(got.join(", "), wanted.join(", "), `${step.name}: pictures`);
}

/** Adds a test for each of these boards whose kernel is among them. */
export function sizeTests(kernels: string[]): void {
	for (const limit of LIMITS) {
		const { codec, board, memory } = limit;
		const kernel = kernelWith(board, codec.format);
		if (!kernel || !kernels.includes(kernel)) continue;
		test(`board ${board}: ${codec.title} of ${limit.largest.join("x")}, and larger is refused, on ${kernel}`, async () => {
			const place = join(root, "build", "boards");
			mkdirSync(place, { recursive: true });
			const folder = mkdtempSync(join(place, `${board}-sizes-`));
			try {
				const steps = stepsOf(limit, folder);
				writeFileSync(join(folder, "script"), script(limit, steps, folder));
				const { stdout, kernelLog } = await guest(["sh", join(folder, "script")], {
					...{ board, kernel, memory, quiet: true, timeout: 1200 },
					parameters: ["fake.paint=1"],
				});
				const read = (name: string) => readFileSync(join(folder, name), "utf8");
				const decoder = decoderOf(board, codec.format, kernel) as Decoder;
				for (const step of steps) check(step, decoder, stdout, read);
				expectEqual(kernelLog, "", "the kernel says");
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		});
	}
}
