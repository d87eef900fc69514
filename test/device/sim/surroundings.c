/* SPDX-License-Identifier: MIT
 *
 * What a machine has around its decoders: nodes of memory for pictures, and an IOMMU.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"

static const struct {
	const char *word;
	const char *path;
} nodes[] = {
	{"cma", "/dev/dma_heap/default_cma_region"},
	{"system", "/dev/dma_heap/system"},
	{"udmabuf", "/dev/udmabuf"},
};

/* "cma=refused,system=opens": a word that is not there is of a node that is not. */
static enum sim_heap state_of(const char *list, const char *word)
{
	char entry[32];

	snprintf(entry, sizeof(entry), "%s=", word);
	list = strstr(list, entry);
	if (!list)
		return SIM_HEAP_ABSENT;
	return strncmp(list + strlen(entry), "opens", strlen("opens")) == 0 ? SIM_HEAP_OPENS : SIM_HEAP_REFUSED;
}

enum sim_heap sim_heap_at(const char *path)
{
	if (!sim_configuration.memory ||
	    (strncmp(path, "/dev/dma_heap/", strlen("/dev/dma_heap/")) != 0 && strcmp(path, "/dev/udmabuf") != 0))
		return SIM_HEAP_OWN;
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (strcmp(path, nodes[i].path) == 0)
			return state_of(sim_configuration.memory, nodes[i].word);
	}
	return SIM_HEAP_ABSENT;
}

bool sim_is_iommu(const char *path)
{
	for (unsigned i = 0; sim_configuration.mmu && i < sim_configuration.device_count; i++) {
		char expected[64];

		snprintf(expected, sizeof(expected), "/sys/dev/char/%d:%d/device/iommu_group/type", SIM_VIDEO_MAJOR,
		         sim_configuration.devices[i].video_minor);
		if (strcmp(path, expected) == 0)
			return true;
	}
	return false;
}
