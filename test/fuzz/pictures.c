/* SPDX-License-Identifier: MIT
 *
 * Pictures of real streams, as players send them, with something wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "clips.h"
#include "world.h"

enum { MOST_BUFFERS = 96, LONGER = 4096 };

struct sent {
	VABufferType type;
	uint8_t *data;
	size_t size;
	unsigned int elements;
	VABufferID id;
};

struct picture {
	struct sent sent[MOST_BUFFERS];
	unsigned int count;
};

/* Bits of a PICTURE record. */
enum {
	NO_BEGIN = 1,
	NO_END = 2,
	AT_ONCE = 4,    /* all buffers in one vaRenderPicture */
	MAPPED = 8,     /* filled through vaMapBuffer */
	KEPT = 16,      /* the buffers are not destroyed */
	AGAIN = 32,     /* the clip's position stays */
	WAITED = 64,    /* vaSyncSurface follows */
	DESTROYED = 128 /* before vaEndPicture */
};

/* In which slot a frame's surface is. */
static uint8_t slot_of(const struct record *record, uint32_t frame)
{
	const unsigned int pool = record->d % SLOTS + 1;

	return (uint8_t)((frame + record->b) % pool % SLOTS);
}

static bool copy_buffers(struct picture *sent, const struct reader_picture *from, struct world *world,
                         const struct record *record)
{
	for (sent->count = 0; sent->count < from->count && sent->count < MOST_BUFFERS - 1; sent->count++) {
		const struct reader_buffer *buffer = &from->buffers[sent->count];
		struct sent *to = &sent->sent[sent->count];

		*to = (struct sent){buffer->type, malloc(buffer->size + LONGER), buffer->size, 1, VA_INVALID_ID};
		if (!to->data)
			return false;
		memcpy(to->data, buffer->data, buffer->size);
		memset(to->data + buffer->size, 0, LONGER);
		for (unsigned int i = 0; i < buffer->place_count; i++) {
			uint32_t frame;

			memcpy(&frame, to->data + buffer->places[i], sizeof(frame));
			if (frame != VA_INVALID_SURFACE)
				frame = world_pick(world, KIND_SURFACE, slot_of(record, frame));
			memcpy(to->data + buffer->places[i], &frame, sizeof(frame));
		}
	}
	return true;
}

/* ---- what is wrong ----------------------------------------------------------------------------- */

enum change {
	CHANGE_FLIP,
	CHANGE_BYTE,
	CHANGE_HALF,
	CHANGE_WORD,
	CHANGE_CUT,
	CHANGE_GROW,
	CHANGE_DROP,
	CHANGE_DOUBLE,
	CHANGE_SWAP,
	CHANGE_TYPE,
	CHANGE_ELEMENTS,
	CHANGE_OUTGROW,
	CHANGES
};

static void put(struct sent *to, size_t offset, uint32_t value, size_t size)
{
	if (offset + size <= to->size)
		memcpy(to->data + offset, &value, size);
}

/* Beyond the device's buffers: by so many times 1024 zeros. */
static void outgrow(struct sent *to, uint8_t times)
{
	const size_t more = (size_t)times << 10;
	uint8_t *data = to->elements == 1 ? realloc(to->data, to->size + more + LONGER) : NULL;

	if (!data)
		return;
	memset(data + to->size, 0, more + LONGER);
	to->data = data;
	to->size += more;
	to->elements = 0; /* no more of it */
}

static void drop(struct picture *picture, unsigned int at)
{
	free(picture->sent[at].data);
	memmove(&picture->sent[at], &picture->sent[at + 1], (--picture->count - at) * sizeof(picture->sent[0]));
}

static void double_buffer(struct picture *picture, unsigned int at)
{
	struct sent *to = &picture->sent[picture->count];

	if (picture->count == MOST_BUFFERS)
		return;
	*to = picture->sent[at];
	to->data = malloc(to->size + LONGER);
	if (!to->data)
		return;
	memcpy(to->data, picture->sent[at].data, to->size);
	picture->count++;
}

