/* SPDX-License-Identifier: MIT
 *
 * A VA client that makes wrong calls: wrong ids, wrong order, wrong sizes, things destroyed while in use. After each of them a
 * good picture must still come out of the same context. abuse.ts writes the slices and knows the right pictures.
 *
 *   abuse RENDER_NODE INTRA_SLICE PREDICTED_SLICE
 *
 * Prints "ok NAME", "FAIL NAME: ..." and "picture NAME HASH" (FNV-1a over Y and interleaved chroma).
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va.h>
#include <va/va_drm.h>

enum { WIDTH = 96, HEIGHT = 96, SURFACES = 8, MAX_SLICE = 65536 };

struct slice {
	uint8_t bytes[MAX_SLICE];
	unsigned size;
};

struct session {
	VADisplay display;
	int node;
	VAConfigID config;
	VAContextID context;
	VASurfaceID surfaces[SURFACES];
};

static struct slice intra;
static struct slice predicted;
static int failures;
static unsigned said; /* sentences that came through libva's error callback */

static void report(const char *name, int good, const char *why)
{
	if (good) {
		printf("ok %s\n", name);
		return;
	}
	printf("FAIL %s: %s\n", name, why);
	failures++;
}

static void wants(const char *name, VAStatus got, VAStatus wanted)
{
	char why[128];

	snprintf(why, sizeof(why), "status 0x%x (%s) instead of 0x%x (%s)", (unsigned)got, vaErrorStr(got),
	         (unsigned)wanted, vaErrorStr(wanted));
	report(name, got == wanted, why);
}

static void on_error(void *context, const char *message)
{
	(void)context;
	if (strstr(message, "v4l2_request:"))
		said++;
	fputs(message, stderr);
}

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void read_slice(const char *path, struct slice *slice)
{
	int file = open(path, O_RDONLY);
	ssize_t size = file < 0 ? -1 : read(file, slice->bytes, sizeof(slice->bytes));

	if (size <= 0) {
		fprintf(stderr, "%s cannot be read\n", path);
		exit(2);
	}
	slice->size = (unsigned)size;
	close(file);
}

static void open_display(struct session *s, const char *node)
{
	int major;
	int minor;

	s->node = open(node, O_RDWR);
	s->display = vaGetDisplayDRM(s->node);
	vaSetErrorCallback(s->display, on_error, NULL);
	vaSetInfoCallback(s->display, NULL, NULL);
	if (vaInitialize(s->display, &major, &minor) != VA_STATUS_SUCCESS) {
		fprintf(stderr, "vaInitialize failed on %s\n", node);
		exit(2);
	}
}

static void open_decoder(struct session *s)
{
	wants("create config",
	      vaCreateConfig(s->display, VAProfileH264Main, VAEntrypointVLD, NULL, 0, &s->config), 0);
	wants("create surfaces",
	      vaCreateSurfaces(s->display, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, s->surfaces, SURFACES, NULL, 0),
	      0);
	wants("create context",
	      vaCreateContext(s->display, s->config, WIDTH, HEIGHT, VA_PROGRESSIVE, s->surfaces, SURFACES,
	                      &s->context),
	      0);
}

static void close_decoder(struct session *s)
{
	wants("destroy context", vaDestroyContext(s->display, s->context), 0);
	wants("destroy config", vaDestroyConfig(s->display, s->config), 0);
	wants("destroy surfaces", vaDestroySurfaces(s->display, s->surfaces, SURFACES), 0);
}

/* ---- a picture ------------------------------------------------------------------------------------- */

static void no_picture(VAPictureH264 *picture)
{
	memset(picture, 0, sizeof(*picture));
	picture->picture_id = VA_INVALID_SURFACE;
	picture->flags = VA_PICTURE_H264_INVALID;
}

