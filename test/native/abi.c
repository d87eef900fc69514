/* SPDX-License-Identifier: MIT
 *
 * Offsets and sizes are asserted when abi_check.h is compiled. The place of a bit field is no constant expression in
 * C, so this machine is asked here: each field is set by name and looked for where the core's accessors read it.
 */
#include <stdint.h>

#include "abi_check.h"
#include "harness.h"

#define BIT_FIELD(type, path, offset, shift, width)                                     \
	{                                                                                   \
		type object;                                                                    \
		uint32_t word, mask = (uint32_t)(((UINT64_C(1) << (width)) - 1) << (shift));    \
		memset(&object, 0, sizeof(object));                                             \
		object.path = ~object.path;                                                     \
		memcpy(&word, (const char *)&object + (offset), sizeof(word));                  \
		if (word != mask) {                                                             \
			fprintf(stderr, "    %s.%s is %08x, not %08x\n", #type, #path, word, mask); \
			wrong++;                                                                    \
		}                                                                               \
		seen++;                                                                         \
	}

static void bit_fields(void)
{
	unsigned seen = 0, wrong = 0;
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include "abi_bits.h"
	CHECK_EQUAL(wrong, 0);
	CHECK(seen > 20);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"bit fields are where the accessors read them", bit_fields, NULL},
	};
	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
