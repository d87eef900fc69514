// SPDX-License-Identifier: MIT
// What is taken from the C headers. A codec adds its structs here, and its constants if no pattern has them yet;
// then `npm run abi`.

export interface Group {
	/** driver-src/abi/<file>.ts */
	file: string;
	headers: string[];
	/** Struct names (tag or typedef). A trailing * takes all that begin so, in the order of the header. */
	structs: string[];
	/** Whole-name patterns of macros and enumerators. */
	constants: RegExp[];
}

export const groups: Group[] = [
	{
		file: "va",
		headers: ["va/va.h", "va/va_drmcommon.h", "va/va_backend.h", "drm_fourcc.h"],
		structs: [
			"VAPictureH264",
			"VAPictureParameterBufferH264",
			"VAIQMatrixBufferH264",
			"VASliceParameterBufferBase",
			"VASliceParameterBufferH264",
			"VAImageFormat",
			"VADRMPRIMESurfaceDescriptor",
		],
		constants: [
			/VA_STATUS_\w+/,
			/VAProfile\w+/,
			/VAEntrypoint\w+/,
			/VAConfigAttrib(?!Type)\w+/,
			/VA_RT_FORMAT_\w+/,
			/VA_FOURCC_(NV12|NV21|P010|P012|I420|YV12|Y800|YUY2|UYVY|BGRA|RGBA|BGRX|RGBX|422H|444P|IYUV)/,
			/VA_DEC_SLICE_MODE_\w+/,
			/VA_DEC_PROCESSING\w*/,
			/VASurfaceAttrib(?!ibType)(None|PixelFormat|M\w+|External\w+|UsageHint|DRM\w+|AlignmentSize|Count)/,
			/VA_SURFACE_ATTRIB_\w+/,
			/VAGenericValueType\w+/,
			/VA\w+BufferType/,
			/VA_PICTURE_H264_\w+/,
			/VA_SLICE_DATA_FLAG_\w+/,
			/VA_EXPORT_SURFACE_\w+/,
			/VA_(INVALID_ID|INVALID_SURFACE|ATTRIB_NOT_SUPPORTED|LSB_FIRST|MSB_FIRST)/,
			/VASurface(Rendering|Displaying|Ready|Skipped)/,
			/DRM_FORMAT_(NV12|P010|P012|R8|GR88|RG88|R16|GR1616|RG1616|MOD_LINEAR|MOD_INVALID)/,
		],
	},
	{
		file: "v4l2",
		headers: ["linux/videodev2.h", "linux/v4l2-controls.h", "errno.h"],
		structs: [
			"v4l2_h264_reference",
			"v4l2_h264_dpb_entry",
			"v4l2_h264_weight_factors",
			"v4l2_ctrl_h264_sps",
			"v4l2_ctrl_h264_pps",
			"v4l2_ctrl_h264_scaling_matrix",
			"v4l2_ctrl_h264_pred_weights",
			"v4l2_ctrl_h264_slice_params",
			"v4l2_ctrl_h264_decode_params",
		],
		constants: [
			/V4L2_CID_STATELESS_\w+/,
			/V4L2_STATELESS_\w+/,
			/V4L2_H264_\w+/,
			/V4L2_CID_MPEG_VIDEO_H264_(PROFILE|LEVEL)/,
			/V4L2_MPEG_VIDEO_H264_PROFILE_\w+/,
			/V4L2_PIX_FMT_(NV\w+|YUV420M?|YVU420M?|P0\w+|\w+_SLICE|VP8_FRAME|VP9_FRAME|AV1_FRAME|SUNXI_\w+|MM21|MT21\w+)/,
			/V4L2_CTRL_TYPE_\w+/,
			/V4L2_BUF_(CAP|FLAG)_\w+/,
			/E(PERM|NOENT|INTR|IO|NXIO|AGAIN|NOMEM|ACCES|FAULT|BUSY|NODEV|INVAL|NFILE|MFILE|NOTTY|NOSPC|RANGE|PIPE|TIMEDOUT|XDEV|BADR|OPNOTSUPP)/,
		],
	},
	{
		file: "exchange",
		headers: ["exchange.h"],
		structs: ["core_*"],
		constants: [/CORE_\w+/],
	},
];
