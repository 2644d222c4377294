// SPDX-License-Identifier: GPL-2.0-only
#include "capture/capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bpf/control.h"
#include "bpf/events.h"
#include "capture/images.h"
#include "capture/lacks.h"
#include "capture/probes.h"
#include "capture/pythons.h"
#include "capture/rings.h"
#include "capture/sampler.h"
#include "capture/wipe.h"
#include "conctrace.skel.h"
#include "lib/cpulist.h"
#include "lib/error.h"
#include "trace/record.h"

#define RING_DEFAULT  (8ULL << 20)
#define RING_SUM_MOST (512ULL << 20) /* of all CPUs, where the user does not say */
#define RING_LEAST    (64ULL << 10)
#define RING_MOST     (1ULL << 30)

struct capture {
	struct conctrace_bpf *skel;
	struct ct_control *control;
	struct ct_cpu *cpu;
	struct rings *rings;
	struct probes *probes;
	struct sampler *sampler;
	struct images *images;
	struct pythons *pythons;
	struct wipe *wipe;
	union ct_event stack; /* a copy, wiped */
	uint64_t ring_bytes;
	bool stopped, tail_sent;
};

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

static int loud(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	return vfprintf(stderr, fmt, ap);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static int choose_ring_bytes(struct capture *c, uint64_t wanted, struct error *err)
{
	unsigned int *cpus;
	int ncpus = cpulist__present(&cpus);

	free(cpus);
	c->ring_bytes = wanted ? wanted : RING_DEFAULT;
	while (!wanted && ncpus > 0 && c->ring_bytes > RING_LEAST &&
	       c->ring_bytes * (uint64_t)ncpus > RING_SUM_MOST)
		c->ring_bytes /= 2;
	if (c->ring_bytes < RING_LEAST || c->ring_bytes > RING_MOST ||
	    (c->ring_bytes & (c->ring_bytes - 1)))
		return error__set(err, -EINVAL,
				  "a buffer is a power of two from 64 KiB to 1 GiB per CPU");
	return 0;
}

/*
 * What older kernels may refuse, in the order in which it is given up: reading what tasks are
 * blocked in already; then all that recording can do without.
 */
enum attempt { ALL, NO_DESCRIPTION, LEAST, ATTEMPTS };

static int load_programs(struct capture *c, const struct capture_options *opts,
			 enum attempt attempt, struct error *err)
{
	int ret, possible = libbpf_num_possible_cpus();

	c->skel = conctrace_bpf__open();
	if (!c->skel) {
		lacks__explain(-errno, "opening the probes", "", err);
		return -EINVAL;
	}
	ret = rings__size_map(c->skel->maps.rings, c->ring_bytes, err);
	if (ret)
		return ret;
	c->skel->rodata->ct_ring_bytes = (unsigned int)c->ring_bytes;
	c->skel->rodata->ct_possible = possible > 0 ? (unsigned int)possible : 0;
	c->skel->rodata->ct_cpu_words = (bpf_map__max_entries(c->skel->maps.rings) + 63) / 64;
	if (attempt >= LEAST)
		probes__leave_out_optional(c->skel);
	if (attempt >= NO_DESCRIPTION || !opts->existing)
		bpf_program__set_autoload(c->skel->progs.describe, false);
	if (attempt >= LEAST || !opts->sample_hz)
		bpf_program__set_autoload(c->skel->progs.on_sample, false);
	ret = conctrace_bpf__load(c->skel);
	if (ret)
		lacks__explain(ret, "loading the probes", "", err);
	return ret;
}

static int load(struct capture *c, const struct capture_options *opts, struct error *err)
{
	enum attempt attempt;
	struct stat ns;
	int ret = 0;

	libbpf_set_print(getenv("CONCTRACE_DEBUG") ? loud : silent);
	if (stat("/proc/self/ns/pid", &ns))
		return error__errno(err, -errno, "/proc/self/ns/pid (is /proc mounted?)");
	for (attempt = ALL; attempt < ATTEMPTS; attempt++) {
		ret = load_programs(c, opts, attempt, err);
		if (!ret)
			break;
		conctrace_bpf__destroy(c->skel);
		c->skel = NULL;
	}
	if (ret)
		return ret;
	c->control = &c->skel->bss->ct_control;
	c->cpu = c->skel->bss->ct_cpus;
	c->control->ns_dev = ns.st_dev;
	c->control->ns_ino = ns.st_ino;
	c->control->page_bytes = (unsigned int)sysconf(_SC_PAGESIZE);
	c->control->stack_bytes = opts->stack_bytes;
	return rings__open(c->skel->maps.rings, c->ring_bytes, &c->rings, err);
}

static int ignore_record(void *ctx, unsigned int stream, const void *record, size_t size)
{
	(void)ctx, (void)stream, (void)record, (void)size;
	return 0;
}

int capture__open(const struct capture_options *opts, struct capture **out, struct error *err)
{
	struct capture *c = calloc(1, sizeof(*c));
	int ret;

	*out = NULL;
	if (!c)
		return error__errno(err, -ENOMEM, "recording");
	ret = choose_ring_bytes(c, opts->ring_bytes, err);
	c->wipe = wipe__new();
	if (!ret && !c->wipe)
		ret = error__errno(err, -ENOMEM, "recording");
	if (!ret)
		ret = load(c, opts, err);
	if (!ret && opts->stack_bytes)
		c->images = images__open(rings__cpus(c->rings));
	if (!ret && c->images)
		c->pythons = pythons__new(c->skel->maps.rings, c->ring_bytes,
					  opts->sample_hz ? c->skel->maps.ct_after_sample : NULL);
	/* The first snapshot tells the probes who we are. */
	if (!ret)
		ret = capture__snapshot(c, ignore_record, NULL, err);
	if (!ret) {
		c->control->all = opts->all;
		ret = probes__attach(c->skel, &c->probes, err);
	}
	if (ret) {
		capture__close(c);
		return ret;
	}
	if (opts->python)
		pythons__expect(c->pythons);
	if (opts->sample_hz && bpf_program__fd(c->skel->progs.on_sample) >= 0)
		c->sampler = sampler__start(c->skel->progs.on_sample, rings__cpus(c->rings),
					    opts->sample_hz);
	*out = c;
	return 0;
}

void capture__close(struct capture *c)
{
	if (!c)
		return;
	sampler__stop(c->sampler);
	images__close(c->images);
	wipe__free(c->wipe);
	pythons__free(c->pythons);
	probes__detach(c->probes);
	rings__free(c->rings);
	conctrace_bpf__destroy(c->skel);
	free(c);
}

void capture__adopt_children(struct capture *c, pid_t parent)
{
	c->control->adopter = (unsigned int)parent;
}

/* Records pass by those who listen for births. */
struct forward {
	struct capture *capture;
	capture_fn fn;
	void *ctx;
};

static int forward_wiped(const struct forward *to, unsigned int stream, const void *record,
			 size_t size)
{
	union ct_event *stack = &to->capture->stack;

	memcpy(stack, record, size < sizeof(*stack) ? size : sizeof(*stack));
	wipe__stack(to->capture->wipe, stack);
	return to->fn(to->ctx, stream, stack, size);
}

static int forward(void *ctx, unsigned int stream, const void *record, size_t size)
{
	const struct forward *to = ctx;
	unsigned int type = ((const struct ct_hdr *)record)->type;
	const struct ct_map *map = record;
	struct ct_runtime runtime;

	if (type == CT_STACK || type == CT_STACK_ARM64)
		return forward_wiped(to, stream, record, size);
	if (type == CT_MAP)
		wipe__add_code(to->capture->wipe, map->start, map->len);
	if (type == CT_RUNTIME) {
		memcpy(&runtime, record, sizeof(runtime));
		pythons__see(to->capture->pythons, &runtime);
		return to->fn(to->ctx, stream, &runtime, sizeof(runtime));
	}
	if (type == CT_FORK || type == CT_TASK || type == CT_BLOCKED)
		images__note(to->capture->images, record);
	return to->fn(to->ctx, stream, record, size);
}

#define SNAPSHOT_BUFFER (64u << 10) /* several of the largest records */

static int read_snapshot(int fd, capture_fn fn, void *ctx)
{
	char *buffer = malloc(SNAPSHOT_BUFFER);
	size_t have = 0, at, len;
	ssize_t got;
	int ret = buffer ? 0 : -ENOMEM;

	while (!ret && (got = read(fd, buffer + have, SNAPSHOT_BUFFER - have)) != 0) {
		if (got < 0) {
			ret = errno == EINTR ? 0 : -errno;
			continue;
		}
		have += (size_t)got;
		for (at = 0; !ret && (len = record__length(buffer + at, have - at)); at += len)
			ret = fn(ctx, CT_STREAM_HOST, buffer + at, len);
		have -= at;
		memmove(buffer, buffer + at, have);
	}
	free(buffer);
	return ret;
}

/* Runs an iterator over all tasks. */
static int iterate(struct capture *c, const struct bpf_program *program, capture_fn fn, void *ctx,
		   struct error *err)
{
	struct forward to = {c, fn, ctx};
	struct bpf_link *link;
	int fd, ret;

	link = bpf_program__attach_iter(program, NULL);
	if (!link)
		return lacks__explain(-errno, "listing the tasks", "", err);
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0) {
		ret = lacks__explain(fd, "listing the tasks", "", err);
		goto out;
	}
	ret = read_snapshot(fd, forward, &to);
	if (ret < 0)
		error__errno(err, ret, "listing the tasks");
	close(fd);
out:
	bpf_link__destroy(link);
	return ret;
}

