/* SPDX-License-Identifier: MIT */
#include "threaded_show.h"

#include <string.h>

/* Frames that wait to be looked at. */
enum { VIEWED = 6 };

void threaded_open(struct threaded_show *threaded)
{
	pthread_mutex_init(&threaded->lock, NULL);
	pthread_cond_init(&threaded->moved, NULL);
	threaded->ended = false;
	threaded->skipped = 0;
}

void threaded_close(struct threaded_show *threaded)
{
	pthread_cond_destroy(&threaded->moved);
	pthread_mutex_destroy(&threaded->lock);
}

void threaded_step(struct threaded_show *threaded, unsigned int position)
{
	struct show *show = &threaded->show;
	const struct film_picture *picture = &show->film->pictures[position];
	struct slot *slot;

	pthread_mutex_lock(&threaded->lock);
	while (show->position != position || show->queued >= VIEWED)
		pthread_cond_wait(&threaded->moved, &threaded->lock);
	slot = show_slot(show);
	slot->unseen = !picture->hidden;
	pthread_mutex_unlock(&threaded->lock);
	CHECK_VA(show_submit(show, picture, slot));
	pthread_mutex_lock(&threaded->lock);
	if (picture->closes && !picture->hidden)
		show->queue[show->queued++] = slot;
	show->position++;
	pthread_cond_broadcast(&threaded->moved);
	pthread_mutex_unlock(&threaded->lock);
}

static void play_round(struct threaded_show *threaded)
{
	struct show *show = &threaded->show;

	/* The frames of each round have the same numbers: none of the one before may stand for them. */
	for (unsigned int i = 0; i < show->slot_count; i++)
		show->slots[i].taken = false;
	show->position = 0;
	for (unsigned int i = 0; i < show->film->count; i++)
		threaded_step(threaded, i);
	pthread_mutex_lock(&threaded->lock);
	while (show->queued)
		pthread_cond_wait(&threaded->moved, &threaded->lock);
	pthread_mutex_unlock(&threaded->lock);
}

void threaded_end(struct threaded_show *threaded)
{
	pthread_mutex_lock(&threaded->lock);
	threaded->ended = true;
	pthread_cond_broadcast(&threaded->moved);
	pthread_mutex_unlock(&threaded->lock);
}

void threaded_decode(struct threaded_show *threaded)
{
	for (unsigned int round = 0; round < threaded->rounds; round++)
		play_round(threaded);
	threaded_end(threaded);
}

static void look(struct threaded_show *threaded, struct slot *slot, unsigned int number)
{
	struct show *show = &threaded->show;

	if (threaded->skip && number % threaded->skip == threaded->skip - 1)
		threaded->skipped++;
	else
		show_look(show, slot, threaded->all_looks ? (enum look)(number % (LOOK_EXPORT + 1)) : show->look);
}

unsigned int threaded_waiting(struct threaded_show *threaded)
{
	unsigned int waiting;

	pthread_mutex_lock(&threaded->lock);
	waiting = threaded->show.queued;
	pthread_mutex_unlock(&threaded->lock);
	return waiting;
}

struct slot *threaded_last(struct threaded_show *threaded)
{
	struct slot *last;

	pthread_mutex_lock(&threaded->lock);
	CHECK(threaded->show.queued > 0);
	last = threaded->show.queue[threaded->show.queued - 1];
	pthread_mutex_unlock(&threaded->lock);
	return last;
}

void threaded_view(struct threaded_show *threaded)
{
	struct show *show = &threaded->show;

	pthread_mutex_lock(&threaded->lock);
	for (;;) {
		struct slot *slot;

		while (show->queued <= threaded->behind && !threaded->ended)
			pthread_cond_wait(&threaded->moved, &threaded->lock);
		if (!show->queued)
			break;
		slot = show->queue[0];
		pthread_mutex_unlock(&threaded->lock);
		look(threaded, slot, show->seen);
		pthread_mutex_lock(&threaded->lock);
		memmove(show->queue, show->queue + 1, --show->queued * sizeof(show->queue[0]));
		slot->unseen = false;
		show->seen++;
		pthread_cond_broadcast(&threaded->moved);
	}
	pthread_mutex_unlock(&threaded->lock);
}
