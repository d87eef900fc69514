/* SPDX-License-Identifier: MIT
 *
 * A record as a call. The player keeps to what va.h asks of it (room behind each pointer); everything else is at random.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clips.h"
#include "faults.h"
#include "lying/lies.h"
#include "world.h"

enum { MOST_MADE = 20, MOST_BYTES = 1 << 16 };

#define PICK(kind, byte) world_pick(player->world, KIND_##kind, byte)
#define KEEP(kind, byte, id) world_keep(player->world, KIND_##kind, byte, id)

/* A size: mostly the clip's, or near it; else what two bytes say, or what no decoder has. */
static unsigned int side(unsigned int usual, uint8_t how, uint8_t more)
{
	switch (how % 8) {
	case 0:
		return (unsigned int)(how / 8 * 16 + more % 16);
	case 1:
		return usual + (unsigned int)(int8_t)more;
	case 2:
		return more > 250 ? UINT32_MAX - more : (unsigned int)more << how / 8 % 12;
	default:
		return usual;
	}
}

/* ---- configs and questions --------------------------------------------------------------------- */

static VAProfile profile_of(const struct player *player, uint8_t byte)
{
	const struct reader_picture *picture = &player->clip->pictures[0];

	if (byte < 0xc0)
		return picture->profiles[byte % picture->profile_count];
	return byte < 0xf8 ? (VAProfile)(byte % 40 - 1) : (VAProfile)(int)((unsigned int)byte << byte % 24);
}

/* a: slot, b: profile, c: entrypoint, d: how many attributes, e to g: what they are. */
static void create_config(struct player *player, const struct record *r)
{
	VAConfigAttrib attributes[8];
	VAConfigID id = VA_INVALID_ID;
	int count = r->d % 9;

	attributes[0] = (VAConfigAttrib){VAConfigAttribRTFormat,
	                                 player->clip->depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420};
	for (int i = 1; i < 8; i++)
		attributes[i] = (VAConfigAttrib){(VAConfigAttribType)(r->e + i), (uint32_t)r->f << r->g % 24};
	if (r->g == 1)
		attributes[0].value = r->f;
	CALL(player, vaCreateConfig, profile_of(player, r->b),
	     r->c < 0xe0 ? VAEntrypointVLD : (VAEntrypoint)(r->c - 0xe0), attributes, count, &id);
	KEEP(CONFIG, r->a, id);
}

static void destroy_config(struct player *player, const struct record *r)
{
	CALL(player, vaDestroyConfig, PICK(CONFIG, r->a));
}

/* a: which, b: profile, c: config. */
static void ask(struct player *player, const struct record *r)
{
	VAProfile profiles[128], profile;
	VAEntrypoint entrypoints[32], entrypoint;
	VAConfigAttrib attributes[128];
	VASurfaceAttrib surface[128];
	VAImageFormat formats[64];
	unsigned int many = r->d;
	int count = 0;

	switch (r->a % 8) {
	case 0:
		CALL(player, vaQueryConfigProfiles, profiles, &count);
		break;
	case 1:
		CALL(player, vaQueryConfigEntrypoints, profile_of(player, r->b), entrypoints, &count);
		break;
	case 2:
		for (int i = 0; i < 128; i++)
			attributes[i].type = (VAConfigAttribType)i;
		CALL(player, vaGetConfigAttributes, profile_of(player, r->b),
		     r->c < 0xe0 ? VAEntrypointVLD : (VAEntrypoint)r->c, attributes, 128);
		break;
	case 3:
		CALL(player, vaQueryConfigAttributes, PICK(CONFIG, r->c), &profile, &entrypoint, attributes, &count);
		break;
	case 4:
		many = 128;
		CALL(player, vaQuerySurfaceAttributes, PICK(CONFIG, r->c), surface, &many);
		break;
	case 5: /* a list that may be too short, or none */
		many %= 16;
		CALL(player, vaQuerySurfaceAttributes, PICK(CONFIG, r->c), many % 2 ? surface : NULL, &many);
		break;
	default:
		CALL(player, vaQueryImageFormats, formats, &count);
		break;
	}
}

/* ---- surfaces ---------------------------------------------------------------------------------- */

static void keep_surfaces(struct player *player, uint8_t slot, const VASurfaceID *ids, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		KEEP(SURFACE, (uint8_t)(slot + i), ids[i]);
}

