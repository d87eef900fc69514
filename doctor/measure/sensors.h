/* SPDX-License-Identifier: MIT
 *
 * Clocks of the GPU and of decoders, and temperatures, where sysfs has them.
 */
#ifndef DOCTOR_MEASURE_SENSORS_H
#define DOCTOR_MEASURE_SENSORS_H

#include <stdbool.h>
#include <stdint.h>

enum { SENSORS_MAX = 24, SENSOR_NAME = 48, SENSOR_PATH = 256 };

enum sensor_kind { SENSOR_GPU, SENSOR_DECODER, SENSOR_TEMPERATURE };

struct sensor {
	enum sensor_kind kind;
	char name[SENSOR_NAME]; /* "fde60000.gpu", "soc-thermal" */
	char path[SENSOR_PATH]; /* of the file that has the number */
};

struct sensors {
	uint32_t count;
	struct sensor all[SENSORS_MAX];
};

/* What a sensor said in the course of a run: MHz, or degrees Celsius. */
struct reading {
	bool is_known;
	int32_t lowest;
	int32_t highest;
};

/* sysfs: where it is mounted. The GPU is what has a DRM node, a decoder what has a video node (devfreq's own device). */
void sensors_find(const char *sysfs, struct sensors *sensors);
/* Takes what each sensor says now into its reading: SENSORS_MAX of them. */
void sensors_read(const struct sensors *sensors, struct reading *readings);

#endif
