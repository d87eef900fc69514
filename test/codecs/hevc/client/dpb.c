/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <string.h>

enum {
	RADL_N = 6,
	RASL_N = 8,
	RASL_R = 9,
	LAST_SUB_LAYER = 14, /* even types up to here are no references of their sub-layer */
	BLA_W_LP = 16,
	BLA_N_LP = 18,
	IDR_W_RADL = 19,
	IDR_N_LP = 20,
	LAST_IRAP = 23,
};

static void forget_unused(struct client_dpb *dpb)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < dpb->count; i++)
		if (dpb->frames[i].mark != CLIENT_UNUSED)
			dpb->frames[kept++] = dpb->frames[i];
	dpb->count = kept;
}

static void start_sequence(struct client_dpb *dpb, const struct client_picture *picture)
{
	const unsigned int type = picture->slices[0].nal.type;
	const bool irap = type >= BLA_W_LP && type <= LAST_IRAP;

	dpb->starts = irap && (type <= IDR_N_LP || !dpb->any || picture->after_end);
	if (irap)
		dpb->skips_rasl = dpb->starts;
	dpb->any = true;
	dpb->skipped = (type == RASL_N || type == RASL_R) && dpb->skips_rasl;
}

/* 8.3.1 */
static int picture_order_count(const struct client_dpb *dpb, const struct client_slice *slice,
                               unsigned int lsb_bits)
{
	const int max = 1 << lsb_bits, lsb = (int)slice->poc_lsb;
	const int previous_lsb = dpb->previous_poc & (max - 1);
	int msb = dpb->previous_poc - previous_lsb;

	if (dpb->starts)
		return lsb;
	if (lsb < previous_lsb && previous_lsb - lsb >= max / 2)
		msb += max;
	else if (lsb > previous_lsb && lsb - previous_lsb > max / 2)
		msb -= max;
	return msb + lsb;
}

/* mask: of the bits that are to be equal */
static int find(struct client_dpb *dpb, int poc, int mask)
{
	for (unsigned int i = 0; i < dpb->count; i++)
		if ((dpb->frames[i].poc & mask) == (poc & mask))
			return (int)i;
	return -1;
}

static void put(struct client_dpb *dpb, int found, enum client_mark mark)
{
	const unsigned int set = mark - CLIENT_BEFORE;

	if (found >= 0)
		dpb->frames[found].mark = mark;
	if (mark != CLIENT_FOLLOWS && dpb->set_count[set] < CLIENT_REFERENCES)
		dpb->set[set][dpb->set_count[set]++] = found;
}

/* 8.3.2 */
static void mark_references(struct client_dpb *dpb, const struct client_slice *slice, unsigned int lsb_bits)
{
	const int max = 1 << lsb_bits;

	for (unsigned int i = 0; i < dpb->count; i++)
		dpb->frames[i].mark = CLIENT_UNUSED;
	memset(dpb->set_count, 0, sizeof(dpb->set_count));
	/* Long-term pictures first: one that is named so is no short-term picture any more. */
	for (unsigned int i = 0; i < slice->long_terms; i++) {
		int poc = (int)slice->long_term[i].lsb;
		int found;

		if (slice->long_term[i].has_msb)
			poc += dpb->poc - (int)slice->long_term[i].msb_cycle * max - (dpb->poc & (max - 1));
		found = find(dpb, poc, slice->long_term[i].has_msb ? -1 : max - 1);
		if (found >= 0)
			dpb->frames[found].long_term = true;
		put(dpb, found, slice->long_term[i].used ? CLIENT_LONG : CLIENT_FOLLOWS);
	}
	for (unsigned int list = 0; list < 2; list++)
		for (unsigned int i = 0; i < slice->rps.count[list]; i++) {
			int found = find(dpb, dpb->poc + slice->rps.delta[list][i], -1);

			if (found >= 0 && dpb->frames[found].long_term)
				found = -1;
			put(dpb, found, !slice->rps.used[list][i] ? CLIENT_FOLLOWS : list ? CLIENT_AFTER : CLIENT_BEFORE);
		}
}

/* Sets hold indices, which change when unused frames leave. */
static void drop_unused(struct client_dpb *dpb)
{
	int moved[CLIENT_REFERENCES + 1];
	int kept = 0;

	for (unsigned int i = 0; i < dpb->count; i++)
		moved[i] = dpb->frames[i].mark == CLIENT_UNUSED ? -1 : kept++;
	for (unsigned int set = 0; set < 3; set++)
		for (unsigned int i = 0; i < dpb->set_count[set]; i++)
			if (dpb->set[set][i] >= 0)
				dpb->set[set][i] = moved[dpb->set[set][i]];
	forget_unused(dpb);
}

void hevc_client_begin(struct client_dpb *dpb, const struct client_picture *picture,
                       const struct client_sps *sps)
{
	const struct client_slice *slice = &picture->slices[0];
	const unsigned int lsb_bits = sps->v4l2.log2_max_pic_order_cnt_lsb_minus4 + 4u;
	const unsigned int type = slice->nal.type;

	start_sequence(dpb, picture);
	if (dpb->skipped)
		return;
	dpb->frame = dpb->frames_so_far++;
	dpb->poc = picture_order_count(dpb, slice, lsb_bits);
	if (slice->nal.temporal_id_plus1 == 1 && !(type >= RADL_N && type <= RASL_R) &&
	    !(type <= LAST_SUB_LAYER && type % 2 == 0))
		dpb->previous_poc = dpb->poc;
	if (dpb->starts)
		dpb->count = 0;
	mark_references(dpb, slice, lsb_bits);
	drop_unused(dpb);
}

void hevc_client_end(struct client_dpb *dpb)
{
	if (dpb->skipped)
		return;
	/* A damaged stream may keep more than there may be; the oldest leaves. */
	if (dpb->count == CLIENT_REFERENCES) {
		memmove(dpb->frames, dpb->frames + 1, (CLIENT_REFERENCES - 1) * sizeof(dpb->frames[0]));
		dpb->count--;
	}
	dpb->frames[dpb->count++] = (struct client_frame){.frame = dpb->frame, .poc = dpb->poc};
}

/* 8.3.4 */
void hevc_client_list(const struct client_dpb *dpb, const struct client_slice *slice, unsigned int list,
                      int out[CLIENT_REFERENCES])
{
	const unsigned int order[3] = {list ? 1 : 0, list ? 0 : 1, 2};
	int initial[3 * CLIENT_REFERENCES];
	unsigned int total = 0;
	const unsigned int active = slice->v4l2.slice_type == V4L2_HEVC_SLICE_TYPE_I ||
	                                    (list && slice->v4l2.slice_type != V4L2_HEVC_SLICE_TYPE_B)
	                                ? 0
	                            : list ? slice->v4l2.num_ref_idx_l1_active_minus1 + 1u
	                                   : slice->v4l2.num_ref_idx_l0_active_minus1 + 1u;

	for (unsigned int k = 0; k < 3; k++)
		for (unsigned int i = 0; i < dpb->set_count[order[k]]; i++)
			initial[total++] = dpb->set[order[k]][i];
	for (unsigned int i = 0; i < CLIENT_REFERENCES; i++) {
		const unsigned int at = slice->modified[list] ? slice->list_entry[list][i] : i;

		out[i] = i < active && total ? initial[at % total] : -1;
	}
}
