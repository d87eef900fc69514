// SPDX-License-Identifier: MIT
// The boards of the lab (trees/NAME.dts), and what their decoders are. Whoever needs boards takes them from here.
import type { DeviceMode } from "../../codecs/codec.ts";
import { kernelVersions, usualKernel } from "../lib/sources.ts";

/** A pixel format of 10 bit. */
export type Deep = "NV15" | "P010";

export interface Decoder {
	/** The name of its video node. */
	node: string;
	/** In MEDIA_IOC_DEVICE_INFO. */
	driver: "hantro-vpu" | "rkvdec" | "cedrus";
	title: string;
	/** Coded formats, as v4l2-ctl shows them. */
	formats: string[];
	/** Those that it has on some kernels only. */
	sometimes?: Record<string, string[]>;
	mode: DeviceMode;
	/** Its registers tell fields apart, so each job paints its own lines. */
	fields?: boolean;
	/** Coded formats that it decodes with 10 bit, how CAPTURE has these pictures, and on which kernels of the lab, if not on all. */
	deep?: { formats: string[]; as: Deep; kernels?: string[] };
	/** All that CAPTURE has, where that is not NV12, as GStreamer calls it. */
	capture?: "NV12_32L32";
	/** The largest of the usual sizes that is not too large for it, nor for the guest's memory. */
	large: "1920x1080" | "3840x2160";
}

export interface Board {
	name: string;
	chips: string;
	decoders: Decoder[];
	/** Its decoders have an MMU: there is a second device tree, NAME-iommu. */
	mmu: boolean;
	/** Kernels of the lab that have its drivers; all unless told. */
	kernels?: string[];
}

const VDPU = ["MG2S", "S264", "VP8F"];
const frames = { mode: "frame", fields: true } as const;

export const boards: Board[] = [
	{
		name: "rk3568",
		chips: "RK3566, RK3568",
		decoders: [
			{
				...{ node: "rockchip,rk3568-vpu-dec", driver: "hantro-vpu", title: "hantro (VDPU2)" },
				...{ formats: VDPU, large: "1920x1080", ...frames },
			},
		],
		mmu: true,
	},
	{
		name: "rk3399",
		chips: "RK3399",
		decoders: [
			{
				...{ node: "rockchip,rk3399-vpu-dec", driver: "hantro-vpu", title: "hantro (VDPU2)" },
				...{ formats: ["MG2S", "VP8F"], large: "1920x1080", ...frames },
			},
			{
				...{ node: "rkvdec", driver: "rkvdec", title: "rkvdec" },
				...{ formats: ["S264", "VP9F"], large: "3840x2160", mode: "frame" },
				sometimes: { "7.3": ["S265"] },
				deep: { formats: ["S264", "S265"], as: "NV15", kernels: ["7.3"] },
			},
		],
		mmu: true,
	},
	{
		name: "rk3588",
		chips: "RK3588",
		decoders: [
			{
				...{ node: "rkvdec", driver: "rkvdec", title: "rkvdec (VDPU381)" },
				...{ formats: ["S264", "S265"], large: "3840x2160", mode: "frame" },
				deep: { formats: ["S264", "S265"], as: "NV15" },
			},
			{
				...{ node: "rockchip,rk3568-vpu-dec", driver: "hantro-vpu", title: "hantro (VPU121)" },
				...{ formats: VDPU, large: "1920x1080", ...frames },
			},
			{
				...{ node: "rockchip,rk3588-av1-vpu-dec", driver: "hantro-vpu", title: "hantro (VPU981)" },
				...{ formats: ["AV1F"], large: "3840x2160", mode: "frame" },
				deep: { formats: ["AV1F"], as: "P010" },
			},
		],
		mmu: true,
		kernels: ["7.3"],
	},
	{
		name: "rk3576",
		chips: "RK3576",
		decoders: [
			{
				...{ node: "rkvdec", driver: "rkvdec", title: "rkvdec (VDPU383)" },
				...{ formats: ["S264", "S265"], large: "3840x2160", mode: "frame" },
				deep: { formats: ["S264", "S265"], as: "NV15" },
			},
		],
		mmu: true,
		kernels: ["7.3"],
	},
	{
		name: "rk3288",
		chips: "RK3288",
		decoders: [
			{
				...{ node: "rockchip,rk3288-vpu-dec", driver: "hantro-vpu", title: "hantro (G1)" },
				...{ formats: VDPU, large: "3840x2160", ...frames },
			},
			{
				...{ node: "rkvdec", driver: "rkvdec", title: "rkvdec" },
				...{ formats: [], large: "3840x2160", mode: "frame" },
				sometimes: { "7.3": ["S265"] },
				deep: { formats: ["S265"], as: "NV15" },
			},
		],
		mmu: true,
	},
	{
		name: "imx8mq",
		chips: "i.MX8MQ",
		decoders: [
			{
				...{ node: "nxp,imx8mq-vpu-g1-dec", driver: "hantro-vpu", title: "hantro (G1)" },
				...{ formats: VDPU, large: "1920x1080", ...frames },
			},
			{
				...{ node: "nxp,imx8mq-vpu-g2-dec", driver: "hantro-vpu", title: "hantro (G2)" },
				...{ formats: ["S265", "VP9F"], large: "3840x2160", mode: "frame" },
				deep: { formats: ["S265", "VP9F"], as: "P010" },
			},
		],
		mmu: false,
	},
	{
		name: "a64",
		chips: "A64",
		decoders: [
			{
				...{ node: "cedrus", driver: "cedrus", title: "cedrus" },
				...{ formats: ["MG2S", "S264", "S265", "VP8F"], large: "1920x1080" },
				...{ mode: "slice", fields: true },
			},
		],
		mmu: false,
	},
];

