/* SPDX-License-Identifier: MIT
 *
 * What the driver finds on the machine beside its decoders: the user's variables, nodes that a container hides, memory that no
 * decoder allocates (the linker puts the functions of setting.c between glue-c and the simulated device, see meson.build).
 */
#ifndef TEST_FUZZ_SETTING_H
#define TEST_FUZZ_SETTING_H

#include <stdbool.h>
#include <stdint.h>

/* Prepares it for an input: nothing but the decoders below SETTING_FIRST. */
void setting_choose(uint8_t which);
/* Whether a decoder can be found in it. */
bool setting_has_decoder(uint8_t which);

#endif
