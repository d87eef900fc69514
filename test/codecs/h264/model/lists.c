/* SPDX-License-Identifier: MIT */
#include "lists.h"

#include <string.h>

enum order {
	BY_FRAME_NUM_WRAP,      /* descending, short-term */
	BY_LONG_TERM_FRAME_IDX, /* ascending, long-term */
	BY_POC_BEFORE,          /* descending, at or before the current picture */
	BY_POC_AFTER            /* ascending, after it */
};

struct candidates {
	const struct dpb_frame *frame[DPB_FRAMES * 2];
	unsigned int count;
};

/* 8.2.1: PicOrderCnt() of a frame or complementary field pair, or of the one field that there is. */
static int32_t frame_poc(const struct dpb_frame *frame)
{
	switch (frame->fields) {
	case TOP_FIELD:
		return frame->poc[0];
	case BOTTOM_FIELD:
		return frame->poc[1];
	default:
		return frame->poc[0] < frame->poc[1] ? frame->poc[0] : frame->poc[1];
	}
}

static bool belongs(const struct dpb_frame *frame, enum order order, const struct slice_header *slice,
                    int32_t poc)
{
	uint8_t marked = order == BY_LONG_TERM_FRAME_IDX ? frame->long_term : frame->short_term;

	if (slice->field_pic ? !marked : marked != BOTH_FIELDS)
		return false;
	if (order == BY_FRAME_NUM_WRAP || order == BY_LONG_TERM_FRAME_IDX)
		return true;
	/* Inferred frames have no picture order count. */
	if (frame->non_existing)
		return false;
	/* 8.2.4.2.4 has "less than or equal": the first field of the current frame. A frame never meets its own. */
	return (frame_poc(frame) <= poc) == (order == BY_POC_BEFORE);
}

static bool precedes(const struct dpb_frame *a, const struct dpb_frame *b, enum order order)
{
	switch (order) {
	case BY_FRAME_NUM_WRAP:
		return a->frame_num_wrap > b->frame_num_wrap;
	case BY_LONG_TERM_FRAME_IDX:
		return a->long_term_frame_idx < b->long_term_frame_idx;
	case BY_POC_BEFORE:
		return frame_poc(a) > frame_poc(b);
	default:
		return frame_poc(a) < frame_poc(b);
	}
}

static void collect(struct candidates *out, const struct dpb_frame *frames, unsigned int count,
                    enum order order, const struct slice_header *slice, int32_t poc)
{
	unsigned int start = out->count;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int at = out->count;

		if (!belongs(&frames[i], order, slice, poc))
			continue;
		for (; at > start && precedes(&frames[i], out->frame[at - 1], order); at--)
			out->frame[at] = out->frame[at - 1];
		out->frame[at] = &frames[i];
		out->count++;
	}
}

struct initial_list {
	struct list_entry entry[DPB_FRAMES * 4];
	unsigned int count;
};

/* 8.2.4.2.5: fields alternate in parity, beginning with that of the current field. */
static void alternate(struct initial_list *list, const struct candidates *from, bool long_term,
                      uint8_t parity)
{
	unsigned int next[2] = {0, 0}; /* same parity, opposite parity */
	unsigned int turn = 0;

	for (;;) {
		const uint8_t wanted = turn ? parity ^ BOTH_FIELDS : parity;
		unsigned int i = next[turn];

		while (i < from->count &&
		       !((long_term ? from->frame[i]->long_term : from->frame[i]->short_term) & wanted))
			i++;
		next[turn] = i + 1;
		if (i < from->count) {
			list->entry[list->count++] = (struct list_entry){from->frame[i], wanted};
			turn ^= 1;
		} else {
			/* One parity has run out: the rest of the other follows in its order. */
			const uint8_t other = wanted ^ BOTH_FIELDS;

			for (i = next[turn ^ 1]; i < from->count; i++)
				if ((long_term ? from->frame[i]->long_term : from->frame[i]->short_term) & other)
					list->entry[list->count++] = (struct list_entry){from->frame[i], other};
			return;
		}
	}
}

