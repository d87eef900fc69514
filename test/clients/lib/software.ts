// SPDX-License-Identifier: MIT
/**
 * What players are told where they decode in software, and their pictures are compared with the device's. MPEG-2 leaves open how the
 * inverse transform rounds (ISO/IEC 13818-2 Annex A), and libavcodec's choice depends on the processor; so the one that the device has
 * is named (test/device/model/libavcodec.c). Other codecs have one result.
 */
export const ffmpegInSoftware = ["-idct", "simple"];
export const mpvInSoftware = ["--hwdec=no", "--vd-lavc-o=idct=simple"];
