/* SPDX-License-Identifier: MIT
 *
 * A player with a config, a context and a few surfaces, each step checked.
 */
#ifndef TEST_NATIVE_GLUE_SESSION_H
#define TEST_NATIVE_GLUE_SESSION_H

#include <sys/mman.h>

#include "harness.h"
#include "player.h"

enum { SURFACES = 4 };

struct session {
	struct player player;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surfaces[SURFACES];
};

static inline struct player_picture idr(VASurfaceID surface, uint8_t seed)
{
	return (struct player_picture){.surface = surface, .reference = VA_INVALID_SURFACE, .seed = seed};
}

static inline void open_session(struct session *session)
{
	CHECK_EQUAL(player_open(&session->player), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_config(&session->player, &session->config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_surfaces(&session->player, session->surfaces, SURFACES), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player_context(&session->player, session->config, &session->context), VA_STATUS_SUCCESS);
}

static inline void decode(struct session *session, VASurfaceID surface, uint8_t seed)
{
	struct player_picture picture = idr(surface, seed);

	CHECK_EQUAL(player_decode(&session->player, session->context, &picture), VA_STATUS_SUCCESS);
}

static inline void check_pixels(struct session *session, VASurfaceID surface, uint8_t seed)
{
	bool equal;

	CHECK_EQUAL(player_compare(&session->player, surface, seed, &equal), VA_STATUS_SUCCESS);
	CHECK(equal);
}

static inline void close_session(struct session *session)
{
	struct player *player = &session->player;

	CHECK_EQUAL(player->table.vaDestroyContext(&player->va, session->context), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroyConfig(&player->va, session->config), VA_STATUS_SUCCESS);
	CHECK_EQUAL(player->table.vaDestroySurfaces(&player->va, session->surfaces, SURFACES), VA_STATUS_SUCCESS);
	player_close(player);
}

static inline bool exported_equal(const VADRMPRIMESurfaceDescriptor *descriptor, uint8_t seed)
{
	uint32_t size = descriptor->objects[0].size;
	uint8_t *data = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor->objects[0].fd, 0);
	uint32_t offsets[2] = {descriptor->layers[0].offset[0], descriptor->layers[1].offset[0]};
	uint32_t pitches[2] = {descriptor->layers[0].pitch[0], descriptor->layers[1].pitch[0]};
	bool equal;

	CHECK(data != MAP_FAILED);
	equal = player_equal(data, offsets, pitches, seed);
	munmap(data, size);
	return equal;
}

static inline void export_surface(struct session *session, VASurfaceID surface,
                                  VADRMPRIMESurfaceDescriptor *descriptor)
{
	struct player *player = &session->player;

	CHECK_EQUAL(player->table.vaExportSurfaceHandle(
					&player->va, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
					VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS, descriptor),
	            VA_STATUS_SUCCESS);
	CHECK_EQUAL(descriptor->num_objects, 1);
	CHECK_EQUAL(descriptor->num_layers, 2);
}

#endif
