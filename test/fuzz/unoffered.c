/* SPDX-License-Identifier: MIT
 *
 * The calls that the driver does not offer (glue-c/va/unoffered.c).
 */
#include <string.h>

#include "world.h"

#define PICK(kind, byte) world_pick(player->world, KIND_##kind, byte)

static void call_display(struct player *player)
{
	VADisplayAttribute attribute = {0};
	int count = 1;

	CALL(player, vaQueryDisplayAttributes, &attribute, &count);
	CALL(player, vaGetDisplayAttributes, &attribute, 1);
	CALL(player, vaSetDisplayAttributes, &attribute, 1);
}

static void call_subpictures(struct player *player, const struct record *r)
{
	VASurfaceID surface = PICK(SURFACE, r->b);
	VASubpictureID id = VA_INVALID_ID;
	VAImageFormat formats[8];
	unsigned int flags[8], count = 0;

	CALL(player, vaQuerySubpictureFormats, formats, flags, &count);
	CALL(player, vaCreateSubpicture, PICK(IMAGE, r->c), &id);
	CALL(player, vaSetSubpictureImage, id, PICK(IMAGE, r->c));
	CALL(player, vaSetSubpictureChromakey, id, 0u, 1u, 2u);
	CALL(player, vaSetSubpictureGlobalAlpha, id, 0.5f);
	CALL(player, vaAssociateSubpicture, id, &surface, 1, (short)0, (short)0, (unsigned short)16,
	     (unsigned short)16, (short)0, (short)0, (unsigned short)16, (unsigned short)16, 0u);
	CALL(player, vaDeassociateSubpicture, id, &surface, 1);
	CALL(player, vaDestroySubpicture, id);
}

static void call_others(struct player *player, const struct record *r)
{
	const VASurfaceID surface = PICK(SURFACE, r->b);
	VACopyObject object = {.obj_type = VACopyObjectSurface, .object.surface_id = surface};
	VAProcessingRateParameter rate;
	unsigned int numbers[8];
	VABufferID id;
	void *data;

	memset(&rate, 0, sizeof(rate));
	CALL(player, vaPutSurface, surface, NULL, (short)0, (short)0, (unsigned short)16, (unsigned short)16,
	     (short)0, (short)0, (unsigned short)16, (unsigned short)16, NULL, 0u, 0u);
	CALL(player, vaLockSurface, surface, &numbers[0], &numbers[1], &numbers[2], &numbers[3], &numbers[4],
	     &numbers[5], &numbers[6], &numbers[7], &data);
	CALL(player, vaUnlockSurface, surface);
	CALL(player, vaCreateBuffer2, PICK(CONTEXT, r->c), VASliceDataBufferType, 16u, 16u, &numbers[0],
	     &numbers[1], &id);
	CALL(player, vaQueryProcessingRate, PICK(CONFIG, r->c), &rate, &numbers[0]);
	CALL(player, vaSyncBuffer, PICK(BUFFER, r->c), (uint64_t)0);
	CALL(player, vaCopy, &object, &object, (VACopyOption){0});
}

/* A call of one of the two tables beside libva's first. */
#define CALL_OF(which, entry, ...) \
	(call_begins(#entry), call_ended(#entry, player->display->which.entry(&player->display->va, __VA_ARGS__)))

static void call_other_tables(struct player *player, const struct record *r)
{
	const VAContextID context = PICK(CONTEXT, r->c);
	VAProcFilterType filters[8];
	VAProcPipelineCaps caps;
	VAProtectedSessionID session;
	unsigned int count = 8;

	memset(&caps, 0, sizeof(caps));
	CALL_OF(vpp, vaQueryVideoProcFilters, context, filters, &count);
	CALL_OF(vpp, vaQueryVideoProcFilterCaps, context, VAProcFilterNone, NULL, &count);
	CALL_OF(vpp, vaQueryVideoProcPipelineCaps, context, NULL, 0u, &caps);
	CALL_OF(prot, vaCreateProtectedSession, PICK(CONFIG, r->b), &session);
	CALL_OF(prot, vaAttachProtectedSession, context, session);
	CALL_OF(prot, vaProtectedSessionExecute, session, PICK(BUFFER, r->b));
	CALL_OF(prot, vaDetachProtectedSession, context);
	CALL_OF(prot, vaDestroyProtectedSession, session);
}

void play_unoffered(struct player *player, const struct record *r)
{
	switch (r->a % 4) {
	case 0:
		call_display(player);
		break;
	case 1:
		call_subpictures(player, r);
		break;
	case 2:
		call_others(player, r);
		break;
	default:
		call_other_tables(player, r);
		break;
	}
}