/* frame 0 is the IDR picture, 1 the P picture that refers to it. */
static VAPictureParameterBufferH264 picture_parameters(VASurfaceID surface, VASurfaceID reference,
                                                       unsigned frame)
{
	VAPictureParameterBufferH264 p;

	memset(&p, 0, sizeof(p));
	for (int i = 0; i < 16; i++)
		no_picture(&p.ReferenceFrames[i]);
	p.CurrPic.picture_id = surface;
	p.CurrPic.frame_idx = frame;
	p.CurrPic.flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE;
	p.CurrPic.TopFieldOrderCnt = p.CurrPic.BottomFieldOrderCnt = (int)(2 * frame);
	if (frame > 0) {
		p.ReferenceFrames[0].picture_id = reference;
		p.ReferenceFrames[0].flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE;
	}
	p.picture_width_in_mbs_minus1 = WIDTH / 16 - 1;
	p.picture_height_in_mbs_minus1 = HEIGHT / 16 - 1;
	p.num_ref_frames = 4;
	p.seq_fields.bits.chroma_format_idc = 1;
	p.seq_fields.bits.frame_mbs_only_flag = 1;
	p.seq_fields.bits.direct_8x8_inference_flag = 1;
	p.seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 = 2;
	p.pic_init_qp_minus26 = 4;
	p.pic_fields.bits.reference_pic_flag = 1;
	p.frame_num = (uint16_t)frame;
	return p;
}

static VASliceParameterBufferH264 slice_parameters(const struct slice *slice, VASurfaceID reference,
                                                   unsigned frame)
{
	VASliceParameterBufferH264 p;

	memset(&p, 0, sizeof(p));
	for (int i = 0; i < 32; i++) {
		no_picture(&p.RefPicList0[i]);
		no_picture(&p.RefPicList1[i]);
	}
	p.slice_data_size = slice->size;
	p.slice_type = frame > 0 ? 0 : 2;
	if (frame > 0) {
		p.RefPicList0[0].picture_id = reference;
		p.RefPicList0[0].flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE;
	}
	return p;
}

struct buffers {
	VABufferID picture;
	VABufferID parameters;
	VABufferID data;
};

static struct buffers make_buffers(struct session *s, VASurfaceID surface, VASurfaceID reference,
                                   unsigned frame)
{
	const struct slice *slice = frame > 0 ? &predicted : &intra;
	VAPictureParameterBufferH264 picture = picture_parameters(surface, reference, frame);
	VASliceParameterBufferH264 parameters = slice_parameters(slice, reference, frame);
	struct buffers b = {VA_INVALID_ID, VA_INVALID_ID, VA_INVALID_ID};

	vaCreateBuffer(s->display, s->context, VAPictureParameterBufferType, sizeof(picture), 1, &picture,
	               &b.picture);
	vaCreateBuffer(s->display, s->context, VASliceParameterBufferType, sizeof(parameters), 1, &parameters,
	               &b.parameters);
	vaCreateBuffer(s->display, s->context, VASliceDataBufferType, slice->size, 1,
	               (void *)(uintptr_t)slice->bytes, &b.data);
	return b;
}

static void destroy_buffers(struct session *s, const struct buffers *b)
{
	vaDestroyBuffer(s->display, b->picture);
	vaDestroyBuffer(s->display, b->parameters);
	vaDestroyBuffer(s->display, b->data);
}

static VAStatus decode(struct session *s, VASurfaceID surface, VASurfaceID reference, unsigned frame)
{
	struct buffers b = make_buffers(s, surface, reference, frame);
	VABufferID slice[2] = {b.parameters, b.data};
	VAStatus status = vaBeginPicture(s->display, s->context, surface);
	VAStatus ended;

	if (!status)
		status = vaRenderPicture(s->display, s->context, &b.picture, 1);
	if (!status)
		status = vaRenderPicture(s->display, s->context, slice, 2);
	ended = vaEndPicture(s->display, s->context);
	destroy_buffers(s, &b);
	return status ? status : ended;
}

