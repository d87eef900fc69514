/* SPDX-License-Identifier: MIT
 *
 * For programs whose core does not lie.
 */
#include <stdbool.h>

#include "lies.h"

extern const bool lying;
const bool lying = false;

void lies_begin(uint32_t seed, uint8_t rate)
{
	(void)seed;
	(void)rate;
}

void lies_arm(uint8_t nth, uint8_t how, uint32_t where, uint32_t value)
{
	(void)nth;
	(void)how;
	(void)where;
	(void)value;
}

void lies_end(void)
{
}