/* a: first slot, b: how many, c and d: width, e and f: height, g: format and attributes. */
static void create_surfaces(struct player *player, const struct record *r)
{
	static const unsigned int formats[] = {VA_RT_FORMAT_YUV420, VA_RT_FORMAT_YUV420_10, VA_RT_FORMAT_YUV422,
	                                       0x7fffffff};
	static const int fourccs[] = {VA_FOURCC_NV12, VA_FOURCC_P010, VA_FOURCC_I420, VA_FOURCC_BGRX};
	unsigned int format = player->clip->depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420;
	const unsigned int count = r->b % (MOST_MADE + 1);
	const unsigned int width = side(player->clip->width, r->c, r->d),
					   height = side(player->clip->height, r->e, r->f);
	VASurfaceID ids[MOST_MADE];
	VASurfaceAttrib attributes[3] = {
		{VASurfaceAttribPixelFormat,
	     VA_SURFACE_ATTRIB_SETTABLE,
	     {VAGenericValueTypeInteger, {.i = fourccs[r->g / 4 % 4]}}},
		{VASurfaceAttribUsageHint, VA_SURFACE_ATTRIB_SETTABLE, {VAGenericValueTypeInteger, {.i = r->g}}},
		{(VASurfaceAttribType)(r->g % 16), r->g / 16u, {(VAGenericValueType)(1 + r->g % 4), {.i = r->d}}},
	};

	if (r->g & 0x80)
		format = formats[r->g % 4];
	if (r->g % 8 == 1) {
		for (unsigned int i = 0; i < MOST_MADE; i++)
			ids[i] = VA_INVALID_SURFACE;
		CALL(player, vaCreateSurfaces, (int)width, (int)height, (int)format, (int)count, ids);
	} else {
		CALL(player, vaCreateSurfaces2, format, width, height, ids, count, attributes, r->g % 4);
	}
	keep_surfaces(player, r->a, ids, count);
}

/* a: first slot, b: whose memory, c and d: how it is described, e to g: what is wrong in that. */
static void import_surfaces(struct player *player, const struct record *r)
{
	VADRMPRIMESurfaceDescriptor prime;
	uintptr_t fds[4];
	VASurfaceAttribExternalBuffers buffers = {0};
	const bool second = r->c % 2;
	VASurfaceAttrib attributes[2] = {
		{VASurfaceAttribMemoryType,
	     VA_SURFACE_ATTRIB_SETTABLE,
	     {VAGenericValueTypeInteger,
	      {.i = second ? VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2 : VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME}}},
		{VASurfaceAttribExternalBufferDescriptor,
	     VA_SURFACE_ATTRIB_SETTABLE,
	     {VAGenericValueTypePointer, {.p = second ? (void *)&prime : (void *)&buffers}}},
	};
	VASurfaceID ids[4];
	const unsigned int count = 1 + r->d / 64u % 2;
	int fd;

	pthread_mutex_lock(&player->world->lock);
	prime = player->world->handles[r->b % HANDLES].descriptor;
	/* The player's own, so that another thread may close the one that is kept. */
	fd = player->world->handles[r->b % HANDLES].fd < 0 ? -1 : dup(player->world->handles[r->b % HANDLES].fd);
	pthread_mutex_unlock(&player->world->lock);
	prime.objects[0].fd = fd;
	buffers = (VASurfaceAttribExternalBuffers){
		.pixel_format = prime.fourcc,
		.width = prime.width,
		.height = prime.height,
		.data_size = prime.objects[0].size,
		.num_planes = prime.num_layers == 2 ? 2 : prime.layers[0].num_planes,
		.pitches = {prime.layers[0].pitch[0],
	                prime.num_layers == 2 ? prime.layers[1].pitch[0] : prime.layers[0].pitch[1]},
		.offsets = {prime.layers[0].offset[0],
	                prime.num_layers == 2 ? prime.layers[1].offset[0] : prime.layers[0].offset[1]},
		.buffers = fds,
		.num_buffers = count,
	};
	for (int i = 0; i < 4; i++)
		fds[i] = (uintptr_t)fd;
	if (r->d % 2) { /* a byte of the description */
		if (second)
			((uint8_t *)&prime)[word(r->e, r->f) % sizeof(prime)] ^= r->g;
		else
			((uint8_t *)&buffers)[word(r->e, r->f) % offsetof(VASurfaceAttribExternalBuffers, buffers)] ^=
				r->g;
	}
	CALL(player, vaCreateSurfaces2,
	     prime.fourcc == VA_FOURCC_P010 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420,
	     r->d % 4 == 2 ? prime.width + r->g : prime.width, prime.height, ids, count, attributes, 2);
	keep_surfaces(player, r->a, ids, count);
	if (fd >= 0)
		close(fd);
}

