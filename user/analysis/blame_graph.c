// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/blame_graph.h"

#include <errno.h>

/*
 * Chains are followed as far as that. Where threads pass something on in a ring of hundreds, each
 * step costs as much as the ring is long: beyond so many links in all, less far.
 */
#define LONG_CHAIN   1024
#define SHORT_CHAIN  64
#define LINKS_ENOUGH 300000000

static void charge(struct blame_graph *g, uint64_t class, enum blame_root root, uint32_t task,
		   uint64_t ns, struct blame_site site)
{
	if (!ns)
		return;
	if (blame_sums__add(g->sums, class, root, task, ns, site))
		g->failed = -ENOMEM;
	if (task != BLAME_NONE)
		g->task_ns[task] += ns;
}

/* Where the end of a chain was, as far as that can be told. */
static struct blame_site site_of(const struct blame_node *root, struct blame_site via)
{
	if (root->waits)
		return root->site;
	if (root->aim.root == BLAME_COMPUTATION || root->aim.root == BLAME_CPU)
		return via;
	return (struct blame_site){0};
}

/* Those below of one class, up to ns. */
static void charge_entry(struct blame_graph *g, const struct blame_node *root,
			 struct bag_entry *entry, uint64_t ns)
{
	charge(g, entry->class, root->aim.root, root->aim.task, (entry->until - ns) * entry->n,
	       site_of(root, entry->site));
	entry->until = ns;
}

static void charge_all(struct blame_graph *g, struct blame_node *root, uint64_t ns)
{
	uint16_t i;

	for (i = 0; i < root->below.count; i++)
		charge_entry(g, root, &root->below.entries[i], ns);
	if (root->waits)
		charge(g, root->class, root->aim.root, root->aim.own_task, root->until - ns,
		       root->site);
	root->until = ns;
}

/* The node itself and all below. */
static void parts_of(const struct blame_node *node, struct bag_parts *parts)
{
	uint16_t i;

	parts->count = node->below.count;
	for (i = 0; i < node->below.count; i++)
		parts->list[i] =
			(struct bag_part){node->below.entries[i].class, node->below.entries[i].n};
	if (node->waits)
		bag_parts__add(parts, node->class, 1);
}

static bool is_object(const struct bag_part *part)
{
	return BLAME_OBJECT(part->class) != BLAME_NONE;
}

/* What is not known by its object, or no longer, goes by its cause: that part comes later. */
static void by_cause(struct bag_parts *parts, struct bag_part *part, uint32_t n)
{
	part->n -= n;
	bag_parts__add(parts, BLAME_CLASS(BLAME_CAUSE(part->class), BLAME_NONE), n);
}

static void put_part(struct blame_graph *g, struct blame_node *node, struct bag_parts *parts,
		     struct bag_part *part, struct blame_site site, uint64_t ns)
{
	uint64_t class = part->class;
	struct bag_entry *entry;

	if (!part->n)
		return;
	entry = bag__entry(&node->below, class);
	if (!entry && is_object(part) && bag__is_full(&node->below)) {
		by_cause(parts, part, part->n);
		return;
	}
	if (!entry) {
		g->failed = -ENOMEM;
		return;
	}
	if (!node->to)
		charge_entry(g, node, entry, ns);
	entry->n += part->n;
	entry->site = site;
}

static void put_in(struct blame_graph *g, struct blame_node *node, struct bag_parts *parts,
		   struct blame_site site, uint64_t ns)
{
	size_t i;

	for (i = 0; i < parts->count; i++)
		if (is_object(&parts->list[i]))
			put_part(g, node, parts, &parts->list[i], site, ns);
	for (i = 0; i < parts->count; i++)
		if (!is_object(&parts->list[i]))
			put_part(g, node, parts, &parts->list[i], site, ns);
}

static uint32_t take(struct blame_graph *g, struct blame_node *node, uint64_t class, uint32_t n,
		     uint64_t ns)
{
	struct bag_entry *entry = bag__find(&node->below, class);

	if (!entry)
		return 0;
	if (!node->to)
		charge_entry(g, node, entry, ns);
	n = n < entry->n ? n : entry->n;
	entry->n -= n;
	if (!entry->n)
		bag__remove(&node->below, entry);
	return n;
}

