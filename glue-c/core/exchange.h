/* SPDX-License-Identifier: MIT
 *
 * The boundary between the core (driver-src, AssemblyScript -> wasm -> C) and the glue (glue-c).
 *
 * Every struct that crosses it is declared here, once. tools/ generates the accessor classes of
 * driver-src/abi/exchange.ts from this file, so both sides agree by construction, and the generated
 * static assertions hold each target compiler to the same offsets. Only fixed-width fields, no pointers:
 * an "address" is an offset into the instance's linear memory and is checked before it is used.
 *
 * Two areas of linear memory carry everything:
 *
 *   input   CORE_INPUT_CAPACITY bytes at core_input_address(), written by the glue before a call
 *   output  CORE_OUTPUT_CAPACITY bytes at core_output_address(), read by the glue after it
 *
 * A display has one instance (the display_* exports: questions with answers), and every VAContext has one
 * of its own (the context_* exports: events that return a plan). The core never blocks and never does I/O.
 */
#ifndef GLUE_CORE_EXCHANGE_H
#define GLUE_CORE_EXCHANGE_H

#include <stdint.h>

enum {
	CORE_PARAMETER_CAPACITY = 4096, /* largest element of a VA parameter buffer */
	CORE_SLICE_HEADER_CAPACITY =
		4080,                      /* first bytes of slice data that the core may see; behind the parameter */
	CORE_SLICE_TAIL_CAPACITY = 16, /* and its last ones: they end where the input area ends */
	CORE_INPUT_CAPACITY = CORE_PARAMETER_CAPACITY + CORE_SLICE_HEADER_CAPACITY + CORE_SLICE_TAIL_CAPACITY,
	CORE_OUTPUT_CAPACITY = 8192,

	CORE_MAX_CODED_FORMATS = 12,
	CORE_MAX_CAPTURE_FORMATS = 32,    /* vicodec lists 25 */
	CORE_MAX_CONTROLS = 64,           /* stateless controls enumerated on one decoder */
	CORE_MAX_PLANES = 3,              /* planes of an image layout */
	CORE_MAX_V4L2_PLANES = 2,         /* memory planes of a V4L2 format */
	CORE_MAX_STEPS = 24,              /* steps of one plan */
	CORE_MAX_BUFFER_SIZE = 256 << 20, /* bytes of an OUTPUT buffer */
	CORE_MAX_PLAN_CONTROLS = 16,
	CORE_MAX_PAUSE_MS = 100,
	CORE_MAX_OUTPUT_SLOTS = 16, /* OUTPUT buffers, each with a request of its own */
	CORE_MAX_CAPTURE_BUFFERS = 32,
	CORE_MAX_SOURCES = 4,
	CORE_MAX_PROBE_CONTROL = 2048, /* bytes of the sequence control that settles a CAPTURE format */
	/* The memory planes of a buffer are mapped one behind the other, the second from a multiple of this on: any machine's pages. */
	CORE_MEMORY_PLANE_ALIGNMENT = 65536,
	CORE_MAX_LAYOUT_SIZE = 256 << 20 /* bytes of a picture in memory: 16384x10922 in NV12 */
};

#define CORE_NONE 0xffffffffu /* no slot, no index, no surface (= VA_INVALID_ID) */

/* ---- facts: what the glue enumerated, unjudged ------------------------------------------------- */

enum { CORE_SIZES_UNKNOWN, CORE_SIZES_DISCRETE, CORE_SIZES_CONTINUOUS, CORE_SIZES_STEPWISE };

/* VIDIOC_ENUM_FRAMESIZES of one coded format. Discrete sizes are folded into their least and greatest. */
struct core_frame_sizes {
	uint32_t kind; /* CORE_SIZES_*; UNKNOWN when the ioctl answers ENOTTY or EINVAL */
	uint32_t min_width;
	uint32_t max_width;
	uint32_t step_width;
	uint32_t min_height;
	uint32_t max_height;
	uint32_t step_height;
};

/* Bit depths, a set. */
enum { CORE_DEPTH_8 = 1, CORE_DEPTH_10 = 2 };

/* A CAPTURE format, and the depths at which the device enumerates it: 8 bit is its default, 10 bit comes after the sequence
 * control of display_probe_control(). */
struct core_capture_format {
	uint32_t fourcc;
	uint32_t depths; /* CORE_DEPTH_* */
};

