/* SPDX-License-Identifier: MIT
 *
 * What was submitted, held to what the bitstream says. Each difference is painted with the name of the field.
 *
 * Left alone are fields that VA-API does not carry and no decoder reads: level, constraint flags, seq_parameter_set_id,
 * the cycle of POC type 1, slice_group_change_cycle, colour_plane_id, redundant_pic_cnt, slice_qs_delta,
 * pic_init_qs_minus26. Everything else of SPS and PPS shows by itself: the picture is decoded with it.
 */
#ifndef TEST_CODECS_H264_CHECKS_H
#define TEST_CODECS_H264_CHECKS_H

#include "dpb.h"
#include "job.h"
#include "lists.h"

/* Tools that the profile does not have: a decoder set to Baseline stores no motion vectors and reads no POC. */
void check_profile(struct model_result *result, const struct slice_header *slice,
                   const struct v4l2_ctrl_h264_sps *sps, const struct v4l2_ctrl_h264_pps *pps);

/*
 * Before dpb_begin(): the client sought elsewhere. None of the references that the stream has is submitted, though the
 * picture is no IDR picture: as after avcodec_flush_buffers() in a player. Then the model forgets them too, so that
 * a driver which merely lost them gets the picture that a decoder without references makes.
 */
bool check_is_seek(struct dpb *dpb, const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps,
                   const struct v4l2_ctrl_h264_decode_params *params);

/* After dpb_begin(), with the first slice of the picture: all of decode_params but the DPB and the P and B flags. */
void check_picture(struct model_result *result, struct dpb *dpb, const struct slice_header *slice,
                   const struct h264_job *job);

/*
 * The submitted DPB against the tracker's. Where the stream is damaged the tracker takes over what was submitted, as
 * far as it names pictures as they were decoded; frames inferred by 8.2.5.2 may be left out, or stand for any picture.
 */
void check_references(struct model_result *result, struct dpb *dpb, const struct slice_header *slice,
                      const struct h264_job *job);

/* The picture's slice types against PFRAME and BFRAME. */
void check_types(struct model_result *result, const struct v4l2_ctrl_h264_decode_params *params,
                 unsigned int seen /* bits 1 << slice_type */);

/*
 * The reference lists of a slice: in frame-based mode those that a decoder makes from the submitted DPB (v4l2-h264.c),
 * in slice-based mode those of slice_params; and with these the rest of slice_params and pred_weights.
 */
void check_slice(struct model_result *result, struct dpb *dpb, const struct slice_header *slice,
                 const struct h264_job *job);

#endif
