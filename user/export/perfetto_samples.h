/* SPDX-License-Identifier: GPL-2.0-only */
/* Where threads were when the clock found them on a CPU: as samples of Perfetto's own profiler. */
#ifndef EXPORT_PERFETTO_SAMPLES_H
#define EXPORT_PERFETTO_SAMPLES_H

#include <stdint.h>

#include "model/observed.h"

struct chains;
struct model_sample;
struct packets;

/* `origin` is what times count from. Returns 0, -ENOMEM or -EIO. */
int perfetto_samples__add(struct packets *ps, struct chains *chains, uint64_t origin,
			  const struct model_sample *sample);

#endif
