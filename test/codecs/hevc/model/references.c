/* SPDX-License-Identifier: MIT */
#include "references.h"

#include "verdict.h"

#include <string.h>

/* ---- what was decoded ------------------------------------------------------------------------------------------- */

const struct known_picture *hevc_known_find(const struct known_pictures *known, uint64_t timestamp)
{
	for (unsigned int i = 0; i < known->count; i++)
		if (known->pictures[i].timestamp == timestamp)
			return &known->pictures[i];
	return NULL;
}

void hevc_known_add(struct known_pictures *known, const struct known_picture *picture)
{
	const struct known_picture *same = hevc_known_find(known, picture->timestamp);

	if (same) {
		known->pictures[same - known->pictures] = *picture;
		return;
	}
	known->pictures[known->next] = *picture;
	known->next = (known->next + 1) % KNOWN_PICTURES;
	if (known->count < KNOWN_PICTURES)
		known->count++;
}

/* ---- decode_params ------------------------------------------------------------------------------------------------ */

enum subset { BEFORE, AFTER, LONG_TERM, SUBSETS };

static const char *const subset_names[SUBSETS] = {"poc_st_curr_before", "poc_st_curr_after", "poc_lt_curr"};

static unsigned int subset_of(const struct v4l2_ctrl_hevc_decode_params *params, enum subset subset,
                              const uint8_t **indices)
{
	switch (subset) {
	case BEFORE:
		*indices = params->poc_st_curr_before;
		return params->num_poc_st_curr_before;
	case AFTER:
		*indices = params->poc_st_curr_after;
		return params->num_poc_st_curr_after;
	default:
		*indices = params->poc_lt_curr;
		return params->num_poc_lt_curr;
	}
}

static bool is_long_term(const struct v4l2_hevc_dpb_entry *entry)
{
	return entry->flags & V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
}

/* Whether an entry may be of this subset. */
static bool fits(const struct v4l2_hevc_dpb_entry *entry, enum subset subset, int32_t poc)
{
	if (subset == LONG_TERM)
		return is_long_term(entry);
	return !is_long_term(entry) && entry->pic_order_cnt_val != poc &&
	       (entry->pic_order_cnt_val > poc) == (subset == AFTER);
}

static void mark_used(struct slice_references *references, struct model_result *result,
                      const struct v4l2_ctrl_hevc_decode_params *params)
{
	for (enum subset subset = BEFORE; subset < SUBSETS; subset++) {
		const uint8_t *indices;
		unsigned int count = subset_of(params, subset, &indices);

		if (count > HEVC_DPB) {
			verdict_paint(result, "decode_params.num_%s is %u", subset_names[subset], count);
			count = HEVC_DPB;
		}
		for (unsigned int i = 0; i < count; i++) {
			const unsigned int index = indices[i];

			if (index >= params->num_active_dpb_entries) {
				verdict_paint(result, "decode_params.%s[%u] is %u, which is no entry of dpb[]",
				              subset_names[subset], i, index);
				continue;
			}
			if (references->used[index])
				verdict_paint(result, "decode_params.%s[%u] names dpb[%u] once more", subset_names[subset], i,
				              index);
			if (!fits(&params->dpb[index], subset, params->pic_order_cnt_val))
				verdict_paint(result,
				              "decode_params.%s[%u] names dpb[%u] of flags %u, picture order count %d, for a "
				              "picture of %d",
				              subset_names[subset], i, index, params->dpb[index].flags,
				              params->dpb[index].pic_order_cnt_val, params->pic_order_cnt_val);
			references->used[index] = true;
		}
	}
}

/* Into the list, by its distance. */
static void insert_short_term(struct slice_references *references, const struct v4l2_hevc_dpb_entry *dpb,
                              unsigned int index)
{
	const bool after = dpb[index].pic_order_cnt_val > references->poc;
	uint8_t *list = references->short_term[after];
	unsigned int i = references->count[after]++;

	for (; i > 0; i--) {
		const int32_t other = dpb[list[i - 1]].pic_order_cnt_val;

		if ((other > dpb[index].pic_order_cnt_val) != after)
			break;
		list[i] = list[i - 1];
	}
	list[i] = (uint8_t)index;
}

