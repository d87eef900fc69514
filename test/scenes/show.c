/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <va/va_drm.h>
#include <va/va_drmcommon.h>

/* ---- display ----------------------------------------------------------------------------------- */

const char *screen_node = "/dev/dri/renderD128";

static void take_words(void *opaque, const char *words)
{
	struct screen *screen = opaque;

	if (atomic_fetch_add(&screen->bytes, (unsigned int)strlen(words)) == 0)
		snprintf(screen->first, sizeof(screen->first), "%s", words);
}

/* libva itself tells which file it loads; of what comes on the way to that, only the driver's words count. */
static void take_first_words(void *opaque, const char *words)
{
	if (!strstr(words, "VA-API version") && !strstr(words, "Trying to open") &&
	    !strstr(words, "Found init function") && !strstr(words, "va_openDriver() returns 0") &&
	    !strstr(words, "User environment variable requested driver"))
		take_words(opaque, words);
}

void screen_open(struct screen *screen)
{
	int major, minor;

	memset(screen, 0, sizeof(*screen));
	screen->node = open(screen_node, O_RDWR | O_CLOEXEC);
	CHECK(screen->node >= 0);
	screen->va = vaGetDisplayDRM(screen->node);
	CHECK(screen->va);
	vaSetErrorCallback(screen->va, take_words, screen);
	vaSetInfoCallback(screen->va, take_first_words, screen);
	CHECK_VA(vaInitialize(screen->va, &major, &minor));
	vaSetInfoCallback(screen->va, take_words, screen);
}

void screen_close(struct screen *screen)
{
	CHECK_VA(vaTerminate(screen->va));
	CHECK_STRING(screen->first, "");
	CHECK_EQUAL(screen->bytes, 0);
	close(screen->node);
}

void screen_said(struct screen *screen, const char *part)
{
	if (!strstr(screen->first, part) || strlen(screen->first) != screen->bytes)
		fprintf(stderr, "    said: %u bytes, first: %s", screen->bytes, screen->first);
	CHECK(strstr(screen->first, part));
	CHECK_EQUAL(screen->bytes, strlen(screen->first));
	screen->bytes = 0;
	screen->first[0] = 0;
}

void screen_said_again(struct screen *screen, const char *part, unsigned int times)
{
	while (times % 10 == 0)
		times /= 10;
	if (times == 1)
		screen_said(screen, part);
}

/* ---- surfaces ---------------------------------------------------------------------------------- */

enum { SURFACE_ATTRIBUTES = 4 };

static uint32_t fourcc_of(unsigned int depth)
{
	return depth > 8 ? VA_FOURCC_P010 : VA_FOURCC_NV12;
}

/* Returns a descriptor of the surface's memory. access: where the player has no way of its own. */
static int export_slot(struct show *show, const struct slot *slot, uint32_t access, size_t *size,
                       uint32_t *offsets, uint32_t *pitches)
{
	VADRMPRIMESurfaceDescriptor d;

	if (show->habits.access)
		access = show->habits.access;
	CHECK_VA(vaExportSurfaceHandle(show->screen->va, slot->id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
	                               access | VA_EXPORT_SURFACE_SEPARATE_LAYERS, &d));
	CHECK_EQUAL(d.num_objects, 1);
	CHECK_EQUAL(d.num_layers, 2);
	for (int i = 0; i < 2; i++) {
		offsets[i] = d.layers[i].offset[0];
		pitches[i] = d.layers[i].pitch[0];
	}
	*size = d.objects[0].size;
	CHECK(fcntl(d.objects[0].fd, F_GETFD) & FD_CLOEXEC);
	return d.objects[0].fd;
}

static void keep_export(struct show *show, struct slot *slot, uint32_t access)
{
	slot->fd = export_slot(show, slot, access, &slot->size, slot->offsets, slot->pitches);
	slot->exported = slot->frame;
	slot->map = mmap(NULL, slot->size, PROT_READ, MAP_SHARED, slot->fd, 0);
	CHECK(slot->map != MAP_FAILED);
}

static void drop_export(struct slot *slot)
{
	if (slot->fd < 0)
		return;
	munmap(slot->map, slot->size);
	close(slot->fd);
	slot->fd = -1;
}

/* What the player says of a surface, the pixel format that goes with the depth; returns how many attributes these are. */
static unsigned int surface_attributes(const struct habits *habits, unsigned int depth,
                                       VASurfaceAttrib attributes[SURFACE_ATTRIBUTES])
{
	static const VASurfaceAttrib format = {.type = VASurfaceAttribPixelFormat,
	                                       .flags = VA_SURFACE_ATTRIB_SETTABLE,
	                                       .value.type = VAGenericValueTypeInteger};
	const unsigned int count = habits->attributes ? habits->attribute_count : 1;

	CHECK(count <= SURFACE_ATTRIBUTES);
	memcpy(attributes, habits->attributes ? habits->attributes : &format, count * sizeof(*attributes));
	for (unsigned int i = 0; i < count; i++) {
		if (attributes[i].type == VASurfaceAttribPixelFormat)
			attributes[i].value.value.i = (int)fourcc_of(depth);
	}
	return count;
}

