/* SPDX-License-Identifier: MIT */
#ifndef GLUE_VA_CONFIG_H
#define GLUE_VA_CONFIG_H

#include "driver.h"

VAStatus config_query_profiles(VADriverContextP va, VAProfile *profiles, int *count);
VAStatus config_query_entrypoints(VADriverContextP va, VAProfile profile, VAEntrypoint *entrypoints,
                                  int *count);
VAStatus config_get_attributes(VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint,
                               VAConfigAttrib *attributes, int count);
VAStatus config_create(VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint,
                       VAConfigAttrib *attributes, int count, VAConfigID *id);
VAStatus config_destroy(VADriverContextP va, VAConfigID id);
VAStatus config_query_attributes(VADriverContextP va, VAConfigID id, VAProfile *profile,
                                 VAEntrypoint *entrypoint, VAConfigAttrib *attributes, int *count);

#endif
