/* SPDX-License-Identifier: MIT
 *
 * The calls of VA-API that this driver offers, as libva makes them. What a call has to say is said at its end, when no lock is
 * held any more: the error callback is the player's, and may call back.
 */
#include "calls.h"

#include "acquire.h"
#include "buffer.h"
#include "config.h"
#include "context.h"
#include "export.h"
#include "image.h"
#include "messages.h"
#include "picture.h"
#include "surface.h"
#include "surface_picture.h"

#if VA_CHECK_VERSION(1, 21, 0)
#define SINCE_1_21(X) X
#else
#define SINCE_1_21(X)
#endif

/* The entry of libva's table, the function behind it, and the types of its arguments after the first. */
#define OFFERED(X1, X2, X3, X4, X5, X6, X7, X10)                                                          \
	X2(vaQueryConfigProfiles, config_query_profiles, VAProfile *, int *)                                  \
	X3(vaQueryConfigEntrypoints, config_query_entrypoints, VAProfile, VAEntrypoint *, int *)              \
	X4(vaGetConfigAttributes, config_get_attributes, VAProfile, VAEntrypoint, VAConfigAttrib *, int)      \
	X5(vaCreateConfig, config_create, VAProfile, VAEntrypoint, VAConfigAttrib *, int, VAConfigID *)       \
	X1(vaDestroyConfig, config_destroy, VAConfigID)                                                       \
	X5(vaQueryConfigAttributes, config_query_attributes, VAConfigID, VAProfile *, VAEntrypoint *,         \
	   VAConfigAttrib *, int *)                                                                           \
	X5(vaCreateSurfaces, surface_create, int, int, int, int, VASurfaceID *)                               \
	X7(vaCreateSurfaces2, surface_create2, unsigned int, unsigned int, unsigned int, VASurfaceID *,       \
	   unsigned int, VASurfaceAttrib *, unsigned int)                                                     \
	X2(vaDestroySurfaces, surface_destroy, VASurfaceID *, int)                                            \
	X3(vaQuerySurfaceAttributes, surface_query_attributes, VAConfigID, VASurfaceAttrib *, unsigned int *) \
	X7(vaCreateContext, context_create, VAConfigID, int, int, int, VASurfaceID *, int, VAContextID *)     \
	X1(vaDestroyContext, context_destroy, VAContextID)                                                    \
	X6(vaCreateBuffer, buffer_create, VAContextID, VABufferType, unsigned int, unsigned int, void *,      \
	   VABufferID *)                                                                                      \
	X2(vaBufferSetNumElements, buffer_set_elements, VABufferID, unsigned int)                             \
	X2(vaMapBuffer, buffer_map, VABufferID, void **)                                                      \
	SINCE_1_21(X3(vaMapBuffer2, buffer_map2, VABufferID, void **, uint32_t))                              \
	X1(vaUnmapBuffer, buffer_unmap, VABufferID)                                                           \
	X1(vaDestroyBuffer, buffer_destroy, VABufferID)                                                       \
	X4(vaBufferInfo, buffer_info, VABufferID, VABufferType *, unsigned int *, unsigned int *)             \
	X2(vaAcquireBufferHandle, buffer_acquire, VABufferID, VABufferInfo *)                                 \
	X1(vaReleaseBufferHandle, buffer_release, VABufferID)                                                 \
	X2(vaBeginPicture, picture_begin, VAContextID, VASurfaceID)                                           \
	X3(vaRenderPicture, picture_render, VAContextID, VABufferID *, int)                                   \
	X1(vaEndPicture, picture_end, VAContextID)                                                            \
	X1(vaSyncSurface, surface_sync, VASurfaceID)                                                          \
	X2(vaSyncSurface2, surface_sync2, VASurfaceID, uint64_t)                                              \
	X2(vaQuerySurfaceStatus, surface_query_status, VASurfaceID, VASurfaceStatus *)                        \
	X3(vaQuerySurfaceError, surface_query_error, VASurfaceID, VAStatus, void **)                          \
	X4(vaExportSurfaceHandle, surface_export, VASurfaceID, uint32_t, uint32_t, void *)                    \
	X2(vaQueryImageFormats, image_query_formats, VAImageFormat *, int *)                                  \
	X4(vaCreateImage, image_create, VAImageFormat *, int, int, VAImage *)                                 \
	X2(vaDeriveImage, image_derive, VASurfaceID, VAImage *)                                               \
	X1(vaDestroyImage, image_destroy, VAImageID)                                                          \
	X2(vaSetImagePalette, image_set_palette, VAImageID, unsigned char *)                                  \
	X6(vaGetImage, image_get, VASurfaceID, int, int, unsigned int, unsigned int, VAImageID)               \
	X10(vaPutImage, image_put, VASurfaceID, VAImageID, int, int, unsigned int, unsigned int, int, int,    \
	    unsigned int, unsigned int)

static VAStatus ended(VADriverContextP va, VAStatus status)
{
	messages_deliver(driver_of(va));
	return status;
}

#define CALL1(entry, function, A)                          \
	static VAStatus entry##_call(VADriverContextP va, A a) \
	{                                                      \
		return ended(va, function(va, a));                 \
	}
#define CALL2(entry, function, A, B)                            \
	static VAStatus entry##_call(VADriverContextP va, A a, B b) \
	{                                                           \
		return ended(va, function(va, a, b));                   \
	}
#define CALL3(entry, function, A, B, C)                              \
	static VAStatus entry##_call(VADriverContextP va, A a, B b, C c) \
	{                                                                \
		return ended(va, function(va, a, b, c));                     \
	}
#define CALL4(entry, function, A, B, C, D)                                \
	static VAStatus entry##_call(VADriverContextP va, A a, B b, C c, D d) \
	{                                                                     \
		return ended(va, function(va, a, b, c, d));                       \
	}
#define CALL5(entry, function, A, B, C, D, E)                                  \
	static VAStatus entry##_call(VADriverContextP va, A a, B b, C c, D d, E e) \
	{                                                                          \
		return ended(va, function(va, a, b, c, d, e));                         \
	}
#define CALL6(entry, function, A, B, C, D, E, F)                                    \
	static VAStatus entry##_call(VADriverContextP va, A a, B b, C c, D d, E e, F f) \
	{                                                                               \
		return ended(va, function(va, a, b, c, d, e, f));                           \
	}
#define CALL7(entry, function, A, B, C, D, E, F, G)                                      \
	static VAStatus entry##_call(VADriverContextP va, A a, B b, C c, D d, E e, F f, G g) \
	{                                                                                    \
		return ended(va, function(va, a, b, c, d, e, f, g));                             \
	}
#define CALL10(entry, function, A, B, C, D, E, F, G, H, I, J)                                           \
	static VAStatus entry##_call(VADriverContextP va, A a, B b, C c, D d, E e, F f, G g, H h, I i, J j) \
	{                                                                                                   \
		return ended(va, function(va, a, b, c, d, e, f, g, h, i, j));                                   \
	}
OFFERED(CALL1, CALL2, CALL3, CALL4, CALL5, CALL6, CALL7, CALL10)

void calls_fill(struct VADriverVTable *table)
{
#define FILL(entry, ...) table->entry = entry##_call;
	OFFERED(FILL, FILL, FILL, FILL, FILL, FILL, FILL, FILL)
}
