/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The fields of one frame, where they are in the buffer. */
struct pair {
	const struct client_field *field[2];
	unsigned int frame;
};

static unsigned int pairs(const struct client_dpb *dpb, struct pair *out)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < CLIENT_FIELDS; i++) {
		const struct client_field *f = &dpb->fields[i];
		unsigned int at = 0;

		if (!f->used)
			continue;
		while (at < count && out[at].frame != f->frame)
			at++;
		if (at == count)
			out[count++] = (struct pair){.frame = f->frame};
		out[at].field[f->parity] = f;
	}
	return count;
}

static const struct client_field *any_of(const struct pair *p)
{
	return p->field[0] ? p->field[0] : p->field[1];
}

static bool marked(const struct pair *p, int mark, bool both)
{
	bool top = p->field[0] && (int)p->field[0]->mark == mark;
	bool bottom = p->field[1] && (int)p->field[1]->mark == mark;

	return both ? top && bottom : top || bottom;
}

static bool alive(const struct pair *p)
{
	return marked(p, CLIENT_SHORT, false) || marked(p, CLIENT_LONG, false);
}

static int max_frame_num(const struct v4l2_ctrl_h264_sps *sps)
{
	return 16 << sps->log2_max_frame_num_minus4;
}

static int wrap(const struct client_field *f, unsigned int frame_num, const struct v4l2_ctrl_h264_sps *sps)
{
	return f->frame_num > frame_num ? (int)f->frame_num - max_frame_num(sps) : (int)f->frame_num;
}

/* Fields go when the whole frame is no reference any more; the counts of both are needed until then. */
static void sweep(struct client_dpb *dpb)
{
	struct pair all[CLIENT_FIELDS];
	unsigned int count = pairs(dpb, all);

	for (unsigned int i = 0; i < count; i++) {
		if (alive(&all[i]))
			continue;
		for (unsigned int j = 0; j < CLIENT_FIELDS; j++)
			if (dpb->fields[j].used && dpb->fields[j].frame == all[i].frame)
				dpb->fields[j].used = false;
	}
}

static struct client_field *add(struct client_dpb *dpb, struct client_field field)
{
	for (unsigned int i = 0; i < CLIENT_FIELDS; i++) {
		if (dpb->fields[i].used)
			continue;
		dpb->fields[i] = field;
		dpb->fields[i].used = true;
		return &dpb->fields[i];
	}
	abort();
}

static void slide(struct client_dpb *dpb, unsigned int frame_num, const struct v4l2_ctrl_h264_sps *sps)
{
	for (;;) {
		struct pair all[CLIENT_FIELDS];
		unsigned int count = pairs(dpb, all);
		int lowest = INT_MAX;
		unsigned int victim = 0;

		if (count < (sps->max_num_ref_frames ? sps->max_num_ref_frames : 1))
			return;
		for (unsigned int i = 0; i < count; i++) {
			if (!marked(&all[i], CLIENT_SHORT, false) || wrap(any_of(&all[i]), frame_num, sps) >= lowest)
				continue;
			lowest = wrap(any_of(&all[i]), frame_num, sps);
			victim = all[i].frame;
		}
		if (lowest == INT_MAX)
			return;
		for (unsigned int i = 0; i < CLIENT_FIELDS; i++)
			if (dpb->fields[i].used && dpb->fields[i].frame == victim && dpb->fields[i].mark == CLIENT_SHORT)
				dpb->fields[i].mark = CLIENT_UNUSED;
		sweep(dpb);
	}
}

