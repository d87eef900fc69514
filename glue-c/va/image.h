/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_IMAGE_H
#define GLUE_VA_IMAGE_H

#include "driver.h"

VAStatus image_query_formats(VADriverContextP va, VAImageFormat *formats, int *count);
VAStatus image_create(VADriverContextP va, VAImageFormat *format, int width, int height, VAImage *image);
VAStatus image_derive(VADriverContextP va, VASurfaceID surface, VAImage *image);
VAStatus image_destroy(VADriverContextP va, VAImageID id);
VAStatus image_set_palette(VADriverContextP va, VAImageID id, unsigned char *palette);
VAStatus image_get(VADriverContextP va, VASurfaceID surface, int x, int y, unsigned int width,
                   unsigned int height, VAImageID id);
VAStatus image_put(VADriverContextP va, VASurfaceID surface, VAImageID id, int from_x, int from_y,
                   unsigned int from_width, unsigned int from_height, int to_x, int to_y,
                   unsigned int to_width, unsigned int to_height);

#endif
