// SPDX-License-Identifier: MIT
// Quirks of the decoder drivers of chips that visl does not have, and the driver has to live with. Paths are below Linux's
// drivers/. What v4l2-probe prints for each (probe.c).

import { boardsWith, decoderOf } from "../boards.ts";

export interface Quirk {
	/** What it is, and where in Linux it is so. */
	what: string;
	boards: string[];
	/** Those that it is asked on; all that a board runs unless told. */
	kernels?: string[];
	/** Name of the video node. */
	node: (board: string) => string;
	steps: string;
	/** The first job never ends. */
	hangs?: boolean;
	expected: string;
	/** By kernel, what is answered there instead. */
	on?: Record<string, string>;
}

/** The decoder of a format on a board, by the name of its node. */
function nodeOf(board: string, format: string): string {
	const decoder = decoderOf(board, format);
	if (!decoder) throw new Error(`${board} has no decoder of ${format}`);
	return decoder.node;
}

/** Boards on which hantro decodes H.264. */
const g1 = boardsWith("S264")
	.map(({ name }) => name)
	.filter((name) => decoderOf(name, "S264")?.driver === "hantro-vpu");
const hantro = (board: string) => nodeOf(board, "VP8F");
const g2 = (board: string) => nodeOf(board, "S265");
const rkvdec = (board: string) => nodeOf(board, "S264");
const cedrus = () => "cedrus";

const DECODE_MODE = "has=0x00a40900";
const START_CODE = "has=0x00a40901";
const PRED_WEIGHTS = "has=0x00a40905";
const SLICE_PARAMS = "has=0x00a40906";
const HEVC_SLICE_PARAMS = "has=0x00a40a92";

/** One job: buffers, a request with one of them, and what comes back of both queues. */
const BUFFERS = "req-out=2 req-cap=2 on-out on-cap";
const JOB = `${BUFFERS} request queue-out submit queue-cap over take-out take-cap`;
const submitted = "2; 2; ok; ok; ok; ok; ok; ok";
const done = (bytes: number) => `${submitted}; yes; done 64; done ${bytes}`;
const failed = `${submitted}; yes; error; error`;

