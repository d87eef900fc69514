/* SPDX-License-Identifier: MIT
 *
 * The one symbol of the module. It is linked as an object of its own: --exclude-libs hides all that comes from archives.
 */
#include "initialize.h"

VAStatus __vaDriverInit_1_0(VADriverContextP va);

/* Every libva 2.x finds this name: it counts its minor version down to 0. */
__attribute__((visibility("default"))) VAStatus __vaDriverInit_1_0(VADriverContextP va)
{
	return driver_init(va);
}