/* a: first slot, b: how many. */
static void destroy_surfaces(struct player *player, const struct record *r)
{
	VASurfaceID ids[MOST_MADE];
	const int count = r->b % (MOST_MADE + 1);

	for (int i = 0; i < count; i++)
		ids[i] = PICK(SURFACE, r->a < 0xf0 ? (uint8_t)((r->a + i) % SLOTS) : r->a);
	CALL(player, vaDestroySurfaces, ids, count);
}

/* ---- contexts and pictures --------------------------------------------------------------------- */

/* a: slot, b: config, c and d: width, e and f: height, g: how many targets. */
static void create_context(struct player *player, const struct record *r)
{
	VASurfaceID targets[MOST_MADE];
	VAContextID id = VA_INVALID_ID;
	const int count = r->g % (MOST_MADE + 1);

	for (int i = 0; i < count; i++)
		targets[i] = PICK(SURFACE, (uint8_t)i);
	CALL(player, vaCreateContext, PICK(CONFIG, r->b), (int)side(player->clip->width, r->c, r->d),
	     (int)side(player->clip->height, r->e, r->f), VA_PROGRESSIVE, targets, count, &id);
	KEEP(CONTEXT, r->a, id);
}

static void destroy_context(struct player *player, const struct record *r)
{
	CALL(player, vaDestroyContext, PICK(CONTEXT, r->a));
}

static void begin_picture(struct player *player, const struct record *r)
{
	CALL(player, vaBeginPicture, PICK(CONTEXT, r->a), PICK(SURFACE, r->b));
}

/* a: context, b: how many, c: first slot. */
static void render_picture(struct player *player, const struct record *r)
{
	VABufferID ids[SLOTS];
	const int count = r->b % (SLOTS + 1);

	for (int i = 0; i < count; i++)
		ids[i] = PICK(BUFFER, r->c < 0xf0 ? (uint8_t)((r->c + i) % SLOTS) : r->c);
	CALL(player, vaRenderPicture, PICK(CONTEXT, r->a), ids, r->d == 0xff ? -1 : count);
}

static void end_picture(struct player *player, const struct record *r)
{
	CALL(player, vaEndPicture, PICK(CONTEXT, r->a));
}

/* ---- buffers ----------------------------------------------------------------------------------- */

/* a: slot, b: context, c: type, d and e: bytes, f: elements, g: what is in it. */
static void create_buffer(struct player *player, const struct record *r)
{
	const struct reader_picture *picture = &player->clip->pictures[r->g % player->clip->count];
	unsigned int size = word(r->d, r->e), count = r->f;
	VABufferType type = (VABufferType)(r->c % 64);
	VABufferID id = VA_INVALID_ID;
	uint8_t *data = NULL;

	if (r->c >= 0x80 && picture->count) { /* one of the clip's, of another picture maybe */
		const struct reader_buffer *buffer = &picture->buffers[r->c % picture->count];

		CALL(player, vaCreateBuffer, PICK(CONTEXT, r->b), buffer->type, (unsigned int)buffer->size, 1u,
		     (void *)(uintptr_t)buffer->data, &id);
		KEEP(BUFFER, r->a, id);
		return;
	}
	if (r->f == 0xff) /* more than anybody needs, and more than 32 bits hold */
		size = count = (unsigned int)r->d << 24 | r->e;
	if (r->g % 2 && (uint64_t)size * count <= MOST_BYTES)
		data = malloc((size_t)size * count + 1);
	if (data)
		memset(data, r->g, (size_t)size * count);
	CALL(player, vaCreateBuffer, PICK(CONTEXT, r->b), type, size, count, data, &id);
	free(data);
	KEEP(BUFFER, r->a, id);
}