static void count_pictures(struct client_dpb *dpb, const struct client_slice *s,
                           const struct v4l2_ctrl_h264_sps *sps)
{
	bool idr = s->nal_unit_type == 5;
	int number, expected = 0;

	dpb->offset = idr ? 0 : dpb->previous_offset;
	if (!idr && dpb->previous_frame_num > s->frame_num)
		dpb->offset += max_frame_num(sps);
	number = dpb->offset + (int)s->frame_num;
	if (sps->pic_order_cnt_type == 0) {
		int max = 16 << sps->log2_max_pic_order_cnt_lsb_minus4;
		int lsb = (int)s->poc_lsb;
		int before = idr ? 0 : dpb->previous_lsb;

		dpb->msb = idr ? 0 : dpb->previous_msb;
		if (before - lsb >= max / 2)
			dpb->msb += max;
		if (lsb - before > max / 2)
			dpb->msb -= max;
		dpb->poc[0] = dpb->msb + lsb;
		dpb->poc[1] = dpb->poc[0] + s->delta_bottom;
	} else if (sps->pic_order_cnt_type == 1) {
		int cycle = sps->num_ref_frames_in_pic_order_cnt_cycle;
		int absolute = cycle ? number : 0;

		if (!s->nal_ref_idc && absolute > 0)
			absolute--;
		for (int i = 0; i < absolute; i++)
			expected += sps->offset_for_ref_frame[i % cycle];
		if (!s->nal_ref_idc)
			expected += sps->offset_for_non_ref_pic;
		dpb->poc[0] = expected + s->delta[0];
		dpb->poc[1] = s->field ? expected + sps->offset_for_top_to_bottom_field + s->delta[0]
		                       : dpb->poc[0] + sps->offset_for_top_to_bottom_field + s->delta[1];
	} else {
		dpb->poc[0] = dpb->poc[1] = idr ? 0 : 2 * number - !s->nal_ref_idc;
	}
}

static void infer(struct client_dpb *dpb, unsigned int frame_num, const struct v4l2_ctrl_h264_sps *sps)
{
	unsigned int max = (unsigned int)max_frame_num(sps);
	unsigned int number = dpb->previous_ref_frame_num;
	unsigned int stand_in = 0;

	if (!(sps->flags & V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED))
		for (unsigned int i = 0; i < CLIENT_FIELDS; i++)
			if (dpb->fields[i].used && dpb->fields[i].frame_num == number)
				stand_in = dpb->fields[i].missing ? dpb->fields[i].stand_in : dpb->fields[i].frame + 1;
	if (frame_num == number || frame_num == (number + 1) % max)
		return;
	for (number = (number + 1) % max; number != frame_num; number = (number + 1) % max) {
		slide(dpb, number, sps);
		for (int parity = 0; parity < 2; parity++)
			add(dpb, (struct client_field){.frame = dpb->frames,
			                               .parity = parity,
			                               .frame_num = number,
			                               .mark = CLIENT_SHORT,
			                               .missing = true,
			                               .stand_in = stand_in});
		dpb->frames++;
		if (number < dpb->previous_frame_num)
			dpb->previous_offset += (int)max;
		dpb->previous_frame_num = number;
	}
	dpb->previous_ref_frame_num = (frame_num + max - 1) % max;
}

void client_begin(struct client_dpb *dpb, const struct client_slice *s, const struct v4l2_ctrl_h264_sps *sps)
{
	const struct client_slice *p = &dpb->previous;
	int kept = dpb->second ? 0 : dpb->first_poc;

	dpb->second = dpb->pair_open && s->field && s->bottom != p->bottom && s->nal_unit_type != 5 &&
	              s->frame_num == dpb->previous_frame_num && (p->nal_ref_idc || !s->nal_ref_idc);
	if (s->nal_unit_type == 5)
		memset(dpb->fields, 0, sizeof(dpb->fields));
	else if (!dpb->any)
		dpb->previous_ref_frame_num = dpb->previous_frame_num = s->frame_num;
	else if (!dpb->second)
		infer(dpb, s->frame_num, sps);
	if (!dpb->second)
		dpb->frame = dpb->frames++;
	dpb->any = true;
	count_pictures(dpb, s, sps);
	if (dpb->second)
		dpb->poc[!s->bottom] = kept;
	else if (s->field)
		dpb->poc[!s->bottom] = 0;
	dpb->first_poc = dpb->poc[s->bottom];
}

