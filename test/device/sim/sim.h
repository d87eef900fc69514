/* SPDX-License-Identifier: MIT
 *
 * A simulated V4L2 stateless decoder, in the process that uses it.
 *
 * preload.c stands between the program and libc; files.c knows which descriptors are simulated; everything else answers
 * as Linux 6.12 does (drivers/media/..., named where an answer is not obvious). All state is under one lock; a worker
 * thread per open video node decodes outside it. Functions that answer an ioctl return 0 or a negative errno.
 */
#ifndef TEST_DEVICE_SIM_SIM_H
#define TEST_DEVICE_SIM_SIM_H

#include <linux/media.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "log.h"
#include "model.h"
#include "uapi.h"

enum {
	SIM_MAX_DEVICES = 12,
	SIM_MAX_DESCRIPTORS = 65536,
	SIM_MAX_BUFFERS = 64,
	SIM_MAX_CODECS = 8,
	SIM_MAX_PLANES = 2,
	SIM_MAX_CAPTURE_FORMATS = 8,
	SIM_MAX_CONTROLS = 64,
	SIM_MAX_REQUEST_BUFFERS = 8,
	SIM_MAX_REQUEST_CONTEXTS = 4,
	SIM_VIDEO_MAJOR = 81,
	SIM_MEDIA_MAJOR = 510,
	SIM_DRM_MAJOR = 226,
	SIM_HEAP_MAJOR = 509
};

#define SIM_DRIVER_NAME "v4l2-simulated"
#define SIM_KERNEL_VERSION ((6u << 16) | (12u << 8))

struct sim_context;
struct sim_queue;
struct sim_request;

/* ---- device.c: which decoders there are ------------------------------------------------------------- */

/* A kind of device: what its driver would have compiled in. */
struct sim_kind {
	const char *name;
	const char *card;
	bool decoder; /* else it is named alone, without codecs */
	enum model_mode mode;
	bool reads_sets; /* slice headers with the sets of the SPS, as VDPU381 and VDPU383 do */
	bool columns;    /* pictures in columns, and no start codes, as rpi-hevc-dec */
	bool multiplanar;
	bool hold;          /* VB2_V4L2_FL_SUPPORTS_M2M_HOLD_CAPTURE_BUF */
	bool frame_sizes;   /* ENUM_FRAMESIZES is implemented */
	bool aligned_width; /* the width that S_FMT returns is rounded up to the step */
	bool monochrome;    /* 4:0:0 is accepted */
	bool must_fit;      /* a sequence larger than the coded format is refused, as rkvdec does */
	uint32_t stride_alignment;
	uint32_t extra_per_macroblock; /* bytes behind the picture in sizeimage */
	uint32_t extra_per_buffer;
	uint32_t max_capture_buffers;
	uint32_t min_width, min_height, max_width, max_height, step;
};

struct sim_control {
	const struct model_codec *codec; /* NULL: a control class */
	uint32_t id;
	uint32_t type;
	const char *name;  /* as V4L2SIM_MUTATE has it */
	const char *title; /* as QUERY_EXT_CTRL has it */
	int64_t minimum;
	int64_t maximum;
	int32_t default_value;
	uint64_t skip_mask; /* menus */
	const char *const *menu;
	uint32_t size; /* bytes of the payload, of an array the most; 4 for what is not compound */
	uint32_t element_size;
	uint32_t elements; /* of a dynamic array, the most; 0: it is none */
	uint32_t offset;   /* of the value among those of the device */
	uint32_t flags;
};

struct sim_device {
	struct sim_kind kind;
	const struct model_codec *codecs[SIM_MAX_CODECS];
	unsigned codec_count;
	unsigned depth; /* the greatest bit depth */
	bool requests;
	bool requires_requests; /* OUTPUT is not queued without one */
	bool imports;           /* CAPTURE takes V4L2_MEMORY_DMABUF */
	bool tiled_default;
	uint32_t capture_formats[SIM_MAX_CAPTURE_FORMATS]; /* instead of those of the kind, in their depths */
	unsigned capture_format_count;
	int video_minor;
	int media_minor;
	char video_path[32];
	char media_path[32];
	struct sim_control controls[SIM_MAX_CONTROLS]; /* by ascending id */
	unsigned control_count;
	size_t values_size; /* of all controls */
	bool gone;
};

