/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <string.h>

#include "model_codecs.h" /* MODEL_CODECS(X): X(h264) ..., made from the list in test/codecs/meson.build */

#define DECLARE(name) extern const struct model_codec model_##name;
MODEL_CODECS(DECLARE)

#define LIST(name) &model_##name,
const struct model_codec *const model_codecs[] = {MODEL_CODECS(LIST) NULL};

const struct model_codec *model_codec_named(const char *name, size_t length)
{
	for (unsigned i = 0; model_codecs[i]; i++) {
		if (strlen(model_codecs[i]->name) == length && strncmp(model_codecs[i]->name, name, length) == 0)
			return model_codecs[i];
	}
	return NULL;
}

const struct model_codec *model_codec_of(uint32_t coded_fourcc)
{
	for (unsigned i = 0; model_codecs[i]; i++) {
		if (model_codecs[i]->coded_fourcc == coded_fourcc)
			return model_codecs[i];
	}
	return NULL;
}

const char *model_decoder_open(struct model_decoder *decoder, const struct model_codec *codec)
{
	if (!codec || !codec->open)
		return "there is no model of this codec";
	if (decoder->codec != codec)
		model_decoder_close(decoder);
	decoder->codec = codec;
	if (!decoder->decoder)
		decoder->decoder = codec->open();
	return decoder->decoder ? NULL : "no memory for the model";
}

void model_decoder_close(struct model_decoder *decoder)
{
	if (decoder->decoder)
		decoder->codec->close(decoder->decoder);
	decoder->decoder = NULL;
}

void model_decoder_flush(struct model_decoder *decoder, struct model_result *result)
{
	*result = (struct model_result){.verdict = MODEL_GOOD};
	if (decoder->decoder)
		decoder->codec->flush(decoder->decoder, result);
}

void model_decoder_reset(struct model_decoder *decoder)
{
	if (decoder->decoder)
		decoder->codec->reset(decoder->decoder);
}
