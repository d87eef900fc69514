/* SPDX-License-Identifier: MIT */
#ifndef TEST_FUZZ_SEEDS_H
#define TEST_FUZZ_SEEDS_H

#include <stdbool.h>

/* Writes into this folder an input for each clip, as a player plays it, for each call, each setting and each fault of a device;
 * and, where the core lies, for each of its answers. */
bool seeds_write(const char *folder);

#endif