/* One OUTPUT format, and the CAPTURE formats that the device enumerates while it is set. */
struct core_coded_format {
	uint32_t fourcc; /* V4L2_PIX_FMT_H264_SLICE ... */
	struct core_frame_sizes sizes;
	uint32_t capture_count;
	struct core_capture_format captures[CORE_MAX_CAPTURE_FORMATS];
};

/* VIDIOC_QUERY_EXT_CTRL (and QUERYMENU) of one control of the codec-stateless class. */
struct core_control_facts {
	uint32_t id;
	uint32_t type; /* enum v4l2_ctrl_type */
	int32_t minimum;
	int32_t maximum;
	int32_t default_value;
	uint32_t elem_size; /* bytes */
	uint32_t elems;
	uint32_t max_elems; /* of a dynamic array (V4L2_CTRL_FLAG_DYNAMIC_ARRAY): how many it may have; else 0 */
	uint32_t menu_mask; /* bit n: VIDIOC_QUERYMENU knows item n; 0 when not a menu */
};

struct core_decoder {
	uint8_t driver[16]; /* of struct v4l2_capability: its name, in ASCII, with zeros behind it */
	uint32_t mmu;   /* 1: sysfs says that it reaches memory through an MMU, and so scattered memory, too */
	uint32_t index; /* which decoder of the display, 0.. in the order of discovery */
	uint32_t coded_count;
	uint32_t control_count;
	struct core_coded_format coded[CORE_MAX_CODED_FORMATS];
	struct core_control_facts controls[CORE_MAX_CONTROLS];
};

/* A format as VIDIOC_G_FMT / S_FMT returned it, of either API and either queue. */
struct core_format {
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	uint32_t plane_count;
	uint32_t bytesperline[CORE_MAX_V4L2_PLANES];
	uint32_t sizeimage[CORE_MAX_V4L2_PLANES];
};

/* Why a node, or the machine, serves no pictures. */
enum {
	CORE_FINDING_REFUSED,     /* the node's mode does not let the user open it */
	CORE_FINDING_KEPT_OUT,    /* its mode does, and something else does not: a container or sandbox */
	CORE_FINDING_FAILED,      /* it answered with another errno */
	CORE_FINDING_HIDDEN,      /* the kernel has it, /dev has not */
	CORE_FINDING_NO_REQUESTS, /* it decodes, without the Request API */
	CORE_FINDING_LEFT_OUT,    /* the driver's tables have no room for it, or for something of it */
	CORE_FINDING_MISNAMED,    /* the environment names it, and it is no decoder */
	CORE_FINDING_NO_DECODER,  /* no media device is a decoder, or there is none at all */
	CORE_FINDINGS
};

/* ---- answers of the display_* exports ---------------------------------------------------------- */

struct core_attribute { /* VAConfigAttrib */
	uint32_t type;
	uint32_t value;
};

struct core_surface_attribute { /* VASurfaceAttrib with an integer value */
	uint32_t type;
	uint32_t flags;
	uint32_t value_type;
	uint32_t value;
};

/* What a player is told of a config that is refused. */
enum {
	CORE_REFUSAL_NONE, /* nothing: it only asked */
	CORE_REFUSAL_NO_DECODER,
	CORE_REFUSAL_NOT_OFFERED
};

struct core_config {
	uint32_t profile;
	uint32_t entrypoint;
	uint32_t rt_format;
	uint32_t coded_fourcc;
	uint32_t refusal; /* CORE_REFUSAL_*; the rest is undefined where display_create_config() is no success */
};

/* Whether a decoder serves a profile, or else the first thing that is missing, in the order of a look at the device. */
enum {
	CORE_VERDICT_OFFERED,
	CORE_VERDICT_NO_SUCH_PROFILE,   /* this driver has no such VAProfile */
	CORE_VERDICT_NO_CODED_FORMAT,   /* the OUTPUT queue does not list the codec */
	CORE_VERDICT_NO_CONTROL,        /* a control that every picture needs is not there */
	CORE_VERDICT_NO_CAPTURE_FORMAT, /* none that holds a depth which the profile must have */
	CORE_VERDICT_NOT_IN_MENU        /* the device's profile menu does not list it */
};

