/* SPDX-License-Identifier: MIT */
#include "layout.h"

bool layout_is_sound(const struct core_layout *layout)
{
	if (layout->plane_count == 0 || layout->plane_count > CORE_MAX_PLANES ||
	    layout->size > CORE_MAX_LAYOUT_SIZE)
		return false;
	if (layout->width == 0 || layout->width > LAYOUT_MAX_SIDE || layout->height == 0 ||
	    layout->height > LAYOUT_MAX_SIDE)
		return false;
	for (uint32_t i = 0; i < layout->plane_count; i++) {
		uint32_t rows = i == 0 ? layout->height : layout->height / 2;

		if (layout->pitches[i] == 0 || layout->offsets[i] >= layout->size ||
		    layout->offsets[i] + (uint64_t)layout->pitches[i] * rows > layout->size)
			return false;
	}
	return true;
}

bool layout_is_linear(const struct core_layout *layout)
{
	return layout->packing == CORE_PACKING_NONE && layout->tile_bytes == 0;
}

bool layout_is_same(const struct core_layout *one, const struct core_layout *other)
{
	if (one->plane_count != other->plane_count || one->packing != other->packing ||
	    one->tile_bytes != other->tile_bytes)
		return false;
	for (uint32_t i = 0; i < other->plane_count; i++) {
		if (one->pitches[i] != other->pitches[i] || one->offsets[i] != other->offsets[i] ||
		    one->tile_rows[i] != other->tile_rows[i])
			return false;
	}
	return true;
}
