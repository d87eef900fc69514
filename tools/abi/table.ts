// SPDX-License-Identifier: MIT
// What is taken from the C headers, for all codecs: structs by name, constants by patterns. After a change here:
// `npm run abi`. What the oldest supported headers lack stands in newer.ts as well.

/**
 * A struct or constant with one of these in its name is in driver-src/abi/<file>/<part>.ts: codecs, and of exchange.h the messages, imports, and
 * what the doctor knows of a machine, its problems and what it measures.
 */
export const parts = [
	"mpeg2",
	"h264",
	"hevc",
	"vp8",
	"vp9",
	"av1",
	"message",
	"problem",
	"machine",
	"measure",
	"import",
];

export interface Group {
	/** driver-src/abi/<file>.ts has what belongs to no part, and exports what the parts' files have. */
	file: string;
	headers: string[];
	/** Struct names (tag or typedef), those inside them come along. A trailing * takes all that begin so. */
	structs: string[];
	/** Whole-name patterns of macros and enumerators. */
	constants: RegExp[];
	/** Fields that exist twice, as name_l0 and name_l1, get one accessor name(list, ...) more: where the digit stands. */
	pairs?: RegExp;
}

/** The oldest headers that the driver is built with: those of Debian 12. */
export const oldest = [
	{
		// The HEVC controls are the youngest of what those headers must have (Linux 6.0).
		condition: "defined(V4L2_CID_STATELESS_HEVC_SPS)",
		newer: "LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)",
		complaint:
			"The kernel's headers are too old: Linux 6.1 or later is needed (linux-libc-dev of Debian 12).",
	},
	{
		condition: "VA_CHECK_VERSION(1, 17, 0)",
		newer: "VA_CHECK_VERSION(1, 18, 0)",
		complaint:
			"libva's headers are too old: VA-API 1.17 or later is needed (libva-dev 2.17 of Debian 12).",
	},
];

/**
 * Constants that change from version to version: the ends of enums, the headers' own versions. Nothing may be compiled
 * into the core with such a number, and no header be held to it.
 */
export const growing = {
	enumerators: /(Count|COUNT|Max|_MAX|Last|_LAST|_NUM)$/,
	macros: /(^|_)VERSION(_|$)|_PROFILE_MAX$/,
};