struct sim_configuration {
	struct sim_device devices[SIM_MAX_DEVICES];
	unsigned device_count;
	char render_path[64];
	int render_minor;
	char drm_name[32];
	bool no_permission;
	const char *memory; /* V4L2SIM_MEMORY; NULL: the machine's own */
	bool mmu;
	bool scribble;
	uint64_t delay_ns;
	const char *log_path;
};

extern struct sim_configuration sim_configuration;
void sim_configure(void); /* reads the environment, once */

/* ---- surroundings.c: the machine around decoders ---------------------------------------------------------- */

enum sim_heap { SIM_HEAP_OWN, SIM_HEAP_ABSENT, SIM_HEAP_REFUSED, SIM_HEAP_OPENS };

/* What is at a path; SIM_HEAP_OWN: what the machine has there. */
enum sim_heap sim_heap_at(const char *path);
/* Whether the path says of which type a decoder's IOMMU group is. */
bool sim_is_iommu(const char *path);

/* ---- files.c: simulated descriptors ------------------------------------------------------------------ */

enum sim_file_type { SIM_FILE_VIDEO, SIM_FILE_MEDIA, SIM_FILE_RENDER, SIM_FILE_REQUEST, SIM_FILE_DMABUF };

/* Memory of a buffer: a memfd, so that a descriptor of it can be mapped and passed on. */
struct sim_memory {
	unsigned references;
	unsigned users; /* of the references, those of dma-bufs and of mappings: num_users() of the allocators */
	int descriptor;
	size_t size;
	uint8_t *bytes;
	int sync_depth; /* DMA_BUF_SYNC_START without its END */
};

/* An open file description; several descriptors may share it. */
struct sim_file {
	enum sim_file_type type;
	unsigned references;
	struct sim_device *device;
	struct sim_context *context;
	struct sim_request *request;
	struct sim_memory *memory;
};

void sim_lock(void);
void sim_unlock(void);
void sim_changed(void); /* wakes every sim_wait() and every blocked poll() */
bool sim_wait(
	uint64_t deadline_ns); /* gives up the lock meanwhile; false once the deadline has passed; 0: none */
void sim_watch(int event_descriptor); /* write to it on each sim_changed() */
void sim_unwatch(int event_descriptor);
uint64_t sim_now(void);

bool sim_is_simulated(int descriptor);         /* cheap, without the lock */
struct sim_file *sim_file_get(int descriptor); /* a reference, or NULL */
void sim_file_put(struct sim_file *file);      /* locked */
struct sim_file *sim_file_new(enum sim_file_type type, struct sim_device *device);
int sim_file_install(struct sim_file *file, int descriptor);
int sim_file_backing(int flags); /* a descriptor that stands for a node; negative errno */
struct sim_file *sim_file_remove(int descriptor);
unsigned sim_file_open_count(enum sim_file_type type);
void sim_files_after_fork(void);
void sim_files_stop_workers(void);

struct sim_memory *sim_memory_new(size_t size);
struct sim_memory *sim_memory_reference(struct sim_memory *memory);
void sim_memory_put(struct sim_memory *memory);
struct sim_memory *sim_memory_use(struct sim_memory *memory); /* a reference that userspace sees */
void sim_memory_unuse(struct sim_memory *memory);
void sim_mapping_add(void *address, struct sim_memory *memory);
void sim_mapping_remove(void *address, size_t length);
struct sim_memory *sim_memory_of_descriptor(int descriptor); /* borrowed, or NULL */
int sim_memory_export(struct sim_memory *memory, unsigned flags);
int sim_dmabuf_ioctl(struct sim_file *file, unsigned long command, void *argument);

