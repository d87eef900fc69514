/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fake decoder hardware of the lab: memory that the unmodified drivers take for their chip's registers. What they write, and
 * what the addresses that they write point at, is logged; a write to the start register is answered with an interrupt.
 */
#ifndef FAKE_H
#define FAKE_H

#include <linux/types.h>
#include <linux/workqueue.h>

/* Addresses of all devices of all boards; UML's PCI bus has 0xf0000000 and 0x10000000 for itself. */
#define FAKE_START 0xe0000000
#define FAKE_SIZE 0x1000000

#define FAKE_NO_INDEX 0xffff
#define FAKE_MAX_WRITES 8192
#define FAKE_SRAM_WORDS 1024

struct fake_block;

/* One write of the driver. Registers that are a port to an array (index, then data) say which element. */
struct fake_write {
	u16 reg;
	u16 index;
	u32 value;
};

/* Where the registers say that the decoded samples go: luma and interleaved chroma. */
struct fake_picture {
	u32 luma;
	u32 chroma;
	/* In bytes. */
	u32 width;
	/* Of the frame, also where one field is decoded. */
	u32 height;
	/* Bytes from one line of the frame to the next; of tiles, those of a line of all of them. */
	u32 stride;
	/* Of 16 bits, of which the upper 10 are a sample: P010. */
	bool words;
	/* 32x32 samples, from left to right, then downwards, the lines of a tile one behind the other. */
	bool tiled;
	enum { FAKE_FRAME, FAKE_TOP, FAKE_BOTTOM } lines;
	/* The job that its samples tell of: the one that decodes it, unless the family says otherwise. */
	u32 job;
};

/* What decoders of one kind have in common. */
struct fake_family {
	const char *name;
	/* The regions of its device node lie side by side and are one file of registers. */
	bool one_block;
	/*
	 * The register has been written, its value before is given. May change registers, say which element of an array was
	 * written, and set reg to 0xffff where the write says nothing of its own. Returns whether a job starts.
	 */
	bool (*written)(struct fake_block *block, struct fake_write *write, u32 before);
	/* The job is over: set the status that the interrupt handler reads. */
	void (*done)(struct fake_block *block, bool good);
	/* Log the bitstream and the tables that the registers point at. */
	void (*memory)(struct fake_block *block);
	/* A good job is over: write what the decoder gives back besides the picture. NULL: nothing. */
	void (*results)(struct fake_block *block);
	/* False if the registers do not say it, or it is no linear picture. */
	bool (*picture)(struct fake_block *block, struct fake_picture *picture);
	/* Values after power-on that are not 0. */
	void (*power_on)(struct fake_block *block);
	/* Of an MMU: the table that addresses are looked up in first; 0: it is off. NULL: it is a decoder. */
	u32 (*directory)(struct fake_block *block);
};

extern const struct fake_family fake_vdpu2, fake_g1, fake_g2, fake_g2_old, fake_vpu981, fake_rkvdec,
	fake_vdpu381, fake_vdpu383, fake_cedrus, fake_mmu, fake_vsi_mmu;

/* One device node of the board. */
struct fake_block {
	const struct fake_family *family;
	u32 start, size;
	/* Where the decoder's registers begin behind start; offsets are counted from there everywhere. */
	u32 base;
	u32 *regs;
	u32 sram[2][FAKE_SRAM_WORDS];
	int irq;
	/* Translates this block's addresses; NULL: they are physical. */
	struct fake_block *mmu;
	struct fake_write *writes;
	unsigned int n_writes, n_lost;
	u32 job;
	bool faulted;
	enum { FAKE_DONE, FAKE_FAILED, FAKE_HUNG } fate;
	struct work_struct begin;
	struct delayed_work end;
	struct list_head tables;
	/* Of the bitstream that was logged last. */
	u32 stream_crc;
	/* Of decoders that get pictures twice, the last one: its bitstream, where it went, and the job that it came with first. */
	struct {
		u32 crc, luma, job;
	} last;
};

static inline u32 fake_reg(const struct fake_block *block, u32 reg)
{
	return block->regs[(block->base + reg) / 4];
}

static inline void fake_set(struct fake_block *block, u32 reg, u32 value)
{
	block->regs[(block->base + reg) / 4] = value;
}

/* fake.c */
void fake_power_cycle(void);

/* log.c */
int fake_log_init(void);
void fake_log(const char *format, ...) __printf(1, 2);
void fake_log_bytes(const u8 *bytes, size_t size);
void fake_log_stream(struct fake_block *block, const char *name, u32 address, u32 size);
void fake_log_table(struct fake_block *block, const char *name, u32 address, u32 size);
void fake_log_forget(struct fake_block *block);

/* memory.c */
bool fake_read(struct fake_block *block, u32 address, void *bytes, size_t size);
bool fake_store(struct fake_block *block, u32 address, const void *bytes, size_t size);
void fake_paint(struct fake_block *block, const struct fake_picture *picture);
void fake_count(struct fake_block *block, u32 address, u32 count);

#endif
