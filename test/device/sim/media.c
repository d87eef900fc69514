/* SPDX-License-Identifier: MIT
 *
 * /dev/mediaN: drivers/media/mc/mc-device.c, with the graph that v4l2_m2m_register_media_controller() makes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim.h"

/* media_gobj_gen_id(): the type in the upper byte, a running number below. */
enum {
	ID_SOURCE = 1,
	ID_SOURCE_PAD = 0x01000002,
	ID_PROC = 3,
	ID_PROC_SINK_PAD = 0x01000004,
	ID_PROC_SOURCE_PAD = 0x01000005,
	ID_SINK = 6,
	ID_SINK_PAD = 0x01000007,
	ID_LINK_IN = 0x02000008,
	ID_LINK_OUT = 0x0200000a, /* each link has a reverse one, too */
	ID_INTERFACE = 0x0300000c,
	ID_LINK_SOURCE_INTERFACE = 0x0200000d,
	ID_LINK_SINK_INTERFACE = 0x0200000e
};

static void graph_entities(const struct sim_device *device, struct media_v2_entity entities[3])
{
	static const char *const suffix[3] = {"source", "proc", "sink"};
	static const uint32_t ids[3] = {ID_SOURCE, ID_PROC, ID_SINK};

	memset(entities, 0, 3 * sizeof(entities[0]));
	for (unsigned i = 0; i < 3; i++) {
		entities[i].id = ids[i];
		snprintf(entities[i].name, sizeof(entities[i].name), "%s-%s", device->kind.card, suffix[i]);
		entities[i].function = MEDIA_ENT_F_IO_V4L;
	}
	entities[1].function =
		device->kind.decoder ? MEDIA_ENT_F_PROC_VIDEO_DECODER : MEDIA_ENT_F_PROC_VIDEO_SCALER;
}

/* Copies `have` objects to the user's array as media_device_get_topology() does: none beyond its size, then ENOSPC. */
static int copy_objects(uint64_t pointer, uint32_t count, const void *objects, uint32_t have, size_t size)
{
	if (!pointer)
		return 0;
	memcpy((void *)(uintptr_t)pointer, objects, (count < have ? count : have) * size);
	return count < have ? -ENOSPC : 0;
}

static int get_topology(struct sim_device *device, struct media_v2_topology *topology)
{
	const uint32_t fixed = MEDIA_LNK_FL_IMMUTABLE | MEDIA_LNK_FL_ENABLED;
	struct media_v2_entity entities[3];
	const struct media_v2_interface interface = {
		.id = ID_INTERFACE,
		.intf_type = MEDIA_INTF_T_V4L_VIDEO,
		.devnode = {.major = SIM_VIDEO_MAJOR, .minor = (uint32_t)device->video_minor},
	};
	const struct media_v2_pad pads[4] = {
		{.id = ID_SOURCE_PAD, .entity_id = ID_SOURCE, .flags = MEDIA_PAD_FL_SOURCE},
		{.id = ID_PROC_SINK_PAD, .entity_id = ID_PROC, .flags = MEDIA_PAD_FL_SINK},
		{.id = ID_PROC_SOURCE_PAD, .entity_id = ID_PROC, .flags = MEDIA_PAD_FL_SOURCE, .index = 1},
		{.id = ID_SINK_PAD, .entity_id = ID_SINK, .flags = MEDIA_PAD_FL_SINK},
	};
	const struct media_v2_link links[4] = {
		{.id = ID_LINK_IN, .source_id = ID_SOURCE_PAD, .sink_id = ID_PROC_SINK_PAD, .flags = fixed},
		{.id = ID_LINK_OUT, .source_id = ID_PROC_SOURCE_PAD, .sink_id = ID_SINK_PAD, .flags = fixed},
		{.id = ID_LINK_SOURCE_INTERFACE,
	     .source_id = ID_INTERFACE,
	     .sink_id = ID_SOURCE,
	     .flags = fixed | MEDIA_LNK_FL_INTERFACE_LINK},
		{.id = ID_LINK_SINK_INTERFACE,
	     .source_id = ID_INTERFACE,
	     .sink_id = ID_SINK,
	     .flags = fixed | MEDIA_LNK_FL_INTERFACE_LINK},
	};
	int results[4];

	graph_entities(device, entities);
	topology->topology_version = 0; /* media_device_register(): nothing came or went since */
	results[0] =
		copy_objects(topology->ptr_entities, topology->num_entities, entities, 3, sizeof(entities[0]));
	results[1] =
		copy_objects(topology->ptr_interfaces, topology->num_interfaces, &interface, 1, sizeof(interface));
	results[2] = copy_objects(topology->ptr_pads, topology->num_pads, pads, 4, sizeof(pads[0]));
	results[3] = copy_objects(topology->ptr_links, topology->num_links, links, 4, sizeof(links[0]));
	topology->num_entities = 3;
	topology->num_interfaces = 1;
	topology->num_pads = 4;
	topology->num_links = 4;
	for (unsigned i = 0; i < 4; i++) {
		if (results[i])
			return results[i];
	}
	return 0;
}