struct slot *show_add_slot(struct show *show, unsigned int width, unsigned int height, unsigned int depth)
{
	const struct habits *habits = &show->habits;
	VASurfaceAttrib attributes[SURFACE_ATTRIBUTES];
	const unsigned int count = surface_attributes(habits, depth, attributes);
	struct slot *slot = &show->slots[show->slot_count];

	CHECK(show->slot_count < SLOTS);
	*slot = (struct slot){.width = width, .height = height, .depth = depth, .fd = -1};
	CHECK_VA(vaCreateSurfaces(show->screen->va, depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420,
	                          width, height, &slot->id, 1, attributes, count));
	show->slot_count++;
	if (habits->sync_new)
		CHECK_VA(vaSyncSurface(show->screen->va, slot->id));
	if (show->look == LOOK_KEPT || show->look == LOOK_KEPT_SYNC)
		keep_export(show, slot, VA_EXPORT_SURFACE_READ_WRITE);
	return slot;
}

void show_add_slots(struct show *show, unsigned int count)
{
	const struct film_frame *first = &show->film->frames[show->film->pictures[0].frame];

	for (unsigned int i = 0; i < count; i++)
		show_add_slot(show, first->width, first->height, first->depth);
}

static bool is_free(const struct show *show, const struct slot *slot)
{
	return !slot->taken || (!slot->unseen && show->film->frames[slot->frame].last_use < show->position);
}

/* other: what is not free either, or NULL. */
static struct slot *slot_for(struct show *show, unsigned int number, const struct slot *other)
{
	const struct film_frame *frame = &show->film->frames[number];

	for (unsigned int i = 0; i < show->slot_count; i++) {
		if (show->slots[i].taken && show->slots[i].frame == number)
			return &show->slots[i];
	}
	for (unsigned int i = 0; i < show->slot_count; i++) {
		struct slot *slot = &show->slots[show->habits.last_first ? show->slot_count - 1 - i : i];

		if (slot != other && is_free(show, slot) && slot->width == frame->width - show->crop_width &&
		    slot->height == frame->height - show->crop_height && slot->depth == frame->depth)
			return slot;
	}
	return show_add_slot(show, frame->width - show->crop_width, frame->height - show->crop_height,
	                     frame->depth);
}

struct slot *show_slot(struct show *show)
{
	const struct film_picture *picture = &show->film->pictures[show->position];
	struct slot *slot = slot_for(show, picture->seen, NULL);

	show->reference = picture->seen == picture->frame ? slot : slot_for(show, picture->frame, slot);
	return slot;
}

/* ---- looking ----------------------------------------------------------------------------------- */

static void touch_memory(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags | DMA_BUF_SYNC_READ};

	while (ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync)) {
		CHECK(errno == EINTR || errno == EAGAIN);
	}
}

static void look_at_memory(const struct show *show, const struct slot *slot, int fd, const uint8_t *map,
                           const uint32_t *offsets, const uint32_t *pitches)
{
	touch_memory(fd, DMA_BUF_SYNC_START);
	CHECK(film_shows(show->film, slot->frame, slot->width, slot->height, map, offsets, pitches));
	touch_memory(fd, DMA_BUF_SYNC_END);
}

static void look_at_export(struct show *show, const struct slot *slot, bool sync)
{
	uint32_t offsets[2], pitches[2];
	size_t size;
	int fd = export_slot(show, slot, VA_EXPORT_SURFACE_READ_ONLY, &size, offsets, pitches);
	uint8_t *map;

	if (sync)
		CHECK_VA(vaSyncSurface(show->screen->va, slot->id));
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	look_at_memory(show, slot, fd, map, offsets, pitches);
	munmap(map, size);
	close(fd);
}

static void look_at_image(struct show *show, const struct slot *slot, bool derive)
{
	VADisplay va = show->screen->va;
	VAImageFormat format = {.fourcc = fourcc_of(slot->depth),
	                        .byte_order = VA_LSB_FIRST,
	                        .bits_per_pixel = slot->depth > 8 ? 24 : 12};
	VAImage image;
	void *data;

	if (derive) {
		CHECK_VA(vaSyncSurface(va, slot->id));
		CHECK_VA(vaDeriveImage(va, slot->id, &image));
	} else {
		CHECK_VA(vaCreateImage(va, &format, (int)slot->width, (int)slot->height, &image));
		CHECK_VA(vaGetImage(va, slot->id, 0, 0, slot->width, slot->height, image.image_id));
	}
	CHECK_EQUAL(image.format.fourcc, fourcc_of(slot->depth));
	CHECK_VA(vaMapBuffer(va, image.buf, &data));
	CHECK(film_shows(show->film, slot->frame, slot->width, slot->height, data, image.offsets, image.pitches));
	CHECK_VA(vaUnmapBuffer(va, image.buf));
	CHECK_VA(vaDestroyImage(va, image.image_id));
}

