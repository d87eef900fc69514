/* SPDX-License-Identifier: MIT */
#ifndef TEST_FUZZ_DESCRIBE_H
#define TEST_FUZZ_DESCRIBE_H

#include <stdbool.h>

/* Writes the clips, and the decoders that the driver finds on the simulated device, as JSON: for what plays them under Node. */
bool describe_write(const char *path);

#endif