/* a: which buffer, b and c: where in it, d: how, e to g: what. */
static void patch(struct picture *picture, const struct record *record)
{
	/* Numbers near 0 and near -1, at any place of a word, are what limits are about. */
	const int32_t number = (int8_t)record->e;
	const uint32_t value = ((uint32_t)number << record->f % 32) + record->g;
	struct sent *to, other;
	size_t offset;
	unsigned int at;

	if (!picture->count)
		return;
	at = record->a % picture->count;
	to = &picture->sent[at];
	offset = word(record->b, record->c) % (to->size ? to->size : 1);
	switch (record->d % CHANGES) {
	case CHANGE_FLIP:
		if (offset < to->size)
			to->data[offset] ^= record->e ? record->e : 1;
		break;
	case CHANGE_BYTE:
		put(to, offset, value, 1);
		break;
	case CHANGE_HALF:
		put(to, offset & ~(size_t)1, value, 2);
		break;
	case CHANGE_WORD:
		put(to, offset & ~(size_t)3, value, 4);
		break;
	case CHANGE_CUT:
		to->size = offset;
		break;
	case CHANGE_GROW:
		if (picture->sent[at].elements == 1)
			to->size += word(record->e, record->f) % LONGER;
		to->elements = 0; /* no more of it */
		break;
	case CHANGE_DROP:
		drop(picture, at);
		break;
	case CHANGE_DOUBLE:
		double_buffer(picture, at);
		break;
	case CHANGE_SWAP:
		other = *to;
		*to = picture->sent[(at + 1) % picture->count];
		picture->sent[(at + 1) % picture->count] = other;
		break;
	case CHANGE_TYPE:
		to->type = (VABufferType)(record->e % 64);
		break;
	case CHANGE_ELEMENTS:
		to->elements = 1 + record->e % 8;
		break;
	case CHANGE_OUTGROW:
		outgrow(to, record->e);
		break;
	}
}

/* ---- sending ----------------------------------------------------------------------------------- */

static void create(struct player *player, VAContextID context, struct sent *buffer, bool mapped)
{
	const unsigned int elements = buffer->elements ? buffer->elements : 1;
	const unsigned int size = (unsigned int)buffer->size / elements;
	void *data = NULL;

	CALL(player, vaCreateBuffer, context, buffer->type, size, elements, mapped ? NULL : buffer->data,
	     &buffer->id);
	if (!mapped || buffer->id == VA_INVALID_ID)
		return;
	if (CALL(player, vaMapBuffer, buffer->id, &data) == VA_STATUS_SUCCESS)
		memcpy(data, buffer->data, (size_t)size * elements);
	CALL(player, vaUnmapBuffer, buffer->id);
}

static void destroy(struct player *player, const struct picture *picture)
{
	for (unsigned int i = 0; i < picture->count; i++)
		CALL(player, vaDestroyBuffer, picture->sent[i].id);
}

/* a: context, b: which frame is in which slot, c: how, d: how many slots are in turn. */
void play_picture(struct player *player, const struct record *record)
{
	const struct clip *clip = player->clip;
	const struct reader_picture *from = &clip->pictures[player->position % clip->count];
	const VAContextID context = world_pick(player->world, KIND_CONTEXT, record->a);
	const VASurfaceID target = world_pick(player->world, KIND_SURFACE, slot_of(record, from->frame));
	struct picture *picture = calloc(1, sizeof(*picture));
	VABufferID ids[MOST_BUFFERS];
	bool whole = picture && copy_buffers(picture, from, player->world, record);

	for (unsigned int i = 0; whole && i < player->patch_count; i++)
		patch(picture, &player->patches[i]);
	player->patch_count = 0;
	if (!(record->c & AGAIN))
		player->position++;
	if (!whole) {
		free(picture);
		return;
	}
	if (!(record->c & NO_BEGIN))
		CALL(player, vaBeginPicture, context, target);
	for (unsigned int i = 0; i < picture->count; i++) {
		create(player, context, &picture->sent[i], (record->c & MAPPED) && player->world->threads == 1);
		ids[i] = picture->sent[i].id;
		if (record->c & KEPT)
			world_keep(player->world, KIND_BUFFER, (uint8_t)i, ids[i]);
		if (!(record->c & AT_ONCE))
			CALL(player, vaRenderPicture, context, &ids[i], 1);
	}
	if (record->c & AT_ONCE)
		CALL(player, vaRenderPicture, context, ids, (int)picture->count);
	if ((record->c & (DESTROYED | KEPT)) == DESTROYED)
		destroy(player, picture);
	if (!(record->c & NO_END))
		CALL(player, vaEndPicture, context);
	if (!(record->c & (DESTROYED | KEPT)))
		destroy(player, picture);
	if (record->c & WAITED)
		CALL(player, vaSyncSurface, target);
	for (unsigned int i = 0; i < picture->count; i++)
		free(picture->sent[i].data);
	free(picture);
}
