/* SPDX-License-Identifier: MIT
 *
 * For a program that is linked to the simulated device and lives through many of them, as a fuzzer does.
 */
#ifndef TEST_DEVICE_SIM_RESTART_H
#define TEST_DEVICE_SIM_RESTART_H

/* Other devices, as the environment says now. No node may be open, and no other thread inside. */
void v4l2sim_restart(void);
/* What goes wrong from here on, as in V4L2SIM_FAULT, instead of what was to go wrong before; "": nothing. */
void v4l2sim_faults(const char *faults);

#endif
