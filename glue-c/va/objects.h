/* SPDX-License-Identifier: MIT
 *
 * Names of VA objects. The table holds one reference to each; whoever looks one up gets another, so an object that is
 * destroyed while a thread is inside lives until that thread is done. An id carries its type and a generation: an id
 * that was destroyed does not soon name something else.
 */
#ifndef GLUE_VA_OBJECTS_H
#define GLUE_VA_OBJECTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum object_type { OBJECT_CONFIG, OBJECT_CONTEXT, OBJECT_SURFACE, OBJECT_BUFFER, OBJECT_IMAGE, OBJECT_TYPES };

/* First member of every VA object. */
struct object {
	uint32_t id;
	atomic_uint references;
	void (*release)(struct object *object); /* the last reference is gone: free it */
};

struct object_entry {
	struct object *object; /* NULL: free */
	uint32_t generation;
	uint32_t next_free;
};

struct object_class {
	struct object_entry *entries;
	uint32_t capacity;
	uint32_t first_free; /* oldest first, so that ids are not reused at once */
	uint32_t last_free;
};

struct object_table {
	pthread_mutex_t lock; /* a leaf: nothing else is locked inside */
	struct object_class classes[OBJECT_TYPES];
};

void objects_open(struct object_table *table);
/* Every class must be empty. */
void objects_close(struct object_table *table);

/* Gives the object its name and its first two references: the table's and the caller's. false: no memory. */
bool objects_add(struct object_table *table, enum object_type type, struct object *object,
                 void (*release)(struct object *));
/* With a reference of the caller's, or NULL when the id names nothing of that type. */
struct object *objects_get(struct object_table *table, enum object_type type, uint32_t id);
/* Takes the name away; the table's reference becomes the caller's. NULL when the id names nothing (any more). */
struct object *objects_remove(struct object_table *table, enum object_type type, uint32_t id);
/* The first object at or after *cursor, with a reference, and *cursor behind it; NULL at the end. */
struct object *objects_next(struct object_table *table, enum object_type type, uint32_t *cursor);
void object_put(struct object *object);

#endif