static void append(struct initial_list *list, const struct candidates *from, bool long_term,
                   const struct slice_header *slice)
{
	if (slice->field_pic) {
		alternate(list, from, long_term, slice->bottom_field ? BOTTOM_FIELD : TOP_FIELD);
		return;
	}
	for (unsigned int i = 0; i < from->count; i++)
		list->entry[list->count++] = (struct list_entry){from->frame[i], BOTH_FIELDS};
}

/* 8.2.4.2.1 to 8.2.4.2.4 */
static void initialize(struct initial_list *list, unsigned int which, const struct dpb_frame *frames,
                       unsigned int count, const struct slice_header *slice, int32_t poc)
{
	struct candidates short_term = {.count = 0};
	struct candidates long_term = {.count = 0};

	list->count = 0;
	if (slice_is_b(slice)) {
		collect(&short_term, frames, count, which ? BY_POC_AFTER : BY_POC_BEFORE, slice, poc);
		collect(&short_term, frames, count, which ? BY_POC_BEFORE : BY_POC_AFTER, slice, poc);
	} else {
		collect(&short_term, frames, count, BY_FRAME_NUM_WRAP, slice, poc);
	}
	collect(&long_term, frames, count, BY_LONG_TERM_FRAME_IDX, slice, poc);
	append(list, &short_term, false, slice);
	append(list, &long_term, true, slice);
}

static bool same_list(const struct initial_list *a, const struct initial_list *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned int i = 0; i < a->count; i++)
		if (a->entry[i].frame != b->entry[i].frame || a->entry[i].fields != b->entry[i].fields)
			return false;
	return true;
}

/* 8.2.4.3: the picture moves to `at`, and its other occurrence disappears. */
static void move(struct list_entry *list, unsigned int active, unsigned int at, struct list_entry picture)
{
	unsigned int to = at + 1;

	memmove(&list[at + 1], &list[at], (active - at) * sizeof(*list));
	list[at] = picture;
	for (unsigned int from = at + 1; from <= active; from++)
		if (!picture.frame || list[from].frame != picture.frame || list[from].fields != picture.fields)
			list[to++] = list[from];
}

static bool modify(struct list_entry *list, unsigned int which, struct dpb_frame *frames, unsigned int count,
                   const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps)
{
	int64_t max = (int64_t)(slice->field_pic ? 2 : 1) << (sps->log2_max_frame_num_minus4 + 4);
	int64_t current = slice->field_pic ? 2 * (int64_t)slice->frame_num + 1 : (int64_t)slice->frame_num;
	int64_t predicted = current;
	bool complete = true;

	for (unsigned int i = 0; i < slice->modification_count[which]; i++) {
		const struct slice_modification *m = &slice->modification[which][i];
		struct dpb_frame *found = NULL;
		uint8_t fields;

		if (m->idc == 2) {
			fields = dpb_long_term_picture(frames, count, slice, m->value, &found);
		} else {
			int64_t difference = (int64_t)m->value + 1;

			predicted += m->idc ? difference : -difference;
			if (predicted < 0)
				predicted += max;
			else if (predicted >= max)
				predicted -= max;
			fields = dpb_short_term_picture(frames, count, slice,
			                                predicted > current ? predicted - max : predicted, &found);
		}
		complete &= found != NULL;
		move(list, slice->active[which], i, (struct list_entry){found, fields});
	}
	return complete;
}

bool lists_build(struct reference_lists *lists, struct dpb_frame *frames, unsigned int count,
                 const struct slice_header *slice, const struct v4l2_ctrl_h264_sps *sps, int32_t poc)
{
	struct initial_list initial[2];
	bool complete = true;

	memset(lists, 0, sizeof(*lists));
	for (unsigned int which = 0; which < 2 && slice->active[which]; which++) {
		initialize(&initial[which], which, frames, count, slice, poc);
		if (which && initial[1].count > 1 && same_list(&initial[0], &initial[1])) {
			struct list_entry first = initial[1].entry[0];

			initial[1].entry[0] = initial[1].entry[1];
			initial[1].entry[1] = first;
		}
		for (unsigned int i = 0; i < slice->active[which] && i < initial[which].count; i++)
			lists->entry[which][i] = initial[which].entry[i];
		complete &= modify(lists->entry[which], which, frames, count, slice, sps);
	}
	return complete;
}
