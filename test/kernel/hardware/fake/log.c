// SPDX-License-Identifier: GPL-2.0
/*
 * The log, as /sys/kernel/debug/fake/log: reading gives everything since boot; writing anything empties it, starts the numbers
 * of jobs again and power-cycles the registers. Its format is described in ../README.md.
 */
#include "fake.h"
#include <linux/crc32.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define ROW 32

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "fake."
static unsigned int payload = 32;
module_param(payload, uint, 0644);
MODULE_PARM_DESC(payload, "bytes of each job's bitstream that are logged as they are");

static DEFINE_MUTEX(text_mutex);
static char *text;
static size_t text_used, text_size;

/* The last content of a table, so that only rows that changed are logged. */
struct table {
	struct list_head list;
	const char *name;
	u32 size;
	u8 bytes[];
};

void fake_log(const char *format, ...)
{
	va_list args;
	size_t n;

	mutex_lock(&text_mutex);
	if (text_size - text_used < 1024) {
		size_t size = text_size ? 2 * text_size : SZ_1M;
		char *larger = vmalloc(size);

		if (!larger)
			goto out;
		memcpy(larger, text, text_used);
		vfree(text);
		text = larger;
		text_size = size;
	}
	va_start(args, format);
	n = vsnprintf(text + text_used, 1024, format, args);
	va_end(args);
	text_used += min_t(size_t, n, 1023);
out:
	mutex_unlock(&text_mutex);
}

/* In hexadecimal, to the end of the line. */
void fake_log_bytes(const u8 *bytes, size_t size)
{
	size_t at;

	for (at = 0; at < size; at += ROW)
		fake_log("%*phN", (int)min_t(size_t, size - at, ROW), bytes + at);
	fake_log("\n");
}

static u8 *read_memory(struct fake_block *block, u32 address, u32 size)
{
	u8 *bytes = vmalloc(max_t(u32, size, 1));

	if (!bytes || fake_read(block, address, bytes, size))
		return bytes;
	vfree(bytes);
	return NULL;
}

static u32 crc(const u8 *bytes, u32 size)
{
	return ~crc32_le(~0, bytes, size);
}

void fake_log_stream(struct fake_block *block, const char *name, u32 address, u32 size)
{
	u8 *bytes = read_memory(block, address, size);

	if (!bytes)
		return;
	block->stream_crc = crc(bytes, size);
	fake_log("p %s %08x %u %08x ", name, address, size, block->stream_crc);
	fake_log_bytes(bytes, min(size, payload));
	vfree(bytes);
}

static struct table *find_table(struct fake_block *block, const char *name, u32 size)
{
	struct table *table;

	list_for_each_entry(table, &block->tables,
	                    list) if (table->size == size && !strcmp(table->name, name)) return table;
	table = kvzalloc(sizeof(*table) + size, GFP_KERNEL);
	if (!table)
		return NULL;
	table->name = name;
	table->size = size;
	list_add_tail(&table->list, &block->tables);
	return table;
}

void fake_log_table(struct fake_block *block, const char *name, u32 address, u32 size)
{
	struct table *table = find_table(block, name, size);
	u8 *bytes = read_memory(block, address, size);
	u32 at;

	if (table && bytes) {
		fake_log("t %s %08x %u %08x\n", name, address, size, crc(bytes, size));
		for (at = 0; at < size; at += ROW) {
			u32 n = min_t(u32, size - at, ROW);

			if (!memcmp(table->bytes + at, bytes + at, n))
				continue;
			fake_log("r %s %x ", name, at);
			fake_log_bytes(bytes + at, n);
		}
		memcpy(table->bytes, bytes, size);
	}
	vfree(bytes);
}

/* Rows are compared with 0 again. */
void fake_log_forget(struct fake_block *block)
{
	struct table *table, *next;

	list_for_each_entry_safe(table, next, &block->tables, list)
	{
		list_del(&table->list);
		kvfree(table);
	}
}

static ssize_t log_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	ssize_t n;

	mutex_lock(&text_mutex);
	n = simple_read_from_buffer(to, size, at, text, text_used);
	mutex_unlock(&text_mutex);
	return n;
}

static ssize_t log_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	mutex_lock(&text_mutex);
	text_used = 0;
	mutex_unlock(&text_mutex);
	fake_power_cycle();
	return size;
}

static const struct file_operations log_ops = {
	.open = simple_open,
	.read = log_read,
	.write = log_write,
	.llseek = default_llseek,
};

int fake_log_init(void)
{
	debugfs_create_file("log", 0600, debugfs_create_dir("fake", NULL), NULL, &log_ops);
	return 0;
}