int capture__snapshot(struct capture *c, capture_fn fn, void *ctx, struct error *err)
{
	return iterate(c, c->skel->progs.snapshot, fn, ctx, err);
}

int capture__attach_pid(struct capture *c, pid_t pid, struct error *err)
{
	uint64_t all = 0;
	int ret;

	/* A thread may start another behind the iterator's back: until a pass finds no more. */
	c->control->attach_pid = (unsigned int)pid;
	do {
		c->control->attached = 0;
		ret = capture__snapshot(c, ignore_record, NULL, err);
		all += c->control->attached;
	} while (!ret && c->control->attached);
	c->control->attach_pid = 0;
	if (!ret && !all)
		ret = error__set(err, -ESRCH, "there is no process %d", (int)pid);
	return ret;
}

/* What was lost after the last record that fit has no record yet to tell of it. */
static long send_tail(struct capture *c, capture_fn fn, void *ctx)
{
	unsigned int cpu;
	int ret;

	c->tail_sent = true;
	for (cpu = 0; cpu < rings__cpus(c->rings); cpu++) {
		struct ct_lost lost = {.h = {.type = CT_LOST}, .until = now_ns()};

		if (!c->cpu[cpu].lost_first)
			continue;
		lost.h.ts = c->cpu[cpu].lost_first;
		memcpy(lost.count, c->cpu[cpu].lost, sizeof(lost.count));
		ret = fn(ctx, cpu, &lost, sizeof(lost));
		if (ret)
			return ret;
	}
	return 0;
}

