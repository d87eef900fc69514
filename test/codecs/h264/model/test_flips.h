/* SPDX-License-Identifier: MIT */
#ifndef TEST_CODECS_H264_TEST_FLIPS_H
#define TEST_CODECS_H264_TEST_FLIPS_H

#include <stddef.h>
#include <stdint.h>

/* Alters each field in turn, in every job of the stream, and remembers what came of it. */
void test_flips(const uint8_t *data, size_t size, unsigned int frames);
/* The table, over all streams; fields that reach a decoder and were never noticed count as failed. */
void test_flips_report(unsigned int *passed, unsigned int *failed, unsigned int *skipped);

#endif