bool client_is_reference(const struct client_dpb *dpb, unsigned int frame)
{
	for (unsigned int i = 0; i < CLIENT_FIELDS; i++)
		if (dpb->fields[i].used && (dpb->fields[i].frame == frame || dpb->fields[i].stand_in == frame + 1))
			return true;
	return false;
}

void client_fill(const struct client_dpb *dpb, const struct client_slice *s,
                 const struct v4l2_ctrl_h264_sps *sps, struct v4l2_ctrl_h264_decode_params *params)
{
	struct pair all[CLIENT_FIELDS];
	unsigned int count = pairs(dpb, all);
	unsigned int n = 0;

	memset(params, 0, sizeof(*params));
	for (unsigned int i = 0; i < count && n < V4L2_H264_NUM_DPB_ENTRIES; i++) {
		const struct client_field *f = any_of(&all[i]);
		struct v4l2_h264_dpb_entry *e = &params->dpb[n];
		bool long_term = marked(&all[i], CLIENT_LONG, false);

		if ((f->missing && !f->stand_in) ||
		    (!s->field && !marked(&all[i], CLIENT_SHORT, true) && !marked(&all[i], CLIENT_LONG, true)))
			continue;
		n++;
		e->reference_ts = (f->missing ? f->stand_in : all[i].frame + 1) * 1000ull;
		e->flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
		if (f->coded_as_field)
			e->flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
		for (int parity = 0; parity < 2; parity++) {
			const struct client_field *g = all[i].field[parity];

			if (!g)
				continue;
			if (g->mark)
				e->fields |= (__u8)(1 << parity);
			if (parity)
				e->bottom_field_order_cnt = g->poc;
			else
				e->top_field_order_cnt = g->poc;
			if (g->mark == CLIENT_LONG)
				f = g;
		}
		if (long_term) {
			e->flags |= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
			e->frame_num = (__u16)f->long_idx;
			e->pic_num = s->field ? 2 * f->long_idx + 1 : f->long_idx;
		} else {
			int number = wrap(f, s->frame_num, sps);

			e->frame_num = (__u16)f->frame_num;
			e->pic_num = (__u32)(s->field ? 2 * number + 1 : number);
		}
	}
	params->nal_ref_idc = (__u16)s->nal_ref_idc;
	params->frame_num = (__u16)s->frame_num;
	params->top_field_order_cnt = dpb->poc[0];
	params->bottom_field_order_cnt = dpb->poc[1];
	params->idr_pic_id = (__u16)s->idr_pic_id;
	params->pic_order_cnt_lsb = (__u16)s->poc_lsb;
	params->delta_pic_order_cnt_bottom = s->delta_bottom;
	params->delta_pic_order_cnt0 = s->delta[0];
	params->delta_pic_order_cnt1 = s->delta[1];
	params->dec_ref_pic_marking_bit_size = s->marking_bits;
	params->pic_order_cnt_bit_size = s->poc_bits;
	if (s->nal_unit_type == 5)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
	if (s->field)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC;
	if (s->bottom)
		params->flags |= V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD;
}

struct item {
	unsigned int frame;
	int parity; /* 2: a frame */
};

struct keyed {
	struct pair pair;
	long long key;
};

static int ascending(const void *a, const void *b)
{
	long long x = ((const struct keyed *)a)->key, y = ((const struct keyed *)b)->key;

	return x < y ? -1 : x > y;
}

static int pair_poc(const struct pair *p)
{
	if (p->field[0] && p->field[1])
		return p->field[0]->poc < p->field[1]->poc ? p->field[0]->poc : p->field[1]->poc;
	return any_of(p)->poc;
}

