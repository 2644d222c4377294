// SPDX-License-Identifier: GPL-2.0-only
#include "trace/meta.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strbuf.h"
#include "trace/info.h"
#include "trace/varint.h"

#define CLOCK_ERROR_MOST_US (1ull << 40)

static void put_text(struct strbuf *to, const char *text, size_t len)
{
	varint__add(to, len);
	strbuf__add(to, text, len);
}

/* A text that must fit `size` with its NUL, and have no other. */
static void get_text(struct varint_in *in, char *text, size_t size)
{
	uint64_t len = varint_in__next(in);
	const uint8_t *bytes = varint_in__bytes(in, len);

	if (!bytes || len >= size || memchr(bytes, 0, len)) {
		in->bad = true;
		return;
	}
	memcpy(text, bytes, len);
	text[len] = 0;
}

static uint32_t get_u32(struct varint_in *in)
{
	uint64_t v = varint_in__next(in);

	if (v > UINT32_MAX)
		in->bad = true;
	return (uint32_t)v;
}

void meta__put_info(struct strbuf *to, const struct trace_info *info)
{
	put_text(to, info->tool, strnlen(info->tool, sizeof(info->tool) - 1));
	put_text(to, info->sysname, strnlen(info->sysname, sizeof(info->sysname) - 1));
	put_text(to, info->release, strnlen(info->release, sizeof(info->release) - 1));
	put_text(to, info->version, strnlen(info->version, sizeof(info->version) - 1));
	put_text(to, info->machine, strnlen(info->machine, sizeof(info->machine) - 1));
	put_text(to, info->hostname, strnlen(info->hostname, sizeof(info->hostname) - 1));
	varint__add(to, info->ncpus);
	varint__add(to, info->online);
	varint__add(to, info->start_ns);
	varint__add(to, info->clock_monotonic);
	varint__add(to, info->clock_boottime);
	varint__add(to, info->clock_realtime);
	varint__add(to, info->mode);
	varint__add(to, info->target_pid);
	varint__add(to, info->sample_hz);
	varint__add(to, info->ring_bytes);
	varint__add(to, info->argc);
	for (uint32_t i = 0; i < info->argc; i++)
		put_text(to, info->argv[i], strlen(info->argv[i]));
	varint__add(to, info->quota_us);
	varint__add(to, info->period_us);
	varint__add(to, info->clock);
	varint__add(to, info->clock_error_us);
	varint__add(to, info->recent);
}

/* What files of earlier versions end without. */
static int get_quota(struct trace_info *info, struct varint_in *in)
{
	if (in->p == in->end)
		return 0;
	info->quota_us = varint_in__next(in);
	info->period_us = varint_in__next(in);
	return in->bad ? -EBADMSG : 0;
}

/* As above. */
static int get_clock(struct trace_info *info, struct varint_in *in)
{
	uint64_t clock;

	if (in->p == in->end)
		return 0;
	clock = varint_in__next(in);
	info->clock_error_us = varint_in__next(in);
	if (in->bad || clock > TRACE_CLOCK_SYNCED || info->clock_error_us > CLOCK_ERROR_MOST_US)
		return -EBADMSG;
	info->clock = (enum trace_clock)clock;
	return 0;
}

static int get_argv(struct trace_info *info, struct varint_in *in)
{
	uint32_t argc = get_u32(in);

	/* Each argument takes a byte at least: so the memory is bounded by the file's size. */
	if (in->bad || argc > (uint64_t)(in->end - in->p))
		return -EBADMSG;
	if (!argc)
		return 0;
	info->argv = calloc((size_t)argc + 1, sizeof(*info->argv));
	if (!info->argv)
		return -ENOMEM;
	info->argc = argc;
	for (uint32_t i = 0; i < argc; i++) {
		uint64_t len = varint_in__next(in);
		const uint8_t *bytes = varint_in__bytes(in, len);

		if (!bytes || memchr(bytes, 0, len))
			return -EBADMSG;
		info->argv[i] = strndup((const char *)bytes, len);
		if (!info->argv[i])
			return -ENOMEM;
	}
	return 0;
}

