/* SPDX-License-Identifier: MIT */
#include "objects.h"

#include <stdlib.h>

/* An id: type + 1 in bits 28..30, generation in 16..27, place in 0..15. Never 0, never VA_INVALID_ID. */
enum { PLACES = 1 << 16, GENERATIONS = 1 << 12, FIRST_CAPACITY = 64 };
#define NO_PLACE UINT32_MAX

static uint32_t make_id(enum object_type type, uint32_t generation, uint32_t place)
{
	return ((uint32_t)type + 1) << 28 | generation << 16 | place;
}

void objects_open(struct object_table *table)
{
	pthread_mutex_init(&table->lock, NULL);
	for (int i = 0; i < OBJECT_TYPES; i++)
		table->classes[i] = (struct object_class){.first_free = NO_PLACE, .last_free = NO_PLACE};
}

void objects_close(struct object_table *table)
{
	for (int i = 0; i < OBJECT_TYPES; i++)
		free(table->classes[i].entries);
	pthread_mutex_destroy(&table->lock);
}

static void append_free(struct object_class *class, uint32_t place)
{
	class->entries[place].next_free = NO_PLACE;
	if (class->last_free == NO_PLACE)
		class->first_free = place;
	else
		class->entries[class->last_free].next_free = place;
	class->last_free = place;
}

static bool grow(struct object_class *class)
{
	uint32_t capacity = class->capacity ? class->capacity * 2 : FIRST_CAPACITY;
	struct object_entry *entries;

	if (class->capacity == PLACES)
		return false;
	entries = realloc(class->entries, capacity * sizeof(*entries));
	if (!entries)
		return false;
	class->entries = entries;
	for (uint32_t place = class->capacity; place < capacity; place++) {
		entries[place] = (struct object_entry){0};
		append_free(class, place);
	}
	class->capacity = capacity;
	return true;
}

bool objects_add(struct object_table *table, enum object_type type, struct object *object,
                 void (*release)(struct object *))
{
	struct object_class *class = &table->classes[type];
	struct object_entry *entry;
	uint32_t place;

	atomic_init(&object->references, 2);
	object->release = release;
	pthread_mutex_lock(&table->lock);
	if (class->first_free == NO_PLACE && !grow(class)) {
		pthread_mutex_unlock(&table->lock);
		return false;
	}
	place = class->first_free;
	entry = &class->entries[place];
	class->first_free = entry->next_free;
	if (class->first_free == NO_PLACE)
		class->last_free = NO_PLACE;
	entry->object = object;
	object->id = make_id(type, entry->generation, place);
	pthread_mutex_unlock(&table->lock);
	return true;
}

/* The entry that an id names, or NULL. Lock held. */
static struct object_entry *find(struct object_class *class, uint32_t id)
{
	uint32_t place = id % PLACES;
	struct object_entry *entry = place < class->capacity ? &class->entries[place] : NULL;

	return entry && entry->object && entry->object->id == id ? entry : NULL;
}

struct object *objects_get(struct object_table *table, enum object_type type, uint32_t id)
{
	struct object *object = NULL;
	struct object_entry *entry;

	pthread_mutex_lock(&table->lock);
	entry = find(&table->classes[type], id);
	if (entry) {
		object = entry->object;
		atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&table->lock);
	return object;
}

struct object *objects_remove(struct object_table *table, enum object_type type, uint32_t id)
{
	struct object_class *class = &table->classes[type];
	struct object *object = NULL;
	struct object_entry *entry;

	pthread_mutex_lock(&table->lock);
	entry = find(class, id);
	if (entry) {
		object = entry->object;
		entry->object = NULL;
		entry->generation = (entry->generation + 1) % GENERATIONS;
		append_free(class, id % PLACES);
	}
	pthread_mutex_unlock(&table->lock);
	return object;
}

struct object *objects_next(struct object_table *table, enum object_type type, uint32_t *cursor)
{
	struct object_class *class = &table->classes[type];
	struct object *object = NULL;

	pthread_mutex_lock(&table->lock);
	while (!object && *cursor < class->capacity)
		object = class->entries[(*cursor)++].object;
	if (object)
		atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
	pthread_mutex_unlock(&table->lock);
	return object;
}

void object_put(struct object *object)
{
	if (atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) == 1)
		object->release(object);
}