/* Appends the sorted frames, or their fields in turns. */
static unsigned int lay_out(struct item *list, unsigned int n, const struct keyed *sorted, unsigned int count,
                            int mark, const struct client_slice *s)
{
	unsigned int next[2] = {0, 0};
	int want = s->bottom;

	if (!s->field) {
		for (unsigned int i = 0; i < count; i++)
			list[n++] = (struct item){sorted[i].pair.frame, 2};
		return n;
	}
	for (int misses = 0; misses < 2;) {
		unsigned int *i = &next[want];

		while (*i < count && !(sorted[*i].pair.field[want] && (int)sorted[*i].pair.field[want]->mark == mark))
			++*i;
		if (*i == count) {
			misses++;
			want ^= 1;
			continue;
		}
		list[n++] = (struct item){sorted[(*i)++].pair.frame, want};
		if (!misses)
			want ^= 1;
	}
	return n;
}

static unsigned int initial(const struct client_dpb *dpb, const struct client_slice *s,
                            const struct v4l2_ctrl_h264_sps *sps, int which, struct item *list)
{
	struct pair all[CLIENT_FIELDS];
	struct keyed sorted[CLIENT_FIELDS] = {0};
	unsigned int count = pairs(dpb, all), n, k = 0;
	long long now = s->field ? dpb->poc[s->bottom] : dpb->poc[0] < dpb->poc[1] ? dpb->poc[0] : dpb->poc[1];

	for (unsigned int i = 0; i < count; i++) {
		long long poc = pair_poc(&all[i]);
		long long past = now - poc;

		if (!marked(&all[i], CLIENT_SHORT, !s->field) || (s->type == 1 && any_of(&all[i])->missing))
			continue;
		sorted[k].pair = all[i];
		if (s->type == 0)
			sorted[k].key = -(long long)wrap(any_of(&all[i]), s->frame_num, sps);
		else if (which == 0)
			sorted[k].key = past >= 0 ? past : (1ll << 40) - past;
		else
			sorted[k].key = past < 0 ? -past : (1ll << 40) + past;
		k++;
	}
	qsort(sorted, k, sizeof(*sorted), ascending);
	n = lay_out(list, 0, sorted, k, CLIENT_SHORT, s);
	k = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (!marked(&all[i], CLIENT_LONG, !s->field))
			continue;
		sorted[k].pair = all[i];
		sorted[k].key = all[i].field[0] && all[i].field[0]->mark == CLIENT_LONG ? all[i].field[0]->long_idx
		                                                                        : all[i].field[1]->long_idx;
		k++;
	}
	qsort(sorted, k, sizeof(*sorted), ascending);
	return lay_out(list, n, sorted, k, CLIENT_LONG, s);
}

/* The field, or first field of the frame, with that PicNum or LongTermPicNum. */
static const struct client_field *by_number(const struct client_dpb *dpb, const struct client_slice *s,
                                            const struct v4l2_ctrl_h264_sps *sps, long long number, int mark)
{
	struct pair all[CLIENT_FIELDS];
	unsigned int count = pairs(dpb, all);

	for (unsigned int i = 0; i < count; i++) {
		for (int parity = 0; parity < 2; parity++) {
			const struct client_field *f = all[i].field[parity];
			long long is;

			if (!f || (int)f->mark != mark || (!s->field && !marked(&all[i], mark, true)))
				continue;
			is = mark == CLIENT_LONG ? (long long)f->long_idx : wrap(f, s->frame_num, sps);
			if (s->field)
				is = 2 * is + (parity == (int)s->bottom);
			if (is == number)
				return f;
		}
	}
	return NULL;
}

static void reorder(const struct client_dpb *dpb, const struct client_slice *s,
                    const struct v4l2_ctrl_h264_sps *sps, int which, struct item *list)
{
	long long max = max_frame_num(sps) * (s->field ? 2ll : 1ll);
	long long current = s->field ? 2ll * s->frame_num + 1 : s->frame_num;
	long long number = current;

	for (unsigned int i = 0; i < s->reorderings[which] && i < s->active[which]; i++) {
		const struct client_field *f;
		struct item item;
		unsigned int from;

		if (s->reordering[which][i].op == 2) {
			f = by_number(dpb, s, sps, s->reordering[which][i].value, CLIENT_LONG);
		} else {
			number += (s->reordering[which][i].op ? 1 : -1) * ((long long)s->reordering[which][i].value + 1);
			number = (number % max + max) % max;
			f = by_number(dpb, s, sps, number > current ? number - max : number, CLIENT_SHORT);
		}
		if (!f)
			continue;
		item = (struct item){f->frame, s->field ? f->parity : 2};
		for (from = i; from + 1 < s->active[which]; from++)
			if (list[from].frame == item.frame && list[from].parity == item.parity)
				break;
		memmove(&list[i + 1], &list[i], (from - i) * sizeof(*list));
		list[i] = item;
	}
}

