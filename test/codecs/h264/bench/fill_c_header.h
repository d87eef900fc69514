/* SPDX-License-Identifier: MIT
 *
 * Part of fill_c.c: driver-src/bits and driver-src/codec/h264/slice-header.ts in C.
 */
#ifndef TEST_BENCH_FILL_C_HEADER_H
#define TEST_BENCH_FILL_C_HEADER_H

#include <linux/v4l2-controls.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <va/va.h>

enum { MAX_COMMANDS = 66, NO_LONG_TERM = 0xff };

/* How far parse_header() came. */
enum { HEADER_BAD, HEADER_FOREIGN_PPS, HEADER_COMPLETE };

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	uint64_t cache;
	unsigned cached;
	unsigned zeros;
	uint32_t position;
	bool failed;
};

struct header {
	uint32_t nal_ref_idc, idr, first_mb, type, pps, frame_num, field, bottom, idr_pic_id, lsb;
	int32_t delta_bottom, delta0, delta1;
	uint32_t order_bits, redundant, spatial, override, l0, l1, marking_bits, forgets, cabac_init;
	int32_t qp_delta;
	uint32_t sp_for_switch;
	int32_t qs_delta;
	uint32_t deblocking;
	int32_t alpha, beta;
	uint32_t bits;
};

/* What the commands of a list modification name: long_term_pic_num, or NO_LONG_TERM. */
struct commands {
	uint8_t count;
	uint8_t named[MAX_COMMANDS];
};

/* ---- bits ---------------------------------------------------------------------------------------- */

static bool has_three(uint32_t word)
{
	const uint32_t difference = word ^ 0x03030303;

	return (difference - 0x01010101) & ~difference & 0x80808080;
}

static void refill(struct reader *r)
{
	if (r->end - r->at >= 4) {
		uint32_t word;

		memcpy(&word, r->at, sizeof(word));
		word = __builtin_bswap32(word);
		if (!has_three(word)) {
			r->zeros = word ? (unsigned)__builtin_ctz(word) >> 3 : 4;
			r->cache |= (uint64_t)word << (32 - r->cached);
			r->cached += 32;
			r->at += 4;
			return;
		}
	}
	while (r->cached <= 56 && r->at < r->end) {
		uint8_t byte = *r->at++;

		if (r->zeros >= 2 && byte == 3) {
			r->zeros = 0;
			continue;
		}
		r->zeros = byte ? 0 : r->zeros + 1;
		r->cache |= (uint64_t)byte << (56 - r->cached);
		r->cached += 8;
	}
}

static uint32_t fail(struct reader *r)
{
	r->failed = true;
	r->at = r->end;
	r->cache = 0;
	r->cached = 0;
	return 0;
}

static uint32_t bits(struct reader *r, unsigned count)
{
	uint32_t value;

	if (!count)
		return 0;
	if (r->cached < count) {
		refill(r);
		if (r->cached < count)
			return fail(r);
	}
	value = (uint32_t)(r->cache >> (64 - count));
	r->cache <<= count;
	r->cached -= count;
	r->position += count;
	return value;
}

static uint32_t ue(struct reader *r)
{
	unsigned leading;
	uint32_t value;

	if (r->cached < 32)
		refill(r);
	leading = r->cache ? (unsigned)__builtin_clzll(r->cache) : 64;
	if (leading > 31)
		return fail(r);
	bits(r, leading);
	value = bits(r, leading + 1);
	return r->failed ? 0 : value - 1;
}

static int32_t se(struct reader *r)
{
	uint32_t code = ue(r);

	return code & 1 ? (int32_t)((code >> 1) + 1) : -(int32_t)(code >> 1);
}

/* ---- slice header ---------------------------------------------------------------------------------- */

static bool parse_modification(struct reader *r, struct commands *commands)
{
	if (!bits(r, 1))
		return true;
	for (unsigned i = 0; i < MAX_COMMANDS; i++) {
		uint32_t idc = ue(r);
		uint32_t operand;

		if (idc == 3) {
			commands->count = (uint8_t)i;
			return true;
		}
		if (idc > 2 || r->failed)
			return false;
		operand = ue(r);
		commands->named[i] = idc == 2 && operand < NO_LONG_TERM ? (uint8_t)operand : NO_LONG_TERM;
	}
	return false;
}

static void skip_weights(struct reader *r, uint32_t last, bool chroma)
{
	for (uint32_t i = 0; i <= last; i++) {
		if (bits(r, 1)) {
			se(r);
			se(r);
		}
		if (chroma && bits(r, 1)) {
			for (int j = 0; j < 4; j++)
				se(r);
		}
	}
}

static bool parse_marking(struct reader *r, struct header *h)
{
	if (h->idr) {
		bits(r, 2);
		return true;
	}
	if (!bits(r, 1))
		return true;
	for (unsigned i = 0; i < MAX_COMMANDS; i++) {
		uint32_t operation = ue(r);

		if (operation == 0)
			return true;
		if (operation > 6)
			return false;
		if (operation == 5)
			h->forgets = 1;
		if (operation == 1 || operation == 3)
			ue(r);
		if (operation == 2)
			ue(r);
		if (operation == 3 || operation == 6)
			ue(r);
		if (operation == 4)
			ue(r);
	}
	return false;
}

