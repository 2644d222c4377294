/* SPDX-License-Identifier: GPL-2.0-only */
/* The exporters there are, one file each. */
#ifndef EXPORT_ROWS_H
#define EXPORT_ROWS_H

#include "export/export.h"

extern const struct exporter exporter_csv;
extern const struct exporter exporter_html;
extern const struct exporter exporter_json;
extern const struct exporter exporter_perfetto;
extern const struct exporter exporter_svg;
/* The terminal's report: always there, so not an option and not in the list. */
extern const struct exporter exporter_text;
/* The terminal's form of a comparison (compare/compare.h): no option and not in the list either. */
extern const struct exporter exporter_compare;
/* The same for the ways to do the same work (compare/models.h). */
extern const struct exporter exporter_models;

#endif