/** Those whose CAPTURE has nothing linear, which neither the contract test nor GStreamer's register traces are made for. */
export const boardsInTiles: Board[] = [
	{
		name: "a20",
		chips: "A10, A13, A20",
		decoders: [
			{
				...{ node: "cedrus", driver: "cedrus", title: "cedrus without linear pictures" },
				...{ formats: ["MG2S", "S264", "VP8F"], large: "1920x1080" },
				...{ mode: "slice", fields: true, capture: "NV12_32L32" },
			},
		],
		mmu: false,
	},
];

/** Whether a kernel has a board's drivers. */
export const runsOn = (tree: string, kernel: string): boolean =>
	boardOf(tree).kernels?.includes(kernel) ?? true;

/** The kernel on which a board is tried where one has to do: the usual one, if it has the board's drivers. */
export const kernelOf = (tree: string): string => boardOf(tree).kernels?.[0] ?? usualKernel;

/** All coded formats of a decoder on a kernel, in alphabetical order. */
export const formatsOn = ({ formats, sometimes }: Decoder, kernel: string): string[] =>
	[...formats, ...(sometimes?.[kernel] ?? [])].sort();

/** A board's decoders that a kernel has drivers for. */
export const decodersOn = ({ decoders }: Board, kernel: string): Decoder[] =>
	decoders.filter((decoder) => formatsOn(decoder, kernel).length > 0);

/** How a decoder's CAPTURE has 10-bit pictures of a coded format on a kernel; undefined where it decodes none. */
export const deepOn = ({ deep }: Decoder, format: string, kernel: string): Deep | undefined =>
	deep?.formats.includes(format) && (deep.kernels?.includes(kernel) ?? true) ? deep.as : undefined;

/** Those whose decoders are nearly another board's: they are asked for quirks, and their registers are compared by command. */
const boardsLikeOthers: Board[] = [
	{
		name: "h6",
		chips: "H6",
		decoders: [
			{
				...{ node: "cedrus", driver: "cedrus", title: "cedrus with 10 bit" },
				...{ formats: ["MG2S", "S264", "S265", "VP8F"], large: "1920x1080" },
				...{ mode: "slice", fields: true },
			},
			{
				...{ node: "allwinner,sun50i-h6-vpu-g2-dec", driver: "hantro-vpu", title: "hantro (G2)" },
				...{ formats: ["VP9F"], large: "3840x2160", mode: "frame" },
				deep: { formats: ["VP9F"], as: "P010" },
			},
		],
		mmu: false,
	},
];

/** Those whose decoder Linux drives as another board's, by another name: single tests take them, and nothing is compared with GStreamer. */
const boardsByAnotherName: Board[] = [
	{
		name: "rk3328",
		chips: "RK3328",
		decoders: [
			{
				...{ node: "rkvdec", driver: "rkvdec", title: "rkvdec" },
				...{ formats: ["S264", "VP9F"], large: "1920x1080", mode: "frame" },
				sometimes: { "7.3": ["S265"] },
				deep: { formats: ["S264", "S265"], as: "NV15", kernels: ["7.3"] },
			},
		],
		mmu: false,
	},
];

