/* SPDX-License-Identifier: MIT
 *
 * For the programs that prove decoder models: the streams they are given.
 */
#ifndef TEST_DEVICE_MODEL_TEST_FILES_H
#define TEST_DEVICE_MODEL_TEST_FILES_H

#include <stddef.h>
#include <stdint.h>

/* A whole file, and zeros behind it as libavcodec wants them; to be freed. NULL: it cannot be read, or is empty; that is said. */
uint8_t *test_read_file(const char *path, size_t *size);

#endif
