/* SPDX-License-Identifier: MIT
 *
 * v4l2_m2m_register_media_controller() makes three entities of a decoder, source -> processor -> sink, and links the
 * interface (the video node) to source and sink. So the node of a processor that decodes is found by walking
 * processor - pad - link - pad - entity - interface link.
 */
#include "topology.h"

#include <errno.h>
#include <linux/media.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../memory/ioctl.h"
#include "device.h"

/* No media device has more; a larger answer is no media device. */
enum { MAX_ITEMS = 4096, MAX_ATTEMPTS = 8 };
/* MEDIA_LNK_FL_LINK_TYPE of the header shifts into the sign bit. */
#define LINK_TYPE 0xf0000000u

struct graph {
	struct media_v2_topology top;
	struct media_v2_entity *entities;
	struct media_v2_interface *interfaces;
	struct media_v2_pad *pads;
	struct media_v2_link *links;
};

static void free_graph(struct graph *graph)
{
	free(graph->entities);
	free(graph->interfaces);
	free(graph->pads);
	free(graph->links);
}

static int allocate_graph(struct graph *graph)
{
	const struct media_v2_topology *top = &graph->top;

	if (top->num_entities > MAX_ITEMS || top->num_interfaces > MAX_ITEMS || top->num_pads > MAX_ITEMS ||
	    top->num_links > MAX_ITEMS)
		return E2BIG;
	graph->entities = calloc(top->num_entities + 1, sizeof(*graph->entities));
	graph->interfaces = calloc(top->num_interfaces + 1, sizeof(*graph->interfaces));
	graph->pads = calloc(top->num_pads + 1, sizeof(*graph->pads));
	graph->links = calloc(top->num_links + 1, sizeof(*graph->links));
	if (!graph->entities || !graph->interfaces || !graph->pads || !graph->links)
		return ENOMEM;
	graph->top.ptr_entities = (uintptr_t)graph->entities;
	graph->top.ptr_interfaces = (uintptr_t)graph->interfaces;
	graph->top.ptr_pads = (uintptr_t)graph->pads;
	graph->top.ptr_links = (uintptr_t)graph->links;
	return 0;
}

/* How many of each there are, then all of them; again while the graph grows in between (ENOSPC). */
static int read_graph(int fd, struct graph *graph)
{
	int error = ENOSPC;

	for (int i = 0; i < MAX_ATTEMPTS && error == ENOSPC; i++) {
		*graph = (struct graph){0};
		error = retry_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &graph->top);
		if (!error)
			error = allocate_graph(graph);
		if (!error)
			error = retry_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &graph->top);
		if (error)
			free_graph(graph);
	}
	return error;
}

static const struct media_v2_entity *entity_of_pad(const struct graph *graph, uint32_t pad)
{
	for (uint32_t i = 0; i < graph->top.num_pads; i++) {
		if (graph->pads[i].id != pad)
			continue;
		for (uint32_t j = 0; j < graph->top.num_entities; j++) {
			if (graph->entities[j].id == graph->pads[i].entity_id)
				return &graph->entities[j];
		}
	}
	return NULL;
}

/* Whether a data link joins this entity to one that decodes. */
static bool serves_decoder(const struct graph *graph, uint32_t entity)
{
	for (uint32_t i = 0; i < graph->top.num_links; i++) {
		const struct media_v2_link *link = &graph->links[i];
		const struct media_v2_entity *source;
		const struct media_v2_entity *sink;

		if ((link->flags & LINK_TYPE) != MEDIA_LNK_FL_DATA_LINK)
			continue;
		source = entity_of_pad(graph, link->source_id);
		sink = entity_of_pad(graph, link->sink_id);
		if (!source || !sink)
			continue;
		if ((source->id == entity && sink->function == MEDIA_ENT_F_PROC_VIDEO_DECODER) ||
		    (sink->id == entity && source->function == MEDIA_ENT_F_PROC_VIDEO_DECODER))
			return true;
	}
	return false;
}

static bool interface_decodes(const struct graph *graph, const struct media_v2_interface *interface)
{
	if (interface->intf_type != MEDIA_INTF_T_V4L_VIDEO)
		return false;
	for (uint32_t i = 0; i < graph->top.num_links; i++) {
		const struct media_v2_link *link = &graph->links[i];

		if ((link->flags & LINK_TYPE) == MEDIA_LNK_FL_INTERFACE_LINK && link->source_id == interface->id &&
		    serves_decoder(graph, link->sink_id))
			return true;
	}
	return false;
}

int topology_read(const char *media_path, struct topology *topology)
{
	struct media_device_info info = {0};
	struct graph graph;
	int fd;
	int error;

	topology->count = 0;
	error = node_open(media_path, &fd);
	if (error)
		return error;
	error = retry_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info);
	if (!error)
		error = read_graph(fd, &graph);
	close(fd);
	if (error)
		return error;
	for (uint32_t i = 0; i < graph.top.num_interfaces && topology->count < TOPOLOGY_MAX_NODES; i++) {
		const struct media_v2_interface *interface = &graph.interfaces[i];

		if (interface_decodes(&graph, interface))
			topology->nodes[topology->count++] = makedev(interface->devnode.major, interface->devnode.minor);
	}
	free_graph(&graph);
	return 0;
}