static bool parse_references(struct reader *r, struct header *h, struct commands commands[2], uint32_t l0,
                             uint32_t l1)
{
	const bool b = h->type == V4L2_H264_SLICE_TYPE_B;

	if (b)
		h->spatial = bits(r, 1);
	h->override = bits(r, 1);
	if (h->override) {
		h->l0 = ue(r);
		if (b)
			h->l1 = ue(r);
	} else {
		h->l0 = l0;
		if (b)
			h->l1 = l1;
	}
	return h->l0 < 32 && h->l1 < 32 && parse_modification(r, &commands[0]) &&
	       (!b || parse_modification(r, &commands[1]));
}

static int parse_header(struct header *h, struct commands commands[2], const uint8_t *data, uint32_t size,
                        const VAPictureParameterBufferH264 *p, int pps, uint32_t l0, uint32_t l1)
{
	struct reader r = {.at = data, .end = data + size};
	const bool chroma = p->seq_fields.bits.chroma_format_idc != 0;
	bool intra;
	bool predicted;
	uint32_t start;
	uint32_t type;

	memset(h, 0, sizeof(*h));
	commands[0].count = commands[1].count = 0;
	if (bits(&r, 1))
		return HEADER_BAD;
	h->nal_ref_idc = bits(&r, 2);
	type = bits(&r, 5);
	if (type != 1 && type != 5)
		return HEADER_BAD;
	h->idr = type == 5;
	h->first_mb = ue(&r);
	type = ue(&r);
	if (type > 9)
		return HEADER_BAD;
	h->type = type % 5;
	h->pps = ue(&r);
	if (h->pps > 255)
		return HEADER_BAD;
	h->frame_num = bits(&r, p->seq_fields.bits.log2_max_frame_num_minus4 + 4);
	if (!p->seq_fields.bits.frame_mbs_only_flag) {
		h->field = bits(&r, 1);
		if (h->field)
			h->bottom = bits(&r, 1);
	}
	if (r.failed)
		return HEADER_BAD;
	if (pps >= 0 && h->pps != (uint32_t)pps)
		return HEADER_FOREIGN_PPS;
	if (h->idr) {
		h->idr_pic_id = ue(&r);
		if (h->idr_pic_id > 65535)
			return HEADER_BAD;
	}
	start = r.position;
	if (p->seq_fields.bits.pic_order_cnt_type == 0) {
		h->lsb = bits(&r, p->seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 + 4);
		if (p->pic_fields.bits.pic_order_present_flag && !h->field)
			h->delta_bottom = se(&r);
	} else if (p->seq_fields.bits.pic_order_cnt_type == 1 &&
	           !p->seq_fields.bits.delta_pic_order_always_zero_flag) {
		h->delta0 = se(&r);
		if (p->pic_fields.bits.pic_order_present_flag && !h->field)
			h->delta1 = se(&r);
	}
	h->order_bits = r.position - start;
	if (p->pic_fields.bits.redundant_pic_cnt_present_flag) {
		h->redundant = ue(&r);
		if (h->redundant > 127)
			return HEADER_BAD;
	}
	intra = h->type == V4L2_H264_SLICE_TYPE_I || h->type == V4L2_H264_SLICE_TYPE_SI;
	predicted = h->type == V4L2_H264_SLICE_TYPE_P || h->type == V4L2_H264_SLICE_TYPE_SP;
	if (!intra && !parse_references(&r, h, commands, l0, l1))
		return HEADER_BAD;
	if ((predicted && p->pic_fields.bits.weighted_pred_flag) ||
	    (h->type == V4L2_H264_SLICE_TYPE_B && p->pic_fields.bits.weighted_bipred_idc == 1)) {
		if (ue(&r) > 7 || (chroma && ue(&r) > 7))
			return HEADER_BAD;
		skip_weights(&r, h->l0, chroma);
		if (h->type == V4L2_H264_SLICE_TYPE_B)
			skip_weights(&r, h->l1, chroma);
	}
	if (h->nal_ref_idc) {
		start = r.position;
		if (!parse_marking(&r, h))
			return HEADER_BAD;
		h->marking_bits = r.position - start;
	}
	if (p->pic_fields.bits.entropy_coding_mode_flag && !intra) {
		h->cabac_init = ue(&r);
		if (h->cabac_init > 2)
			return HEADER_BAD;
	}
	h->qp_delta = se(&r);
	if (h->qp_delta < -128 || h->qp_delta > 127)
		return HEADER_BAD;
	if (h->type == V4L2_H264_SLICE_TYPE_SP || h->type == V4L2_H264_SLICE_TYPE_SI) {
		if (h->type == V4L2_H264_SLICE_TYPE_SP)
			h->sp_for_switch = bits(&r, 1);
		h->qs_delta = se(&r);
		if (h->qs_delta < -51 || h->qs_delta > 51)
			return HEADER_BAD;
	}
	if (p->pic_fields.bits.deblocking_filter_control_present_flag) {
		h->deblocking = ue(&r);
		if (h->deblocking > 2)
			return HEADER_BAD;
		if (h->deblocking != 1) {
			h->alpha = se(&r);
			h->beta = se(&r);
			if (h->alpha < -6 || h->alpha > 6 || h->beta < -6 || h->beta > 6)
				return HEADER_BAD;
		}
	}
	h->bits = r.position;
	return r.failed ? HEADER_BAD : HEADER_COMPLETE;
}

#endif