static int enumerate_entities(struct sim_device *device, struct media_entity_desc *description)
{
	const bool next = description->id & MEDIA_ENT_ID_FLAG_NEXT;
	const uint32_t id = description->id & ~MEDIA_ENT_ID_FLAG_NEXT;
	struct media_v2_entity entities[3];

	graph_entities(device, entities);
	for (unsigned i = 0; i < 3; i++) {
		if (next ? entities[i].id <= id : entities[i].id != id)
			continue;
		memset(description, 0, sizeof(*description));
		description->id = entities[i].id;
		snprintf(description->name, sizeof(description->name), "%.31s", entities[i].name);
		description->pads = i == 1 ? 2 : 1;
		description->links = i == 2 ? 0 : 1;
		/* media_device_enum_entities(): a function outside the old range is called an unknown device node. */
		description->type = i == 1 ? MEDIA_ENT_T_DEVNODE_UNKNOWN : MEDIA_ENT_F_IO_V4L;
		if (i != 1) {
			description->dev.major = SIM_VIDEO_MAJOR;
			description->dev.minor = (uint32_t)device->video_minor;
		}
		return 0;
	}
	return -EINVAL;
}

static void get_device_info(struct media_device_info *info)
{
	memset(info, 0, sizeof(*info));
	snprintf(info->driver, sizeof(info->driver), "%s", SIM_DRIVER_NAME);
	snprintf(info->model, sizeof(info->model), "%s", SIM_DRIVER_NAME);
	snprintf(info->bus_info, sizeof(info->bus_info), "platform:%s", SIM_DRIVER_NAME);
	info->media_version = SIM_KERNEL_VERSION;
	info->driver_version = SIM_KERNEL_VERSION;
}

int sim_media_ioctl(struct sim_file *file, unsigned long command, void *argument)
{
	int result;

	if (file->device->gone)
		return -EIO; /* __media_ioctl() */
	switch (command) {
	case MEDIA_IOC_DEVICE_INFO:
	case MEDIA_IOC_G_TOPOLOGY:
	case MEDIA_IOC_ENUM_ENTITIES:
	case MEDIA_IOC_REQUEST_ALLOC:
		break;
	default:
		return -ENOTTY;
	}
	if (!argument)
		return -EFAULT;
	switch (command) {
	case MEDIA_IOC_DEVICE_INFO:
		get_device_info(argument);
		return 0;
	case MEDIA_IOC_G_TOPOLOGY: {
		/* media_device_ioctl() copies the counts back only on success. */
		struct media_v2_topology topology;

		memcpy(&topology, argument, sizeof(topology));
		result = get_topology(file->device, &topology);
		if (!result)
			memcpy(argument, &topology, sizeof(topology));
		return result;
	}
	case MEDIA_IOC_ENUM_ENTITIES:
		return enumerate_entities(file->device, argument);
	default:
		if (!file->device->requests)
			return -ENOTTY; /* media_device_request_alloc() */
		result = sim_request_alloc(file->device);
		if (result < 0)
			return result;
		memcpy(argument, &result, sizeof(result));
		return 0;
	}
}