void client_fill_slice(const struct client_dpb *dpb, const struct client_slice *s,
                       const struct v4l2_ctrl_h264_sps *sps,
                       const struct v4l2_ctrl_h264_decode_params *params,
                       struct v4l2_ctrl_h264_slice_params *out)
{
	struct item list[2][CLIENT_FIELDS];
	unsigned int count[2] = {0, 0};

	memset(out, 0, sizeof(*out));
	memset(list, 0xff, sizeof(list));
	memset(out->ref_pic_list0, 0xff, sizeof(out->ref_pic_list0));
	memset(out->ref_pic_list1, 0xff, sizeof(out->ref_pic_list1));
	out->header_bit_size = s->header_bits;
	out->first_mb_in_slice = s->first_mb;
	out->slice_type = (__u8)s->type;
	out->redundant_pic_cnt = (__u8)s->redundant;
	out->cabac_init_idc = (__u8)s->cabac_init_idc;
	out->slice_qp_delta = (__s8)s->qp_delta;
	out->disable_deblocking_filter_idc = (__u8)s->deblocking_idc;
	out->slice_alpha_c0_offset_div2 = (__s8)s->alpha;
	out->slice_beta_offset_div2 = (__s8)s->beta;
	out->num_ref_idx_l0_active_minus1 = (__u8)(s->active[0] ? s->active[0] - 1 : 0);
	out->num_ref_idx_l1_active_minus1 = (__u8)(s->active[1] ? s->active[1] - 1 : 0);
	out->flags = s->direct_spatial ? V4L2_H264_SLICE_FLAG_DIRECT_SPATIAL_MV_PRED : 0;
	for (int which = 0; which < 2 && s->active[which]; which++) {
		count[which] = initial(dpb, s, sps, which, list[which]);
		if (which && count[1] > 1 && count[0] == count[1] &&
		    !memcmp(list[0], list[1], count[1] * sizeof(list[0][0]))) {
			struct item first = list[1][0];

			list[1][0] = list[1][1];
			list[1][1] = first;
		}
	}
	for (int which = 0; which < 2 && s->active[which]; which++) {
		struct v4l2_h264_reference *to = which ? out->ref_pic_list1 : out->ref_pic_list0;

		reorder(dpb, s, sps, which, list[which]);
		for (unsigned int i = 0; i < s->active[which]; i++) {
			for (unsigned int j = 0; j < V4L2_H264_NUM_DPB_ENTRIES; j++) {
				if (!params->dpb[j].flags || list[which][i].parity < 0 ||
				    params->dpb[j].reference_ts != (list[which][i].frame + 1) * 1000ull)
					continue;
				to[i].index = (__u8)j;
				to[i].fields = (__u8)(list[which][i].parity == 2 ? 3 : 1 << list[which][i].parity);
			}
		}
	}
}

/* A long-term index belongs to one frame: the fields of others lose it. */
static void claim(struct client_dpb *dpb, unsigned int index, unsigned int frame)
{
	for (unsigned int i = 0; i < CLIENT_FIELDS; i++) {
		struct client_field *f = &dpb->fields[i];

		if (f->used && f->mark == CLIENT_LONG && f->long_idx == index && f->frame != frame)
			f->mark = CLIENT_UNUSED;
	}
}