/* The calls below this library. */
int sim_real_close(int descriptor);
int sim_real_munmap(void *address, size_t length);
int sim_real_open(const char *path, int flags, mode_t mode);
long sim_real_fcntl(int descriptor, int command, long argument);

/* ---- media.c, request.c ------------------------------------------------------------------------------ */

int sim_media_ioctl(struct sim_file *file, unsigned long command, void *argument);

enum sim_request_state { SIM_REQUEST_IDLE, SIM_REQUEST_QUEUED, SIM_REQUEST_COMPLETE };

/* The controls of one context in one request: struct v4l2_ctrl_handler bound as a request object. */
struct sim_request_controls {
	struct sim_context *context;
	bool completed;
	bool valid[SIM_MAX_CONTROLS];
	uint32_t sizes[SIM_MAX_CONTROLS]; /* of those that are valid */
	_Alignas(8) uint8_t values[];
};

struct sim_request {
	struct sim_request *next; /* of all requests */
	unsigned references;
	enum sim_request_state state;
	struct sim_device *device;
	unsigned incomplete; /* objects that have not completed */
	struct sim_buffer *buffers[SIM_MAX_REQUEST_BUFFERS];
	unsigned buffer_count;
	struct sim_request_controls *controls[SIM_MAX_REQUEST_CONTEXTS];
};

int sim_request_alloc(struct sim_device *device);
struct sim_request *sim_request_of_descriptor(struct sim_device *device,
                                              int descriptor); /* a reference, or NULL */
void sim_request_reference(struct sim_request *request);
void sim_request_put(struct sim_request *request);
int sim_request_ioctl(struct sim_file *file, unsigned long command, void *argument);
short sim_request_poll(struct sim_request *request, short events);
int sim_request_bind_buffer(struct sim_request *request, struct sim_buffer *buffer);
void sim_request_unbind_buffer(struct sim_buffer *buffer);
struct sim_request_controls *sim_request_controls_of(struct sim_request *request, struct sim_context *context,
                                                     bool make);
void sim_request_controls_complete(struct sim_request *request, struct sim_context *context);
void sim_requests_forget_context(struct sim_context *context);

/* ---- queue.c, buffer.c (videobuf2), m2m.c (v4l2-mem2mem) ------------------------------------------------------- */

enum sim_buffer_state {
	SIM_BUFFER_DEQUEUED,
	SIM_BUFFER_IN_REQUEST,
	SIM_BUFFER_QUEUED,
	SIM_BUFFER_ACTIVE,
	SIM_BUFFER_DONE,
	SIM_BUFFER_ERROR
};

struct sim_plane {
	struct sim_memory *memory;
	uint32_t length;
	uint32_t min_length;
	uint32_t bytesused;
	uint32_t data_offset;
	int descriptor;
};

struct sim_buffer {
	struct sim_queue *queue;
	unsigned index;
	enum sim_buffer_state state;
	bool prepared;
	bool copied_timestamp;
	bool held;
	uint64_t timestamp; /* ns */
	uint32_t flags;
	uint32_t field;
	uint32_t sequence;
	struct v4l2_timecode timecode;
	int request_descriptor;
	struct sim_request *bound;   /* while it is an object of that request */
	struct sim_request *request; /* a reference until it is dequeued */
	unsigned plane_count;
	struct sim_plane planes[SIM_MAX_PLANES];
	struct sim_plane wanted[SIM_MAX_PLANES]; /* what QBUF said, until the buffer is prepared */
};

struct sim_list {
	struct sim_buffer *items[SIM_MAX_BUFFERS];
	unsigned count;
};