struct core_verdict {
	uint32_t verdict;      /* CORE_VERDICT_*; what follows is 0 without such a profile */
	uint32_t coded_fourcc; /* the codec's, V4L2_PIX_FMT_* */
	uint32_t control; /* the one that is missing, or the menu of profiles that has not this one; else 0 */
	uint32_t
		depths; /* CORE_DEPTH_*: those that it must have and has no format for, or of OFFERED those that it has */
	uint32_t max_width; /* of OFFERED; else 0 */
	uint32_t max_height;
};

struct core_surface {
	uint32_t fourcc; /* VA_FOURCC_NV12, VA_FOURCC_P010 */
	uint32_t width;
	uint32_t height;
};

/* How samples are packed within a row, little endian, the first sample in the lowest bits. */
enum {
	CORE_PACKING_NONE,         /* whole bytes: 8 bit, or 16 with the sample's 10 at the top */
	CORE_PACKING_FOUR_IN_FIVE, /* 10 bits each: 4 samples in 5 bytes (NV15) */
	CORE_PACKING_THREE_IN_FOUR /* 10 bits each: 3 samples in 4 bytes, the top 2 bits unused (NC30) */
};

/*
 * Where the bytes of a picture are. Of a surface's memory, or of a VAImage. It is linear (rows of whole bytes) unless packing or
 * tile_bytes is set; of what is not linear, the tiles are those of struct fetch_plane.
 */
struct core_layout {
	uint32_t fourcc; /* VA_FOURCC_*: what it shows as */
	uint32_t width;
	uint32_t height;
	uint32_t plane_count;
	uint32_t pitches[CORE_MAX_PLANES];
	uint32_t offsets[CORE_MAX_PLANES];
	uint32_t packing;                    /* CORE_PACKING_* */
	uint32_t tile_bytes;                 /* of one row of a tile; 0: not tiled */
	uint32_t tile_rows[CORE_MAX_PLANES]; /* 0 when it is linear */
	uint32_t
		exportable; /* 1: it can be handed out as it is: linear, with pitches and offsets that every GPU takes */
	uint32_t second_at;  /* where the second memory plane is mapped; 0: there is one only */
	uint32_t most_width; /* of a picture in a decoder's memory of this layout */
	uint32_t most_height;
	uint32_t size; /* bytes in all */
};

/* Memory that the player brings along, for one surface. Of VASurfaceAttribExternalBuffers what matters; a
 * VADRMPRIMESurfaceDescriptor stands at CORE_PARAMETER_CAPACITY of the input area instead. */
struct core_external {
	uint32_t memory_type; /* VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME, _2 */
	uint32_t surfaces;    /* asked for in the call */
	uint32_t memory_size; /* bytes of the dma-buf itself */
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	uint32_t data_size;
	uint32_t num_planes;
	uint32_t num_buffers;
	uint32_t tiled; /* or protected */
	uint32_t pitches[CORE_MAX_PLANES];
	uint32_t offsets[CORE_MAX_PLANES];
};

/* Why the player's memory cannot be a surface. */
enum {
	CORE_IMPORT_NONE,
	CORE_IMPORT_COUNT,
	CORE_IMPORT_OBJECTS,
	CORE_IMPORT_NOT_LINEAR,
	CORE_IMPORT_FORMAT,
	CORE_IMPORT_SIZE,
	CORE_IMPORT_PLANES,
	CORE_IMPORT_TOO_SMALL,
	CORE_IMPORT_MAY_SHRINK /* for the glue to find out */
};

struct core_import {
	uint32_t refusal; /* CORE_IMPORT_* */
	struct core_layout layout;
};

/* Where the memory of a picture may come from. */
enum {
	CORE_SOURCE_NONE,
	/* On a descriptor of its own, S_FMT(OUTPUT, coded_fourcc, width, height), the control if control_size is not 0,
	 * S_FMT(CAPTURE, capture_fourcc), REQBUFS(1, MMAP), EXPBUF. */
	CORE_SOURCE_DECODER,
	/* Likewise, but of OUTPUT, which takes any sizeimage: for a layout that CAPTURE does not have. */
	CORE_SOURCE_DECODER_OUTPUT,
	CORE_SOURCE_CONTIGUOUS_HEAP, /* DMA_HEAP_IOCTL_ALLOC of sizeimage: contiguous in physical memory, */
	CORE_SOURCE_SYSTEM_HEAP,     /* or wherever there is some */
	CORE_SOURCE_UDMABUF          /* UDMABUF_CREATE of a memfd of sizeimage */
};

