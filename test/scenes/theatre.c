/* SPDX-License-Identifier: MIT */
#include "theatre.h"

#include <string.h>

/* Frames that wait to be looked at. */
enum { VIEWED = 6 };

void theatre_open(struct theatre *theatre)
{
	pthread_mutex_init(&theatre->lock, NULL);
	pthread_cond_init(&theatre->moved, NULL);
	theatre->ended = false;
	theatre->skipped = 0;
}

void theatre_close(struct theatre *theatre)
{
	pthread_cond_destroy(&theatre->moved);
	pthread_mutex_destroy(&theatre->lock);
}

void theatre_step(struct theatre *theatre, unsigned int position)
{
	struct show *show = &theatre->show;
	const struct film_picture *picture = &show->film->pictures[position];
	struct seat *seat;

	pthread_mutex_lock(&theatre->lock);
	while (show->position != position || show->queued >= VIEWED)
		pthread_cond_wait(&theatre->moved, &theatre->lock);
	seat = show_seat(show);
	seat->unseen = !picture->hidden;
	pthread_mutex_unlock(&theatre->lock);
	CHECK_VA(show_submit(show, picture, seat));
	pthread_mutex_lock(&theatre->lock);
	if (picture->closes && !picture->hidden)
		show->queue[show->queued++] = seat;
	show->position++;
	pthread_cond_broadcast(&theatre->moved);
	pthread_mutex_unlock(&theatre->lock);
}

static void play_round(struct theatre *theatre)
{
	struct show *show = &theatre->show;

	/* The frames of each round have the same numbers: none of the one before may stand for them. */
	for (unsigned int i = 0; i < show->seat_count; i++)
		show->seats[i].taken = false;
	show->position = 0;
	for (unsigned int i = 0; i < show->film->count; i++)
		theatre_step(theatre, i);
	pthread_mutex_lock(&theatre->lock);
	while (show->queued)
		pthread_cond_wait(&theatre->moved, &theatre->lock);
	pthread_mutex_unlock(&theatre->lock);
}

void theatre_end(struct theatre *theatre)
{
	pthread_mutex_lock(&theatre->lock);
	theatre->ended = true;
	pthread_cond_broadcast(&theatre->moved);
	pthread_mutex_unlock(&theatre->lock);
}

void theatre_decode(struct theatre *theatre)
{
	for (unsigned int round = 0; round < theatre->rounds; round++)
		play_round(theatre);
	theatre_end(theatre);
}

static void look(struct theatre *theatre, struct seat *seat, unsigned int number)
{
	struct show *show = &theatre->show;

	if (theatre->skip && number % theatre->skip == theatre->skip - 1)
		theatre->skipped++;
	else
		show_look(show, seat, theatre->all_looks ? (enum look)(number % (LOOK_EXPORT + 1)) : show->look);
}

void theatre_view(struct theatre *theatre)
{
	struct show *show = &theatre->show;

	pthread_mutex_lock(&theatre->lock);
	for (;;) {
		struct seat *seat;

		while (show->queued <= theatre->behind && !theatre->ended)
			pthread_cond_wait(&theatre->moved, &theatre->lock);
		if (!show->queued)
			break;
		seat = show->queue[0];
		pthread_mutex_unlock(&theatre->lock);
		look(theatre, seat, show->seen);
		pthread_mutex_lock(&theatre->lock);
		memmove(show->queue, show->queue + 1, --show->queued * sizeof(show->queue[0]));
		seat->unseen = false;
		show->seen++;
		pthread_cond_broadcast(&theatre->moved);
	}
	pthread_mutex_unlock(&theatre->lock);
}
