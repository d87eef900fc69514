// SPDX-License-Identifier: GPL-2.0
/*
 * Registers, interrupts and jobs. Adding a device of a known family: one line in blocks[], and a board (../boards) that has it.
 */
#include "fake.h"
#include <linux/dma-map-ops.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/iommu.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/logic_iomem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/reset-controller.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

static const struct {
	const char *compatible;
	const struct fake_family *family;
	u32 base;
} entries[] = {
	{"rockchip,rk3288-vpu", &fake_g1, 0x400},
	{"rockchip,rk3399-vpu", &fake_vdpu2, 0x400},
	{"rockchip,rk3568-vpu", &fake_vdpu2, 0x400},
	{"rockchip,rk3288-vdec", &fake_rkvdec, 0},
	{"rockchip,rk3399-vdec", &fake_rkvdec, 0},
	{"rockchip,rk3588-vdec", &fake_vdpu381, 0x100},
	{"rockchip,rk3576-vdec", &fake_vdpu383, 0},
	{"rockchip,rk3588-av1-vpu", &fake_vpu981, 0},
	{"nxp,imx8mq-vpu-g1", &fake_g1, 0},
	{"nxp,imx8mq-vpu-g2", &fake_g2, 0},
	{"allwinner,sun50i-h6-vpu-g2", &fake_g2_old, 0},
	{"allwinner,sun7i-a20-video-engine", &fake_cedrus, 0},
	{"allwinner,sun50i-a64-video-engine", &fake_cedrus, 0},
	{"rockchip,iommu", &fake_mmu, 0},
	{"rockchip,rk3568-iommu", &fake_mmu, 0},
	{"verisilicon,iommu-1.2", &fake_vsi_mmu, 0},
};

/* fake.NAME=VALUE on the kernel's command line, or /sys/module/fake/parameters/NAME. */
static unsigned int delay;
module_param(delay, uint, 0644);
MODULE_PARM_DESC(delay, "milliseconds that a job takes at least");
static unsigned int fail;
module_param(fail, uint, 0644);
MODULE_PARM_DESC(fail, "number of the job that ends with an error, from 1; 0: none");
static unsigned int hang;
module_param(hang, uint, 0644);
MODULE_PARM_DESC(hang, "number of the job that never ends, from 1; 0: none");
static unsigned int every;
module_param(every, uint, 0644);
MODULE_PARM_DESC(every, "fail and hang again each time so many jobs later; 0: once");
static bool paint;
module_param(paint, bool, 0644);
MODULE_PARM_DESC(paint, "write a picture where the registers say that it goes");

static struct fake_block *blocks[8];
static unsigned int n_blocks;
static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(job_mutex);
static u32 n_jobs;
static struct resource space = {
	.name = "fake decoders",
	.start = FAKE_START,
	.end = FAKE_START + FAKE_SIZE - 1,
	.flags = IORESOURCE_MEM,
};

static struct fake_block *find_block(unsigned int offset)
{
	u32 address = FAKE_START + offset;
	unsigned int i;

	for (i = 0; i < n_blocks; i++)
		if (address >= blocks[i]->start && address < blocks[i]->start + blocks[i]->size)
			return blocks[i];
	return NULL;
}

static unsigned long read_register(void *priv, unsigned int offset, int size)
{
	struct fake_block *block = find_block(offset);
	unsigned long flags;
	u32 value;

	WARN_ONCE(size != 4, "fake: a read of %d bytes\n", size);
	if (!block)
		return 0;
	spin_lock_irqsave(&lock, flags);
	value = block->regs[(FAKE_START + offset - block->start) / 4];
	spin_unlock_irqrestore(&lock, flags);
	return value;
}

static void write_register(void *priv, unsigned int offset, int size, unsigned long value)
{
	struct fake_block *block = find_block(offset);
	struct fake_write write;
	unsigned long flags;
	bool starts;
	u32 before, at;

	WARN_ONCE(size != 4, "fake: a write of %d bytes\n", size);
	if (!block)
		return;
	at = FAKE_START + offset - block->start;
	if (WARN_ONCE(at < block->base, "fake: %s has no register %#x\n", block->family->name, at))
		return;
	write = (struct fake_write){.reg = at - block->base, .index = FAKE_NO_INDEX, .value = value};
	spin_lock_irqsave(&lock, flags);
	before = block->regs[at / 4];
	block->regs[at / 4] = value;
	starts = block->family->written(block, &write, before);
	if (block->writes && write.reg != 0xffff) {
		if (block->n_writes < FAKE_MAX_WRITES)
			block->writes[block->n_writes++] = write;
		else
			block->n_lost++;
	}
	spin_unlock_irqrestore(&lock, flags);
	if (starts)
		schedule_work(&block->begin);
}

