/* SPDX-License-Identifier: MIT
 *
 * The OBUs of a stream: of an IVF file, or of one in the low-overhead format (5.2 of the AV1 specification).
 */
#ifndef TEST_CODECS_AV1_CLIENT_CONTAINER_H
#define TEST_CODECS_AV1_CLIENT_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OBU_SEQUENCE_HEADER = 1,
	OBU_TEMPORAL_DELIMITER = 2,
	OBU_FRAME_HEADER = 3,
	OBU_TILE_GROUP = 4,
	OBU_FRAME = 6,
	OBU_REDUNDANT_FRAME_HEADER = 7,
	OBU_TILE_LIST = 8,
};

struct client_obu {
	unsigned int type;
	bool extended; /* it has the layers, else they are 0 */
	unsigned int temporal, spatial;
	size_t begin;      /* of its header, in the stream */
	size_t start, end; /* of what it contains */
	size_t unit_end;   /* of its temporal unit */
};

typedef bool (*av1_take_obu)(void *opaque, const struct client_obu *obu);

/* Gets the OBUs one by one; false ends it. False when one was not taken. What breaks off is left out. */
bool av1_obus(const uint8_t *data, size_t size, av1_take_obu take, void *opaque);
/* Those of one temporal unit, from an OBU that begins at `at` on. */
bool av1_obus_of_unit(const uint8_t *data, size_t at, size_t end, av1_take_obu take, void *opaque);

#endif