static void append_initial(struct slice_references *references, unsigned int list, unsigned int *n,
                           const uint8_t *indices, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (references->used[indices[i]])
			references->initial[list][(*n)++] = indices[i];
}

void hevc_references_take(struct slice_references *references, struct model_result *result,
                          const struct hevc_job *job, int64_t offset)
{
	const struct v4l2_ctrl_hevc_decode_params *params = job->decode_params;

	memset(references, 0, sizeof(*references));
	references->poc = params->pic_order_cnt_val;
	references->idr = params->num_active_dpb_entries == 0;
	references->offset = references->idr ? -(int64_t)references->poc : offset;
	mark_used(references, result, params);
	for (unsigned int i = 0; i < params->num_active_dpb_entries; i++) {
		bool twice = params->dpb[i].pic_order_cnt_val == references->poc;

		for (unsigned int j = 0; j < i; j++)
			twice |= params->dpb[j].pic_order_cnt_val == params->dpb[i].pic_order_cnt_val;
		if (twice)
			verdict_paint(result, "dpb[%u].pic_order_cnt_val is %d, as of another picture", i,
			              params->dpb[i].pic_order_cnt_val);
		else if (is_long_term(&params->dpb[i]))
			references->long_term[references->long_term_count++] = (uint8_t)i;
		else
			insert_short_term(references, params->dpb, i);
	}
	for (unsigned int list = 0; list < 2; list++) {
		unsigned int n = 0;

		for (unsigned int k = 0; k < 2; k++)
			append_initial(references, list, &n, references->short_term[list ^ k],
			               references->count[list ^ k]);
		append_initial(references, list, &n, references->long_term, references->long_term_count);
		references->total = n;
	}
}

/* ---- lists ---------------------------------------------------------------------------------------------------------- */

static void check_named(struct model_result *result, const struct hevc_job *job, unsigned int index,
                        const struct known_pictures *known)
{
	const struct v4l2_hevc_dpb_entry *entry = &job->decode_params->dpb[index];
	const struct known_picture *picture = hevc_known_find(known, entry->timestamp);
	struct model_image image;

	if (!picture || !job->given->find_reference(job->given->opaque, entry->timestamp, &image))
		verdict_paint(result, "dpb[%u].timestamp %llu names no picture", index,
		              (unsigned long long)entry->timestamp);
	else if (picture->poc != entry->pic_order_cnt_val)
		verdict_paint(result, "dpb[%u].pic_order_cnt_val is %d, where the picture has %d", index,
		              entry->pic_order_cnt_val, picture->poc);
	else if (picture->field != (entry->field_pic != 0))
		verdict_paint(result, "dpb[%u].field_pic is %u for a picture that is %s", index, entry->field_pic,
		              picture->field ? "a field" : "none");
}

/* Where poc_lt_curr has a picture of the header, or -1. */
static int find_long_term(const struct hevc_job *job, const struct long_term_set *set, unsigned int n)
{
	const struct v4l2_ctrl_hevc_decode_params *params = job->decode_params;
	const uint32_t max_lsb = 1u << (job->sps->log2_max_pic_order_cnt_lsb_minus4 + 4);
	/* (8-5) */
	const int64_t poc = (int64_t)params->pic_order_cnt_val - (int64_t)set->msb_cycle[n] * max_lsb -
	                    ((uint32_t)params->pic_order_cnt_val & (max_lsb - 1)) + set->poc_lsb[n];

	for (unsigned int i = 0; i < params->num_poc_lt_curr && i < HEVC_DPB; i++) {
		const int32_t has = params->dpb[params->poc_lt_curr[i] % HEVC_DPB].pic_order_cnt_val;

		if (set->has_msb[n] ? has == poc : ((uint32_t)has & (max_lsb - 1)) == set->poc_lsb[n])
			return (int)i;
	}
	return -1;
}

