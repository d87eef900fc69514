// SPDX-License-Identifier: MIT
// Every state that a machine with the simulated device can be in, and what the doctor must say of it.
import { existsSync } from "node:fs";
import type { State } from "./doctor.ts";

export interface Expected {
	name: string;
	state: State;
	/** Whether decoding can work. */
	works: boolean;
	/** The problems in their order; those of memory only where V4L2SIM_MEMORY says what there is. */
	problems: string[];
	/** What libva does for the render node. */
	outcome?: string;
	/** Words in the first problem's line: what to do, and about what. */
	says?: RegExp;
	/** Verdicts of the first decoder by profile, those that matter. */
	verdicts?: Record<string, string>;
	/** Which of the decoders, by its place, serves a profile. */
	served?: Record<string, number>;
	/** Its whole text is in golden/NAME.txt. */
	golden?: boolean;
}

const OURS = "v4l2_request_drv_video.so";

/** How the line begins for a node that root alone may open, or a group: of root's own group there is no advice to join it. */
const OPENING =
	process.getgid?.() === 0
		? "Let a group open "
		: `(Join the group \\S+ \\(sudo usermod -aG|Log out and in again: you are in the group).*`;
const opening = (node: string): RegExp =>
	new RegExp(
		`^${OPENING}${node}\\b.*; until then pictures are in the decoder's own memory, which is slow to read`,
	);
