// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/blame_graph.h"

#include <errno.h>

/*
 * Where threads pass something on in a ring of hundreds, each step costs as much as the ring is
 * long. After so many links in all, chains that turn out to be longer are cut into pieces.
 */
#define LINKS_ENOUGH 300000000
#define SHORT_CHAIN  64

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
static void add_parts(const struct blame_node *node, struct bag_parts *parts)
{
	uint16_t i;

	for (i = 0; i < node->below.count; i++)
		bag_parts__add(parts, node->below.entries[i].class, node->below.entries[i].n);
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
}

static void end_chains_at(struct blame_node *node, uint64_t ns)
{
	uint16_t i;

	node->to = NULL;
	node->until = ns;
	for (i = 0; i < node->below.count; i++)
		node->below.entries[i].until = ns;
}

/* Leads nowhere from now on. Returns where its chain ended before, if not at itself. */
static struct blame_node *cut(struct blame_graph *g, struct blame_node *node, uint64_t ns)
{
	struct blame_node *up = node->to, *next, *root = NULL;
	struct bag_parts parts;
	size_t length = 1;

	if (!up) {
		charge_all(g, node, ns);
		return NULL;
	}
	parts.count = 0;
	add_parts(node, &parts);
	for (; up; up = next, length++) {
		next = up->to;
		root = up;
		take_out(g, up, &parts, ns);
		if (length % SHORT_CHAIN || g->walked < LINKS_ENOUGH || !next)
			continue;
		add_parts(up, &parts);
		up->aim.root = BLAME_UNKNOWN;
		end_chains_at(up, ns);
	}
	g->walked += length;
	end_chains_at(node, ns);
	return root;
}

/* All up to now has been charged. False if that would be a circle. */
static bool link_up(struct blame_graph *g, struct blame_node *node, uint64_t ns)
{
	struct blame_node *up, *via = node;
	struct bag_parts parts;

	node->circle = false;
	for (up = node->aim.to; up; up = up->to, g->walked++) {
		node->circle = up == node;
		if (node->circle)
			return false;
	}
	parts.count = 0;
	add_parts(node, &parts);
	for (up = node->aim.to; up && parts.count; via = up, up = up->to)
		put_in(g, up, &parts, via->aim.site, ns);
	node->to = node->aim.to;
	return true;
}

void blame_node__aim(struct blame_graph *g, struct blame_node *node, uint64_t ns,
		     const struct blame_aim *aim, bool last)
{
	struct blame_node *before;

	if (!node->to && !node->waits && !node->below.count && !aim->to) {
		node->aim = *aim; /* most of the time */
		node->circle = false;
		return;
	}
	before = cut(g, node, ns);
	node->aim = *aim;
	node->circle = false;
	if (aim->to && !link_up(g, node, ns))
		node->aim.root = last ? BLAME_DEADLOCK : BLAME_UNKNOWN;
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
	if (node->to)
		blame_node__aim(g, node, ns, &nowhere, false);
	else
		charge_all(g, node, ns);
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