int meta__get_info(struct trace_info *info, const uint8_t *bytes, size_t len)
{
	struct varint_in in = {.p = bytes, .end = bytes + len};
	uint64_t mode;
	int ret;

	memset(info, 0, sizeof(*info));
	get_text(&in, info->tool, sizeof(info->tool));
	get_text(&in, info->sysname, sizeof(info->sysname));
	get_text(&in, info->release, sizeof(info->release));
	get_text(&in, info->version, sizeof(info->version));
	get_text(&in, info->machine, sizeof(info->machine));
	get_text(&in, info->hostname, sizeof(info->hostname));
	info->ncpus = get_u32(&in);
	info->online = get_u32(&in);
	info->start_ns = varint_in__next(&in);
	info->clock_monotonic = varint_in__next(&in);
	info->clock_boottime = varint_in__next(&in);
	info->clock_realtime = varint_in__next(&in);
	mode = varint_in__next(&in);
	info->mode = (enum trace_mode)mode;
	info->target_pid = get_u32(&in);
	info->sample_hz = get_u32(&in);
	info->ring_bytes = varint_in__next(&in);
	if (in.bad || info->ncpus > TRACE_MAX_CPUS || mode > TRACE_ALL)
		return -EBADMSG;
	ret = get_argv(info, &in);
	if (!ret)
		ret = get_quota(info, &in);
	if (!ret)
		ret = get_clock(info, &in);
	if (!ret && in.p != in.end)
		info->recent = varint_in__next(&in) != 0;
	return ret ? ret : in.bad ? -EBADMSG : 0;
}

void meta__free_info(struct trace_info *info)
{
	for (uint32_t i = 0; i < info->argc && info->argv; i++)
		free(info->argv[i]);
	free(info->argv);
	info->argv = NULL;
	info->argc = 0;
}

#define LOST_TYPES (sizeof(((struct trace_trailer *)NULL)->lost) / sizeof(uint64_t))

void meta__put_trailer(struct strbuf *to, const struct trace_trailer *trailer, uint64_t records)
{
	varint__add(to, records);
	varint__add(to, trailer->end_ns);
	varint__add(to, trailer->stop);
	varint__add(to, trailer->has_exit);
	varint__add(to, (uint32_t)trailer->exit_code);
	varint__add(to, (uint32_t)trailer->exit_signal);
	varint__add(to, trailer->last_end_ns);
	varint__add(to, trailer->events);
	varint__add(to, LOST_TYPES);
	for (size_t i = 0; i < LOST_TYPES; i++)
		varint__add(to, trailer->lost[i]);
}

int meta__get_trailer(struct trace_trailer *trailer, uint64_t *records, const uint8_t *bytes,
		      size_t len)
{
	struct varint_in in = {.p = bytes, .end = bytes + len};
	uint64_t stop, types;

	memset(trailer, 0, sizeof(*trailer));
	*records = varint_in__next(&in);
	trailer->end_ns = varint_in__next(&in);
	stop = varint_in__next(&in);
	/* A reason that a later version knows is, to this one, none that it knows. */
	trailer->stop = stop <= TRACE_STOP_DUMP ? (enum trace_stop)stop : TRACE_STOP_NONE;
	trailer->has_exit = varint_in__next(&in) != 0;
	trailer->exit_code = (int)get_u32(&in);
	trailer->exit_signal = (int)get_u32(&in);
	trailer->last_end_ns = varint_in__next(&in);
	trailer->events = varint_in__next(&in);
	types = varint_in__next(&in);
	for (uint64_t i = 0; i < types && !in.bad; i++) {
		uint64_t lost = varint_in__next(&in);

		if (i < LOST_TYPES)
			trailer->lost[i] = lost;
	}
	return in.bad ? -EBADMSG : 0;
}