static void set_elements(struct player *player, const struct record *r)
{
	CALL(player, vaBufferSetNumElements, PICK(BUFFER, r->a), r->c == 0xff ? UINT32_MAX - r->b : r->b);
}

/* What was mapped can be read and written to its end. */
static void touch(struct player *player, VABufferID id, uint8_t *data, uint8_t value)
{
	VABufferType type;
	unsigned int size = 0, count = 0;
	volatile uint8_t sum = 0;

	/* Elsewhere another thread may destroy it, or read it. */
	if (player->world->threads > 1 || !data ||
	    CALL(player, vaBufferInfo, id, &type, &size, &count) != VA_STATUS_SUCCESS || !size || !count)
		return;
	for (size_t i = 0; i < (size_t)size * count; i += 61)
		sum = (uint8_t)(sum + data[i]);
	data[0] = value;
	data[(size_t)size * count - 1] = value;
}

/* a: buffer, b: how, c: whether it stays mapped. */
static void map_buffer(struct player *player, const struct record *r)
{
	const VABufferID id = PICK(BUFFER, r->a);
	void *data = NULL;
	VAStatus status;

#if VA_CHECK_VERSION(1, 21, 0)
	if (r->b % 4)
		status = CALL(player, vaMapBuffer2, id, &data, r->b % 4u);
	else
#endif
		status = CALL(player, vaMapBuffer, id, &data);
	if (status != VA_STATUS_SUCCESS)
		return;
	touch(player, id, data, r->d);
	if (r->c % 2 == 0)
		CALL(player, vaUnmapBuffer, id);
}

static void unmap_buffer(struct player *player, const struct record *r)
{
	CALL(player, vaUnmapBuffer, PICK(BUFFER, r->a));
}

static void destroy_buffer(struct player *player, const struct record *r)
{
	CALL(player, vaDestroyBuffer, PICK(BUFFER, r->a));
}

static void buffer_info(struct player *player, const struct record *r)
{
	VABufferType type;
	unsigned int size, count;

	CALL(player, vaBufferInfo, PICK(BUFFER, r->a), &type, &size, &count);
}

static const uint32_t memory_types[] = {
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
	VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2 | VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME,
	VA_SURFACE_ATTRIB_MEM_TYPE_VA,
	VA_SURFACE_ATTRIB_MEM_TYPE_KERNEL_DRM,
	0,
	0x08000000, /* DRM_PRIME_3, which libva 2.17 has no name for */
	UINT32_MAX,
};

/* a: buffer, b: memory type. */
static void acquire_buffer(struct player *player, const struct record *r)
{
	VABufferInfo info = {.mem_type = memory_types[r->b % 8]};

	CALL(player, vaAcquireBufferHandle, PICK(BUFFER, r->a), &info);
}

static void release_buffer(struct player *player, const struct record *r)
{
	CALL(player, vaReleaseBufferHandle, PICK(BUFFER, r->a));
}

/* ---- what became of pictures -------------------------------------------------------------------- */

static void sync_surface(struct player *player, const struct record *r)
{
	CALL(player, vaSyncSurface, PICK(SURFACE, r->a));
}

static void sync_surface2(struct player *player, const struct record *r)
{
	static const uint64_t longest[] = {
		0, 1, 1000, 1000000, 20000000, VA_TIMEOUT_INFINITE, VA_TIMEOUT_INFINITE - 1, INT64_MAX};

	CALL(player, vaSyncSurface2, PICK(SURFACE, r->a), longest[r->b % 8]);
}

static void query_status(struct player *player, const struct record *r)
{
	VASurfaceStatus status;

	CALL(player, vaQuerySurfaceStatus, PICK(SURFACE, r->a), &status);
}

static void query_error(struct player *player, const struct record *r)
{
	VASurfaceDecodeMBErrors *errors = NULL;

	if (CALL(player, vaQuerySurfaceError, PICK(SURFACE, r->a),
	         r->b % 4 ? VA_STATUS_ERROR_DECODING_ERROR : r->b, (void **)&errors) != VA_STATUS_SUCCESS ||
	    player->world->threads > 1)
		return;
	for (int i = 0; errors[i].status != -1; i++) {
		if (i == 1)
			finding("vaQuerySurfaceError: the list has no end");
	}
}