/* What a list begins with: a subset, of which a device that reads the sets of the header has that order of long-term pictures. */
static unsigned int initial_part(const struct hevc_job *job, const struct slice_header *header,
                                 enum subset subset, uint8_t *out)
{
	const struct long_term_set *set = &header->long_term;
	const uint8_t *indices;
	unsigned int count = subset_of(job->decode_params, subset, &indices), n = 0;

	if (subset == LONG_TERM && job->reads_sets) {
		for (unsigned int i = 0; i < set->count; i++) {
			const int found = set->used[i] ? find_long_term(job, set, i) : -1;

			if (found >= 0)
				out[n++] = indices[found] % HEVC_DPB;
		}
		return n;
	}
	for (; n < count && n < HEVC_DPB; n++)
		out[n] = indices[n] % HEVC_DPB;
	return n;
}

void hevc_references_lists(uint8_t lists[2][HEVC_DPB], struct model_result *result,
                           const struct hevc_job *job, const struct slice_header *header,
                           const struct known_pictures *known)
{
	static const enum subset orders[2][SUBSETS] = {{BEFORE, AFTER, LONG_TERM}, {AFTER, BEFORE, LONG_TERM}};
	bool checked[HEVC_DPB] = {false};

	for (unsigned int list = 0; list < 2; list++) {
		uint8_t initial[HEVC_DPB * SUBSETS];
		unsigned int total = 0;

		for (unsigned int k = 0; k < SUBSETS; k++)
			total += initial_part(job, header, orders[list][k], initial + total);
		for (unsigned int i = 0; total && i < header->active[list]; i++) {
			const unsigned int at = header->modified[list] ? header->list_entry[list][i] : i;

			if (header->modified[list] && at >= total)
				verdict_paint(result, "list_entry_l%u[%u] of the slice header is beyond decode_params' %u",
				              list, i, total);
			lists[list][i] = initial[at % total];
			if (!checked[lists[list][i]])
				check_named(result, job, lists[list][i], known);
			checked[lists[list][i]] = true;
		}
	}
}

/* ---- the sets of the header ------------------------------------------------------------------------------------------ */

static void check_short_term(struct model_result *result, const struct hevc_job *job,
                             const struct short_term_set *set)
{
	const struct v4l2_ctrl_hevc_decode_params *params = job->decode_params;
	unsigned int n[2] = {0, 0};

	for (unsigned int i = 0; i < set->count; i++) {
		const bool after = set->delta[i] > 0;
		const int32_t poc = params->pic_order_cnt_val + set->delta[i];
		const uint8_t *indices;
		const unsigned int count = subset_of(params, after ? AFTER : BEFORE, &indices);

		if (!set->used[i])
			continue;
		if (n[after] >= count || params->dpb[indices[n[after]] % HEVC_DPB].pic_order_cnt_val != poc)
			verdict_paint(result,
			              "decode_params.%s[%u] does not name the picture of %d, as the slice header does",
			              subset_names[after], n[after], poc);
		n[after]++;
	}
	if (n[0] != params->num_poc_st_curr_before || n[1] != params->num_poc_st_curr_after)
		verdict_paint(result,
		              "decode_params.num_poc_st_curr_before or _after is %u or %u, in the header %u or %u",
		              params->num_poc_st_curr_before, params->num_poc_st_curr_after, n[0], n[1]);
}

void hevc_references_check(struct model_result *result, const struct hevc_job *job,
                           const struct slice_header *header)
{
	const struct long_term_set *set = &header->long_term;
	unsigned int used = 0, by_sps = 0;

	if (header->short_term.known)
		check_short_term(result, job, &header->short_term);
	for (unsigned int i = 0; i < set->count; i++) {
		by_sps += set->by_sps[i];
		used += set->used[i];
		if (set->used[i] && find_long_term(job, set, i) < 0)
			verdict_paint(result, "decode_params.poc_lt_curr does not name the picture of lowest bits %u",
			              set->poc_lsb[i]);
	}
	if (job->decode_params->num_poc_lt_curr < used || job->decode_params->num_poc_lt_curr > used + by_sps)
		verdict_paint(result, "decode_params.num_poc_lt_curr is %u, where the slice header uses %u",
		              job->decode_params->num_poc_lt_curr, used);
}
