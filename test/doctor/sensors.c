/* SPDX-License-Identifier: MIT
 *
 * Clocks and temperatures in a made-up sysfs, laid out as a board has it.
 */
#include "../../doctor/measure/sensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../native/harness.h"

static char sysfs[64];

static void run_shell(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && %s", sysfs, command);
	CHECK(system(line) == 0);
}

static void make_sysfs(void)
{
	snprintf(sysfs, sizeof(sysfs), "/tmp/sensors-XXXXXX");
	CHECK(mkdtemp(sysfs) != NULL);
	/* A GPU, a decoder, and a memory controller, which is neither. */
	run_shell("mkdir -p class/devfreq class/thermal class/video4linux/video1 devices/gpu/drm devices/vpu "
	          "devices/dmc");
	run_shell("for of in gpu vpu dmc; do mkdir -p devices/$of/devfreq/$of && ln -s ../.. "
	          "devices/$of/devfreq/$of/device && "
	          "ln -s ../../devices/$of/devfreq/$of class/devfreq/$of; done");
	run_shell("ln -s ../../../devices/vpu class/video4linux/video1/device");
	run_shell("echo 200000000 >class/devfreq/gpu/cur_freq; echo 297000000 >class/devfreq/vpu/cur_freq; "
	          "echo 528000000 >class/devfreq/dmc/cur_freq");
	/* A zone, one that cannot be read now, and a fan. */
	run_shell("mkdir class/thermal/thermal_zone0 class/thermal/thermal_zone1 class/thermal/cooling_device0");
	run_shell(
		"echo soc-thermal >class/thermal/thermal_zone0/type; echo 45900 >class/thermal/thermal_zone0/temp; "
		"echo gpu-thermal >class/thermal/thermal_zone1/type; echo fan >class/thermal/cooling_device0/type");
}

static void remove_sysfs(void)
{
	char line[128];

	snprintf(line, sizeof(line), "rm -rf %s", sysfs);
	CHECK(system(line) == 0);
}

static void gpu_and_decoder_are_told_apart(void)
{
	struct sensors sensors;

	make_sysfs();
	sensors_find(sysfs, &sensors);
	CHECK(sensors.count == 4);
	CHECK_STRING(sensors.all[0].name, "gpu");
	CHECK(sensors.all[0].kind == SENSOR_GPU);
	CHECK_STRING(sensors.all[1].name, "vpu");
	CHECK(sensors.all[1].kind == SENSOR_DECODER);
	CHECK_STRING(sensors.all[2].name, "soc-thermal");
	CHECK(sensors.all[2].kind == SENSOR_TEMPERATURE);
	remove_sysfs();
}

static void the_lowest_and_the_highest_are_kept(void)
{
	struct reading readings[SENSORS_MAX] = {0};
	struct sensors sensors;

	make_sysfs();
	sensors_find(sysfs, &sensors);
	sensors_read(&sensors, readings);
	run_shell("echo 800000000 >class/devfreq/gpu/cur_freq; echo -3000 >class/thermal/thermal_zone0/temp");
	sensors_read(&sensors, readings);
	CHECK(readings[0].is_known && readings[0].lowest == 200 && readings[0].highest == 800);
	CHECK(readings[1].is_known && readings[1].lowest == 297 && readings[1].highest == 297);
	CHECK(readings[2].is_known && readings[2].lowest == -3 && readings[2].highest == 45);
	CHECK(!readings[3].is_known);
	remove_sysfs();
}

static void a_machine_without_sensors_has_none(void)
{
	struct sensors sensors;

	sensors_find("/nonexistent", &sensors);
	CHECK(sensors.count == 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{"GPU and decoder are told apart", gpu_and_decoder_are_told_apart, NULL},
		{"the lowest and the highest are kept", the_lowest_and_the_highest_are_kept, NULL},
		{"a machine without sensors has none", a_machine_without_sensors_has_none, NULL},
	};

	return run_tests(tests, TEST_COUNT(tests), argc, argv);
}
