/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of the HTML timeline, without data: made from web/ when this is built. */
#ifndef EXPORT_HTML_PAGE_H
#define EXPORT_HTML_PAGE_H

#include <stddef.h>

/* What goes before the data, and behind it. */
const char *html_page__head(size_t *len);
const char *html_page__tail(size_t *len);

#endif
