/* SPDX-License-Identifier: MIT
 *
 * A core that lies: the real one, whose answers are spoilt on the way to the glue (lies.c), now and then. Elsewhere there is none of
 * it, and `lying` is false.
 */
#ifndef TEST_FUZZ_LYING_LIES_H
#define TEST_FUZZ_LYING_LIES_H

#include <stdint.h>

/* From here on, one in so many calls of the core lies at random (0: none), by this seed. */
void lies_begin(uint32_t seed, uint8_t rate);
/* The nth call from now lies in this way: about its result, a word of its answer, or all of that. */
void lies_arm(uint8_t nth, uint8_t how, uint32_t where, uint32_t value);
void lies_end(void);

#endif
