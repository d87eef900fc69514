/* SPDX-License-Identifier: MIT
 *
 * What goes wrong below the driver: the device's faults, allocations that fail, and how fast time goes by for the driver
 * (the linker puts these functions between glue-c and libc, see meson.build).
 */
#ifndef TEST_FUZZ_FAULTS_H
#define TEST_FUZZ_FAULTS_H

#include <stdint.h>

/* What faults_add() chooses of: calls of the device, their errors; from FAULTS_DECODING on, what becomes of pictures. */
enum {
	FAULTS_CALLS = 29,
	FAULTS_EXPBUF = 12,
	FAULTS_DECODING = 200,
	FAULTS_ERRORS = 12,
	FAULTS_ENODEV = 3,
	FAULTS_ENOTTY = 10,
	FAULTS_PERMANENT = 0x80
};

/* Nothing goes wrong, and time goes by so many times as fast: 1 as it does. */
void faults_reset(unsigned int speed);
/* One more fault of the device, beside those there are (V4L2SIM_FAULT): which, the how manieth call from now, how. */
void faults_add(uint8_t which, uint8_t nth, uint8_t how);
/* Whether the device may be gone for good. */
int faults_have_device_gone(void);
/* The nth allocation of this thread from now on, within calls of the driver, fails, and `more` after it. */
void faults_allocation(uint8_t nth, uint8_t more);
void faults_end_allocations(void);

#endif
