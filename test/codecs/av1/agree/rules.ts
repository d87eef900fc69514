// SPDX-License-Identifier: MIT
// Where the driver may tell a decoder something else than GStreamer does, and why: the one file to review. Kernel files are
// below drivers/ of Linux 7.3; vpu981 is rockchip_vpu981_hw_av1_dec.c, mediatek vdec_av1_req_lat_if.c. Clauses are the AV1 specification's.
import type { Fields } from "../../../kernel/agree/fields.ts";
import type { Difference, Rule } from "../../../kernel/agree/rule.ts";

const BUSY =
	"v4l2slav1dec sets the format of the new size while it has buffers of the old one, which is EBUSY";

const OTHER_SIZE = "frames refer to frames of another size, which the driver refuses";

/** What GStreamer 1.26 does not play to its end. */
export const av1Unfinished: Record<string, string> = {
	"shrink.ivf": BUSY,
	"av1-1-b8-03-sizedown.ivf": BUSY,
	"render-size.ivf":
		"v4l2slav1dec dies by a segmentation fault behind two pictures whose render size is another",
};

/** What no driver decodes so that CAPTURE's format says where the samples are. */
export const av1Refused: Record<string, string> = {
	"resize.ivf": OTHER_SIZE,
	"av1-1-b8-03-sizeup.ivf": OTHER_SIZE,
	"autostitch-480p-240p-160p-10s.ivf": OTHER_SIZE,
	"av1-1-b8-22-svc-L2T1.ivf": OTHER_SIZE,
	"switch_frame.mp4": OTHER_SIZE,
};

const value = (fields: Fields, name: string): unknown => fields.get(name)?.value;
const ours = (d: Difference, name: string): unknown => value(d.ourFields, name);
const isAll = (word: string, text: unknown): boolean =>
	String(text)
		.split(" ")
		.every((each) => each === word);

/** A tool that a sequence enables and a frame does not use, by the flag that says whether it does. */
const tool = (name: string, used: string, readers: string): Rule => ({
	id: `tool ${name}`,
	fields: [`sequence.flags:${name}`],
	carried: false,
	sends: "1 where the frame uses the tool",
	readers,
	why: "the frame says itself that it does not use the tool (5.9.2)",
	holds: (d) => d.gstreamer === 1 && d.ours === 0 && ours(d, used) === 0,
});

/** What takes no part in decoding, and VA-API does not have. */
const unread = (id: string, fields: string[], why: string): Rule => ({
	id,
	fields,
	carried: false,
	sends: "0",
	readers: "none of vpu981 and mediatek",
	why,
	holds: (d) => isAll("0", d.ours),
});