struct sim_queue {
	struct sim_context *context;
	uint32_t type;
	bool output;
	uint32_t memory; /* enum v4l2_memory, 0 when there are no buffers */
	struct sim_buffer *buffers[SIM_MAX_BUFFERS];
	unsigned buffer_count;
	unsigned max_buffers;
	bool busy;
	bool streaming;
	bool uses_requests;
	bool uses_qbuf;
	bool waiting_in_dqbuf;
	struct sim_list queued; /* in the order of QBUF, until DQBUF */
	struct sim_list ready;  /* the driver's */
	struct sim_list done;
	uint32_t sequence;
};

void sim_list_add(struct sim_list *list, struct sim_buffer *buffer);
void sim_list_remove(struct sim_list *list, struct sim_buffer *buffer);
struct sim_buffer *sim_list_first(const struct sim_list *list);

/* buffer.c: struct v4l2_buffer */
int sim_buffer_verify_planes(const struct sim_buffer *buffer, const struct v4l2_buffer *user);
void sim_buffer_to_user(const struct sim_buffer *buffer, struct v4l2_buffer *user);
int sim_buffer_from_user(struct sim_buffer *buffer, const struct v4l2_buffer *user);
void sim_buffer_take_timestamp(struct sim_buffer *buffer, const struct v4l2_buffer *user);

bool sim_queue_is_multiplanar(const struct sim_queue *queue);
bool sim_queue_busy(const struct sim_queue *queue);
int sim_queue_request_buffers(struct sim_queue *queue, struct v4l2_requestbuffers *request);
int sim_queue_create_buffers(struct sim_queue *queue, struct v4l2_create_buffers *create);
int sim_queue_query(struct sim_queue *queue, struct v4l2_buffer *buffer);
int sim_queue_remove_buffers(struct sim_queue *queue, const struct v4l2_remove_buffers *remove);
int sim_queue_prepare(struct sim_queue *queue, struct v4l2_buffer *buffer);
int sim_queue_qbuf(struct sim_queue *queue, struct v4l2_buffer *buffer);
int sim_queue_dqbuf(struct sim_queue *queue, struct v4l2_buffer *buffer, bool nonblocking);
int sim_queue_export(struct sim_queue *queue, struct v4l2_exportbuffer *export);
int sim_queue_stream_on(struct sim_queue *queue, uint32_t type);
int sim_queue_stream_off(struct sim_queue *queue, uint32_t type);
void sim_queue_release(struct sim_queue *queue);
int sim_queue_map(struct sim_queue *queue, uint64_t offset, size_t length, int protection, int flags,
                  struct sim_memory **memory);
void sim_buffer_done(struct sim_buffer *buffer, enum sim_buffer_state state);
int sim_buffer_prepare(struct sim_buffer *buffer);
int sim_buffer_enqueue_from_request(struct sim_buffer *buffer);
struct sim_buffer *sim_queue_find_timestamp(struct sim_queue *queue, uint64_t timestamp);

void sim_m2m_try_schedule(struct sim_context *context);
void sim_m2m_cancel(struct sim_context *context);
void sim_m2m_uncancel(struct sim_context *context);
void sim_m2m_finish(struct sim_context *context, enum sim_buffer_state state);
int sim_m2m_decoder_command(struct sim_context *context, struct v4l2_decoder_cmd *command, bool only_try);
short sim_m2m_poll(struct sim_context *context, short events);

/* ---- controls.c, control_check.c ---------------------------------------------------------------------- */

int sim_controls_query(struct sim_context *context, struct v4l2_query_ext_ctrl *query);
int sim_controls_query_old(struct sim_context *context, struct v4l2_queryctrl *query);
int sim_controls_query_menu(struct sim_context *context, struct v4l2_querymenu *query);
int sim_controls_get(struct sim_context *context, struct v4l2_ext_controls *controls);
int sim_controls_set(struct sim_context *context, struct v4l2_ext_controls *controls, bool set);
int sim_controls_get_one(struct sim_context *context, struct v4l2_control *control);
int sim_controls_set_one(struct sim_context *context, struct v4l2_control *control);
int sim_controls_apply_request(struct sim_context *context, struct sim_request_controls *values);
/* The initial values of all controls, and their sizes. */
void sim_controls_init(const struct sim_device *device, uint8_t *values, uint32_t *sizes);
int sim_controls_index(const struct sim_device *device, uint32_t id); /* -1 when there is none */
/* May normalise the value; size: its bytes. */
int sim_control_check(const struct sim_control *control, void *value, uint32_t size);
int sim_control_try(struct sim_context *context, const struct sim_control *control, const void *value);