export const quirks: Quirk[] = [
	{
		what: "hantro: S_FMT(OUTPUT) resizes the CAPTURE format under its buffers, and none of them can be queued then (hantro_v4l2.c: hantro_set_fmt_out, hantro_buf_plane_check)",
		boards: g1,
		node: hantro,
		steps: "out=S264:320x240 req-cap=2 queue-cap out=S264:640x480 cap queue-cap=1",
		expected:
			"S264 320x240 stride 0 bytes 153600; 2; ok; S264 640x480 stride 0 bytes 614400; NV12 640x480 stride 640 bytes 537632; EINVAL",
		on: {
			"6.1": "S264 320x240 stride 0 bytes 153600; 2; ok; EBUSY; NV12 320x240 stride 320 bytes 134432; ok",
		},
	},
	{
		what: "hantro: another coded format is EBUSY while OUTPUT streams, another size is not (hantro_v4l2.c: hantro_set_fmt_out)",
		boards: g1,
		node: hantro,
		steps: "out=S264:320x240 req-out=2 on-out out=MG2S:320x240 out=S264:640x480 off-out req-out=0 out=MG2S:320x240",
		expected:
			"S264 320x240 stride 0 bytes 153600; 2; ok; EBUSY; S264 640x480 stride 0 bytes 614400; ok; 0; MG2S 320x240 stride 0 bytes 153600",
		on: {
			"6.1": "S264 320x240 stride 0 bytes 153600; 2; ok; EBUSY; EBUSY; ok; 0; MG2S 320x240 stride 0 bytes 153600",
		},
	},
	{
		what: "hantro: sizes are rounded up to macroblocks on both queues, and CAPTURE's wish is ignored; motion vectors of H.264 are part of the picture (hantro_v4l2.c: hantro_try_fmt)",
		boards: g1,
		node: hantro,
		steps: "out=S264:322x242 cap cap=NV12:64x64 out=MG2S:322x242 cap out=VP8F:322x242 cap",
		expected:
			"S264 336x256 stride 0 bytes 172032; NV12 336x256 stride 336 bytes 150560; NV12 336x256 stride 336 bytes 150560; MG2S 336x256 stride 0 bytes 172032; NV12 336x256 stride 336 bytes 129024; VP8F 336x256 stride 0 bytes 172032; NV12 336x256 stride 336 bytes 129024",
	},
	{
		what: "hantro: bytesused of a picture counts the motion vectors, too (hantro_v4l2.c: hantro_buf_prepare)",
		boards: g1,
		node: hantro,
		steps: `out=S264:320x240 h264=320x240:1:8 ${JOB}`,
		expected: `S264 320x240 stride 0 bytes 153600; ok; ${done(134432)}`,
	},
	{
		what: "hantro: pictures with start codes only, without slice parameters and weights (hantro_drv.c: controls)",
		boards: g1,
		node: hantro,
		steps: `${DECODE_MODE} ${START_CODE} ${SLICE_PARAMS} ${PRED_WEIGHTS} set=0x00a40906:104 set=0x00a40905:770`,
		expected: "yes, Frame-Based; yes, Annex B Start Code; EINVAL; EINVAL; EINVAL; EINVAL",
	},
	{
		what: "hantro: a request needs a buffer, and may have two (hantro_drv.c: hantro_m2m_media_ops)",
		boards: g1,
		node: hantro,
		steps: "out=S264:320x240 req-out=2 request submit request queue-out queue-out=1 submit",
		expected: "S264 320x240 stride 0 bytes 153600; 2; ok; ENOENT; ok; ok; ok; ok",
	},
	{
		what: "hantro: SPS of 4:2:0 or 4:0:0 and 8 bit, whatever its size (hantro_drv.c: hantro_try_ctrl)",
		boards: g1,
		node: hantro,
		steps: "out=S264:320x240 h264=320x240:1:8 h264=320x240:0:8 h264=320x240:2:8 h264=320x240:1:10 h264=640x480:1:8",
		expected: "S264 320x240 stride 0 bytes 153600; ok; ok; EINVAL; EINVAL; ok",
	},
	...Object.entries({ rk3568: "1920x1088", rk3288: "4096x2304", imx8mq: "3840x2160" }).map(
		([board, largest]): Quirk => ({
			what: "hantro: sizes of coded formats, and none of NV12 (hantro_v4l2.c: vidioc_enum_framesizes)",
			boards: [board],
			node: hantro,
			steps: "sizes=S264 sizes=NV12",
			expected: `stepwise 48x48 to ${largest} step 16x16; ENOTTY`,
		}),
	),
	{
		what: "hantro: OUTPUT is as large as asked for, or twice the samples (hantro_v4l2.c: hantro_try_fmt)",
		boards: g1,
		node: hantro,
		steps: "out=S264:320x240:4096 out=S264:320x240",
		expected: "S264 320x240 stride 0 bytes 4096; S264 320x240 stride 0 bytes 153600",
	},
	{
		what: "hantro: CAPTURE buffers are held for H.264 only (hantro_v4l2.c: hantro_update_requires_hold_capture_buf)",
		boards: g1,
		node: hantro,
		steps: "out=S264:320x240 hold out=MG2S:320x240 hold",
		expected: "S264 320x240 stride 0 bytes 153600; yes; MG2S 320x240 stride 0 bytes 153600; no",
	},
	{
		what: "hantro: number of CAPTURE buffers (hantro_drv.c: queue_init)",
		boards: g1,
		node: hantro,
		steps: "out=S264:64x64 req-cap=100",
		expected: "S264 64x64 stride 0 bytes 8192; 64",
		on: { "6.1": "S264 64x64 stride 0 bytes 8192; 32" },
	},
	{
		what: "rk3399: hantro without H.264, for rkvdec has it (rockchip_vpu_hw.c: rk3399_vpu_dec_fmts)",
		boards: ["rk3399"],
		node: hantro,
		steps: "list-out out=S264:320x240",
		expected: "MG2S VP8F; MG2S 320x240 stride 0 bytes 153600",
	},
	{
		what: "G2: tiled pictures unless NV12 is asked for (imx8m_vpu_hw.c: imx8m_vpu_g2_postproc_fmts)",
		boards: ["imx8mq"],
		node: g2,
		steps: "out=S265:322x242 cap list-cap cap=NV12:322x242",
		expected:
			"S265 324x244 stride 0 bytes 158112; VT12 324x244 stride 324 bytes 123525; VT12 NV12; NV12 336x256 stride 336 bytes 129024",
		on: {
			"7.3": "S265 324x244 stride 0 bytes 158112; VT12 328x256 stride 328 bytes 131200; VT12 NV12; NV12 336x256 stride 336 bytes 129024",
		},
	},
	{
		what: "G2: an SPS of 10 bit changes the CAPTURE format by itself, under its buffers and while it streams (hantro_drv.c: hantro_hevc_s_ctrl)",
		boards: ["imx8mq"],
		node: g2,
		steps: `out=S265:320x240 cap=NV12:320x240 ${BUFFERS} hevc=320x240:1:10 cap list-cap`,
		expected:
			"S265 320x240 stride 0 bytes 153600; NV12 320x240 stride 320 bytes 115200; 2; 2; ok; ok; ok; T010 320x240 stride 640 bytes 235200; T010 P010",
		on: {
			"6.1": "S265 320x240 stride 0 bytes 153600; NV12 320x240 stride 320 bytes 115200; 2; 2; ok; ok; ok; NV12 320x240 stride 320 bytes 115200; T010 NV12 P010",
			"7.3": "S265 320x240 stride 0 bytes 153600; NV12 320x240 stride 320 bytes 115200; 2; 2; ok; ok; ok; VT15 320x256 stride 400 bytes 158720; VT15 P010",
		},
	},
	{
		what: "G2: an SPS of 10 bit in a request changes the CAPTURE format when the job runs, and the job ends well (hantro_drv.c: hantro_hevc_s_ctrl)",
		boards: ["imx8mq"],
		node: g2,
		steps: `out=S265:320x240 cap=NV12:320x240 ${JOB.replace("request", "request hevc=320x240:1:10 cap")} cap`,
		expected:
			"S265 320x240 stride 0 bytes 153600; NV12 320x240 stride 320 bytes 115200; 2; 2; ok; ok; ok; ok; NV12 320x240 stride 320 bytes 115200; ok; ok; ok; yes; done 64; done 115200; T010 320x240 stride 640 bytes 235200",
		on: {
			"6.1": "S265 320x240 stride 0 bytes 153600; NV12 320x240 stride 320 bytes 115200; 2; 2; ok; ok; ok; ok; NV12 320x240 stride 320 bytes 115200; ok; ok; ok; yes; done 64; done 115200; NV12 320x240 stride 320 bytes 115200",
			"7.3": "S265 320x240 stride 0 bytes 153600; NV12 320x240 stride 320 bytes 115200; 2; 2; ok; ok; ok; ok; NV12 320x240 stride 320 bytes 115200; ok; ok; ok; yes; done 64; done 115200; VT15 320x256 stride 400 bytes 158720",
		},
	},
	{
		what: "G2: HEVC of another size than the format fails in the job (hantro_hevc.c: hantro_hevc_validate_sps)",
		boards: ["imx8mq"],
		node: g2,
		steps: `out=S265:320x240 hevc=640x480:1:8 ${JOB}`,
		expected: `S265 320x240 stride 0 bytes 153600; ok; ${failed}`,
	},
	{
		what: "G2: HEVC of another size than the format is not noticed where NV12 was asked for (hantro_hevc.c: hantro_hevc_validate_sps)",
		boards: ["imx8mq"],
		node: g2,
		steps: `out=S265:320x240 cap=NV12:320x240 hevc=640x480:1:8 ${JOB}`,
		expected: `S265 320x240 stride 0 bytes 153600; NV12 320x240 stride 320 bytes 115200; ok; ${done(115200)}`,
	},
	{
		what: "hantro: a request with controls whose job is refused gives its buffers back and never completes (hantro_hevc.c: hantro_hevc_dec_prepare_run; hantro_drv.c: hantro_end_prepare_run)",
		boards: ["imx8mq"],
		node: g2,
		steps: `out=S265:320x240 ${JOB.replace("request", "request hevc=640x480:1:8")}`,
		expected: "S265 320x240 stride 0 bytes 153600; 2; 2; ok; ok; ok; ok; ok; ok; ok; never; error; error",
	},
	{
		what: "G2: no slice parameters of HEVC either (hantro_drv.c: controls)",
		boards: ["imx8mq"],
		node: g2,
		steps: `${HEVC_SLICE_PARAMS} set=0x00a40a92:248`,
		expected: "EINVAL; EINVAL",
	},
	{
		what: "rkvdec: S_FMT(OUTPUT) is EBUSY with CAPTURE buffers, or with its own and another coded format (rkvdec.c: rkvdec_s_output_fmt)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: "out=S264:320x240 req-cap=2 out=S264:640x480 req-cap=0 req-out=2 out=VP9F:320x240 out=S264:640x480 on-out out=S264:320x240",
		expected:
			"S264 320x240 stride 0 bytes 153600; 2; EBUSY; 0; 2; EBUSY; S264 640x480 stride 0 bytes 614400; ok; EBUSY",
	},
	{
		what: "rkvdec: S_FMT(CAPTURE) is EBUSY with buffers (rkvdec.c: rkvdec_s_capture_fmt)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: "out=S264:320x240 req-cap=2 cap=NV12:320x240",
		expected: "S264 320x240 stride 0 bytes 153600; 2; EBUSY",
	},
	{
		what: "rkvdec: steps of 16 for H.264 (64 on 7.3) and 64 for VP9, 128 bytes per macroblock behind the picture (rkvdec.c: rkvdec_coded_fmts, rkvdec_fill_decoded_pixfmt)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: "out=S264:322x242 cap out=VP9F:320x240 cap",
		expected:
			"S264 336x256 stride 0 bytes 172032; NV12 336x256 stride 336 bytes 172032; VP9F 320x256 stride 0 bytes 163840; NV12 320x256 stride 320 bytes 163840",
		on: {
			"7.3": "S264 384x256 stride 0 bytes 196608; NV12 384x256 stride 384 bytes 196608; VP9F 320x256 stride 0 bytes 163840; NV12 320x256 stride 320 bytes 163840",
		},
	},
	{
		what: "VDPU381 and VDPU383: steps of 64; motion vectors behind the picture as on RK3399, or a byte per sample of luma (rkvdec.c: rkvdec_colmv_size, vdpu383_colmv_size)",
		boards: ["rk3588"],
		node: rkvdec,
		steps: "out=S264:322x242 cap",
		expected: "S264 384x256 stride 0 bytes 196608; NV12 384x256 stride 384 bytes 196608",
	},
	{
		what: "VDPU381 and VDPU383: steps of 64; motion vectors behind the picture as on RK3399, or a byte per sample of luma (rkvdec.c: rkvdec_colmv_size, vdpu383_colmv_size)",
		boards: ["rk3576"],
		node: rkvdec,
		steps: "out=S264:322x242 cap",
		expected: "S264 384x256 stride 0 bytes 196608; NV12 384x256 stride 384 bytes 245760",
	},
	{
		what: "rkvdec of 7.3: the first SPS counts as a change, which CAPTURE buffers forbid (rkvdec.c: rkvdec_s_ctrl)",
		boards: ["rk3399", "rk3588", "rk3576"],
		node: rkvdec,
		steps: "out=S264:320x256 req-cap=2 h264=320x256:1:8 req-cap=0 h264=320x256:1:8 req-cap=2 h264=320x256:1:8",
		expected: "S264 320x256 stride 0 bytes 163840; 2; ok; 0; ok; 2; ok",
		on: { "7.3": "S264 320x256 stride 0 bytes 163840; 2; EBUSY; 0; ok; 2; ok" },
	},
	{
		what: "rkvdec of 7.3: the SPS decides which formats CAPTURE has; before it, all (rkvdec.c: rkvdec_enum_capture_fmt)",
		boards: ["rk3399", "rk3588", "rk3576"],
		node: rkvdec,
		steps: "out=S264:320x240 list-cap h264=320x240:1:8 list-cap h264=320x240:1:10 list-cap",
		expected: "S264 320x240 stride 0 bytes 153600; NV12; ok; NV12; EINVAL; NV12",
		on: {
			"7.3": "S264 320x240 stride 0 bytes 153600; NV12 NV15 NV16 NV20; ok; NV12; ok; NV15",
		},
	},
	{
		what: "rkvdec of 7.3: a fresh decoder is set to HEVC (rkvdec.c: rkvdec_reset_coded_fmt)",
		boards: ["rk3399", "rk3588", "rk3576"],
		node: rkvdec,
		steps: "out",
		expected: "S264 48x48 stride 0 bytes 4608",
		on: { "7.3": "S265 64x64 stride 0 bytes 8192" },
	},
	{
		what: "rkvdec of RK3288: HEVC and nothing else, of 8 and 10 bit, 4:2:0 and 4:0:0 (rkvdec.c: rk3288_coded_fmts; rkvdec-hevc-common.c: rkvdec_hevc_validate_sps)",
		boards: ["rk3288"],
		kernels: ["7.3"],
		node: () => "rkvdec",
		steps: "list-out sizes=S265 out=S264:320x240 out=S265:322x242 cap hevc=320x240:1:8 list-cap hevc=320x240:1:10 list-cap hevc=640x480:1:8 hevc=320x240:2:8 hevc=320x240:0:8",
		expected:
			"S265; continuous 1x1 to 4096x2304 step 1x1; S265 320x240 stride 0 bytes 153600; S265 384x256 stride 0 bytes 196608; NV12 384x256 stride 384 bytes 196608; ok; NV12; ok; NV15; EINVAL; EINVAL; ok",
	},
	{
		what: "VDPU381 and VDPU383: STREAMON(OUTPUT) takes the SPS that the control has by itself for a good one (rkvdec-vdpu381-h264.c, rkvdec-vdpu383-h264.c: rkvdec_h264_start)",
		boards: ["rk3588", "rk3576"],
		node: rkvdec,
		steps: "out=S264:320x240 req-out=2 on-out off-out req-out=0 out=S265:320x240 req-out=2 on-out",
		expected:
			"S264 320x240 stride 0 bytes 153600; 2; ok; ok; 0; S265 320x240 stride 0 bytes 153600; 2; ok",
	},
	{
		what: "rkvdec: sizes are said to be continuous (rkvdec.c: rkvdec_enum_framesizes)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: "sizes=S264 sizes=NV12",
		expected: "continuous 1x1 to 4096x2560 step 1x1; EINVAL",
	},
	{
		what: "rkvdec: an SPS larger than the format is refused, and 10 bit before 7.3; 4:0:0 is not (rkvdec-h264.c: rkvdec_h264_validate_sps)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: "out=S264:320x240 h264=320x240:1:8 h264=640x480:1:8 h264=320x240:0:8 h264=320x240:1:10",
		expected: "S264 320x240 stride 0 bytes 153600; ok; EINVAL; ok; EINVAL",
		on: { "7.3": "S264 320x240 stride 0 bytes 153600; ok; EINVAL; ok; ok" },
	},
	{
		what: "rkvdec: an SPS larger than the format stops STREAMON(OUTPUT), too (rkvdec-h264.c: rkvdec_h264_start)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: "out=S264:640x480 h264=640x480:1:8 out=S264:320x240 req-out=2 on-out",
		expected: "S264 640x480 stride 0 bytes 614400; ok; S264 320x240 stride 0 bytes 153600; 2; EINVAL",
	},
	{
		what: "rkvdec: VP9 of another size than the CAPTURE format fails in the job (rkvdec-vp9.c: validate_dec_params)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: `out=VP9F:320x240 vp9=320x240 ${JOB}`,
		expected: `VP9F 320x256 stride 0 bytes 163840; ok; ${done(163840)}`,
	},
	{
		what: "rkvdec: VP9 of another size than the CAPTURE format fails in the job (rkvdec-vp9.c: validate_dec_params)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: `out=VP9F:320x240 vp9=640x480 ${JOB}`,
		expected: `VP9F 320x256 stride 0 bytes 163840; ok; ${failed}`,
	},
	{
		what: "rkvdec: VP9 of another size that fills as many blocks of 64x64 is decoded (rkvdec-vp9.c: validate_dec_params)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: `out=VP9F:320x240 vp9=257x193 ${JOB}`,
		expected: `VP9F 320x256 stride 0 bytes 163840; ok; ${done(163840)}`,
	},
	{
		what: "rkvdec: a request has exactly one buffer (rkvdec.c: rkvdec_request_validate)",
		boards: ["rk3399"],
		node: rkvdec,
		steps: "out=S264:320x240 req-out=2 request h264=320x240:1:8 submit request queue-out queue-out=1 submit",
		expected: "S264 320x240 stride 0 bytes 153600; 2; ok; ok; ENOENT; ok; ok; ok; EINVAL",
	},
	{
		what: "cedrus: the single-planar API, unlike the others (cedrus.c: cedrus_video_device)",
		boards: ["a64"],
		node: cedrus,
		steps: "planes",
		expected: "one",
	},
	{
		what: "cedrus: a request has exactly one buffer (cedrus.c: cedrus_request_validate)",
		boards: ["a64"],
		node: cedrus,
		steps: "out=S264:320x240:4096 req-out=2 request h264=320x240:1:8 submit request queue-out queue-out=1 submit",
		expected: "S264 320x240 stride 0 bytes 4096; 2; ok; ok; ENOENT; ok; ok; ok; EINVAL",
	},
	{
		what: "cedrus: the bit depth cannot rise while CAPTURE has buffers, and decides what they hold (cedrus.c: cedrus_try_ctrl)",
		boards: ["h6"],
		node: cedrus,
		steps: "out=S265:320x240:65536 hevc=320x240:1:8 req-cap=2 hevc=320x240:1:10 req-cap=0 hevc=320x240:1:10 cap req-cap=2 hevc=320x240:1:8",
		expected:
			"S265 320x240 stride 0 bytes 65536; ok; 2; EINVAL; 0; ok; NV12 320x240 stride 320 bytes 149760; 2; ok",
		on: {
			"6.1": "S265 320x240 stride 0 bytes 65536; ok; 2; ok; 0; ok; ST12 320x256 stride 320 bytes 122880; 2; ok",
		},
	},
	{
		what: "cedrus: OUTPUT of 1024 bytes unless more is asked for (cedrus_video.c: cedrus_prepare_format)",
		boards: ["a64"],
		node: cedrus,
		steps: "out=S264:320x240 out=S264:320x240:65536",
		expected: "S264 320x240 stride 0 bytes 1024; S264 320x240 stride 0 bytes 65536",
	},
	{
		what: "cedrus: no ENUM_FRAMESIZES (cedrus_video.c: cedrus_ioctl_ops)",
		boards: ["a64"],
		node: cedrus,
		steps: "sizes=S264 list-cap",
		expected: "ENOTTY; NV12 ST12",
		on: { "6.1": "ENOTTY; ST12 NV12", "7.3": "ENOTTY; NV12 ST12 NV21 YU12 YV12" },
	},
	{
		what: "cedrus: CAPTURE is rounded in stride and height, not in width, and NV12 has to be asked for on 6.1 (cedrus_video.c: cedrus_prepare_format)",
		boards: ["a64"],
		node: cedrus,
		steps: "out=S264:322x242 cap cap=NV12:322x242",
		expected:
			"S264 322x242 stride 0 bytes 1024; NV12 322x256 stride 336 bytes 129024; NV12 322x256 stride 336 bytes 129024",
		on: {
			"6.1": "S264 322x242 stride 0 bytes 1024; ST12 322x256 stride 352 bytes 135168; NV12 322x256 stride 336 bytes 129024",
		},
	},
	{
		what: "cedrus: slices without start codes, CAPTURE buffers held for them (cedrus.c: cedrus_controls)",
		boards: ["a64"],
		node: cedrus,
		steps: `${DECODE_MODE} ${START_CODE} ${SLICE_PARAMS} ${PRED_WEIGHTS} out=S264:320x240 hold out=S265:320x240 hold out=MG2S:320x240 hold`,
		expected:
			"yes, Slice-Based; yes, No Start Code; yes; yes; S264 320x240 stride 0 bytes 1024; yes; S265 320x240 stride 0 bytes 1024; yes; MG2S 320x240 stride 0 bytes 1024; no",
	},
	{
		what: "cedrus: SPS of 4:2:0 and 8 bit only (cedrus.c: cedrus_try_ctrl)",
		boards: ["a64"],
		node: cedrus,
		steps: "out=S264:320x240 h264=320x240:1:8 h264=320x240:0:8 h264=320x240:2:8 h264=320x240:1:10 out=S265:320x240 hevc=320x240:1:8 hevc=320x240:1:10",
		expected:
			"S264 320x240 stride 0 bytes 1024; ok; EINVAL; EINVAL; EINVAL; S265 320x240 stride 0 bytes 1024; ok; EINVAL",
	},
	...[
		...g1.map((board) => [board, hantro(board)]),
		["rk3399", hantro("rk3399"), "MG2S"],
		["rk3399", rkvdec("rk3399")],
		["imx8mq", g2("imx8mq"), "S265"],
		["a64", cedrus()],
	].map(
		([board, node, coded = "S264"]): Quirk => ({
			what: "all: OUTPUT buffers need a request; flush is taken, stop is not (v4l2-mem2mem.c: v4l2_m2m_ioctl_stateless_decoder_cmd)",
			boards: [board],
			node: () => node,
			steps: `out=${coded}:64x64:65536 req-out=1 queue-out flush stop`,
			expected: `${coded} 64x64 stride 0 bytes 65536; 1; EBADR; ok; EINVAL`,
		}),
	),
	...[
		["rk3568", hantro("rk3568"), "hantro_drv.c: hantro_watchdog"],
		["rk3399", rkvdec("rk3399"), "rkvdec.c: rkvdec_watchdog_func"],
		["a64", cedrus(), "cedrus_hw.c: cedrus_watchdog"],
	].map(
		([board, node, where]): Quirk => ({
			what: `all: buffers of a job that hangs come back with the error flag (${where})`,
			boards: [board],
			node: () => node,
			steps: `out=S264:320x240:65536 cap=NV12:320x240 h264=320x240:1:8 ${JOB}`,
			hangs: true,
			expected: `S264 320x240 stride 0 bytes 65536; NV12 320x240 stride 320 bytes ${board === "rk3568" ? 134432 : board === "rk3399" ? 153600 : 115200}; ok; ${failed}`,
		}),
	),
];