long capture__drain(struct capture *c, capture_fn fn, void *ctx)
{
	struct forward to = {c, fn, ctx};
	uint64_t now = now_ns();
	long count, ret = 0;

	/* A stack that is drained was taken before the mark, and its code mapped before that. */
	rings__mark(c->rings);
	images__peek(c->images, c->wipe);
	count = rings__drain(c->rings, forward, &to);
	if (count >= 0)
		ret = images__drain(c->images, now, forward, &to);
	if (ret >= 0 && count >= 0 && c->stopped && !c->tail_sent)
		ret = send_tail(c, fn, ctx);
	return ret < 0 ? ret : count;
}

bool capture__is_eager(const struct capture *c)
{
	return pythons__waits(c->pythons);
}

bool capture__samples(const struct capture *c)
{
	return c->sampler != NULL;
}

int capture__describe(struct capture *c, capture_fn fn, void *ctx)
{
	struct forward to = {c, fn, ctx};
	struct error ignored = {0};
	int ret = images__describe(c->images, forward, &to);

	if (ret || bpf_program__fd(c->skel->progs.describe) < 0)
		return ret;
	ret = iterate(c, c->skel->progs.describe, fn, ctx, &ignored);
	return ret > 0 ? ret : 0;
}

int capture__keep(struct capture *c, capture_fn fn, void *ctx)
{
	return images__finish(c->images, fn, ctx);
}

void capture__tell_anew(struct capture *c)
{
	memset(c->skel->bss->ct_seen, 0, sizeof(c->skel->bss->ct_seen));
	pythons__tell_anew(c->pythons);
}

uint64_t capture__live(const struct capture *c)
{
	return __atomic_load_n(&c->control->live, __ATOMIC_ACQUIRE);
}

uint64_t capture__last_end(const struct capture *c)
{
	return capture__live(c) ? 0 : __atomic_load_n(&c->control->last_end, __ATOMIC_ACQUIRE);
}

void capture__stop(struct capture *c)
{
	if (c->stopped)
		return;
	c->stopped = true;
	sampler__stop(c->sampler);
	c->sampler = NULL;
	pythons__stop(c->pythons);
	probes__stop(c->probes);
}

void capture__lost(const struct capture *c, uint64_t lost[CT_LOST_KINDS])
{
	unsigned int cpu, i;

	for (cpu = 0; cpu < CT_MAX_CPUS; cpu++)
		for (i = 0; i < CT_LOST_KINDS; i++)
			lost[i] += c->cpu[cpu].lost_total[i];
	probes__missed(c->probes, lost);
	pythons__lost(c->pythons, lost);
	lost[CT_MAP] += images__lost(c->images);
}

unsigned int capture__cpus(const struct capture *c)
{
	return rings__cpus(c->rings);
}

uint64_t capture__ring_bytes(const struct capture *c)
{
	return c->ring_bytes;
}