/* Drivers copy whole files of registers, in words as the bus has them (rkvdec_memcpy_toio). */
static void copy_to_registers(void *priv, unsigned int offset, const void *buffer, int size)
{
	const u32 *words = buffer;
	int i;

	for (i = 0; i < size / 4; i++)
		write_register(priv, offset + 4 * i, 4, words[i]);
}

static const struct logic_iomem_ops register_ops = {
	.read = read_register,
	.write = write_register,
	.copy_to = copy_to_registers,
};

static long map_registers(unsigned long offset, size_t size, const struct logic_iomem_ops **ops, void **priv)
{
	*ops = &register_ops;
	return offset;
}

static const struct logic_iomem_region_ops region_ops = {.map = map_registers};

/* Is this one of the jobs that the knob names? */
static bool chosen(unsigned int nth, u32 job)
{
	if (!nth || job < nth)
		return false;
	return job == nth || (every && (job - nth) % every == 0);
}

static void begin_job(struct work_struct *work)
{
	struct fake_block *block = container_of(work, struct fake_block, begin);
	unsigned int i;

	mutex_lock(&job_mutex);
	block->job = ++n_jobs;
	block->faulted = false;
	block->fate = chosen(hang, block->job) ? FAKE_HUNG : chosen(fail, block->job) ? FAKE_FAILED : FAKE_DONE;
	fake_log("job %u %s\n", block->job, block->family->name);
	for (i = 0; i < block->n_writes; i++) {
		const struct fake_write *write = &block->writes[i];

		if (write->index == FAKE_NO_INDEX)
			fake_log("w %03x %08x\n", write->reg, write->value);
		else
			fake_log("w %03x.%03x %08x\n", write->reg, write->index, write->value);
	}
	if (block->n_lost)
		fake_log("lost %u\n", block->n_lost);
	block->n_writes = 0;
	block->n_lost = 0;
	block->family->memory(block);
	mutex_unlock(&job_mutex);
	if (block->fate != FAKE_HUNG)
		schedule_delayed_work(&block->end, msecs_to_jiffies(delay));
	else
		fake_log("end %u hung\n", block->job);
}

static void end_job(struct work_struct *work)
{
	static const char *const lines[] = {"frame", "top", "bottom"};
	struct fake_block *block = container_of(to_delayed_work(work), struct fake_block, end);
	struct fake_picture picture = {.job = block->job};
	unsigned long flags;
	bool good;

	mutex_lock(&job_mutex);
	if (block->family->picture(block, &picture)) {
		fake_log("o %08x %08x %u %u %u %s\n", picture.luma, picture.chroma, picture.width, picture.height,
		         picture.stride, lines[picture.lines]);
		if (paint && block->fate == FAKE_DONE)
			fake_paint(block, &picture);
	}
	if (block->family->results && block->fate == FAKE_DONE)
		block->family->results(block);
	good = block->fate == FAKE_DONE && !block->faulted;
	fake_log("end %u %s\n", block->job, good ? "done" : "failed");
	mutex_unlock(&job_mutex);
	spin_lock_irqsave(&lock, flags);
	block->family->done(block, good);
	spin_unlock_irqrestore(&lock, flags);
	generic_handle_irq_safe(block->irq);
}

/* As if the board had been switched off: drivers that read before they write find no old bits. */
void fake_power_cycle(void)
{
	unsigned long flags;
	unsigned int i;

	mutex_lock(&job_mutex);
	n_jobs = 0;
	for (i = 0; i < n_blocks; i++) {
		struct fake_block *block = blocks[i];

		/* The MMU stays powered: its driver sets it up when the decoder wakes, not when we say so. */
		if (!block->writes)
			continue;
		spin_lock_irqsave(&lock, flags);
		memset(block->regs, 0, block->size);
		memset(block->sram, 0, sizeof(block->sram));
		block->n_writes = 0;
		block->n_lost = 0;
		memset(&block->last, 0, sizeof(block->last));
		if (block->family->power_on)
			block->family->power_on(block);
		spin_unlock_irqrestore(&lock, flags);
		fake_log_forget(block);
	}
	mutex_unlock(&job_mutex);
}

