// SPDX-License-Identifier: GPL-2.0-only
#include "export/export.h"

#include <stddef.h>

#include "export/rows.h"

const struct exporter *const exporters[] = {
	&exporter_json, &exporter_html, &exporter_perfetto, &exporter_csv, &exporter_svg, NULL,
};
