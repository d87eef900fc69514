/* SPDX-License-Identifier: MIT */
#include "films.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

static const struct films all[] = {
	{
		.codec = "h264",
		.cropped = true,
		.simple = "h264/cb-cavlc",
		.pyramid = "h264/high-pyramid",
		.strict = "h264/high-pyramid-strict",
		.slices = "h264/multi-slice",
		.few = "h264/multi-slice-cavlc",
		.weighted = "h264/weighted-p",
		.fields = "h264/paff-p",
		.lengthy = "h264/long-gop",
		.large = "h264/p720",
		.odd = "h264/crop-odd",
	},
	{
		.codec = "h264-high10",
		.deep = true,
		.cropped = true,
		.simple = "h264/high10-cavlc",
		.pyramid = "h264/high10",
		.strict = "h264/high10",
		.slices = "h264/high10",
		.few = "h264/high10",
		.weighted = "h264/high10-cavlc",
		.fields = "h264/high10-cavlc",
		.lengthy = "h264/high10",
		.large = "h264/high10-cavlc",
		.odd = "h264/high10-cavlc",
	},
	{
		.codec = "hevc",
		.cropped = true,
		.simple = "hevc/intra-refresh",
		.pyramid = "hevc/pyramid",
		.strict = "hevc/temporal-layers",
		.slices = "hevc/slices",
		.few = "hevc/dependent",
		.weighted = "hevc/weights",
		.fields = "hevc/no-filters",
		.lengthy = "hevc/long",
		.large = "hevc/p720",
		.odd = "hevc/crop",
	},
	{
		.codec = "hevc-main10",
		.deep = true,
		.cropped = true,
		.simple = "hevc/main10-tiles",
		.pyramid = "hevc/main10",
		.strict = "hevc/main10",
		.slices = "hevc/main10-tiles",
		.few = "hevc/main10-tiles",
		.weighted = "hevc/main10-weighted",
		.fields = "hevc/main10",
		.lengthy = "hevc/main10-weighted",
		.large = "hevc/main10-weighted",
		.odd = "hevc/main10-tiles",
	},
	{
		.codec = "mpeg2",
		.simple = "mpeg2/dc-precision-9",
		.pyramid = "mpeg2/closed-gop",
		.strict = "mpeg2/open-gop",
		.slices = "mpeg2/slices",
		.few = "mpeg2/matrices",
		.weighted = "mpeg2/vectors",
		.fields = "mpeg2/fields-p",
		.lengthy = "mpeg2/long",
		.large = "mpeg2/p720",
		.odd = "mpeg2/odd",
	},
	{
		.codec = "vp8",
		.simple = "vp8/partitions2",
		.pyramid = "vp8/altref",
		.strict = "vp8/denoised",
		.slices = "vp8/partitions8",
		.few = "vp8/partitions4",
		.weighted = "vp8/denoised",
		.fields = "vp8/segments",
		.lengthy = "vp8/segments",
		.large = "vp8/altref",
		.odd = "vp8/odd",
	},
	{
		.codec = "vp9",
		.simple = "vp9/switches",
		.pyramid = "vp9/pyramid",
		.strict = "vp9/altref",
		.slices = "vp9/tiles",
		.few = "vp9/segments",
		.weighted = "vp9/resilient",
		.fields = "vp9/parallel",
		.lengthy = "vp9/long",
		.large = "vp9/p720",
		.odd = "vp9/odd",
	},
	{
		.codec = "vp9-profile2",
		.deep = true,
		.simple = "vp9/deep",
		.pyramid = "vp9/deep",
		.strict = "vp9/deep",
		.slices = "vp9/deep",
		.few = "vp9/deep",
		.weighted = "vp9/deep-odd",
		.fields = "vp9/deep-odd",
		.lengthy = "vp9/deep",
		.large = "vp9/deep",
		.odd = "vp9/deep-odd",
	},
	{
		.codec = "av1",
		.simple = "av1/cyclic",
		.pyramid = "av1/pyramid",
		.strict = "av1/altref",
		.slices = "av1/tiles",
		.few = "av1/tile-groups",
		.weighted = "av1/segments",
		.fields = "av1/realtime",
		.lengthy = "av1/long",
		.large = "av1/p720",
		.odd = "av1/odd",
	},
	{
		.codec = "av1-10bit",
		.deep = true,
		.simple = "av1/deep",
		.pyramid = "av1/deep",
		.strict = "av1/deep",
		.slices = "av1/deep",
		.few = "av1/deep",
		.weighted = "av1/deep-odd",
		.fields = "av1/deep-odd",
		.lengthy = "av1/deep",
		.large = "av1/deep",
		.odd = "av1/deep-odd",
	},
	{
		.codec = "av1-grain",
		.grained = true,
		.simple = "av1/grain-luma",
		.pyramid = "av1/svt-grain",
		.strict = "av1/grain-hidden",
		.slices = "av1/grain",
		.few = "av1/grain-luma",
		.weighted = "av1/grain-odd",
		.fields = "av1/grain-hidden",
		.lengthy = "av1/grain-hidden",
		.large = "av1/grain",
		.odd = "av1/grain-odd",
	},
	{
		.codec = "av1-grain-10bit",
		.deep = true,
		.grained = true,
		.simple = "av1/deep-grain",
		.pyramid = "av1/deep-grain",
		.strict = "av1/deep-grain",
		.slices = "av1/deep-grain",
		.few = "av1/deep-grain",
		.weighted = "av1/deep-grain",
		.fields = "av1/deep-grain",
		.lengthy = "av1/deep-grain",
		.large = "av1/deep-grain",
		.odd = "av1/deep-grain",
	},
};

bool films_are(const struct films *films, enum played played)
{
	switch (played) {
	case SHALLOW_FILMS:
		return !films->deep;
	case CROPPED_FILMS:
		return films->cropped;
	case VP9_FILMS:
		return !strcmp(films->codec, "vp9");
	case GRAINED_FILMS:
		return films->grained;
	default:
		return true;
	}
}

const struct films *films(void)
{
	const char *codec = getenv("SCENES_CODEC");

	for (unsigned int i = 0; i < TEST_COUNT(all); i++) {
		if (!codec || !strcmp(codec, all[i].codec))
			return &all[i];
	}
	fprintf(stderr, "    there are no films of %s\n", codec);
	CHECK(!codec);
	return NULL;
}

const struct films *films_at(unsigned int number)
{
	return number < TEST_COUNT(all) ? &all[number] : NULL;
}