static int map_irq(struct irq_domain *domain, unsigned int irq, irq_hw_number_t hardware)
{
	irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
	return 0;
}

static const struct irq_domain_ops domain_ops = {.map = map_irq, .xlate = irq_domain_xlate_onecell};

static int no_reset(struct reset_controller_dev *controller, unsigned long id)
{
	return 0;
}

static const struct reset_control_ops reset_ops = {
	.reset = no_reset, .assert = no_reset, .deassert = no_reset};
static struct reset_controller_dev reset_controller = {.ops = &reset_ops, .nr_resets = 1};

static struct fake_block *new_block(struct device_node *node, int region, const struct fake_family *family,
                                    u32 base)
{
	struct fake_block *block = kzalloc(sizeof(*block), GFP_KERNEL);
	struct resource resource;
	int irq;

	if (!block || of_address_to_resource(node, region, &resource))
		return NULL;
	block->family = family;
	block->start = resource.start;
	block->size = resource_size(&resource);
	while (family->one_block && !of_address_to_resource(node, ++region, &resource))
		block->size = resource.end + 1 - block->start;
	block->base = base;
	block->regs = kzalloc(block->size, GFP_KERNEL);
	/* Of a device that also encodes, the decoder's. */
	irq = of_property_match_string(node, "interrupt-names", "vdpu");
	block->irq = of_irq_get(node, irq < 0 ? 0 : irq);
	INIT_LIST_HEAD(&block->tables);
	if (family->memory) {
		block->writes = vzalloc(FAKE_MAX_WRITES * sizeof(*block->writes));
		INIT_WORK(&block->begin, begin_job);
		INIT_DELAYED_WORK(&block->end, end_job);
	}
	if (family->power_on)
		family->power_on(block);
	return block;
}

static void find_mmu(struct fake_block *block, struct device_node *node)
{
	struct device_node *mmu = of_parse_phandle(node, "iommus", 0);
	struct resource resource;

	if (!mmu)
		return;
	if (!of_address_to_resource(mmu, 0, &resource))
		block->mmu = find_block(resource.start - FAKE_START);
	of_node_put(mmu);
}

static void add_blocks(bool mmus)
{
	struct device_node *node;
	struct fake_block *block;
	struct resource resource;
	unsigned int i;
	int region;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		if (!!entries[i].family->directory != mmus)
			continue;
		for_each_compatible_node(node, NULL, entries[i].compatible)
		{
			for (region = 0; !of_address_to_resource(node, region, &resource); region++) {
				if (region && entries[i].family->one_block)
					break;

				block = new_block(node, region, entries[i].family, entries[i].base);
				if (WARN_ON(!block || n_blocks == ARRAY_SIZE(blocks)))
					return;
				find_mmu(block, node);
				blocks[n_blocks++] = block;
			}
		}
	}
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
/* What arch/arm64/mm/dma-mapping.c does; later kernels do it in drivers/iommu/iommu.c, for every architecture. */
void arch_setup_dma_ops(struct device *dev, u64 base, u64 size, const struct iommu_ops *iommu, bool coherent)
{
	if (iommu)
		iommu_setup_dma_ops(dev, base, base + size - 1);
}
#endif

/* Before devices are made of the tree (of_platform_default_populate_init is arch_initcall_sync). */
static int __init fake_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "lab,fake");

	if (!node)
		return 0;
	/* Its interrupts start at 64: without SPARSE_IRQ, Linux numbers them alike, and UML has its own below. */
	if (!irq_domain_create_linear(of_fwnode_handle(node), 96, &domain_ops, NULL))
		return -ENOMEM;
	reset_controller.of_node = node;
	reset_controller_register(&reset_controller);
	of_node_set_flag(node, OF_POPULATED);
	if (logic_iomem_add_region(&space, &region_ops))
		return -EBUSY;
	add_blocks(true);
	add_blocks(false);
	return 0;
}
postcore_initcall(fake_init);

static int __init fake_late_init(void)
{
	return n_blocks ? fake_log_init() : 0;
}
late_initcall(fake_late_init);
