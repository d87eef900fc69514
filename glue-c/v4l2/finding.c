/* SPDX-License-Identifier: MIT */
#include "finding.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../core/exchange.h"

uint32_t finding_reason(const char *node, int error)
{
	/* Not the file's mode: a list of devices (cgroups), seccomp, Landlock, or a mount without devices. */
	if (error == EPERM || (error == EACCES && access(node, R_OK | W_OK) == 0))
		return CORE_FINDING_KEPT_OUT;
	if (error == EACCES)
		return CORE_FINDING_REFUSED;
	/* Nodes that the search finds by itself are there. */
	return error == ENOENT ? CORE_FINDING_MISNAMED : CORE_FINDING_FAILED;
}

void finding_sentence(char *text, size_t size, uint32_t reason, const char *node, const char *what, int error)
{
	if (!node)
		snprintf(text, size, "%s", what);
	else if (what)
		snprintf(text, size, "%s %s", node, what);
	else if (reason == CORE_FINDING_KEPT_OUT)
		snprintf(text, size,
		         "no permission to open %s, though its mode gives it: let it into this container or sandbox "
		         "(docker --device %s, flatpak --device=all)",
		         node, node);
	else if (reason == CORE_FINDING_REFUSED)
		snprintf(text, size,
		         "no permission to open %s; add the user to the group that owns it (often \"video\") and log "
		         "in again",
		         node);
	else
		snprintf(text, size, "cannot use %s: %s", node, strerror(error));
}
