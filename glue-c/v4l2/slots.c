/* SPDX-License-Identifier: MIT */
#include "slots.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void close_slot(struct output_slot *slot)
{
	if (slot->map)
		munmap(slot->map, slot->length);
	if (slot->request_fd >= 0)
		close(slot->request_fd);
	memset(slot, 0, sizeof(*slot));
	slot->request_fd = -1;
}

void slots_close(struct output_slots *slots)
{
	for (uint32_t i = 0; i < slots->count; i++)
		close_slot(&slots->slot[i]);
	slots->count = 0;
}

static int open_slot(struct output_slot *slot, const struct v4l2_device *device, uint32_t index)
{
	struct v4l2_device_memory memory;
	void *map;
	int error;

	memset(slot, 0, sizeof(*slot));
	slot->request_fd = -1;
	error = device_query_buffer(device, CORE_QUEUE_OUTPUT, index, &memory);
	if (error)
		return error;
	slot->length = memory.length[0];
	map = mmap(NULL, slot->length, PROT_READ | PROT_WRITE, MAP_SHARED, device->video_fd,
	           (off_t)memory.offset[0]);
	if (map == MAP_FAILED)
		return errno;
	slot->map = map;
	error = device_allocate_request(device, &slot->request_fd);
	if (error)
		close_slot(slot);
	return error;
}

/* Takes over the buffers [first, first + count) of the queue. */
static int adopt(struct output_slots *slots, const struct v4l2_device *device, uint32_t first, uint32_t count,
                 struct core_buffers *result)
{
	/* The slots are the queue's first buffers; what the device grants beyond them stays unused. */
	if (first != slots->count)
		return EPROTO;
	result->first = first;
	result->count = 0;
	while (result->count < count && slots->count < CORE_MAX_OUTPUT_SLOTS) {
		struct output_slot *slot = &slots->slot[slots->count];
		int error = open_slot(slot, device, slots->count);

		if (error) {
			while (slots->count > first)
				close_slot(&slots->slot[--slots->count]);
			return error;
		}
		if (result->count == 0 || slot->length < result->length)
			result->length = slot->length;
		result->count++;
		slots->count++;
	}
	return 0;
}

static int free_buffers(const struct v4l2_device *device)
{
	uint32_t none = 0;
	uint32_t capabilities;

	return device_request_buffers(device, CORE_QUEUE_OUTPUT, V4L2_MEMORY_MMAP, &none, &capabilities);
}

int slots_request(struct output_slots *slots, const struct v4l2_device *device, uint32_t count,
                  struct core_buffers *result)
{
	int error;

	memset(result, 0, sizeof(*result));
	slots_close(slots);
	error =
		device_request_buffers(device, CORE_QUEUE_OUTPUT, V4L2_MEMORY_MMAP, &count, &result->capabilities);
	if (!error)
		error = adopt(slots, device, 0, count, result);
	if (error && count)
		free_buffers(device);
	return error;
}

int slots_create(struct output_slots *slots, const struct v4l2_device *device, uint32_t count, uint32_t size,
                 struct core_buffers *result)
{
	uint32_t first = 0;
	int error;

	memset(result, 0, sizeof(*result));
	if (count > CORE_MAX_OUTPUT_SLOTS - slots->count)
		return ENOBUFS;
	error = device_create_buffers(device, size, &count, &first, &result->capabilities);
	return error ? error : adopt(slots, device, first, count, result);
}

int slot_append(struct output_slot *slot, const void *head, uint32_t head_size, const void *data,
                uint32_t data_size)
{
	if ((uint64_t)head_size + data_size > slot->length - slot->used)
		return ENOSPC;
	if (head_size)
		memcpy(slot->map + slot->used, head, head_size);
	if (data_size)
		memcpy(slot->map + slot->used + head_size, data, data_size);
	slot->used += head_size + data_size;
	return 0;
}

int slot_move(struct output_slot *from, struct output_slot *to)
{
	int error = slot_append(to, from->map, from->used, NULL, 0);

	if (!error)
		from->used = 0;
	return error;
}

int slot_reinit(struct output_slot *slot)
{
	int error = slot->touched ? device_reinit_request(slot->request_fd) : 0;

	if (!error) {
		slot->touched = false;
		slot->state = SLOT_IDLE;
		if (!slot->kept)
			slot->used = 0;
	}
	return error;
}

int slot_clear(struct output_slot *slot)
{
	slot->kept = false;
	return slot_reinit(slot);
}

int slot_renew(struct output_slot *slot, const struct v4l2_device *device)
{
	int error = slot_reinit(slot);
	int fresh;

	if (!error)
		return 0;
	/* STREAMOFF completes the requests that it cancels; one that is not complete is left to the device, for nobody waits under a
	 * lock. */
	error = device_allocate_request(device, &fresh);
	if (error)
		return error;
	close(slot->request_fd);
	slot->request_fd = fresh;
	slot->touched = false;
	return slot_reinit(slot);
}