/* How to get the memory of one picture. */
struct core_allocation {
	uint32_t decoder;
	uint32_t coded_fourcc;
	uint32_t width;
	uint32_t height;
	uint32_t capture_fourcc;
	uint32_t control_id;
	uint32_t control_address;
	uint32_t control_size;
	uint32_t sources[CORE_MAX_SOURCES]; /* CORE_SOURCE_*, tried in this order until one has memory */
	uint32_t ask_format; /* 1: the memory's format is CAPTURE's, to be asked as for CORE_SOURCE_DECODER, */
	struct core_format assumed; /* 0, or nothing can be asked: this one, except from CORE_SOURCE_DECODER */
};

/* ---- the doctor (doctor_diagnose()) ---------------------------------------------------------------- */

/* What libva does for a DRM node. */
enum {
	CORE_LIBRARY_REFUSED,   /* nothing: the user may not open the node */
	CORE_LIBRARY_OURS,      /* loads this driver */
	CORE_LIBRARY_NAMESAKE,  /* loads another driver that has this one's file name */
	CORE_LIBRARY_OTHER,     /* loads a driver of another name, or refuses one */
	CORE_LIBRARY_BROKEN,    /* finds this driver's file, or a link to it, and cannot load it */
	CORE_LIBRARY_NOT_FOUND, /* finds no driver's file */
	CORE_LIBRARIES
};

/* What is known of the machine besides its decoders, which display_add_decoder() was told. */
struct core_machine {
	uint32_t findings[CORE_FINDINGS];   /* how often each was found */
	uint32_t has_libva;                 /* 1: libva and its DRM part can be loaded */
	uint32_t libraries[CORE_LIBRARIES]; /* DRM nodes by what libva does for them */
	uint32_t is_installed;              /* 1: this driver's file is in a folder where libva looks */
	uint32_t is_named;                  /* 1: LIBVA_DRIVER_NAME is set */
	uint32_t same_version;              /* 1: the driver that libva loads is of the doctor's own version */
	uint32_t sources_there;             /* memory for pictures: bit CORE_SOURCE_*: the kernel has it, */
	uint32_t sources_open;              /* and the user may open it */
};

/* What is to be done. The doctor has a sentence for each. */
enum {
	CORE_PROBLEM_NODE_REFUSED,
	CORE_PROBLEM_NODE_KEPT_OUT,
	CORE_PROBLEM_NODE_FAILED,
	CORE_PROBLEM_NODE_HIDDEN,
	CORE_PROBLEM_NO_REQUESTS,
	CORE_PROBLEM_NODE_LEFT_OUT,
	CORE_PROBLEM_NODE_MISNAMED,
	CORE_PROBLEM_NO_DECODER,
	CORE_PROBLEM_NOTHING_OFFERED, /* there are decoders, and this driver can ask them for nothing */
	CORE_PROBLEM_NO_LIBVA,
	CORE_PROBLEM_NO_DISPLAY, /* no DRM node: libva needs one */
	CORE_PROBLEM_DISPLAY_REFUSED,
	CORE_PROBLEM_NAMESAKE,
	CORE_PROBLEM_BROKEN,
	CORE_PROBLEM_WRONG_NAME, /* LIBVA_DRIVER_NAME names another driver, or none that there is */
	CORE_PROBLEM_NOT_CHOSEN, /* the driver is there, and libva looks for other names */
	CORE_PROBLEM_NOT_INSTALLED,
	CORE_PROBLEM_OTHER_VERSION,
	CORE_PROBLEM_MEMORY_REFUSED, /* only memory that is slow to read may be used: that of the decoder itself */
	CORE_PROBLEM_NO_MEMORY,      /* likewise, for the kernel has no other */
	CORE_PROBLEMS
};

enum { CORE_WEIGHT_BLOCKS, CORE_WEIGHT_SLOWS, CORE_WEIGHT_REMARK };

struct core_problem {
	uint32_t problem; /* CORE_PROBLEM_* */
	uint32_t weight;  /* CORE_WEIGHT_* */
	uint32_t
		source; /* CORE_SOURCE_*: that of MEMORY_REFUSED and NO_MEMORY which a decoder reaches best; else NONE */
};

/* ---- who may open a node (doctor_judge_access()) ----------------------------------------------------- */

