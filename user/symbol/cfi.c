// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/cfi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/u64map.h"
#include "symbol/cfi_table.h"

/* A rule, once for all addresses where it is the same: there are few that differ. */
struct shared_rule {
	struct frame_rule rule;
	struct shared_rule *next; /* of the same hash */
};

struct cfi {
	const struct arch *arch;
	struct cfi_table *tables[2]; /* .eh_frame, .debug_frame: those that there are */
	struct u64map *by_address;   /* struct shared_rule; `none` where there is none */
	struct u64map *by_content;   /* first of a chain, by hash */
	struct shared_rule none;
};

int cfi__new(const struct image *image, struct cfi **out)
{
	static const char *const names[] = {".eh_frame", ".debug_frame"};
	const struct arch *arch = image__arch(image);
	struct image_section section;
	struct cfi *cfi;
	size_t i, n = 0;
	int err = 0;

	*out = NULL;
	if (!arch)
		return 0;
	cfi = calloc(1, sizeof(*cfi));
	if (!cfi)
		return -ENOMEM;
	cfi->arch = arch;
	for (i = 0; i < 2 && !err; i++) {
		if (image__section(image, names[i], &section))
			err = cfi_table__new(&section, arch, i == 0, &cfi->tables[n]);
		n += cfi->tables[n] != NULL;
	}
	cfi->by_address = n ? u64map__new() : NULL;
	cfi->by_content = n ? u64map__new() : NULL;
	if (n && !err && (!cfi->by_address || !cfi->by_content))
		err = -ENOMEM;
	if (err || !n)
		cfi__free(cfi);
	else
		*out = cfi;
	return err;
}

void cfi__free(struct cfi *cfi)
{
	struct shared_rule *rule, *next;
	size_t pos = 0;

	if (!cfi)
		return;
	while (cfi->by_content && (rule = u64map__next(cfi->by_content, &pos, NULL))) {
		for (; rule; rule = next) {
			next = rule->next;
			free(rule);
		}
	}
	u64map__free(cfi->by_address);
	u64map__free(cfi->by_content);
	cfi_table__free(cfi->tables[0]);
	cfi_table__free(cfi->tables[1]);
	free(cfi);
}

/* FNV-1a */
static uint64_t hash(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325ULL;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

/* The one copy of a rule; NULL when out of memory. */
static struct shared_rule *share(struct cfi *cfi, const struct frame_rule *rule)
{
	uint64_t key = hash(rule, sizeof(*rule));
	struct shared_rule *first = u64map__get(cfi->by_content, key), *r;

	for (r = first; r; r = r->next)
		if (!memcmp(&r->rule, rule, sizeof(*rule)))
			return r;
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->rule = *rule;
	r->next = first;
	if (u64map__set(cfi->by_content, key, r)) {
		free(r);
		return NULL;
	}
	return r;
}

static const struct frame_rule *answer(const struct cfi *cfi, const struct shared_rule *r)
{
	return r == &cfi->none ? NULL : &r->rule;
}

const struct arch *cfi__arch(const struct cfi *cfi)
{
	return cfi->arch;
}

const struct frame_rule *cfi__find(struct cfi *cfi, uint64_t address)
{
	struct shared_rule *r = u64map__get(cfi->by_address, address);
	struct frame_rule rule;
	struct fde fde;
	size_t i;

	if (r)
		return answer(cfi, r);
	r = &cfi->none;
	for (i = 0; i < 2 && cfi->tables[i]; i++) {
		if (!cfi_table__find(cfi->tables[i], address, &fde) ||
		    !cfi_rows__at(cfi->tables[i], &fde, address, &rule))
			continue;
		rule.section = (uint8_t)i;
		r = share(cfi, &rule);
		break;
	}
	/* Without memory for it the answer is found anew each time. */
	if (r)
		(void)u64map__set(cfi->by_address, address, r);
	return r ? answer(cfi, r) : NULL;
}

bool cfi__function(const struct cfi *cfi, uint64_t address, uint64_t *start, uint64_t *end)
{
	size_t i;

	for (i = 0; i < 2 && cfi->tables[i]; i++)
		if (cfi_table__range(cfi->tables[i], address, start, end))
			return true;
	return false;
}

const unsigned char *cfi__expression(const struct cfi *cfi, const struct frame_rule *frame,
				     const struct rule *rule)
{
	return cfi_table__section(cfi->tables[frame->section])->bytes + rule->offset;
}
