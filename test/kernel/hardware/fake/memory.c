// SPDX-License-Identifier: GPL-2.0
/*
 * Memory as the devices see it: a DMA address is UML's physical address (dma-direct), or goes through an MMU, whose registers are here
 * too: Rockchip's (drivers/iommu/rockchip-iommu.c), or that of VPU981 (vsi-iommu.c).
 */
#include "fake.h"
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>

#define MMU_DTE_ADDR 0x00
#define MMU_STATUS 0x04
#define MMU_COMMAND 0x08
#define MMU_STATUS_PAGING BIT(0)
#define MMU_STATUS_STALL BIT(2)
#define MMU_STATUS_IDLE BIT(3)
#define MMU_VALID BIT(0)

enum mmu_command {
	MMU_ENABLE_PAGING = 0,
	MMU_DISABLE_PAGING = 1,
	MMU_ENABLE_STALL = 2,
	MMU_DISABLE_STALL = 3,
	MMU_ZAP_CACHE = 4,
	MMU_PAGE_FAULT_DONE = 5,
	MMU_FORCE_RESET = 6,
};

static bool mmu_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	u32 status = fake_reg(block, MMU_STATUS) | MMU_STATUS_IDLE;

	if (write->reg == MMU_STATUS)
		status = before;
	if (write->reg == MMU_COMMAND) {
		switch (write->value) {
		case MMU_ENABLE_PAGING:
			status |= MMU_STATUS_PAGING;
			break;
		case MMU_DISABLE_PAGING:
			status &= ~MMU_STATUS_PAGING;
			break;
		case MMU_ENABLE_STALL:
			status |= MMU_STATUS_STALL;
			break;
		case MMU_DISABLE_STALL:
			status &= ~MMU_STATUS_STALL;
			break;
		case MMU_FORCE_RESET:
			fake_set(block, MMU_DTE_ADDR, 0);
			status = MMU_STATUS_IDLE;
			break;
		}
	}
	fake_set(block, MMU_STATUS, status);
	return false;
}

static u8 *physical(u32 address)
{
	if (!pfn_valid(address >> PAGE_SHIFT) || PageReserved(pfn_to_page(address >> PAGE_SHIFT)))
		return NULL;
	return phys_to_virt(address);
}

/* Entry of a table of 1024 entries; all memory of the guest is below 4 GiB, so both versions' entries look the same. */
static u32 mmu_entry(u32 table, u32 index)
{
	u8 *at = physical(table & PAGE_MASK);

	return at ? ((u32 *)at)[index & 1023] : 0;
}

static u32 mmu_directory(struct fake_block *block)
{
	return fake_reg(block, MMU_STATUS) & MMU_STATUS_PAGING ? fake_reg(block, MMU_DTE_ADDR) : 0;
}

const struct fake_family fake_mmu = {
	.name = "mmu",
	.written = mmu_written,
	.directory = mmu_directory,
};

#define VSI_MMU_CONTROL 0x388
#define VSI_MMU_ARRAY 0x38c
#define VSI_MMU_ENABLE BIT(0)

static bool vsi_mmu_written(struct fake_block *block, struct fake_write *write, u32 before)
{
	return false;
}

/* The first entry of an array of entries of 64 bits. */
static u32 vsi_mmu_directory(struct fake_block *block)
{
	if (!(fake_reg(block, VSI_MMU_CONTROL) & VSI_MMU_ENABLE))
		return 0;
	return mmu_entry(fake_reg(block, VSI_MMU_ARRAY), 0);
}

const struct fake_family fake_vsi_mmu = {
	.name = "vsi_mmu",
	.written = vsi_mmu_written,
	.directory = vsi_mmu_directory,
};

/* Good to the end of its page; NULL where there is no memory. */
static u8 *address_to_virt(struct fake_block *block, u32 address)
{
	u32 directory = block->mmu ? block->mmu->family->directory(block->mmu) : 0;
	u32 entry;

	if (!directory)
		return physical(address);
	entry = mmu_entry(directory, address >> 22);
	if (entry & MMU_VALID)
		entry = mmu_entry(entry, address >> PAGE_SHIFT);
	if (!(entry & MMU_VALID))
		return NULL;
	return physical((entry & PAGE_MASK) | offset_in_page(address));
}

static bool access(struct fake_block *block, u32 address, void *bytes, size_t size, bool store)
{
	while (size > 0) {
		size_t n = min_t(size_t, size, PAGE_SIZE - offset_in_page(address));
		u8 *at = address_to_virt(block, address);

		if (!at) {
			fake_log("fault %s %08x\n", store ? "write" : "read", address);
			block->faulted = true;
			return false;
		}
		if (store)
			memcpy(at, bytes, n);
		else
			memcpy(bytes, at, n);
		address += n;
		bytes += n;
		size -= n;
	}
	return true;
}

bool fake_read(struct fake_block *block, u32 address, void *bytes, size_t size)
{
	return access(block, address, bytes, size, false);
}

bool fake_store(struct fake_block *block, u32 address, const void *bytes, size_t size)
{
	return access(block, address, (void *)bytes, size, true);
}

/* Samples that tell the job's number and their own place; ../lib/paint.ts has the same. */
static u8 luma_sample(u32 job, u32 x, u32 y)
{
	return job * 7 + x * 3 + y * 5;
}

static u8 chroma_sample(u32 job, u32 x, u32 y)
{
	return x & 1 ? job * 13 + x * 5 + y * 3 + 128 : job * 11 + x * 3 + y * 7 + 64;
}

enum { TILE = 32 };

/* One line of a plane. */
static bool store_line(struct fake_block *block, const struct fake_picture *picture, u32 address, u32 y,
                       const u8 *line)
{
	u32 x;

	if (!picture->tiled)
		return fake_store(block, address + y * picture->stride, line, picture->width);
	address += y / TILE * TILE * picture->stride + y % TILE * TILE;
	for (x = 0; x < picture->width; x += TILE)
		if (!fake_store(block, address + x * TILE, line + x, min_t(u32, TILE, picture->width - x)))
			return false;
	return true;
}

/* Lines of the field that is decoded, or all. The address is that of the frame's line 0. */
static bool paint_plane(struct fake_block *block, const struct fake_picture *picture, u32 address, u32 height,
                        u8 (*sample)(u32 job, u32 x, u32 y), u8 *line)
{
	u32 step = picture->lines == FAKE_FRAME ? 1 : 2;
	u32 x, y;

	for (y = picture->lines == FAKE_BOTTOM; y < height; y += step) {
		for (x = 0; x < picture->width; x++)
			line[x] = sample(picture->job, x, y) & (picture->words && !(x & 1) ? 0xc0 : 0xff);
		if (!store_line(block, picture, address, y, line))
			return false;
	}
	return true;
}

void fake_paint(struct fake_block *block, const struct fake_picture *picture)
{
	u8 *line = kmalloc(picture->width, GFP_KERNEL);

	if (line && paint_plane(block, picture, picture->luma, picture->height, luma_sample, line))
		paint_plane(block, picture, picture->chroma, picture->height / 2, chroma_sample, line);
	kfree(line);
}

/*
 * Counts of symbols, 0 to 15 each: they follow from the bitstream alone, so a frame that is decoded again has the same. Drivers adapt
 * probabilities by them (v4l2-vp9.c), and to counts of 0 nothing would be adapted.
 */
void fake_count(struct fake_block *block, u32 address, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		__le32 word = cpu_to_le32(((block->stream_crc + i) * 2654435761u) >> 28);

		if (!fake_store(block, address + i * sizeof(word), &word, sizeof(word)))
			return;
	}
}