static void show(struct session *s, const char *name, VASurfaceID surface)
{
	VAImageFormat format = {.fourcc = VA_FOURCC_NV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12};
	uint64_t hash = 0xcbf29ce484222325u;
	uint8_t *bytes = NULL;
	VAImage image;

	if (vaSyncSurface(s->display, surface) || vaCreateImage(s->display, &format, WIDTH, HEIGHT, &image)) {
		printf("picture %s none\n", name);
		return;
	}
	if (vaGetImage(s->display, surface, 0, 0, WIDTH, HEIGHT, image.image_id) ||
	    vaMapBuffer(s->display, image.buf, (void **)&bytes)) {
		printf("picture %s none\n", name);
	} else {
		for (int plane = 0; plane < 2; plane++) {
			for (int y = 0; y < (plane ? HEIGHT / 2 : HEIGHT); y++) {
				const uint8_t *row = bytes + image.offsets[plane] + (size_t)y * image.pitches[plane];

				for (int x = 0; x < WIDTH; x++)
					hash = (hash ^ row[x]) * 0x100000001b3u;
			}
		}
		printf("picture %s %016llx\n", name, (unsigned long long)hash);
		vaUnmapBuffer(s->display, image.buf);
	}
	vaDestroyImage(s->display, image.image_id);
}

/* Both kinds of picture, right after something went wrong. */
static void still_works(struct session *s, const char *after)
{
	char name[96];

	snprintf(name, sizeof(name), "a good picture after %s", after);
	wants(name, decode(s, s->surfaces[0], VA_INVALID_SURFACE, 0), 0);
	show(s, "intra", s->surfaces[0]);
	wants(name, decode(s, s->surfaces[1], s->surfaces[0], 1), 0);
	show(s, "predicted", s->surfaces[1]);
}

/* ---- what nobody should do --------------------------------------------------------------------------- */

static void unknown_ids(struct session *s)
{
	const unsigned bad = 0x7ffffff0;
	VABufferID buffer = bad;
	VASurfaceID surface = bad;
	VASurfaceStatus state;
	VAImage image;
	void *bytes;

	wants("BeginPicture of no context", vaBeginPicture(s->display, bad, s->surfaces[0]),
	      VA_STATUS_ERROR_INVALID_CONTEXT);
	wants("BeginPicture of no surface", vaBeginPicture(s->display, s->context, bad),
	      VA_STATUS_ERROR_INVALID_SURFACE);
	wants("RenderPicture of no context", vaRenderPicture(s->display, bad, &buffer, 1),
	      VA_STATUS_ERROR_INVALID_CONTEXT);
	wants("EndPicture of no context", vaEndPicture(s->display, bad), VA_STATUS_ERROR_INVALID_CONTEXT);
	wants("MapBuffer of no buffer", vaMapBuffer(s->display, bad, &bytes), VA_STATUS_ERROR_INVALID_BUFFER);
	wants("UnmapBuffer of no buffer", vaUnmapBuffer(s->display, bad), VA_STATUS_ERROR_INVALID_BUFFER);
	wants("DestroyBuffer of no buffer", vaDestroyBuffer(s->display, bad), VA_STATUS_ERROR_INVALID_BUFFER);
	wants("DestroySurfaces of no surface", vaDestroySurfaces(s->display, &surface, 1),
	      VA_STATUS_ERROR_INVALID_SURFACE);
	wants("DestroyImage of no image", vaDestroyImage(s->display, bad), VA_STATUS_ERROR_INVALID_IMAGE);
	wants("DestroyConfig of no config", vaDestroyConfig(s->display, bad), VA_STATUS_ERROR_INVALID_CONFIG);
	wants("DestroyContext of no context", vaDestroyContext(s->display, bad), VA_STATUS_ERROR_INVALID_CONTEXT);
	wants("SyncSurface of no surface", vaSyncSurface(s->display, bad), VA_STATUS_ERROR_INVALID_SURFACE);
	wants("QuerySurfaceStatus of no surface", vaQuerySurfaceStatus(s->display, bad, &state),
	      VA_STATUS_ERROR_INVALID_SURFACE);
	wants("DeriveImage of no surface", vaDeriveImage(s->display, bad, &image),
	      VA_STATUS_ERROR_INVALID_SURFACE);
	wants("DestroyBuffer of a surface's id", vaDestroyBuffer(s->display, s->surfaces[0]),
	      VA_STATUS_ERROR_INVALID_BUFFER);
	still_works(s, "unknown ids");
}