/** The names of device trees: each board without an MMU, and with it where it has one. */
export const treesOf = ({ name, mmu }: Board): string[] => (mmu ? [name, `${name}-iommu`] : [name]);
export const trees = boards.flatMap(treesOf);

/** Trees for tests that take long: as the board really is, with its MMU; and one board both ways. */
export const usualTrees = boards.flatMap((board) =>
	board.name === "rk3568" ? treesOf(board) : treesOf(board).slice(-1),
);

/** Every board of the lab as it really is, and one both ways. */
export const allBoards = [
	...usualTrees,
	...[...boardsInTiles, ...boardsLikeOthers, ...boardsByAnotherName].flatMap((board) =>
		treesOf(board).slice(-1),
	),
];

/** A board for each of the three drivers that decode H.264. */
export const boardOfEachDriver = ["rk3568", "rk3399", "a64"];

/**
 * What `npm test` plays streams on: on the usual kernel all boards; on another those that only it has, as they really are, and one of
 * each driver. `npm run boards` takes all.
 */
export const inShare = (tree: string, kernel: string): boolean =>
	runsOn(tree, kernel) &&
	(kernel === usualKernel ||
		boardOfEachDriver.includes(tree) ||
		(kernelOf(tree) === kernel && usualTrees.includes(tree)));

/**
 * What a command's words choose: kernels by version, the usual one unless told, and of `all` the device trees named, or each, that
 * these kernels have drivers for. A word that names neither is an error.
 */
export function chosenTrees(words: string[], all: string[]): { kernel: string; trees: string[] }[] {
	const kernels = words.filter((word) => kernelVersions.includes(word));
	const named = words.filter((word) => !kernels.includes(word));
	const unknown = named.filter((word) => !all.includes(word));
	if (unknown.length > 0)
		throw new Error(
			`there is no ${unknown.join(", ")}; there are ${[...kernelVersions, ...all].join(", ")}`,
		);
	return (kernels.length > 0 ? kernels : [usualKernel]).map((kernel) => ({
		kernel,
		trees: (named.length > 0 ? named : all).filter((tree) => runsOn(tree, kernel)),
	}));
}

/** The board of a device tree. */
export function boardOf(tree: string): Board {
	const board = [...boards, ...boardsInTiles, ...boardsLikeOthers, ...boardsByAnotherName].find((each) =>
		treesOf(each).includes(tree),
	);
	if (!board) throw new Error(`there is no board ${tree}; there are ${trees.join(", ")}`);
	return board;
}

/** A board's decoder of a coded format, on a kernel: the usual one for the board unless told. */
export const decoderOf = (tree: string, format: string, kernel = kernelOf(tree)): Decoder | undefined =>
	boardOf(tree).decoders.find((decoder) => formatsOn(decoder, kernel).includes(format));

/** The kernel on which a board's decoder of a coded format is tried: the usual one for the board, if it has that; undefined: none has. */
export const kernelWith = (tree: string, format: string): string | undefined =>
	[kernelOf(tree), ...kernelVersions].find(
		(kernel) => runsOn(tree, kernel) && decoderOf(tree, format, kernel) !== undefined,
	);

/** Boards that decode it, on some kernel. among: all that the tests play on unless told. */
export const boardsWith = (format: string, among = boards): Board[] =>
	among.filter(({ name }) => kernelWith(name, format) !== undefined);

/** Those whose registers are compared with GStreamer's. */
export const boardsTold = [...boards, ...boardsLikeOthers];

/**
 * Whether pictures of that height fit into the guest's memory: cedrus_h264_start() of 6.1 wants the motion vectors of all
 * references in one piece, more than there is for 720 lines.
 */
export const fitsMemory = (tree: string, kernel: string | undefined, height: number): boolean =>
	boardOf(tree).decoders[0].driver !== "cedrus" || kernel !== "6.1" || height < 720;

/** What can be allocated in one piece, in bytes: MAX_ORDER of the buddy allocator. */
const LARGEST_PIECE = 4 << 20;

/**
 * The device tree of a board on which so large pictures fit into a buffer, if there is one. Behind the picture a buffer may have half as
 * much again for motion vectors. bits: of a sample.
 */
export function treeWithRoom(board: string, width: number, height: number, bits: number): string | undefined {
	const bytes = ((width * height * 3) / 2) * (bits > 8 ? 2 : 1);
	const { name, mmu } = boardOf(board);
	if (mmu) return bytes * 1.5 > LARGEST_PIECE ? `${name}-iommu` : board;
	return bytes > LARGEST_PIECE ? undefined : board;
}