static void set_mark(struct client_dpb *dpb, const struct client_slice *s, const struct client_field *which,
                     int mark, unsigned int index)
{
	for (unsigned int i = 0; which && i < CLIENT_FIELDS; i++) {
		struct client_field *f = &dpb->fields[i];

		if (!f->used || f->frame != which->frame || (s->field && f != which))
			continue;
		f->mark = mark;
		f->long_idx = index;
	}
}

/* Returns CLIENT_LONG where the current picture became one, and whether operation 5 was there. */
static int operate(struct client_dpb *dpb, const struct client_slice *s, const struct v4l2_ctrl_h264_sps *sps,
                   unsigned int *index, bool *reset)
{
	long long current = s->field ? 2ll * s->frame_num + 1 : s->frame_num;
	int mark = CLIENT_SHORT;

	for (unsigned int i = 0; i < s->operations; i++) {
		unsigned int op = s->operation[i].op;
		const struct client_field *f = NULL;

		if (op == 1 || op == 3)
			f = by_number(dpb, s, sps, current - s->operation[i].difference, CLIENT_SHORT);
		else if (op == 2)
			f = by_number(dpb, s, sps, s->operation[i].index, CLIENT_LONG);
		if (op == 1 || op == 2)
			set_mark(dpb, s, f, CLIENT_UNUSED, 0);
		if (op == 3 && f) {
			claim(dpb, s->operation[i].index, f->frame);
			set_mark(dpb, s, f, CLIENT_LONG, s->operation[i].index);
		}
		for (unsigned int j = 0; j < CLIENT_FIELDS; j++)
			if (op == 5 || (op == 4 && dpb->fields[j].mark == CLIENT_LONG &&
			                dpb->fields[j].long_idx >= s->operation[i].index))
				dpb->fields[j].mark = CLIENT_UNUSED;
		if (op == 5)
			*reset = true;
		if (op == 6) {
			claim(dpb, s->operation[i].index, dpb->frame);
			mark = CLIENT_LONG;
			*index = s->operation[i].index;
		}
	}
	return mark;
}

void client_end(struct client_dpb *dpb, const struct client_slice *s, const struct v4l2_ctrl_h264_sps *sps)
{
	unsigned int frame_num = s->frame_num, index = 0;
	int mark = CLIENT_SHORT;
	bool reset = false;

	if (s->nal_ref_idc) {
		bool first_is_short = false;

		for (unsigned int i = 0; i < CLIENT_FIELDS; i++)
			first_is_short |= dpb->fields[i].used && dpb->fields[i].frame == dpb->frame &&
			                  dpb->fields[i].mark == CLIENT_SHORT;
		if (s->nal_unit_type == 5)
			mark = s->long_term_idr ? CLIENT_LONG : CLIENT_SHORT;
		else if (s->adaptive)
			mark = operate(dpb, s, sps, &index, &reset);
		else if (!first_is_short)
			slide(dpb, s->frame_num, sps);
		sweep(dpb);
		dpb->previous_msb = dpb->msb;
		dpb->previous_lsb = (int)s->poc_lsb;
		if (reset) {
			int low = s->field ? dpb->poc[s->bottom] : dpb->poc[0] < dpb->poc[1] ? dpb->poc[0] : dpb->poc[1];

			dpb->poc[0] -= low;
			dpb->poc[1] -= low;
			dpb->first_poc -= low;
			frame_num = 0;
			dpb->offset = 0;
			dpb->previous_msb = 0;
			dpb->previous_lsb = s->bottom ? 0 : dpb->poc[0];
		}
		for (int parity = 0; parity < 2; parity++)
			if (!s->field || parity == (int)s->bottom)
				add(dpb, (struct client_field){.frame = dpb->frame,
				                               .parity = parity,
				                               .frame_num = frame_num,
				                               .poc = dpb->poc[parity],
				                               .mark = mark,
				                               .long_idx = index,
				                               .coded_as_field = s->field});
		dpb->previous_ref_frame_num = frame_num;
	}
	dpb->previous_frame_num = frame_num;
	dpb->previous_offset = dpb->offset;
	dpb->pair_open = s->field && !dpb->second;
	dpb->previous = *s;
}