static void wrong_order(struct session *s)
{
	struct buffers b = make_buffers(s, s->surfaces[2], VA_INVALID_SURFACE, 0);
	VABufferID slice[2] = {b.parameters, b.data};
	VABufferID missing = 0x7ffffff0;

	wants("EndPicture without BeginPicture", vaEndPicture(s->display, s->context),
	      VA_STATUS_ERROR_OPERATION_FAILED);
	wants("RenderPicture without BeginPicture", vaRenderPicture(s->display, s->context, &b.picture, 1),
	      VA_STATUS_ERROR_OPERATION_FAILED);
	vaBeginPicture(s->display, s->context, s->surfaces[2]);
	wants("RenderPicture of no buffer", vaRenderPicture(s->display, s->context, &missing, 1),
	      VA_STATUS_ERROR_INVALID_BUFFER);
	vaEndPicture(s->display, s->context);
	vaBeginPicture(s->display, s->context, s->surfaces[2]);
	wants("BeginPicture gives up a picture that was never ended",
	      vaBeginPicture(s->display, s->context, s->surfaces[3]), VA_STATUS_SUCCESS);
	vaEndPicture(s->display, s->context);
	vaBeginPicture(s->display, s->context, s->surfaces[2]);
	wants("slices before parameters", vaRenderPicture(s->display, s->context, slice, 2),
	      VA_STATUS_ERROR_INVALID_PARAMETER);
	vaEndPicture(s->display, s->context);
	vaBeginPicture(s->display, s->context, s->surfaces[2]);
	vaRenderPicture(s->display, s->context, &b.picture, 1);
	wants("a picture without slices", vaEndPicture(s->display, s->context), VA_STATUS_ERROR_OPERATION_FAILED);
	destroy_buffers(s, &b);
	still_works(s, "calls in the wrong order");
}

static VAStatus render_one(struct session *s, VABufferType type, unsigned size, void *bytes)
{
	VABufferID buffer = VA_INVALID_ID;
	VAStatus status = vaCreateBuffer(s->display, s->context, type, size, 1, bytes, &buffer);

	if (status)
		return status;
	status = vaBeginPicture(s->display, s->context, s->surfaces[2]);
	if (!status)
		status = vaRenderPicture(s->display, s->context, &buffer, 1);
	vaEndPicture(s->display, s->context);
	vaDestroyBuffer(s->display, buffer);
	return status;
}

static VAStatus decode_changed(struct session *s, const VAPictureParameterBufferH264 *picture,
                               const VASliceParameterBufferH264 *parameters, const uint8_t *bytes,
                               unsigned size)
{
	VABufferID ids[3];
	VAStatus status;
	VAStatus ended;

	vaCreateBuffer(s->display, s->context, VAPictureParameterBufferType, sizeof(*picture), 1,
	               (void *)(uintptr_t)picture, &ids[0]);
	vaCreateBuffer(s->display, s->context, VASliceParameterBufferType, sizeof(*parameters), 1,
	               (void *)(uintptr_t)parameters, &ids[1]);
	vaCreateBuffer(s->display, s->context, VASliceDataBufferType, size, 1, (void *)(uintptr_t)bytes, &ids[2]);
	status = vaBeginPicture(s->display, s->context, s->surfaces[2]);
	if (!status)
		status = vaRenderPicture(s->display, s->context, ids, 3);
	ended = vaEndPicture(s->display, s->context);
	for (int i = 0; i < 3; i++)
		vaDestroyBuffer(s->display, ids[i]);
	return status ? status : ended;
}