/* The user's session and the seats, as logind has them. */
enum {
	CORE_SEAT_UNKNOWN,  /* there is no logind, or a container hides it */
	CORE_SEAT_INACTIVE, /* not the active one of a seat: the user came over the network, say */
	CORE_SEAT_ACTIVE    /* the active one of a seat */
};

/* A node that the user may not open. */
struct core_access {
	uint32_t has_group;   /* 1: it belongs to a group that may, and not to root's */
	uint32_t is_member;   /* 1: the account is in that group */
	uint32_t is_for_seat; /* 1: udev gives it to the user of the active session of its seat (uaccess) */
	uint32_t is_ruled;    /* 1: the rules of the driver's package are for it, and were not applied to it */
	uint32_t seat;        /* CORE_SEAT_* */
};

/* What lets the user open it. The doctor has a sentence for each. */
enum {
	CORE_REMEDY_APPLY_RULE,
	CORE_REMEDY_LOG_IN_AGAIN,         /* the account is in the group, and the session began before */
	CORE_REMEDY_LOG_IN_LOCALLY_AGAIN, /* the session is such a one, and udev has not given it yet */
	CORE_REMEDY_LOG_IN_LOCALLY,       /* or to join the group, where there is one */
	CORE_REMEDY_JOIN,
	CORE_REMEDY_RULE, /* root alone may: a rule is needed */
	CORE_REMEDIES
};

/* ---- the doctor's measurements (doctor_judge_run(), doctor_judge_clip(), doctor_judge_measurement()) ------- */

/* How a player ended. */
enum {
	CORE_MEASURE_END_DONE,      /* by itself, with success */
	CORE_MEASURE_END_FAILED,    /* by itself, with failure, or by a signal */
	CORE_MEASURE_END_STOPPED,   /* its time was over, while it still gave pictures */
	CORE_MEASURE_END_HUNG,      /* it gave no picture for long, and was killed */
	CORE_MEASURE_END_MISSING,   /* there is no such program */
	CORE_MEASURE_END_NO_DRIVER, /* it was not started, for the driver does not work here */
	CORE_MEASURE_END_NOT_TRIED  /* nor was this one, for it had hung in software already */
};

enum {
	CORE_MEASURE_WAY_SOFTWARE,
	CORE_MEASURE_WAY_DIRECT, /* vaapi: pictures stay in surfaces */
	CORE_MEASURE_WAY_COPY,   /* vaapi-copy: they are read back */
	CORE_MEASURE_WAYS
};

/* A player's run. */
struct core_measure_run {
	uint32_t end;        /* CORE_MEASURE_END_* */
	uint32_t wanted;     /* CORE_MEASURE_WAY_*: how it was told to decode, */
	uint32_t took;       /* and how it says that it did */
	uint32_t has_screen; /* 1: pictures can be shown, or need not be */
	uint32_t pictures;
	uint32_t elapsed_ms; /* from start to end, */
	uint32_t played_ms;  /* and from the first picture on; 0: that was not told */
	uint32_t cpu_ms;     /* of all cores, user and system */
};

struct core_measure_rate {
	uint32_t tenth_fps;   /* tenths of a picture per second */
	uint32_t cpu_percent; /* of one core */
};

/* What a run shows. The doctor has a sentence for each but the first. */
enum {
	CORE_MEASURE_RUN_MEASURED,
	CORE_MEASURE_RUN_MISSING,
	CORE_MEASURE_RUN_NO_DRIVER,
	CORE_MEASURE_RUN_NOT_TRIED,
	CORE_MEASURE_RUN_HUNG,
	CORE_MEASURE_RUN_FAILED,
	CORE_MEASURE_RUN_FELL_BACK, /* the player decoded otherwise than it was told */
	CORE_MEASURE_RUN_NO_SCREEN, /* the same, for it found none to show surfaces on */
	CORE_MEASURE_RUNS
};

/*
 * How far a sample of MPEG-2 may be from that of another decoder. Its inverse transform may be off by one (ISO/IEC 13818-2 Annex A), and
 * that adds up from one P picture to the next. Decoders in software differ by 3 at most in the clips; another reference, matrix or
 * vector makes tens.
 */
enum { CORE_MEASURE_MOST_ROUNDING = 8 };

