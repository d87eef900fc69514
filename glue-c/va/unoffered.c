/* SPDX-License-Identifier: MIT
 *
 * Entries that libva insists on, or calls without looking (VPP, protected sessions), and that this driver does not
 * offer: subpictures, display attributes, output to a window, old ways to get at memory.
 */
#include "unoffered.h"

/* These two lean on va.h being there. */
#include <va/va_backend_prot.h>
#include <va/va_backend_vpp.h>

#define UNUSED __attribute__((unused))

static VAStatus query_subpicture_formats(UNUSED VADriverContextP va, UNUSED VAImageFormat *formats,
                                         UNUSED unsigned int *flags, unsigned int *count)
{
	if (count)
		*count = 0;
	return VA_STATUS_SUCCESS;
}

static VAStatus create_subpicture(UNUSED VADriverContextP va, UNUSED VAImageID image, VASubpictureID *id)
{
	if (id)
		*id = VA_INVALID_ID;
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus destroy_subpicture(UNUSED VADriverContextP va, UNUSED VASubpictureID id)
{
	return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

static VAStatus set_subpicture_image(UNUSED VADriverContextP va, UNUSED VASubpictureID id,
                                     UNUSED VAImageID image)
{
	return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

static VAStatus set_subpicture_chromakey(UNUSED VADriverContextP va, UNUSED VASubpictureID id,
                                         UNUSED unsigned int minimum, UNUSED unsigned int maximum,
                                         UNUSED unsigned int mask)
{
	return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

static VAStatus set_subpicture_alpha(UNUSED VADriverContextP va, UNUSED VASubpictureID id, UNUSED float alpha)
{
	return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

static VAStatus associate_subpicture(UNUSED VADriverContextP va, UNUSED VASubpictureID id,
                                     UNUSED VASurfaceID *surfaces, UNUSED int count, UNUSED short from_x,
                                     UNUSED short from_y, UNUSED unsigned short from_width,
                                     UNUSED unsigned short from_height, UNUSED short to_x, UNUSED short to_y,
                                     UNUSED unsigned short to_width, UNUSED unsigned short to_height,
                                     UNUSED unsigned int flags)
{
	return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

static VAStatus deassociate_subpicture(UNUSED VADriverContextP va, UNUSED VASubpictureID id,
                                       UNUSED VASurfaceID *surfaces, UNUSED int count)
{
	return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

static VAStatus query_display_attributes(UNUSED VADriverContextP va, UNUSED VADisplayAttribute *attributes,
                                         int *count)
{
	if (count)
		*count = 0;
	return VA_STATUS_SUCCESS;
}

static VAStatus get_display_attributes(UNUSED VADriverContextP va, UNUSED VADisplayAttribute *attributes,
                                       UNUSED int count)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus set_display_attributes(UNUSED VADriverContextP va, UNUSED VADisplayAttribute *attributes,
                                       UNUSED int count)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus put_surface(UNUSED VADriverContextP va, UNUSED VASurfaceID surface, UNUSED void *draw,
                            UNUSED short from_x, UNUSED short from_y, UNUSED unsigned short from_width,
                            UNUSED unsigned short from_height, UNUSED short to_x, UNUSED short to_y,
                            UNUSED unsigned short to_width, UNUSED unsigned short to_height,
                            UNUSED VARectangle *clips, UNUSED unsigned int clip_count,
                            UNUSED unsigned int flags)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus lock_surface(UNUSED VADriverContextP va, UNUSED VASurfaceID surface,
                             UNUSED unsigned int *fourcc, UNUSED unsigned int *luma_stride,
                             UNUSED unsigned int *u_stride, UNUSED unsigned int *v_stride,
                             UNUSED unsigned int *luma_offset, UNUSED unsigned int *u_offset,
                             UNUSED unsigned int *v_offset, UNUSED unsigned int *name, UNUSED void **data)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus unlock_surface(UNUSED VADriverContextP va, UNUSED VASurfaceID surface)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

/* ffmpeg falls back to vaExportSurfaceHandle's elder only on this very answer. */
static VAStatus create_buffer2(UNUSED VADriverContextP va, UNUSED VAContextID context,
                               UNUSED VABufferType type, UNUSED unsigned int width,
                               UNUSED unsigned int height, UNUSED unsigned int *unit_size,
                               UNUSED unsigned int *pitch, VABufferID *id)
{
	if (id)
		*id = VA_INVALID_ID;
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus query_processing_rate(UNUSED VADriverContextP va, UNUSED VAConfigID config,
                                      UNUSED VAProcessingRateParameter *parameter, UNUSED unsigned int *rate)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus sync_buffer(UNUSED VADriverContextP va, UNUSED VABufferID id, UNUSED uint64_t timeout)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus copy(UNUSED VADriverContextP va, UNUSED VACopyObject *to, UNUSED VACopyObject *from,
                     UNUSED VACopyOption option)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus query_filters(UNUSED VADriverContextP va, UNUSED VAContextID context,
                              UNUSED VAProcFilterType *filters, UNUSED unsigned int *count)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus query_filter_caps(UNUSED VADriverContextP va, UNUSED VAContextID context,
                                  UNUSED VAProcFilterType type, UNUSED void *caps, UNUSED unsigned int *count)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus query_pipeline_caps(UNUSED VADriverContextP va, UNUSED VAContextID context,
                                    UNUSED VABufferID *filters, UNUSED unsigned int count,
                                    UNUSED VAProcPipelineCaps *caps)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus create_session(UNUSED VADriverContextP va, UNUSED VAConfigID config, VAProtectedSessionID *id)
{
	if (id)
		*id = VA_INVALID_ID;
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus destroy_session(UNUSED VADriverContextP va, UNUSED VAProtectedSessionID id)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus attach_session(UNUSED VADriverContextP va, UNUSED VAContextID context,
                               UNUSED VAProtectedSessionID id)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus detach_session(UNUSED VADriverContextP va, UNUSED VAContextID context)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static VAStatus execute_session(UNUSED VADriverContextP va, UNUSED VAProtectedSessionID id,
                                UNUSED VABufferID buffer)
{
	return VA_STATUS_ERROR_UNIMPLEMENTED;
}

static void fill_vpp(struct VADriverVTableVPP *vtable)
{
	vtable->version = VA_DRIVER_VTABLE_VPP_VERSION;
	vtable->vaQueryVideoProcFilters = query_filters;
	vtable->vaQueryVideoProcFilterCaps = query_filter_caps;
	vtable->vaQueryVideoProcPipelineCaps = query_pipeline_caps;
}

static void fill_protected(struct VADriverVTableProt *vtable)
{
	vtable->version = VA_DRIVER_VTABLE_PROT_VERSION;
	vtable->vaCreateProtectedSession = create_session;
	vtable->vaDestroyProtectedSession = destroy_session;
	vtable->vaAttachProtectedSession = attach_session;
	vtable->vaDetachProtectedSession = detach_session;
	vtable->vaProtectedSessionExecute = execute_session;
}

void unoffered_fill(VADriverContextP va)
{
	struct VADriverVTable *vtable = va->vtable;

	vtable->vaQuerySubpictureFormats = query_subpicture_formats;
	vtable->vaCreateSubpicture = create_subpicture;
	vtable->vaDestroySubpicture = destroy_subpicture;
	vtable->vaSetSubpictureImage = set_subpicture_image;
	vtable->vaSetSubpictureChromakey = set_subpicture_chromakey;
	vtable->vaSetSubpictureGlobalAlpha = set_subpicture_alpha;
	vtable->vaAssociateSubpicture = associate_subpicture;
	vtable->vaDeassociateSubpicture = deassociate_subpicture;
	vtable->vaQueryDisplayAttributes = query_display_attributes;
	vtable->vaGetDisplayAttributes = get_display_attributes;
	vtable->vaSetDisplayAttributes = set_display_attributes;
	vtable->vaPutSurface = put_surface;
	vtable->vaLockSurface = lock_surface;
	vtable->vaUnlockSurface = unlock_surface;
	vtable->vaCreateBuffer2 = create_buffer2;
	vtable->vaQueryProcessingRate = query_processing_rate;
	vtable->vaSyncBuffer = sync_buffer;
	vtable->vaCopy = copy;
	if (va->vtable_vpp)
		fill_vpp(va->vtable_vpp);
	if (va->vtable_prot)
		fill_protected(va->vtable_prot);
}