static void wrong_contents(struct session *s)
{
	const VAPictureParameterBufferH264 picture = picture_parameters(s->surfaces[2], VA_INVALID_SURFACE, 0);
	const VASliceParameterBufferH264 slice = slice_parameters(&intra, VA_INVALID_SURFACE, 0);
	VAPictureParameterBufferH264 p = picture;
	VASliceParameterBufferH264 q = slice;
	uint8_t noise[256];

	memset(noise, 0xff, sizeof(noise));
	wants("picture parameters of 10 bytes", render_one(s, VAPictureParameterBufferType, 10, noise),
	      VA_STATUS_ERROR_INVALID_PARAMETER);
	wants("a buffer type that is none", render_one(s, (VABufferType)4711, 64, noise),
	      VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE);
	wants("a slice of noise", decode_changed(s, &picture, &slice, noise, sizeof(noise)),
	      VA_STATUS_ERROR_INVALID_PARAMETER);
	q.slice_data_size = intra.size + 100;
	wants("a slice larger than its data", decode_changed(s, &picture, &q, intra.bytes, intra.size),
	      VA_STATUS_ERROR_INVALID_PARAMETER);
	q = slice;
	q.slice_data_offset = 0xfffffff0u;
	wants("a slice far outside of its data", decode_changed(s, &picture, &q, intra.bytes, intra.size),
	      VA_STATUS_ERROR_INVALID_PARAMETER);
	p.bit_depth_luma_minus8 = p.bit_depth_chroma_minus8 = 6;
	wants("14 bit", decode_changed(s, &p, &slice, intra.bytes, intra.size),
	      VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	p = picture;
	p.seq_fields.bits.chroma_format_idc = 3;
	wants("4:4:4", decode_changed(s, &p, &slice, intra.bytes, intra.size),
	      VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	p = picture;
	p.picture_width_in_mbs_minus1 = 1000;
	wants("a picture 16016 pixels wide", decode_changed(s, &p, &slice, intra.bytes, intra.size),
	      VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
	p = picture;
	p.num_ref_frames = 200;
	wants("200 references", decode_changed(s, &p, &slice, intra.bytes, intra.size),
	      VA_STATUS_ERROR_INVALID_PARAMETER);
	still_works(s, "wrong contents");
}

static void missing_reference(struct session *s)
{
	VASurfaceID gone = s->surfaces[7];
	VAStatus status;

	/* Some decoders conceal it, some do not: what counts is that nothing falls over. */
	status = decode(s, s->surfaces[3], s->surfaces[6], 1);
	report("a reference that was never decoded",
	       status == VA_STATUS_SUCCESS || status == VA_STATUS_ERROR_DECODING_ERROR ||
	           status == VA_STATUS_ERROR_INVALID_SURFACE,
	       vaErrorStr(status));
	vaSyncSurface(s->display, s->surfaces[3]);
	vaDestroySurfaces(s->display, &gone, 1);
	status = decode(s, s->surfaces[4], gone, 1);
	report("a reference that was destroyed",
	       status == VA_STATUS_SUCCESS || status == VA_STATUS_ERROR_INVALID_SURFACE ||
	           status == VA_STATUS_ERROR_INVALID_PARAMETER,
	       vaErrorStr(status));
	vaSyncSurface(s->display, s->surfaces[4]);
	wants("create a surface",
	      vaCreateSurfaces(s->display, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &s->surfaces[7], 1, NULL, 0), 0);
	still_works(s, "missing references");
}

static void destroyed_in_use(struct session *s)
{
	struct buffers b = make_buffers(s, s->surfaces[2], VA_INVALID_SURFACE, 0);
	VABufferID slice[2] = {b.parameters, b.data};
	VAImage image;
	uint8_t *bytes = NULL;

	vaBeginPicture(s->display, s->context, s->surfaces[2]);
	vaRenderPicture(s->display, s->context, &b.picture, 1);
	vaRenderPicture(s->display, s->context, slice, 2);
	destroy_buffers(s, &b);
	wants("buffers destroyed before EndPicture", vaEndPicture(s->display, s->context), 0);
	show(s, "intra", s->surfaces[2]);

	wants("decode", decode(s, s->surfaces[5], VA_INVALID_SURFACE, 0), 0);
	wants("a surface destroyed while it is decoded", vaDestroySurfaces(s->display, &s->surfaces[5], 1), 0);
	wants("SyncSurface of it", vaSyncSurface(s->display, s->surfaces[5]), VA_STATUS_ERROR_INVALID_SURFACE);
	wants("create a surface",
	      vaCreateSurfaces(s->display, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &s->surfaces[5], 1, NULL, 0), 0);

	wants("decode", decode(s, s->surfaces[6], VA_INVALID_SURFACE, 0), 0);
	wants("DeriveImage", vaDeriveImage(s->display, s->surfaces[6], &image), 0);
	wants("MapBuffer", vaMapBuffer(s->display, image.buf, (void **)&bytes), 0);
	wants("a surface destroyed while its image is mapped", vaDestroySurfaces(s->display, &s->surfaces[6], 1),
	      0);
	report("its bytes stay readable", bytes && bytes[image.offsets[0]] + 1 > 0, "no bytes");
	vaUnmapBuffer(s->display, image.buf);
	wants("DestroyImage", vaDestroyImage(s->display, image.image_id), 0);
	wants("create a surface",
	      vaCreateSurfaces(s->display, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &s->surfaces[6], 1, NULL, 0), 0);
	still_works(s, "destruction in use");
}

static void unsupported(struct session *s)
{
	VAConfigID config = VA_INVALID_ID;
	VAContextID context = 0;
	VASurfaceID surface = VA_INVALID_ID;
	VAImage image;
	VAImageFormat format = {
		.fourcc = VA_FOURCC('X', 'X', 'X', 'X'), .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12};
	VABufferID buffer;

	wants("a profile that is not offered",
	      vaCreateConfig(s->display, VAProfileVC1Advanced, VAEntrypointVLD, NULL, 0, &config),
	      VA_STATUS_ERROR_UNSUPPORTED_PROFILE);
	wants("an entrypoint that is not offered",
	      vaCreateConfig(s->display, VAProfileH264Main, VAEntrypointEncSlice, NULL, 0, &config),
	      VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT);
	wants("a surface of 4:4:4",
	      vaCreateSurfaces(s->display, VA_RT_FORMAT_YUV444, 64, 64, &surface, 1, NULL, 0),
	      VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
	wants("a context of 16384x16384",
	      vaCreateContext(s->display, s->config, 16384, 16384, VA_PROGRESSIVE, NULL, 0, &context),
	      VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
	report("a context that failed is VA_INVALID_ID", context == VA_INVALID_ID,
	       "something else was left there");
	wants("an image of no format", vaCreateImage(s->display, &format, 64, 64, &image),
	      VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
	wants("a buffer of 4 GiB",
	      vaCreateBuffer(s->display, s->context, VASliceDataBufferType, 0xffffffffu, 4096, NULL, &buffer),
	      VA_STATUS_ERROR_ALLOCATION_FAILED);
	still_works(s, "what is not supported");
}

/* The whole life of a display once more: descriptors must not add up. */
static void leaks(const char *node)
{
	int before = count_descriptors();
	char why[64];
	int after;

	for (int i = 0; i < 3; i++) {
		struct session s;

		open_display(&s, node);
		open_decoder(&s);
		decode(&s, s.surfaces[0], VA_INVALID_SURFACE, 0);
		if (i == 1)
			close_decoder(&s); /* else vaTerminate() has to do it, with a picture in flight */
		vaTerminate(s.display);
		close(s.node);
	}
	after = count_descriptors();
	snprintf(why, sizeof(why), "%d descriptors before, %d after", before, after);
	report("no descriptor is left", before == after, why);
}

int main(int argc, char **argv)
{
	struct session s;
	unsigned quiet;

	if (argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_slice(argv[2], &intra);
	read_slice(argv[3], &predicted);
	open_display(&s, argv[1]);
	open_decoder(&s);
	still_works(&s, "nothing");
	report("good calls say nothing", said == 0, "they do");
	unknown_ids(&s);
	wrong_order(&s);
	wrong_contents(&s);
	missing_reference(&s);
	destroyed_in_use(&s);
	unsupported(&s);
	quiet = said;
	still_works(&s, "everything");
	report("good calls say nothing afterwards", said == quiet, "they do");
	close_decoder(&s);
	wants("terminate", vaTerminate(s.display), 0);
	close(s.node);
	leaks(argv[1]);
	return failures ? 1 : 0;
}
