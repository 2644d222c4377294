// SPDX-License-Identifier: GPL-2.0-only
/* The table of modules, and the blobs that stand in for files. */
#include "symbol/modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/u64map.h"
#include "symbol/module.h"

#define SCRIPT_DEV UINT32_MAX /* no device: a script is no file that was mapped */
#define DEBUG_ROOT "/usr/lib/debug"
#define DELETED	   " (deleted)" /* what the kernel appends to the path of an unlinked file */

#define SIZE(array) (sizeof(array) / sizeof(*(array)))

struct blob {
	unsigned int kind;
	uint32_t dev;
	uint64_t key;
	unsigned char *bytes;
	size_t len;
};

struct modules {
	struct module **all;
	size_t n, room;
	struct u64map *by_hash; /* first of a chain */
	struct blob *blobs;
	size_t nblobs, blobs_room;
	char *debug_root;
};

struct modules *modules__new(void)
{
	struct modules *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->by_hash = u64map__new();
	m->debug_root = strdup(DEBUG_ROOT);
	if (m->by_hash && m->debug_root)
		return m;
	modules__free(m);
	return NULL;
}

static void free_module(struct module *module)
{
	if (!module)
		return;
	module__close(module);
	free((char *)module->id.path);
	free((unsigned char *)module->id.build_id);
	free(module);
}

void modules__free(struct modules *m)
{
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->n; i++)
		free_module(m->all[i]);
	for (i = 0; i < m->nblobs; i++)
		free(m->blobs[i].bytes);
	free(m->all);
	free(m->blobs);
	free(m->debug_root);
	u64map__free(m->by_hash);
	free(m);
}

int modules__set_debug_root(struct modules *m, const char *directory)
{
	char *copy = strdup(directory);

	if (!copy)
		return -ENOMEM;
	free(m->debug_root);
	m->debug_root = copy;
	return 0;
}

const char *modules__debug_root(const struct modules *m)
{
	return m->debug_root;
}

/* FNV-1a */
static uint64_t hash(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

static uint64_t hash_id(const struct module_id *id)
{
	uint64_t h = hash(0xcbf29ce484222325ULL, id->path, strlen(id->path));

	h = hash(h, &id->ino, sizeof(id->ino));
	h = hash(h, &id->dev, sizeof(id->dev));
	h = hash(h, &id->pid, sizeof(id->pid));
	return hash(h, id->build_id, id->build_id_len);
}

static bool same_id(const struct module_id *a, const struct module_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->pid == b->pid &&
	       a->anonymous == b->anonymous && a->build_id_len == b->build_id_len &&
	       (!a->build_id_len || !memcmp(a->build_id, b->build_id, a->build_id_len)) &&
	       !strcmp(a->path, b->path);
}

static const char *name_of(const struct module *module)
{
	const char *path = module->id.path, *slash = strrchr(path, '/');

	if (module__is_generated(module))
		return "[generated code]";
	return slash && slash[1] ? slash + 1 : path;
}

static struct module *new_module(struct modules *m, const struct module_id *id)
{
	struct module *module = calloc(1, sizeof(*module));
	size_t len = strlen(id->path), cut = strlen(DELETED);
	char *path = strdup(id->path);
	unsigned char *build_id = malloc(id->build_id_len + 1);

	if (!module || !path || !build_id) {
		free(module);
		free(path);
		free(build_id);
		return NULL;
	}
	if (id->build_id_len)
		memcpy(build_id, id->build_id, id->build_id_len);
	if (len > cut && !strcmp(path + len - cut, DELETED))
		path[len - cut] = '\0';
	module->owner = m;
	module->id = *id;
	module->id.path = path;
	module->id.build_id = build_id;
	module->name = name_of(module);
	return module;
}

const struct module *modules__get(struct modules *m, const struct module_id *wanted)
{
	struct module_id id = *wanted;
	struct module *first, *module, **grown;
	uint64_t key;

	if (!id.path)
		id.path = "";
	if (!id.build_id)
		id.build_id_len = 0;
	key = hash_id(&id);
	first = u64map__get(m->by_hash, key);
	for (module = first; module; module = module->same_hash)
		if (same_id(&module->id, &id))
			return module;
	grown = array__reserve(m->all, &m->room, m->n, sizeof(struct module *));
	if (!grown)
		return NULL;
	m->all = grown;
	module = new_module(m, &id);
	if (!module)
		return NULL;
	module->same_hash = first;
	if (u64map__set(m->by_hash, key, module)) {
		free_module(module);
		return NULL;
	}
	m->all[m->n++] = module;
	return module;
}

const struct module *modules__script(struct modules *m, const char *file)
{
	const struct module_id id = {.path = file, .dev = SCRIPT_DEV};
	struct module *module = (struct module *)modules__get(m, &id);

	if (!module || module->script)
		return module;
	module->script = script__new(module->id.path);
	module->state = MODULE_READY;
	return module->script ? module : NULL;
}

bool module__is_script(const struct module *module)
{
	return module->script;
}

uint64_t module__add_code(const struct module *module, const struct script_code *code)
{
	return script__add(module->script, code);
}

int modules__add_blob(struct modules *m, unsigned int kind, uint32_t dev, uint64_t key,
		      const void *bytes, size_t len)
{
	struct blob *grown = array__reserve(m->blobs, &m->blobs_room, m->nblobs, sizeof(*grown));
	unsigned char *copy;

	if (!grown)
		return -ENOMEM;
	m->blobs = grown;
	copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, bytes, len);
	m->blobs[m->nblobs++] = (struct blob){kind, dev, key, copy, len};
	return 0;
}

const unsigned char *modules__blob(const struct modules *m, unsigned int kind, uint32_t dev,
				   uint64_t key, size_t *len)
{
	const struct blob *blob;
	size_t i;

	for (i = m->nblobs; i-- > 0;) {
		blob = &m->blobs[i];
		if (blob->kind != kind || blob->dev != dev || blob->key != key)
			continue;
		*len = blob->len;
		return blob->bytes;
	}
	return NULL;
}

size_t modules__count(const struct modules *m)
{
	return m->n;
}

const struct module *modules__at(const struct modules *m, size_t i)
{
	return i < m->n ? m->all[i] : NULL;
}

const char *module__path(const struct module *module)
{
	return module->id.path;
}

const char *module__name(const struct module *module)
{
	return module->name;
}

enum module_state module__state(const struct module *module)
{
	return module__open(module)->state;
}

bool module__is_libc(const struct module *module)
{
	static const char *const names[] = {"libc.so.", "libc-2.",   "libpthread", "ld-linux",
					    "ld-2.",	"libc.musl", "ld-musl",	   "ld.so"};
	size_t i;

	for (i = 0; i < SIZE(names); i++)
		if (!strncmp(module->name, names[i], strlen(names[i])))
			return true;
	return false;
}