/* a: surface, b: memory type, c: flags, d: where the descriptor is kept. */
static void export_surface(struct player *player, const struct record *r)
{
	VADRMPRIMESurfaceDescriptor descriptor = {0};
	struct world *world = player->world;
	void *map;
	int old;

	if (CALL(player, vaExportSurfaceHandle, PICK(SURFACE, r->a), memory_types[r->b < 0xc0 ? 0 : r->b % 8],
	         r->c < 0xf0 ? r->c % 16u : (uint32_t)r->c << 8, &descriptor) != VA_STATUS_SUCCESS)
		return;
	map = mmap(NULL, descriptor.objects[0].size, PROT_READ, MAP_SHARED, descriptor.objects[0].fd, 0);
	if (map != MAP_FAILED)
		munmap(map, descriptor.objects[0].size);
	pthread_mutex_lock(&world->lock);
	old = world->handles[r->d % HANDLES].fd;
	world->handles[r->d % HANDLES].fd = descriptor.objects[0].fd;
	world->handles[r->d % HANDLES].descriptor = descriptor;
	pthread_mutex_unlock(&world->lock);
	if (old >= 0)
		close(old);
}

/* ---- images ------------------------------------------------------------------------------------ */

static void keep_image(struct player *player, uint8_t slot, const VAImage *image)
{
	KEEP(IMAGE, slot, image->image_id);
	KEEP(BUFFER, slot, image->buf);
}

/* a: slot, b: format, c and d: width, e and f: height. */
static void create_image(struct player *player, const struct record *r)
{
	static const uint32_t fourccs[] = {
		VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12, VA_FOURCC_P010, VA_FOURCC_BGRA, VA_FOURCC_YUY2, 0,
		UINT32_MAX};
	VAImageFormat format = {.fourcc = player->clip->depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12};
	VAImage image;

	if (r->b >= 0x80)
		format.fourcc = fourccs[r->b % 8];
	CALL(player, vaCreateImage, &format, (int)side(player->clip->width, r->c, r->d),
	     (int)side(player->clip->height, r->e, r->f), &image);
	keep_image(player, r->a, &image);
}

static void derive_image(struct player *player, const struct record *r)
{
	VAImage image;

	if (CALL(player, vaDeriveImage, PICK(SURFACE, r->b), &image) == VA_STATUS_SUCCESS)
		keep_image(player, r->a, &image);
}

static void destroy_image(struct player *player, const struct record *r)
{
	CALL(player, vaDestroyImage, PICK(IMAGE, r->a));
}

static void set_palette(struct player *player, const struct record *r)
{
	uint8_t palette[1024] = {0};

	CALL(player, vaSetImagePalette, PICK(IMAGE, r->a), palette);
}

/* How much of a picture: all, or what a byte says. */
static unsigned int part(unsigned int all, uint8_t byte)
{
	return byte < 0x80 ? all : byte < 0xf8 ? byte - 0x80u : UINT32_MAX - (byte - 0xf8u);
}

static int place(uint8_t byte)
{
	return byte < 0x80 ? 0 : (int8_t)byte + 64;
}

/* What an image holds is the player's, so two of its threads must not fill one at once. */
static pthread_mutex_t *contents_of(struct player *player, VAImageID image)
{
	return &player->world->contents[image % SLOTS];
}

/* a: surface, b: image, c and d: where, e and f: how much. */
static void get_image(struct player *player, const struct record *r)
{
	const VAImageID image = PICK(IMAGE, r->b);

	pthread_mutex_lock(contents_of(player, image));
	CALL(player, vaGetImage, PICK(SURFACE, r->a), place(r->c), place(r->d), part(player->clip->width, r->e),
	     part(player->clip->height, r->f), image);
	pthread_mutex_unlock(contents_of(player, image));
}

/* a: surface, b: image, c and d: from and to, e and f: how much, g: the same or another size there. */
static void put_image(struct player *player, const struct record *r)
{
	const unsigned int width = part(player->clip->width, r->e), height = part(player->clip->height, r->f);
	const VAImageID image = PICK(IMAGE, r->b);

	pthread_mutex_lock(contents_of(player, image));
	CALL(player, vaPutImage, PICK(SURFACE, r->a), image, place(r->c), place(r->d), width, height, place(r->d),
	     place(r->c), r->g < 0xf0 ? width : r->g, height);
	pthread_mutex_unlock(contents_of(player, image));
}