/* A clip whose right checksum is known. */
struct core_measure_clip {
	uint32_t profile;     /* VAProfile */
	uint32_t end;         /* CORE_MEASURE_END_* of the player that decoded it */
	uint32_t has_sum;     /* 1: it gave a checksum of pictures, */
	uint32_t is_same;     /* and that is the right one */
	uint32_t is_compared; /* 1: its samples were compared with those of software, */
	uint32_t difference;  /* and none is further away than this; CORE_NONE: they could not be compared */
};

enum {
	CORE_MEASURE_CLIP_RIGHT,
	CORE_MEASURE_CLIP_WRONG,
	CORE_MEASURE_CLIP_NOT_OFFERED, /* no decoder serves its profile */
	CORE_MEASURE_CLIP_FAILED,      /* one does, and there are no pictures */
	CORE_MEASURE_CLIP_HUNG,
	CORE_MEASURE_CLIP_NO_PLAYER,
	CORE_MEASURE_CLIP_NO_DRIVER,
	CORE_MEASURE_CLIP_ROUNDED, /* its samples are to be compared: the codec leaves their rounding open */
	CORE_MEASURE_CLIPS
};

/* A whole measurement: how often each was found. */
struct core_measure_sum {
	uint32_t runs[CORE_MEASURE_RUNS]; /* of those that were to decode in hardware */
	uint32_t clips[CORE_MEASURE_CLIPS];
};

enum { CORE_COPY_ROWS, CORE_COPY_SPLIT, CORE_COPY_MERGE };

/* One plane's share of vaGetImage or vaPutImage. SPLIT takes interleaved samples of sample_size bytes apart
 * into two planes (destination, second), MERGE is its inverse (source and second -> destination). The source of ROWS and SPLIT
 * may be other than linear: then source_offset is where its plane begins, and source_x and source_y say where in the plane,
 * counted as if it were linear. */
struct core_copy {
	uint32_t kind;
	uint32_t source_offset;
	uint32_t source_pitch;
	uint32_t destination_offset;
	uint32_t destination_pitch;
	uint32_t second_offset; /* the second plane of SPLIT (in the destination) or MERGE (in the source) */
	uint32_t second_pitch;
	uint32_t row_bytes; /* bytes of one row on the interleaved (or only) side */
	uint32_t rows;
	uint32_t sample_size;       /* 1, or 2 above 8 bit */
	uint32_t source_packing;    /* as in core_layout */
	uint32_t source_tile_bytes; /* likewise */
	uint32_t source_tile_rows;  /* likewise */
	uint32_t source_x;          /* bytes; 0 when it is linear */
	uint32_t source_y;          /* rows; likewise */
};

/* ---- plans of the context_* exports ------------------------------------------------------------ */

enum { CORE_QUEUE_OUTPUT, CORE_QUEUE_CAPTURE };

enum {
	CORE_OP_NONE,
	/* S_FMT. queue, fourcc, width, height, size (OUTPUT: sizeimage wanted). Result: core_format. */
	CORE_OP_SET_FORMAT,
	/* S_EXT_CTRLS with controls[first_control .. + count). slot: into that slot's request, in place of what it has, CORE_NONE: at once. */
	CORE_OP_SET_CONTROLS,
	/* REQBUFS. queue, count (0 frees), flags: CORE_MAP_CAPTURE. OUTPUT is MMAP, mapped, and each buffer gets a
	 * request of its own; CAPTURE is DMABUF, or MMAP with that flag. Result: core_buffers. */
	CORE_OP_REQUEST_BUFFERS,
	/* CREATE_BUFS on OUTPUT. count, size (sizeimage of the new buffers). Result: core_buffers. */
	CORE_OP_CREATE_BUFFERS,
	/* STREAMON / STREAMOFF. queue. */
	CORE_OP_STREAM_ON,
	CORE_OP_STREAM_OFF,
	/* From here on, CAPTURE pictures have this layout. address: struct core_layout, second_address: struct
	 * core_allocation, both in linear memory; the glue copies them. Surfaces without memory get it so. */
	CORE_OP_USE_LAYOUT,
	/* Append to an OUTPUT buffer: size bytes of linear memory at address (start code, frame header), then
	 * data_size bytes at data_offset of the VA data buffer being rendered. slot. ENOSPC if it does not fit:
	 * then nothing was appended. */
	CORE_OP_APPEND,
	/* Move what was appended to slot into the empty slot `index`. */
	CORE_OP_MOVE_SLOT,
	/* Forget what was appended to slot. */
	CORE_OP_CLEAR_SLOT,
	/* QBUF on CAPTURE. index, surface: the surface's dma-buf (allocated now if it has none). EXDEV: that memory is
	 * seen outside already, and is not laid out as this stream's pictures. flags: CORE_CAPTURE_OWN_MEMORY: memory of the
	 * CAPTURE buffer's own instead (MMAP: its only one); context_capture_done() says when to copy it to the
	 * surface, which gets memory now if it has none. */
	CORE_OP_QUEUE_CAPTURE,
	/* QBUF on OUTPUT into the slot's request. slot, timestamp (ns, a multiple of 1000), flags: CORE_HOLD_CAPTURE. */
	CORE_OP_QUEUE_OUTPUT,
	/* MEDIA_REQUEST_IOC_QUEUE of the slot's request. slot, flags: CORE_KEEP_DATA: what was appended stays when the buffer comes
	 * back, to be queued again, or forgotten with CLEAR_SLOT. */
	CORE_OP_QUEUE_REQUEST,
	/* VIDIOC_DECODER_CMD(FLUSH): a held CAPTURE buffer is given back. */
	CORE_OP_FLUSH
};