/* ---- video.c, format.c -------------------------------------------------------------------------------- */

/* A format of either API: one memory plane. */
struct sim_format {
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	uint32_t bytesperline;
	unsigned plane_count; /* of CAPTURE; rows are as long in each */
	uint32_t sizeimage[SIM_MAX_PLANES];
	uint32_t colorspace;
	uint32_t ycbcr_enc;
	uint32_t quantization;
	uint32_t xfer_func;
};

struct sim_context {
	struct sim_device *device;
	struct sim_queue output;
	struct sim_queue capture;
	struct sim_format output_format;
	struct sim_format capture_format;
	unsigned depth;   /* that the sequence control settled */
	bool depth_known; /* a sequence came after S_FMT(OUTPUT) */
	uint8_t *values;  /* of the device's controls, each at its offset */
	uint32_t sizes[SIM_MAX_CONTROLS];
	bool was_set[SIM_MAX_CONTROLS];
	struct model_decoder model;
	pthread_t worker;
	bool has_worker;
	bool closing;
	bool job_queued;
	bool running;
	bool abort;
	bool new_frame;
};

struct sim_context *sim_video_open(struct sim_device *device);
void sim_video_close(struct sim_context *context);
int sim_video_ioctl(struct sim_file *file, int descriptor, unsigned long command, void *argument);
int sim_format_enumerate(struct sim_context *context, struct v4l2_fmtdesc *description);
int sim_format_frame_sizes(struct sim_context *context, struct v4l2_frmsizeenum *sizes);
int sim_format_get(struct sim_context *context, struct v4l2_format *format);
int sim_format_set(struct sim_context *context, struct v4l2_format *format, bool only_try);
int sim_format_check_type(const struct sim_context *context, uint32_t type);
void sim_format_reset(struct sim_context *context);
void sim_format_reset_capture(struct sim_context *context);
/* The codec of a device's coded format; NULL when it has none such. */
const struct model_codec *sim_format_codec(const struct sim_device *device, uint32_t fourcc);

/* ---- job.c, render.c ----------------------------------------------------------------------------------- */

int sim_job_start_worker(struct sim_context *context);
void sim_job_stop_worker(struct sim_context *context);
void sim_job_forget_worker(struct sim_context *context); /* after fork */
void sim_job_flush(struct sim_context *context);         /* VIDIOC_DECODER_CMD(FLUSH), or another timestamp */
void sim_job_reset(struct sim_context *context);         /* STREAMOFF */
int sim_render_ioctl(struct sim_file *file, unsigned long command, void *argument);

/* ---- fault.c -------------------------------------------------------------------------------------------- */

/* Instead of those before: calls and jobs are counted from here on. */
void sim_fault_configure(const char *faults, const char *mutations);
/* The errno that this call is to fail with, or 0. queue: "OUTPUT", "CAPTURE" or NULL. */
int sim_fault(const char *call, const char *target);
enum sim_decode_fault { SIM_DECODE_NORMAL, SIM_DECODE_ERROR, SIM_DECODE_HANG, SIM_DECODE_GONE };
/* What becomes of the next job. */
enum sim_decode_fault sim_fault_decode(void);
/* Flips what the environment says in the value of the control with this name, or in the "bitstream"; true when something flipped. */
bool sim_mutate(unsigned job, const char *name, void *value, size_t size);
bool sim_mutates_bitstream(void);

#endif