bool show_can_look(const struct show *show, const struct slot *slot)
{
	return slot->taken && show->film->frames[slot->frame].samples;
}

void show_look(struct show *show, struct slot *slot, enum look look)
{
	switch (look) {
	case LOOK_GET:
	case LOOK_DERIVE:
		look_at_image(show, slot, look == LOOK_DERIVE);
		break;
	case LOOK_EXPORT:
	case LOOK_FRESH:
		look_at_export(show, slot, look == LOOK_EXPORT);
		break;
	case LOOK_AWAY:
		break;
	case LOOK_STAYS:
		drop_export(slot);
		keep_export(show, slot, VA_EXPORT_SURFACE_READ_ONLY);
		CHECK_VA(vaSyncSurface(show->screen->va, slot->id));
		look_at_memory(show, slot, slot->fd, slot->map, slot->offsets, slot->pitches);
		break;
	default:
		if (look == LOOK_KEPT_SYNC)
			CHECK_VA(vaSyncSurface(show->screen->va, slot->id));
		look_at_memory(show, slot, slot->fd, slot->map, slot->offsets, slot->pitches);
	}
}

void show_check_kept(const struct show *show)
{
	for (unsigned int i = 0; i < show->slot_count; i++) {
		const struct slot *slot = &show->slots[i];

		/* with LOOK_STAYS nobody has waited yet for a frame that came to the surface since, and may be hidden */
		if (show_can_look(show, slot) && slot->fd >= 0 &&
		    (show->look != LOOK_STAYS || slot->exported == slot->frame))
			look_at_memory(show, slot, slot->fd, slot->map, slot->offsets, slot->pitches);
	}
}

static void look_at_first(struct show *show)
{
	struct slot *slot = show->queue[0];

	memmove(show->queue, show->queue + 1, --show->queued * sizeof(show->queue[0]));
	show_look(show, slot, show->look);
	slot->unseen = false;
	show->seen++;
}

void show_drain(struct show *show)
{
	while (show->queued)
		look_at_first(show);
}

/* ---- decoding ---------------------------------------------------------------------------------- */

/* Writes the surface that has the frame whose number is there, or what stands for none. */
static void name_surface(const struct show *show, uint8_t *place)
{
	const struct reader *reader = show->film->reader;
	VASurfaceID frame;

	memcpy(&frame, place, sizeof(frame));
	for (unsigned int i = 0; i < show->slot_count && frame != VA_INVALID_SURFACE; i++) {
		const struct slot *slot = &show->slots[i];

		if (!slot->taken || slot->frame != frame)
			continue;
		memcpy(place, &slot->id, sizeof(slot->id));
		return;
	}
	memcpy(place, reader->absent, reader->absent_size);
}

static VABufferID add_buffer(struct show *show, const struct film_buffer *buffer)
{
	uint8_t *bytes = malloc(buffer->size);
	VABufferID id;

	CHECK(bytes);
	memcpy(bytes, buffer->data, buffer->size);
	for (unsigned int i = 0; i < buffer->place_count; i++)
		name_surface(show, bytes + buffer->places[i]);
	CHECK_VA(vaCreateBuffer(show->screen->va, show->context, buffer->type, (unsigned int)buffer->size, 1,
	                        bytes, &id));
	free(bytes);
	return id;
}

/* VP8's quantizers come in such a buffer, too, and no player leaves them out. */
static bool is_left_out(const struct show *show, const struct film_buffer *buffer)
{
	return show->habits.no_matrix && buffer->type == VAIQMatrixBufferType &&
	       strcmp(show->film->reader->name, "vp8") != 0;
}

unsigned int show_buffers(struct show *show, const struct film_picture *picture, VABufferID *buffers)
{
	unsigned int count = 0;

	CHECK(picture->count <= SHOW_BUFFERS);
	for (unsigned int i = 0; i < picture->count; i++)
		if (!is_left_out(show, &picture->buffers[i]))
			buffers[count++] = add_buffer(show, &picture->buffers[i]);
	return count;
}

unsigned int show_parameters(const struct show *show, const struct film_picture *picture)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < picture->parameters; i++)
		count += !is_left_out(show, &picture->buffers[i]);
	return count;
}

void show_destroy_buffers(struct show *show, const VABufferID *buffers, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		CHECK_VA(vaDestroyBuffer(show->screen->va, buffers[i]));
}