const KERNEL = (option: string): RegExp => new RegExp(`^Use a kernel with ${option}: without it pictures`);
const around = (memory: string, more: Record<string, string> = {}): State => ({
	environment: { V4L2SIM_MEMORY: memory, ...more },
});
/** What the mode of each media node permits, something else refuses. */
const KEPT_OUT = { V4L2SIM_FAULT: "open.media:1+:EPERM" };
/** Advice in a sandbox that a variable tells of; where the tests run in another, that one's marks count. */
const inside = (advice: RegExp): RegExp =>
	["/.flatpak-info", "/.dockerenv", "/run/.containerenv"].some((mark) => existsSync(mark))
		? /^(Run|Start the container with) `/
		: advice;
const MMU = { V4L2SIM_MMU: "1" };

/** The node of the second simulated device: numbers that this machine uses itself are left out. */
function secondNode(kind: "video" | "media"): string {
	const free = Array.from({ length: 64 }, (_, number) => `/dev/${kind}${number}`).filter(
		(path) => !existsSync(path),
	);
	return free[1];
}

const nodes: Expected[] = [
	{
		name: "one decoder",
		state: {},
		works: true,
		problems: [],
		outcome: "ours",
		verdicts: { VAProfileH264High: "offered", VAProfileHEVCMain: "no-coded-format" },
		golden: true,
	},
	{
		name: "several decoders",
		state: { environment: { V4L2SIM_KIND: "scaler,mpeg2+vp8:frame,h264:frame,h264+hevc:slice" } },
		works: true,
		problems: [],
		golden: true,
	},
	{
		name: "a decoder of 10 bit",
		state: { environment: { V4L2SIM_KIND: "h264+hevc+vp9:frame", V4L2SIM_DEPTH: "10" } },
		works: true,
		problems: [],
		verdicts: { VAProfileH264High10: "offered", VAProfileHEVCMain10: "offered" },
		golden: true,
	},
	{
		name: "no device",
		state: { environment: { V4L2SIM_NONE: "1" } },
		works: false,
		problems: ["no-decoder"],
		outcome: "ours",
		says: /^Use a kernel that has the driver of your chip's video decoder: there is no \/dev\/media/,
		golden: true,
	},
	{
		name: "only a scaler",
		state: { environment: { V4L2SIM_KIND: "scaler" } },
		works: false,
		problems: ["no-decoder"],
		says: /^Use a kernel .*none of the \/dev\/media/,
	},
	{
		name: "nodes that the user may not open",
		state: { environment: { V4L2SIM_PERMISSION: "1" } },
		works: false,
		problems: ["node-refused"],
		says: new RegExp(`^${OPENING}/dev/media\\d+\\b`),
	},
	{
		name: "a decoder without the Request API",
		state: { environment: { V4L2SIM_NO_REQUESTS: "1" } },
		works: false,
		problems: ["no-request-api"],
		says: /^Play with what speaks to such a decoder itself.*has no Request API/,
		golden: true,
	},
	{
		name: "nodes whose mode permits what something else refuses",
		state: { environment: KEPT_OUT },
		works: false,
		problems: ["node-kept-out"],
		says: /--device \/dev\/media\d+|Let \/dev\/media\d+ into this container/,
	},
	{
		name: "nodes that a snap may not open",
		state: { environment: { ...KEPT_OUT, SNAP: "/snap/player/1" } },
		works: false,
		problems: ["node-kept-out"],
		says: inside(/^Use a player that is no snap, for snaps may not open video nodes: .*\/dev\/media\d+/),
	},
	{
		name: "nodes that are not in a container",
		state: { environment: { ...KEPT_OUT, container: "podman" } },
		works: false,
		problems: ["node-kept-out"],
		says: inside(/^Start the container with `podman run --device \/dev\/media\d+ \.\.\.`: /),
	},
	{
		name: "one of two decoders that cannot be opened",
		state: {
			environment: { V4L2SIM_KIND: "h264:frame,vp8:frame", V4L2SIM_FAULT: "open.video:1:EBUSY" },
		},
		works: true,
		problems: ["node-failed"],
		says: /^Look for its driver in the kernel's log .*Device or resource busy/,
	},
	{
		name: "a decoder that cannot be opened",
		state: { environment: { V4L2SIM_FAULT: "open.video:1:EBUSY" } },
		works: false,
		problems: ["node-failed"],
	},
	{
		name: "more decoders than the driver keeps",
		state: { environment: { V4L2SIM_KIND: `${"h264:frame,".repeat(8)}vp8:frame` } },
		works: true,
		problems: ["node-left-out"],
		says: /^Choose the decoder by LIBVA_V4L2_REQUEST_VIDEO_PATH/,
	},
	{
		name: "two decoders of which only the second lists a profile",
		state: {
			environment: {
				V4L2SIM_KIND: "h264:frame,h264:slice",
				V4L2SIM_PROFILES: "h264.constrained_baseline;h264.constrained_baseline,h264.high",
			},
		},
		works: true,
		problems: [],
		verdicts: { VAProfileH264High: "not-in-menu" },
		served: { VAProfileH264ConstrainedBaseline: 0, VAProfileH264High: 1 },
		golden: true,
	},
	{
		name: "the second of two decoders by its variable",
		state: {
			environment: {
				V4L2SIM_KIND: "h264:frame,vp8:frame",
				LIBVA_V4L2_REQUEST_VIDEO_PATH: secondNode("video"),
				LIBVA_V4L2_REQUEST_MEDIA_PATH: secondNode("media"),
			},
		},
		works: true,
		problems: [],
		verdicts: { VAProfileH264High: "no-coded-format", VAProfileVP8Version0_3: "offered" },
		served: { VAProfileVP8Version0_3: 0 },
	},
	{
		name: "two decoders of which the user may open neither's memory",
		state: around("cma=refused", { V4L2SIM_KIND: "h264:frame,vp8:frame" }),
		works: true,
		problems: ["memory-refused"],
		says: opening("/dev/dma_heap/default_cma_region"),
		served: { VAProfileH264High: 0, VAProfileVP8Version0_3: 1 },
	},
	{
		name: "a variable that names no node",
		state: { environment: { LIBVA_V4L2_REQUEST_VIDEO_PATH: "/dev/video77" } },
		works: false,
		problems: ["node-misnamed"],
		says: /^Correct or unset LIBVA_V4L2_REQUEST_VIDEO_PATH .*\/dev\/video77/,
	},
];

const profiles: Expected[] = [
	{
		name: "a decoder without controls",
		state: { environment: { V4L2SIM_FAULT: "QUERY_EXT_CTRL:1+:EINVAL" } },
		works: false,
		problems: ["nothing-offered"],
		says: /^Use software decoding/,
		verdicts: { VAProfileH264High: "no-control", VAProfileHEVCMain: "no-coded-format" },
		golden: true,
	},
	{
		name: "a menu that lacks profiles",
		state: { environment: { V4L2SIM_PROFILES: "h264.constrained_baseline" } },
		works: true,
		problems: [],
		verdicts: { VAProfileH264ConstrainedBaseline: "offered", VAProfileH264High: "not-in-menu" },
		golden: true,
	},
	{
		name: "no format for pictures",
		state: { environment: { V4L2SIM_FAULT: "ENUM_FMT.CAPTURE:1+:EINVAL" } },
		works: false,
		problems: ["nothing-offered"],
		verdicts: { VAProfileH264High: "no-capture-format" },
		golden: true,
	},
];

const noName = (environment: Record<string, string> = {}): Record<string, string> => ({
	LIBVA_DRIVER_NAME: "",
	...environment,
});

const libraries: Expected[] = [
	{
		name: "no driver installed",
		state: { folder: {} },
		works: false,
		problems: ["not-installed"],
		outcome: "not-found",
		says: /^Unset LIBVA_DRIVERS_PATH, or let it name the folder/,
		golden: true,
	},
	{
		name: "the driver without a name",
		state: { folder: { links: [OURS] } },
		works: false,
		problems: ["not-chosen"],
		outcome: "not-found",
		says: /^Set LIBVA_DRIVER_NAME=v4l2_request .*simulated_drv_video\.so, and finds none/,
		golden: true,
	},
	{
		name: "a link of the name that libva looks for",
		state: { folder: { links: [OURS, "simulated_drv_video.so"] } },
		works: true,
		problems: [],
		outcome: "ours",
		golden: true,
	},
	{
		name: "a link beside a board's GPU",
		state: {
			folder: { links: [OURS, "panfrost_drv_video.so"] },
			environment: { V4L2SIM_DRM: "panfrost" },
		},
		works: true,
		problems: [],
		outcome: "ours",
	},
	{
		name: "a driver of the screen's own",
		state: { folder: { links: [OURS], others: ["simulated_drv_video.so"] } },
		works: false,
		problems: ["not-chosen"],
		outcome: "other",
		says: /^Set LIBVA_DRIVER_NAME=v4l2_request .*that is another driver/,
	},
	{
		name: "a driver of the screen's own that crashes",
		state: {
			folder: { links: [OURS], others: ["simulated_drv_video.so"] },
			environment: { OTHER_DRIVER: "crashes" },
		},
		works: false,
		// What libva looked for is lost with the process, and so is where it looks.
		problems: ["not-installed"],
		outcome: "other",
	},
	{
		name: "another driver of the same name",
		state: { folder: { others: [OURS] }, environment: { LIBVA_DRIVER_NAME: "v4l2_request" } },
		works: false,
		problems: ["namesake"],
		outcome: "namesake",
		says: /^Remove the package of the other driver .*DRIVERS\/v4l2_request_drv_video\.so .*a driver of somebody else/,
		golden: true,
	},
	{
		name: "another driver of the same name that refuses the device",
		state: {
			folder: { others: [OURS] },
			environment: { LIBVA_DRIVER_NAME: "v4l2_request", OTHER_DRIVER: "refuses" },
		},
		works: false,
		problems: ["namesake"],
		outcome: "namesake",
	},
	{
		name: "a file that cannot be loaded",
		state: { folder: { broken: [OURS] }, environment: { LIBVA_DRIVER_NAME: "v4l2_request" } },
		works: false,
		problems: ["broken"],
		outcome: "broken",
		says: /^Install the driver again, for this machine's architecture: .*(too short|invalid ELF)/,
	},
	{
		name: "a variable that names another driver",
		state: {
			folder: { links: [OURS], others: ["iHD_drv_video.so"] },
			environment: { LIBVA_DRIVER_NAME: "iHD" },
		},
		works: false,
		problems: ["wrong-name"],
		outcome: "other",
		says: /^Set LIBVA_DRIVER_NAME to v4l2_request: it is iHD, and libva takes DRIVERS\/iHD/,
	},
	{
		name: "a variable that names a driver that is not there",
		state: { folder: { links: [OURS] }, environment: { LIBVA_DRIVER_NAME: "i965" } },
		works: false,
		problems: ["wrong-name"],
		outcome: "not-found",
		says: /^Set LIBVA_DRIVER_NAME to v4l2_request: it is i965, and libva finds no driver of that name/,
	},
	{
		name: "a driver of another version than the doctor's",
		state: {
			folder: { others: [OURS] },
			environment: {
				LIBVA_DRIVER_NAME: "v4l2_request",
				OTHER_DRIVER: "V4L2 stateless decoder driver 99.0.0 (nothing)",
			},
		},
		works: true,
		problems: ["other-version"],
		outcome: "ours",
		says: /^Install driver and doctor of one version: libva loads V4L2 stateless decoder driver 99\.0\.0/,
	},
	{
		name: "no libva",
		state: { withoutLibva: true },
		works: false,
		problems: ["no-libva"],
		says: /^Install libva \(Debian: libva2 and libva-drm2\)/,
	},
	{
		name: "a node of the screen that the user may not open",
		state: { environment: { V4L2SIM_FAULT: "open.render:1+:EACCES" } },
		works: false,
		problems: ["display-refused"],
		outcome: "refused",
		says: new RegExp(`^${OPENING}/dev/dri/renderD\\d+\\b`),
	},
	{
		name: "a driver and a device that both are missing",
		state: { folder: {}, environment: noName({ V4L2SIM_NONE: "1" }) },
		works: false,
		problems: ["no-decoder", "not-installed"],
	},
];

/** Memory that is slow to read slows; nothing of it keeps decoding from working. */
const memories: Expected[] = [
	{
		name: "contiguous memory that opens",
		state: around("cma=opens,system=refused,udmabuf=refused"),
		works: true,
		problems: [],
	},
	{
		name: "contiguous memory that the user may not open, beside other that would not help",
		state: around("cma=refused,system=refused,udmabuf=opens"),
		works: true,
		problems: ["memory-refused"],
		says: opening("/dev/dma_heap/default_cma_region"),
	},
	{
		name: "no contiguous memory, and other that would not help",
		state: around("system=opens,udmabuf=opens"),
		works: true,
		problems: ["no-memory"],
		says: KERNEL("CONFIG_DMABUF_HEAPS_CMA"),
	},
	{
		name: "no memory but the decoder's",
		state: around("none"),
		works: true,
		problems: ["no-memory"],
		says: KERNEL("CONFIG_DMABUF_HEAPS_CMA"),
	},
	{
		name: "a decoder behind an MMU, and a heap of the system that the user may not open",
		state: around("system=refused,udmabuf=refused", MMU),
		works: true,
		problems: ["memory-refused"],
		says: opening("/dev/dma_heap/system"),
	},
	{
		name: "a decoder behind an MMU, and udmabuf that the user may not open",
		state: around("udmabuf=refused", MMU),
		works: true,
		problems: ["memory-refused"],
		says: opening("/dev/udmabuf"),
	},
	{
		name: "a decoder behind an MMU, and contiguous memory that the user may not open",
		state: around("cma=refused", MMU),
		works: true,
		problems: ["memory-refused"],
		says: opening("/dev/dma_heap/default_cma_region"),
	},
	{
		name: "a decoder behind an MMU, and udmabuf that opens",
		state: around("system=refused,udmabuf=opens", MMU),
		works: true,
		problems: [],
	},
	{
		name: "a decoder behind an MMU, and no memory but its own",
		state: around("none", MMU),
		works: true,
		problems: ["no-memory"],
		says: KERNEL("CONFIG_DMABUF_HEAPS_SYSTEM or CONFIG_UDMABUF"),
	},
	{
		name: "memory that the user may not open, where nothing decodes",
		state: around("none", { V4L2SIM_NONE: "1" }),
		works: false,
		problems: ["no-decoder"],
	},
];

export const states: Expected[] = [...nodes, ...profiles, ...libraries, ...memories];
