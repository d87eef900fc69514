/* SPDX-License-Identifier: MIT */
#include "films.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

static const struct films all[] = {
	{
		.codec = "h264",
		.simple = "cb-cavlc",
		.pyramid = "high-pyramid",
		.strict = "high-pyramid-strict",
		.slices = "multi-slice",
		.few = "multi-slice-cavlc",
		.weighted = "weighted-p",
		.fields = "paff-p",
		.lengthy = "long-gop",
		.large = "h264/p720",
	},
	{
		.codec = "hevc",
		.simple = "hevc/intra-refresh",
		.pyramid = "hevc/pyramid",
		.strict = "hevc/temporal-layers",
		.slices = "hevc/slices",
		.few = "hevc/dependent",
		.weighted = "hevc/weights",
		.fields = "hevc/no-filters",
		.lengthy = "hevc/long",
		.large = "hevc/p720",
	},
	/* Of 10 bit. */
	{
		.codec = "hevc-main10",
		.simple = "hevc/main10-tiles",
		.pyramid = "hevc/main10",
		.strict = "hevc/main10",
		.slices = "hevc/main10-tiles",
		.few = "hevc/main10-tiles",
		.weighted = "hevc/main10-weighted",
		.fields = "hevc/main10",
		.lengthy = "hevc/main10-weighted",
		.large = "hevc/main10-weighted",
	},
};

const struct films *films(void)
{
	const char *codec = getenv("SCENES_CODEC");

	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!codec || !strcmp(codec, all[i].codec))
			return &all[i];
	}
	fprintf(stderr, "    there are no films of %s\n", codec);
	CHECK(!codec);
	return NULL;
}
