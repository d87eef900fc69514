/* SPDX-License-Identifier: MIT
 *
 * /dev/dri/renderD128, as much of it as a libva display needs: a name.
 */
#include <drm.h>
#include <errno.h>
#include <string.h>

#include "sim.h"

static void give_text(char *to, __kernel_size_t *length, const char *text)
{
	const size_t have = strlen(text);

	if (to && *length > 0)
		memcpy(to, text, *length < have ? *length : have);
	*length = have;
}

int sim_render_ioctl(struct sim_file *file, unsigned long command, void *argument)
{
	struct drm_version *version = argument;

	(void)file;
	if (command != DRM_IOCTL_VERSION)
		return -EINVAL;
	if (!argument)
		return -EFAULT;
	version->version_major = 1;
	version->version_minor = 0;
	version->version_patchlevel = 0;
	give_text(version->name, &version->name_len, sim_configuration.drm_name);
	give_text(version->date, &version->date_len, "20240101");
	give_text(version->desc, &version->desc_len, SIM_DRIVER_NAME);
	return 0;
}