enum { CORE_HOLD_CAPTURE = 1, CORE_MAP_CAPTURE = 2, CORE_CAPTURE_OWN_MEMORY = 4, CORE_KEEP_DATA = 8 };

struct core_step {
	uint32_t op; /* CORE_OP_* */
	uint32_t queue;
	uint32_t slot;
	uint32_t index;
	uint32_t surface;
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	uint32_t count;
	uint32_t size;
	uint32_t address;
	uint32_t second_address;
	uint32_t data_offset;
	uint32_t data_size;
	uint32_t first_control;
	uint32_t flags;
	uint64_t timestamp;
};

struct core_control {
	uint32_t id;
	uint32_t address;
	uint32_t size;
};

enum {
	/* Done: return `status` to the player; message, when not 0, goes through libva's error callback. */
	CORE_THEN_RETURN,
	/* Give the result of the LAST step to context_report(), and go on with the plan it returns. */
	CORE_THEN_REPORT,
	/* Wait, with every lock released, until the device returned at least one buffer (any) or timeout_ms went by;
	 * hand what came to context_output_done()/context_capture_done(); then context_resume(token, timed_out)
	 * and go on with the plan it returns. */
	CORE_THEN_WAIT,
	/* Wait, with every lock released, until nobody reads the memory of `surface` any more (poll(POLLOUT) on its dma-buf) or
	 * timeout_ms went by; then context_resume(token, timed_out) and go on with the plan it returns. */
	CORE_THEN_WAIT_READERS,
	/* Let timeout_ms go by (at most CORE_MAX_PAUSE_MS), with every lock released; then context_resume(token, 0) and go on with the plan
	 * it returns. */
	CORE_THEN_PAUSE
};

struct core_plan {
	uint32_t then;    /* CORE_THEN_* */
	uint32_t status;  /* VAStatus */
	uint32_t message; /* CORE_MESSAGE_* */
	uint32_t message_values[2];
	uint32_t token;
	uint32_t timeout_ms;
	/* THEN_WAIT: whose picture is waited for; CORE_NONE: room for the open picture, or the end of all. THEN_WAIT_READERS: whose
	 * readers. */
	uint32_t surface;
	uint32_t step_count;
	uint32_t control_count;
	struct core_control controls[CORE_MAX_PLAN_CONTROLS];
	struct core_step steps[CORE_MAX_STEPS];
};

/* Result of REQUEST_BUFFERS and CREATE_BUFFERS. */
struct core_buffers {
	uint32_t first; /* index of the first new buffer */
	uint32_t count;
	uint32_t capabilities; /* V4L2_BUF_CAP_* */
	uint32_t length;       /* bytes of one buffer (its smallest) */
};

/* What is known of a surface in a context: the answer of context_surface_state(). */
enum {
	CORE_SURFACE_UNKNOWN,
	CORE_SURFACE_PENDING,
	CORE_SURFACE_READY,
	CORE_SURFACE_DAMAGED, /* the device flagged it */
	CORE_SURFACE_MISSING, /* nothing of it was decoded, or not all of it */
	CORE_SURFACE_LOST /* it will never come: the device had it when the context was lost, or cannot decode such */
};

