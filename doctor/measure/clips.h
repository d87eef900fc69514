/* SPDX-License-Identifier: MIT
 *
 * Clips whose right pictures are known. They are installed with a list of them (packaging/board/clips.tsv).
 */
#ifndef DOCTOR_MEASURE_CLIPS_H
#define DOCTOR_MEASURE_CLIPS_H

#include "measurement.h"

/* Where the clips are: as installed, or what V4L2_REQUEST_CLIPS names. */
const char *clips_folder(void);
/* Reads the list of a folder. Returns how many there are, at most MEASURE_CLIPS: 0 without a list. */
uint32_t clips_read(const char *folder, struct measured_clip *clips);

#endif