VAStatus show_submit(struct show *show, const struct film_picture *picture, struct slot *slot)
{
	VABufferID buffers[SHOW_BUFFERS];
	VADisplay va = show->screen->va;
	const unsigned int parameters = show_parameters(show, picture);
	struct slot *begun = picture->seen == picture->frame ? slot : show->reference;
	unsigned int count;
	VAStatus status, ended;

	slot->taken = true;
	slot->frame = picture->seen;
	if (begun != slot) {
		begun->taken = true;
		begun->frame = picture->frame;
	}
	count = show_buffers(show, picture, buffers);
	status = vaBeginPicture(va, show->context, begun->id);
	if (!status)
		status =
			vaRenderPicture(va, show->context, buffers, (int)(show->habits.at_once ? count : parameters));
	if (!status && !show->habits.at_once)
		status = vaRenderPicture(va, show->context, buffers + parameters, (int)(count - parameters));
	ended = vaEndPicture(va, show->context);
	if (begun != slot && film_is_playable && strstr(show->screen->first, "adds no film grain"))
		skip_test("the decoder adds no film grain");
	show_destroy_buffers(show, buffers, count);
	return status ? status : ended;
}

bool show_step(struct show *show)
{
	const struct film_picture *picture = &show->film->pictures[show->position];
	struct slot *slot;

	if (show->position == show->film->count)
		return false;
	slot = show_slot(show);
	slot->unseen = !picture->hidden;
	CHECK_VA(show_submit(show, picture, slot));
	show->position++;
	if (picture->closes && !picture->hidden) {
		CHECK(show->queued < SLOTS);
		show->queue[show->queued++] = slot;
	}
	while (show->queued > show->keep)
		look_at_first(show);
	return true;
}

void show_seek(struct show *show, unsigned int key)
{
	CHECK(key == show->film->count || show->film->pictures[key].key);
	for (unsigned int i = 0; i < show->slot_count; i++)
		show->slots[i].taken = show->slots[i].unseen = false;
	show->queued = 0;
	show->position = key;
}

void show_play(struct show *show)
{
	while (show_step(show))
		;
	show_drain(show);
}

/* ---- life -------------------------------------------------------------------------------------- */

void show_prepare(struct show *show, struct screen *screen, const struct film *film, enum look look)
{
	*show = (struct show){.screen = screen, .film = film, .look = look};
}

static void create_config(struct show *show, VAProfile profile)
{
	VAConfigAttrib format = {.type = VAConfigAttribRTFormat, .value = VA_RT_FORMAT_YUV420};

	if (show->film->frames[show->film->pictures[0].frame].depth > 8)
		format.value = VA_RT_FORMAT_YUV420_10;
	CHECK_VA(vaCreateConfig(show->screen->va, profile, VAEntrypointVLD, &format,
	                        show->habits.bare_config ? 0 : 1, &show->config));
}

void show_create_config(struct show *show)
{
	create_config(show, show->film->profile);
}

void show_create_context(struct show *show, bool targets)
{
	const struct film_frame *first = &show->film->frames[show->film->pictures[0].frame];
	VASurfaceID ids[SLOTS];

	for (unsigned int i = 0; i < show->slot_count; i++)
		ids[i] = show->slots[i].id;
	CHECK_VA(vaCreateContext(show->screen->va, show->config, (int)first->width, (int)first->height,
	                         VA_PROGRESSIVE, targets ? ids : NULL, targets ? (int)show->slot_count : 0,
	                         &show->context));
}

void show_open_as(struct show *show, struct screen *screen, const struct film *film, enum look look,
                  VAProfile profile, unsigned int width, unsigned int height)
{
	show_prepare(show, screen, film, look);
	show->keep = look == LOOK_KEPT || look == LOOK_FRESH ? 0 : 4;
	create_config(show, profile);
	CHECK_VA(vaCreateContext(screen->va, show->config, (int)width, (int)height, VA_PROGRESSIVE, NULL, 0,
	                         &show->context));
}

void show_open(struct show *show, struct screen *screen, const struct film *film, enum look look)
{
	const struct film_frame *first = &film->frames[film->pictures[0].frame];

	show_open_as(show, screen, film, look, film->profile, first->width, first->height);
}

void show_destroy_context(struct show *show)
{
	CHECK_VA(vaDestroyContext(show->screen->va, show->context));
	CHECK_VA(vaDestroyConfig(show->screen->va, show->config));
}

void show_destroy_surfaces(struct show *show)
{
	for (unsigned int i = 0; i < show->slot_count; i++) {
		CHECK_VA(vaDestroySurfaces(show->screen->va, &show->slots[i].id, 1));
		drop_export(&show->slots[i]);
	}
	show->slot_count = 0;
}

void show_close(struct show *show)
{
	show_destroy_context(show);
	show_destroy_surfaces(show);
}