export const groups: Group[] = [
	{
		file: "va",
		headers: ["va/va.h", "va/va_drmcommon.h", "va/va_backend.h", "drm_fourcc.h"],
		structs: [
			"VAPictureParameterBufferMPEG2",
			"VAIQMatrixBufferMPEG2",
			"VASliceParameterBufferMPEG2",
			"VAPictureH264",
			"VAPictureParameterBufferH264",
			"VAIQMatrixBufferH264",
			"VASliceParameterBufferH264",
			"VAPictureParameterBufferHEVC",
			"VAIQMatrixBufferHEVC",
			"VASliceParameterBufferHEVC",
			"VAPictureParameterBufferVP8",
			"VAProbabilityDataBufferVP8",
			"VAIQMatrixBufferVP8",
			"VASliceParameterBufferVP8",
			"VADecPictureParameterBufferVP9",
			"VASliceParameterBufferVP9",
			"VADecPictureParameterBufferAV1",
			"VASliceParameterBufferAV1",
			"VASliceParameterBufferBase",
			"VAImageFormat",
			"VADRMPRIMESurfaceDescriptor",
		],
		constants: [
			/VA_STATUS_\w+/,
			/VAProfile(None|(MPEG2|H264|HEVC|VP8|VP9|AV1)\w+)/,
			/VAEntrypoint\w+/,
			/VAConfigAttrib(RTFormat|Encryption|EncPackedHeaders|Dec\w+|Max\w+)/,
			/VA_RT_FORMAT_\w+/,
			/VA_FOURCC_(NV12|NV21|P010|P012|I420|YV12|Y800|YUY2|UYVY|BGRA|RGBA|BGRX|RGBX|422H|444P|IYUV)/,
			/VA_DEC_SLICE_MODE_\w+/,
			/VA_DEC_PROCESSING\w*/,
			/VASurfaceAttrib(None|PixelFormat|M\w+|External\w+|UsageHint|DRM\w+|AlignmentSize)/,
			/VA_SURFACE_ATTRIB_\w+/,
			/VAGenericValueType\w+/,
			/VA(PictureParameter|IQMatrix|BitPlane|SliceGroupMap|Slice(Parameter|Data)|Image|Probability)BufferType/,
			/VA_PICTURE_(H264|HEVC)_\w+/,
			/VAAV1Transformation(Identity|Translation|Rotzoom|Affine)/,
			/VA_SLICE_DATA_FLAG_\w+/,
			/VA_EXPORT_SURFACE_\w+/,
			/VA_(INVALID_ID|INVALID_SURFACE|ATTRIB_NOT_SUPPORTED|LSB_FIRST|MSB_FIRST)/,
			/VASurface(Rendering|Displaying|Ready|Skipped)/,
			/DRM_FORMAT_(NV12|NV15|P010|P012|P030|R8|GR88|RG88|R16|GR1616|RG1616)/,
			/DRM_FORMAT_MOD_(LINEAR|INVALID|ALLWINNER_TILED|BROADCOM_SAND128)/,
		],
		pairs: /(?<=_l|L|RefPicList)[01](?=_|$)/,
	},
	{
		file: "v4l2",
		headers: ["linux/version.h", "linux/videodev2.h", "linux/v4l2-controls.h", "errno.h"],
		structs: [
			"v4l2_ctrl_mpeg2_sequence",
			"v4l2_ctrl_mpeg2_picture",
			"v4l2_ctrl_mpeg2_quantisation",
			"v4l2_ctrl_h264_sps",
			"v4l2_ctrl_h264_pps",
			"v4l2_ctrl_h264_scaling_matrix",
			"v4l2_ctrl_h264_pred_weights",
			"v4l2_ctrl_h264_slice_params",
			"v4l2_ctrl_h264_decode_params",
			"v4l2_ctrl_hevc_sps",
			"v4l2_ctrl_hevc_pps",
			"v4l2_ctrl_hevc_scaling_matrix",
			"v4l2_ctrl_hevc_slice_params",
			"v4l2_ctrl_hevc_decode_params",
			"v4l2_ctrl_hevc_ext_sps_st_rps",
			"v4l2_ctrl_hevc_ext_sps_lt_rps",
			"v4l2_ctrl_vp8_frame",
			"v4l2_ctrl_vp9_frame",
			"v4l2_ctrl_vp9_compressed_hdr",
			"v4l2_ctrl_av1_sequence",
			"v4l2_ctrl_av1_tile_group_entry",
			"v4l2_ctrl_av1_frame",
			"v4l2_ctrl_av1_film_grain",
		],
		constants: [
			/V4L2_CID_STATELESS_\w+/,
			/V4L2_STATELESS_\w+/,
			/V4L2_(MPEG2|H264|HEVC|VP8|VP9|AV1)_(?!SEG_LVL_MAX|PROFILE_MAX)\w+/,
			/V4L2_CID_MPEG_VIDEO_(MPEG2|H264|HEVC|VP8|VP9|AV1)_(PROFILE|LEVEL)/,
			/V4L2_MPEG_VIDEO_(MPEG2|H264|HEVC|VP8|VP9|AV1)_PROFILE_\w+/,
			/V4L2_PIX_FMT_(H264_SLICE|HEVC_SLICE|MPEG2_SLICE|VP8_FRAME|VP9_FRAME|AV1_FRAME)/,
			/V4L2_PIX_FMT_(NV12M?|NV15|NV16M?|NV20|NV21M?|P010|YUV420M?|YVU420M?)/,
			/V4L2_PIX_FMT_(NV12_4L4|NV15_4L4|P010_4L4|NV12_32L32|SUNXI_\w+|NV12_(10_)?COL128|MM21|MT21C|MT2110[TR])/,
			/V4L2_CTRL_TYPE_(INTEGER(64|_MENU)?|BOOLEAN|MENU|BUTTON|CTRL_CLASS|STRING|BITMASK|U8|U16|U32|AREA)/,
			/V4L2_CTRL_TYPE_(MPEG2|H264|HEVC|VP8|VP9|AV1)_\w+/,
			/V4L2_BUF_CAP_SUPPORTS_(MMAP|DMABUF|REQUESTS|ORPHANED_BUFS|M2M_HOLD_CAPTURE_BUF)/,
			/V4L2_BUF_FLAG_\w+/,
			/E(PERM|NOENT|INTR|IO|NXIO|AGAIN|NOMEM|ACCES|FAULT|BUSY|NODEV|INVAL|NFILE|MFILE|NOTTY|NOSPC|RANGE|PIPE|TIMEDOUT|XDEV|BADR|OPNOTSUPP)/,
		],
		pairs: /(?<=_l|list)[01](?=_|$)/,
	},
	{
		file: "exchange",
		headers: ["exchange.h"],
		structs: ["core_*"],
		constants: [/CORE_\w+/],
	},
];
