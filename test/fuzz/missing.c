/* SPDX-License-Identifier: MIT
 *
 * Calls whose lists are missing, or whose numbers are below zero: what va.h does not allow, and the driver refuses.
 */
#include "clips.h"
#include "world.h"

#define PICK(kind, byte) world_pick(player->world, KIND_##kind, byte)

static void miss_in_configs(struct player *player, const struct record *r)
{
	const VAProfile profile = player->clip->profile;
	VAConfigID config = PICK(CONFIG, r->b);
	VASurfaceAttrib attributes[4];
	VAConfigID made;
	int count;

	CALL(player, vaQueryConfigProfiles, NULL, &count);
	CALL(player, vaQueryConfigEntrypoints, profile, NULL, NULL);
	CALL(player, vaGetConfigAttributes, profile, VAEntrypointVLD, NULL, r->c % 4 - 1);
	CALL(player, vaCreateConfig, profile, VAEntrypointVLD, NULL, r->c % 4 - 1, &made);
	CALL(player, vaCreateConfig, profile, VAEntrypointVLD, NULL, 0, NULL);
	CALL(player, vaQueryConfigAttributes, config, NULL, NULL, NULL, NULL);
	CALL(player, vaQuerySurfaceAttributes, config, attributes, NULL);
	CALL(player, vaQueryImageFormats, NULL, NULL);
}

static void miss_in_surfaces(struct player *player, const struct record *r)
{
	const unsigned int format = VA_RT_FORMAT_YUV420;
	const VASurfaceID surface = PICK(SURFACE, r->b);
	VASurfaceAttrib undescribed = {
		VASurfaceAttribMemoryType,
		VA_SURFACE_ATTRIB_SETTABLE,
		{VAGenericValueTypeInteger, {.i = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2}},
	};
	VASurfaceID made[4];
	VAContextID context;

	CALL(player, vaCreateSurfaces, -64, 64, (int)format, 1, made);
	CALL(player, vaCreateSurfaces, 64, 64, (int)format, -1, made);
	CALL(player, vaCreateSurfaces2, format, 64u, 64u, NULL, 2u, NULL, 0u);
	CALL(player, vaCreateSurfaces2, format, 64u, 64u, made, 2u, NULL, 2u);
	CALL(player, vaCreateSurfaces2, format, 64u, 64u, made, 1u, &undescribed, 1u);
	CALL(player, vaDestroySurfaces, NULL, r->c % 4 - 1);
	CALL(player, vaQuerySurfaceStatus, surface, NULL);
	CALL(player, vaQuerySurfaceError, surface, VA_STATUS_ERROR_DECODING_ERROR, NULL);
	CALL(player, vaExportSurfaceHandle, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2, 0u, NULL);
	CALL(player, vaCreateContext, PICK(CONFIG, r->b), -64, 64, 0, NULL, 0, &context);
	CALL(player, vaCreateContext, PICK(CONFIG, r->b), 64, 64, 0, NULL, 2, &context);
	CALL(player, vaCreateContext, PICK(CONFIG, r->b), 64, 64, 0, NULL, 0, NULL);
}

static void miss_in_pictures(struct player *player, const struct record *r)
{
	const VAContextID context = PICK(CONTEXT, r->b);
	const VABufferID buffer = PICK(BUFFER, r->b);
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
	VAImage image;

	CALL(player, vaRenderPicture, context, NULL, r->c % 4 - 1);
	CALL(player, vaCreateBuffer, context, VASliceDataBufferType, 1u, 1u, NULL, NULL);
	CALL(player, vaMapBuffer, buffer, NULL);
	CALL(player, vaBufferInfo, buffer, NULL, NULL, NULL);
	CALL(player, vaAcquireBufferHandle, buffer, NULL);
	CALL(player, vaCreateImage, NULL, 64, 64, &image);
	CALL(player, vaCreateImage, &format, 64, 64, NULL);
	CALL(player, vaCreateImage, &format, -1, 64, &image);
	CALL(player, vaDeriveImage, PICK(SURFACE, r->b), NULL);
}

void play_missing(struct player *player, const struct record *r)
{
	switch (r->a % 3) {
	case 0:
		miss_in_configs(player, r);
		break;
	case 1:
		miss_in_surfaces(player, r);
		break;
	default:
		miss_in_pictures(player, r);
		break;
	}
}