export const av1Rules: Rule[] = [
	{
		id: "GStreamer gave up",
		fields: ["job"],
		carried: true,
		sends: "the pictures behind the one at which GStreamer ended with an error",
		readers: "all decoders",
		why: "GStreamer does not play the stream to its end; which streams that may happen to is listed in av1Unfinished",
		holds: (d) => d.theirEnd,
	},
	tool("ENABLE_REF_FRAME_MVS", "frame.flags:USE_REF_FRAME_MVS", "none of vpu981 and mediatek"),
	tool("ENABLE_WARPED_MOTION", "frame.flags:ALLOW_WARPED_MOTION", "none of vpu981 and mediatek"),
	tool("ENABLE_RESTORATION", "frame.loop_restoration.flags:USES_LR", "none of vpu981 and mediatek"),
	tool("ENABLE_SUPERRES", "frame.flags:USE_SUPERRES", "mediatek: vdec_av1_slice_setup_seq()"),
	{
		id: "size of a tile's size",
		fields: ["frame.tile_info.tile_size_bytes"],
		carried: false,
		sends: "4; GStreamer has what the stream has, and 0 of one tile",
		readers: "vpu981: rockchip_vpu981_av1_dec_set_tile_info(), of more than one tile",
		why: "the driver writes the sizes in front of the tiles itself, in four bytes each (5.11.1)",
		holds: (d) => d.ours === 4,
	},
	{
		id: "restoration of chroma",
		fields: ["frame.loop_restoration.flags:USES_CHROMA_LR"],
		carried: true,
		sends: "1; GStreamer's flag is 0 where a plane of chroma is restored",
		readers: "none: vpu981 and mediatek read the types",
		why: "usesChromaLr is 1 where the type of a plane of chroma is not RESTORE_NONE (5.9.20)",
		holds: (d) =>
			d.ours === 1 &&
			d.gstreamer === 0 &&
			!isAll(
				"0",
				String(ours(d, "frame.loop_restoration.frame_restoration_type")).replace(/^\d+ /, ""),
			),
	},
	{
		id: "deltas without a filter",
		fields: ["frame.loop_filter.flags:DELTA_ENABLED"],
		carried: true,
		sends: "0, as FFmpeg has it; GStreamer has the 1 of setup_past_independence()",
		readers: "vpu981: rockchip_vpu981_av1_dec_set_loopfilter(), of a level that is not 0",
		why: "a lossless frame and one that copies its own blocks has no filter (5.9.11)",
		holds: (d) => d.ours === 0 && d.gstreamer === 1 && isAll("0", ours(d, "frame.loop_filter.level")),
	},
	{
		id: "resilience of a still picture",
		fields: ["frame.flags:ERROR_RESILIENT_MODE"],
		carried: true,
		sends: "1; GStreamer sends 0 of a reduced_still_picture_header",
		readers: "vpu981: rockchip_vpu981_av1_dec_set_segmentation()",
		why: "error_resilient_mode is 1 of a key frame that is shown (5.9.2)",
		holds: (d) =>
			d.ours === 1 &&
			d.gstreamer === 0 &&
			ours(d, "frame.frame_type") === 0 &&
			ours(d, "frame.flags:SHOW_FRAME") === 1,
	},
	{
		id: "greatest size",
		fields: [
			"sequence.max_frame_width_minus_1",
			"sequence.max_frame_height_minus_1",
			"frame.render_width_minus_1",
			"frame.render_height_minus_1",
		],
		carried: false,
		sends: "the greatest size since a key frame was shown, and the frame's own",
		readers: "mediatek: vdec_av1_slice_setup_seq(), of the greatest; none of vpu981",
		why: "it bounds sizes, and the render size is a hint for showing; neither takes part in decoding (5.5.1, 6.8.5)",
		holds: (d) => {
			const own = d.name.includes("width")
				? Number(ours(d, "frame.upscaled_width")) - 1
				: Number(ours(d, "frame.frame_height_minus_1"));
			return d.name.includes("render") ? d.ours === own : Number(d.ours) >= own;
		},
	},
	{
		id: "size of its own",
		fields: ["frame.flags:FRAME_SIZE_OVERRIDE"],
		carried: false,
		sends: "1 where the frame has another size than the greatest",
		readers: "none of vpu981 and mediatek",
		why: "the frame's size is in the control whether or not it is coded (5.9.5)",
		holds: (d) =>
			d.ours === 0 &&
			ours(d, "frame.upscaled_width") === Number(ours(d, "sequence.max_frame_width_minus_1")) + 1,
	},
	{
		id: "least width",
		fields: ["frame.frame_width_minus_1"],
		carried: false,
		sends: "no less than 16 of a picture that is scaled in width; GStreamer has what the formula of 5.9.8 gives",
		readers: "all decoders",
		why: "libaom and dav1d code and decode no less (av1_calculate_scaled_superres_size())",
		holds: (d) =>
			ours(d, "frame.flags:USE_SUPERRES") === 1 &&
			d.ours === Math.min(16, Number(ours(d, "frame.upscaled_width"))) - 1 &&
			Number(d.gstreamer) < d.ours,
	},
	unread(
		"references by their distance",
		["frame.flags:FRAME_REFS_SHORT_SIGNALING"],
		"it tells how the references are coded, which are in the control either way (5.9.2)",
	),
	unread("number of a frame", ["frame.current_frame_id"], "it is for those who lose frames (6.8.2)"),
	unread(
		"removal from a buffer",
		["frame.flags:BUFFER_REMOVAL_TIME_PRESENT", "frame.buffer_removal_time"],
		"it is for those who schedule decoders (6.8.2)",
	),
];
