// SPDX-License-Identifier: GPL-2.0-only
/* What is going to happen: a heap by time, and in one instant in the order of making. */
#include <errno.h>

#include "lib/array.h"
#include "replay/state.h"

static bool is_before(const struct event *a, const struct event *b)
{
	return a->ns != b->ns ? a->ns < b->ns : a->number < b->number;
}

void event__add(struct sim *s, enum event_kind kind, uint64_t ns, uint32_t index, uint32_t age)
{
	struct event event = {.ns = ns, .number = s->numbers++, .index = index, .age = age};
	struct event *events =
		array__reserve(s->events, &s->events_size, s->nevents, sizeof(*events));
	size_t i = s->nevents, up;

	if (!events) {
		s->failed = -ENOMEM;
		return;
	}
	event.kind = (uint8_t)kind;
	s->events = events;
	for (; i && is_before(&event, &events[up = (i - 1) / 2]); i = up)
		events[i] = events[up];
	events[i] = event;
	s->nevents++;
	s->timers += kind == EVENT_READY;
}

bool event__next(struct sim *s, struct event *event)
{
	struct event *events = s->events, last;
	size_t i = 0, child;

	if (!s->nevents)
		return false;
	*event = events[0];
	last = events[--s->nevents];
	while ((child = 2 * i + 1) < s->nevents) {
		if (child + 1 < s->nevents && is_before(&events[child + 1], &events[child]))
			child++;
		if (!is_before(&events[child], &last))
			break;
		events[i] = events[child];
		i = child;
	}
	events[i] = last;
	s->timers -= event->kind == EVENT_READY;
	return true;
}