/* ---- what is no call ----------------------------------------------------------------------------- */

static void add_patch(struct player *player, const struct record *r)
{
	if (player->patch_count < PATCHES)
		player->patches[player->patch_count++] = *r;
}

/* a and b: which, c: from which picture on. */
static void choose_clip(struct player *player, const struct record *r)
{
	player->clip = clip_at((uint16_t)word(r->a, r->b));
	player->position = r->c;
}

/* The ids of the one are foreign to the other. */
static void choose_display(struct player *player, const struct record *r)
{
	/* Threads find the displays open, or leave them alone. */
	struct display *display = &player->world->displays[r->a % DISPLAYS];

	if (display->open || (player->world->threads == 1 && world_open(display)))
		player->display = display;
}

static void add_fault(struct player *player, const struct record *r)
{
	(void)player;
	faults_add(r->a, r->b, r->c);
}

static void fail_allocation(struct player *player, const struct record *r)
{
	(void)player;
	faults_allocation(r->a, r->b);
}

static void arm_lie(struct player *player, const struct record *r)
{
	(void)player;
	if (lying)
		lies_arm(r->a, r->b, word(r->c, r->d), (uint32_t)(int8_t)r->e << r->f % 32);
}

static void terminate(struct player *player, const struct record *r)
{
	(void)r;
	if (player->world->threads > 1)
		return;
	world_close(player->display);
	world_open(player->display);
}

void play_record(struct player *player, const struct record *record)
{
	static void (*const plays[OPS])(struct player *, const struct record *) = {
		[OP_PICTURE] = play_picture,
		[OP_PATCH] = add_patch,
		[OP_CLIP] = choose_clip,
		[OP_DISPLAY] = choose_display,
		[OP_CONFIG] = create_config,
		[OP_CONFIG_DESTROY] = destroy_config,
		[OP_QUESTIONS] = ask,
		[OP_SURFACES] = create_surfaces,
		[OP_SURFACES_IMPORT] = import_surfaces,
		[OP_SURFACES_DESTROY] = destroy_surfaces,
		[OP_CONTEXT] = create_context,
		[OP_CONTEXT_DESTROY] = destroy_context,
		[OP_BEGIN] = begin_picture,
		[OP_RENDER] = render_picture,
		[OP_END] = end_picture,
		[OP_BUFFER] = create_buffer,
		[OP_BUFFER_ELEMENTS] = set_elements,
		[OP_BUFFER_MAP] = map_buffer,
		[OP_BUFFER_UNMAP] = unmap_buffer,
		[OP_BUFFER_DESTROY] = destroy_buffer,
		[OP_BUFFER_INFO] = buffer_info,
		[OP_BUFFER_ACQUIRE] = acquire_buffer,
		[OP_BUFFER_RELEASE] = release_buffer,
		[OP_SYNC] = sync_surface,
		[OP_SYNC2] = sync_surface2,
		[OP_STATUS] = query_status,
		[OP_ERROR] = query_error,
		[OP_EXPORT] = export_surface,
		[OP_IMAGE] = create_image,
		[OP_IMAGE_DERIVE] = derive_image,
		[OP_IMAGE_DESTROY] = destroy_image,
		[OP_IMAGE_PALETTE] = set_palette,
		[OP_IMAGE_GET] = get_image,
		[OP_IMAGE_PUT] = put_image,
		[OP_UNOFFERED] = play_unoffered,
		[OP_FAULT] = add_fault,
		[OP_ALLOCATION] = fail_allocation,
		[OP_LIE] = arm_lie,
		[OP_TERMINATE] = terminate,
		[OP_MISSING] = play_missing,
	};

	if (player->display->open)
		plays[record->op % OPS](player, record);
}

void *play_records(void *argument)
{
	struct player *player = argument;

	for (unsigned int i = 0; i < player->count; i++) {
		const struct record *record = &player->records[i];

		if (tracing)
			fprintf(stderr, "  %u: op %u, %02x %02x %02x %02x %02x %02x %02x\n", i, record->op % OPS,
			        record->a, record->b, record->c, record->d, record->e, record->f, record->g);
		play_record(player, record);
	}
	faults_end_allocations();
	return NULL;
}
