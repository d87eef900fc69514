/* SPDX-License-Identifier: MIT */
#ifndef TEST_FUZZ_SEEDS_H
#define TEST_FUZZ_SEEDS_H

#include <stdbool.h>

/* Writes an input for each clip, as a player plays it, into this folder. */
bool seeds_write(const char *folder);

#endif
