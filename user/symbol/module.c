// SPDX-License-Identifier: GPL-2.0-only
/* Opening a module: is the file still the one that was mapped? */
#include "symbol/module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "bpf/events.h"
#include "symbol/debugfile.h"

#define NSEC_PER_SEC 1000000000ULL

bool module__is_generated(const struct module *module)
{
	return module->id.anonymous && *module->id.path != '[';
}

static bool has_build_id(const struct image *image, const struct module_id *id)
{
	const unsigned char *has;
	size_t len = image__build_id(image, &has);

	/* Longer ones were cut when they were recorded. */
	return len &&
	       (len == id->build_id_len ||
		(len > CT_BUILD_ID && id->build_id_len == CT_BUILD_ID)) &&
	       !memcmp(has, id->build_id, id->build_id_len);
}

static bool same_file(const struct stat *st, const struct module_id *id)
{
	uint64_t dev = (uint64_t)major(st->st_dev) << 20 | minor(st->st_dev);
	uint64_t written =
		(uint64_t)st->st_mtim.tv_sec * NSEC_PER_SEC + (uint64_t)st->st_mtim.tv_nsec;

	if (!id->ino || st->st_ino != id->ino || dev != id->dev)
		return false;
	/* A file that is built anew often gets the inode of the one that it replaces. */
	return !id->mapped_ns || written <= id->mapped_ns;
}

static bool is_it(const struct image *image, const struct stat *st, const struct module_id *id)
{
	return id->build_id_len ? has_build_id(image, id) : same_file(st, id);
}

static enum module_state open_file(struct module *m)
{
	struct stat st;
	int err;

	if (*m->id.path != '/') /* its beginning is not known */
		return MODULE_MISSING;
	err = image__open(m->id.path, &st, &m->image);
	if (err == -ENOEXEC)
		return same_file(&st, &m->id) ? MODULE_DAMAGED : MODULE_CHANGED;
	if (err)
		return MODULE_MISSING;
	if (is_it(m->image, &st, &m->id))
		return MODULE_READY;
	image__free(m->image);
	m->image = NULL;
	return MODULE_CHANGED;
}

/* From what the trace brought along. False if there is nothing, or nothing that fits. */
static bool open_blob(struct module *m, unsigned int kind, uint32_t dev, uint64_t key)
{
	size_t len;
	const unsigned char *bytes = modules__blob(m->owner, kind, dev, key, &len);

	if (!bytes || image__from_memory(bytes, len, &m->image)) {
		m->image = NULL;
		return false;
	}
	if (!m->id.build_id_len || has_build_id(m->image, &m->id))
		return true;
	image__free(m->image);
	m->image = NULL;
	return false;
}

static enum module_state open_generated(struct module *m)
{
	size_t len;
	const unsigned char *text = modules__blob(m->owner, CT_BLOB_PERF_MAP, 0, m->id.pid, &len);

	if (text)
		m->perfmap = perfmap__parse((const char *)text, len);
	return m->perfmap ? MODULE_READY : MODULE_MISSING;
}

struct module *module__open(const struct module *module)
{
	struct module *m = (struct module *)module;

	if (m->state != MODULE_UNOPENED)
		return m;
	if (module__is_generated(m))
		m->state = open_generated(m);
	else if (m->id.anonymous)
		m->state = !strcmp(m->id.path, "[vdso]") && open_blob(m, CT_BLOB_VDSO, 0, 0)
				   ? MODULE_READY
				   : MODULE_MISSING;
	else if (m->id.ino && open_blob(m, CT_BLOB_ELF, m->id.dev, m->id.ino))
		m->state = MODULE_READY;
	else
		m->state = open_file(m);
	return m;
}

const struct image *module__debug(struct module *m)
{
	const char *root = modules__debug_root(m->owner);

	if (m->debug_sought || !m->image)
		return m->debug;
	m->debug_sought = true;
	/* Without memory for it there is less to know, and that is all. */
	if (debugfile__open(m->image, m->id.anonymous ? NULL : m->id.path, root, &m->debug))
		m->debug = NULL;
	if (m->debug)
		(void)debugfile__complete(m->debug, root);
	return m->debug;
}

void module__close(struct module *m)
{
	struct places *places;
	size_t pos = 0;
	char *name;

	while (m->places && (places = u64map__next(m->places, &pos, NULL)))
		free(places);
	pos = 0;
	while (m->names && (name = u64map__next(m->names, &pos, NULL)))
		free(name);
	u64map__free(m->places);
	u64map__free(m->names);
	lines__free(m->lines);
	symbols__free(m->symbols);
	cfi__free(m->cfi);
	perfmap__free(m->perfmap);
	script__free(m->script);
	image__free(m->inner);
	free(m->inner_bytes);
	image__free(m->debug);
	image__free(m->image);
	m->places = m->names = NULL;
	m->lines = NULL;
	m->symbols = NULL;
	m->cfi = NULL;
	m->perfmap = NULL;
	m->script = NULL;
	m->inner = m->debug = m->image = NULL;
	m->inner_bytes = NULL;
}

uint64_t module__address(const struct module *module, uint64_t address, uint64_t offset)
{
	uint64_t own;

	if (module__is_generated(module))
		return address;
	return module__code_address(module, offset, &own) ? own : offset;
}

bool module__code_address(const struct module *module, uint64_t offset, uint64_t *address)
{
	const struct module *m = module__open(module);

	return m->image && image__address(m->image, offset, address);
}

bool module__is_data(const struct module *module, uint64_t address)
{
	const struct module *m = module__open(module);

	return m->image && image__is_data(m->image, address);
}

struct cfi *module__cfi(const struct module *module)
{
	struct module *m = (struct module *)module;
	const struct image *debug;

	if (m->cfi_sought)
		return m->cfi;
	m->cfi_sought = true;
	module__open(m);
	if (m->image && cfi__new(m->image, &m->cfi))
		m->cfi = NULL;
	debug = m->image && !m->cfi ? module__debug(m) : NULL;
	if (debug && cfi__new(debug, &m->cfi))
		m->cfi = NULL;
	return m->cfi;
}