static void take_out(struct blame_graph *g, struct blame_node *node, struct bag_parts *parts,
		     uint64_t ns)
{
	size_t i;

	for (i = 0; i < parts->count; i++) {
		struct bag_part *part = &parts->list[i];
		uint32_t n = is_object(part) ? take(g, node, part->class, part->n, ns) : part->n;

		if (n < part->n)
			by_cause(parts, part, part->n - n);
	}
	for (i = 0; i < parts->count; i++)
		if (!is_object(&parts->list[i]))
			take(g, node, parts->list[i].class, parts->list[i].n, ns);
	if (!node->below.count)
		node->height = 0;
}

/* Leads nowhere from now on. Returns where its chain ended before, if not at itself. */
static struct blame_node *cut(struct blame_graph *g, struct blame_node *node, uint64_t ns)
{
	struct blame_node *up = node->to, *root = NULL;
	struct bag_parts parts;
	uint16_t i;

	if (!up) {
		charge_all(g, node, ns);
		return NULL;
	}
	parts_of(node, &parts);
	for (; up; up = up->to, g->walked++) {
		take_out(g, up, &parts, ns);
		root = up;
	}
	node->to = NULL;
	node->until = ns;
	for (i = 0; i < node->below.count; i++)
		node->below.entries[i].until = ns;
	return root;
}

/* All up to now has been charged. False if that would be a circle, or too long. */
static bool link_up(struct blame_graph *g, struct blame_node *node, uint64_t ns)
{
	uint32_t most = g->walked < LINKS_ENOUGH ? LONG_CHAIN : SHORT_CHAIN;
	uint32_t height = node->height + 1;
	struct blame_node *up, *via = node;
	struct bag_parts parts;

	node->circle = false;
	for (up = node->aim.to; up; up = up->to, height++) {
		node->circle = up == node;
		if (node->circle || height > most)
			return false;
	}
	g->walked += height;
	parts_of(node, &parts);
	height = node->height;
	for (up = node->aim.to; up && parts.count; via = up, up = up->to) {
		put_in(g, up, &parts, via->aim.site, ns);
		if (up->height < ++height)
			up->height = height;
	}
	node->to = node->aim.to;
	return true;
}

void blame_node__aim(struct blame_graph *g, struct blame_node *node, uint64_t ns,
		     const struct blame_aim *aim, bool last)
{
	struct blame_node *before = cut(g, node, ns);

	node->aim = *aim;
	node->circle = false;
	if (aim->to && !link_up(g, node, ns))
		node->aim.root = node->circle && last ? BLAME_DEADLOCK : BLAME_UNKNOWN;
	/* The circle that it closed may be open now. */
	if (before && before->circle) {
		charge_all(g, before, ns);
		link_up(g, before, ns);
	}
}

static const struct blame_aim nowhere = {
	.root = BLAME_UNKNOWN, .task = BLAME_NONE, .own_task = BLAME_NONE};

void blame_node__wait(struct blame_graph *g, struct blame_node *node, uint64_t ns, uint64_t class,
		      struct blame_site site)
{
	blame_node__aim(g, node, ns, &nowhere, false);
	node->waits = true;
	node->class = class;
	node->site = site;
}

void blame_node__resume(struct blame_graph *g, struct blame_node *node, uint64_t ns)
{
	blame_node__aim(g, node, ns, &nowhere, false);
	node->waits = false;
}

void blame_node__sample(struct blame_graph *g, const struct blame_node *node, uint32_t task,
			uint64_t stack)
{
	uint16_t i;

	if (node->to || node->aim.root != BLAME_COMPUTATION)
		return;
	for (i = 0; i < node->below.count; i++)
		if (blame_sums__sample(g->sums, node->below.entries[i].class, BLAME_COMPUTATION,
				       task, stack, node->below.entries[i].n))
			g->failed = -ENOMEM;
}