/* flags of context_create() */
enum {
	CORE_CONTEXT_STRICT = 1 /* calls that wait for a damaged or missing picture fail with DECODING_ERROR */
};

/* target of context_begin_picture() */
enum {
	CORE_TARGET_SHOWN = 1,    /* somebody outside has seen the surface's memory, which stays linear */
	CORE_TARGET_EXPORTED = 2, /* somebody outside holds it, and may be reading it */
	CORE_TARGET_IMPORTED = 4  /* it is the player's */
};

/* ---- messages: the sentence for each is in glue-c/va/messages.c ---------------------------------- */

enum {
	CORE_MESSAGE_NONE,
	CORE_MESSAGE_STEP_FAILED,          /* values: CORE_OP_*, errno */
	CORE_MESSAGE_DEVICE_GONE,          /* ENODEV in mid-stream */
	CORE_MESSAGE_NO_MEMORY,            /* values: CORE_OP_* */
	CORE_MESSAGE_NO_DESCRIPTORS,       /* EMFILE, ENFILE; values: CORE_OP_* */
	CORE_MESSAGE_DECODER_SILENT,       /* value: milliseconds waited; the context is lost */
	CORE_MESSAGE_DECODER_RESTARTED,    /* value: the same; its queues were started again */
	CORE_MESSAGE_SIZE_NOT_SUPPORTED,   /* values: width, height */
	CORE_MESSAGE_FORMAT_NOT_SUPPORTED, /* values: bit depth, chroma_format_idc */
	CORE_MESSAGE_CAPTURE_FORMAT,       /* values: fourcc wanted, fourcc got */
	CORE_MESSAGE_NO_PICTURE_PARAMETERS,
	CORE_MESSAGE_NO_SLICES,
	CORE_MESSAGE_BAD_PARAMETER_SIZE, /* values: VABufferType, bytes */
	CORE_MESSAGE_BAD_BUFFER_TYPE,    /* value: VABufferType */
	CORE_MESSAGE_BAD_SLICE_RANGE,    /* values: slice_data_offset, slice_data_size */
	CORE_MESSAGE_BAD_SLICE_HEADER,   /* value: which slice of the picture */
	CORE_MESSAGE_BAD_PICTURE, /* picture parameters contradict the specification; value: a text, the field */
	CORE_MESSAGE_FEATURE_NOT_SUPPORTED, /* value: CORE_FEATURE_* */
	CORE_MESSAGE_PICTURE_OPEN,          /* calls in the wrong order */
	CORE_MESSAGE_NO_PICTURE_OPEN,
	CORE_MESSAGE_SURFACE_MEMORY, /* the surface is of another format than this stream's pictures; value: surface */
	CORE_MESSAGE_PICTURE_TOO_LARGE, /* value: bytes */
	CORE_MESSAGE_CONTEXT_LOST,
	CORE_MESSAGE_TOO_MANY_REFERENCES,
	CORE_MESSAGE_PICTURE_FLAGGED,     /* the decoder returned it with V4L2_BUF_FLAG_ERROR */
	CORE_MESSAGE_NO_SURFACE,          /* for a picture that the player begins */
	CORE_MESSAGE_LARGER_THAN_SURFACE, /* values: width, height of the picture */
	CORE_MESSAGE_TOO_MANY_ELEMENTS, /* slices, entry points or tiles; values: of the picture, that the decoder takes */
	CORE_MESSAGE_REFERENCES_LOST, /* of a picture that is of another size than they are; values: its width, height */
	CORE_MESSAGE_READERS_SILENT,     /* value: milliseconds waited */
	CORE_MESSAGE_REFERENCES_MISSING, /* of a picture that refers to ones that this context has not decoded */
	CORE_MESSAGE_TILES_MISSING,      /* values: how many tiles came, how many the picture has */
	CORE_MESSAGE_NO_FILM_GRAIN,      /* the decoder adds none */
	CORE_MESSAGE_END                 /* how many there are */
};

enum {
	CORE_FEATURE_FMO = 1,
	CORE_FEATURE_MULTI_SLICE_WITHOUT_HOLD,
	CORE_FEATURE_D_PICTURES,
	CORE_FEATURE_LARGE_SCALE_TILE
};

#endif
