// SPDX-License-Identifier: GPL-2.0-only
#include "trace/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/events.h"
#include "lib/error.h"
#include "lib/helper.h"
#include "lib/strbuf.h"
#include "trace/codec.h"
#include "trace/info.h"
#include "trace/meta.h"
#include "trace/pack.h"
#include "trace/recent.h"
#include "trace/record.h"
#include "trace/sink.h"

#define QUEUE_LEN 16
/*
 * An interrupt may send its record between the moment that another one took its time and the
 * moment that one is sent. Such a record is late by little; it is given its predecessor's time.
 */
#define LATE_MAX_NS 1000000

/* A sealed block on its way to the writing thread, which frees it. */
struct job {
	struct block_head head;
	uint8_t *raw;
	size_t len;
	size_t ends[COLUMNS];	      /* BLOCK_EVENTS */
	struct trace_trailer trailer; /* BLOCK_TRAILER: the payload is made of it */
	struct sink *dump;	      /* the same, where the last part is kept: where it goes */
};

struct stream {
	struct coder *coder;
	struct block_head head; /* of the open block; events = 0: none is open */
};

struct trace_writer {
	char *path;
	uint32_t ncpus;
	uint64_t events;
	struct stream *streams[TRACE_STREAMS]; /* made when first used */

	/* The writing thread's own, while it runs. */
	struct sink *sink;
	struct recent *recent; /* instead of it; NULL = all is written */
	struct packer *packer;
	uint64_t left_out;    /* records in blocks that had no room */
	uint64_t left_out_ns; /* of those of CPUs, the first */
	bool told_left_out;

	pthread_t thread;
	atomic_int failure;
	atomic_bool full, anew, dumped;
	int dump_result;
	struct trace_writer_stats dump_stats; /* both valid once dumped */
	struct trace_info info;		      /* with recent */
	pthread_mutex_t lock;		      /* the rest */
	pthread_cond_t changed;
	struct job *queue[QUEUE_LEN];
	unsigned int first, count;
	bool done;
};

/* --- the writing thread --- */

/*
 * Whether there is room for a block. From the first one on that has none, nothing more is written
 * of any CPU: so all records from before the earliest that is left out are in the file.
 */
static bool has_room(struct trace_writer *w, const struct block_head *head, size_t len)
{
	bool tells = head->type == BLOCK_EVENTS && head->stream >= TRACE_MAX_CPUS;

	if (tells ? !w->told_left_out && sink__fits(w->sink, len, true)
		  : !trace_writer__full(w) && sink__fits(w->sink, len, false))
		return true;
	w->left_out += head->events;
	if (tells) {
		w->told_left_out = true;
		return false;
	}
	atomic_store(&w->full, true);
	if (head->type == BLOCK_EVENTS && head->first_ns < w->left_out_ns)
		w->left_out_ns = head->first_ns;
	return false;
}

static int keep_block(struct trace_writer *w, struct job *job, const uint8_t *stored,
		      size_t stored_len)
{
	int ret = recent__block(w->recent, &job->head, job->raw, job->len, stored, stored_len);

	if (recent__wants_anew(w->recent))
		atomic_store(&w->anew, true);
	return ret;
}

static int write_dump(struct trace_writer *w, struct job *job)
{
	struct trace_trailer *trailer = &job->trailer;

	/* What came after the failure is lost: the last mark is all that is certain. */
	if (trace_writer__failure(w)) {
		trailer->end_ns = recent__mark_ns(w->recent);
		trailer->last_end_ns = 0;
		trailer->stop = TRACE_STOP_DISK;
	}
	w->dump_result =
		recent__dump(w->recent, job->dump, &w->info, &job->trailer, &w->dump_stats);
	job->dump = NULL;
	atomic_store(&w->dumped, true);
	return 0; /* what is kept is still there */
}

static int write_block(struct trace_writer *w, struct job *job)
{
	bool events = job->head.type == BLOCK_EVENTS;
	const uint8_t *stored = NULL;
	size_t stored_len = 0;

	if (job->len)
		stored = packer__pack(w->packer, job->raw, job->len, events ? job->ends : NULL,
				      &stored_len);
	if (w->recent)
		return keep_block(w, job, stored, stored_len);
	if (job->head.type != BLOCK_TRAILER &&
	    !has_room(w, &job->head, stored ? stored_len : job->len))
		return 0;
	return sink__block(w->sink, &job->head, job->raw, job->len, stored, stored_len);
}

static int write_trailer(struct trace_writer *w, struct job *job)
{
	struct trace_trailer *trailer = &job->trailer;
	struct strbuf bytes = {0};
	int ret;

	if (w->left_out_ns < trailer->end_ns) {
		trailer->end_ns = w->left_out_ns;
		if (trailer->last_end_ns >= trailer->end_ns)
			trailer->last_end_ns = 0;
		if (!trailer->last_end_ns)
			trailer->stop = TRACE_STOP_SIZE;
	}
	job->head.first_ns = job->head.last_ns = trailer->end_ns;
	meta__put_trailer(&bytes, trailer, w->events - w->left_out);
	job->raw = (uint8_t *)bytes.text;
	job->len = bytes.len;
	ret = strbuf__failed(&bytes) ? -ENOMEM : write_block(w, job);
	return ret ? ret : sink__index(w->sink);
}

static int write_job(struct trace_writer *w, struct job *job)
{
	if (job->dump)
		return write_dump(w, job);
	if (job->head.type == BLOCK_TRAILER)
		return write_trailer(w, job);
	return write_block(w, job);
}

static void free_job(struct job *job)
{
	free(job->raw);
	sink__close(job->dump);
	free(job);
}

static void *write_jobs(void *arg)
{
	struct trace_writer *w = arg;
	struct job *job;
	int ret;

	for (;;) {
		pthread_mutex_lock(&w->lock);
		while (!w->count && !w->done)
			pthread_cond_wait(&w->changed, &w->lock);
		job = w->count ? w->queue[w->first] : NULL;
		pthread_mutex_unlock(&w->lock);
		if (!job)
			return NULL;

		ret = trace_writer__failure(w) && !job->dump ? 0 : write_job(w, job);
		if (ret)
			atomic_store(&w->failure, ret);
		free_job(job);

		/* Only now, so that the queue's bound counts the block at work too. */
		pthread_mutex_lock(&w->lock);
		w->first = (w->first + 1) % QUEUE_LEN;
		w->count--;
		pthread_cond_broadcast(&w->changed);
		pthread_mutex_unlock(&w->lock);
	}
}

static void push(struct trace_writer *w, struct job *job)
{
	pthread_mutex_lock(&w->lock);
	while (w->count == QUEUE_LEN)
		pthread_cond_wait(&w->changed, &w->lock);
	w->queue[(w->first + w->count) % QUEUE_LEN] = job;
	w->count++;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

/* --- blocks --- */

static int fail(struct trace_writer *w, int code)
{
	int none = 0;

	atomic_compare_exchange_strong(&w->failure, &none, code);
	return code;
}

static struct job *new_job(const struct block_head *head, size_t len)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->head = *head;
	job->len = len;
	job->raw = len ? malloc(len) : NULL;
	if (len && !job->raw) {
		free(job);
		return NULL;
	}
	return job;
}

static int seal(struct trace_writer *w, struct stream *s)
{
	struct job *job;

	if (!s || !s->head.events)
		return 0;
	job = new_job(&s->head, coder__payload_size(s->coder));
	s->head.events = 0;
	if (!job)
		return fail(w, -ENOMEM);
	coder__payload(s->coder, job->raw, job->ends);
	push(w, job);
	return 0;
}

static int seal_all(struct trace_writer *w)
{
	int ret = 0;

	for (unsigned int i = 0; i < TRACE_STREAMS && !ret; i++)
		ret = seal(w, w->streams[i]);
	return ret;
}

static struct stream *new_stream(void)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->coder = coder__new_encoder();
	if (!s->coder) {
		free(s);
		return NULL;
	}
	return s;
}

int trace_writer__append(struct trace_writer *w, unsigned int stream, const void *record,
			 size_t size)
{
	union ct_event ev;
	struct stream *s;
	int ret = trace_writer__failure(w);

	if (ret)
		return ret;
	if ((stream >= w->ncpus && stream != TRACE_STREAM_HOST && stream != TRACE_STREAM_MAPS) ||
	    record__copy(&ev, record, size))
		return -EINVAL;
	s = w->streams[stream];
	if (!s) {
		s = w->streams[stream] = new_stream();
		if (!s)
			return fail(w, -ENOMEM);
	}
	if (ev.h.ts < s->head.last_ns) {
		if (s->head.last_ns - ev.h.ts > LATE_MAX_NS)
			return -EINVAL;
		ev.h.ts = s->head.last_ns;
	}
	if (s->head.events && coder__full(s->coder, &ev)) {
		ret = seal(w, s);
		if (ret)
			return ret;
	}
	if (!s->head.events) {
		s->head.type = BLOCK_EVENTS;
		s->head.stream = (uint16_t)stream;
		s->head.first_ns = ev.h.ts;
		coder__start(s->coder, stream, ev.h.ts);
	}
	s->head.last_ns = ev.h.ts;
	s->head.events++;
	w->events++;
	coder__encode(s->coder, &ev);
	return 0;
}

int trace_writer__mark(struct trace_writer *w, uint64_t complete_ns)
{
	struct block_head head = {.type = BLOCK_MARK,
				  .stream = BLOCK_NO_STREAM,
				  .first_ns = complete_ns,
				  .last_ns = complete_ns};
	struct job *job;
	int ret = trace_writer__failure(w);

	if (!ret)
		ret = seal_all(w);
	if (ret)
		return ret;
	job = new_job(&head, 0);
	if (!job)
		return fail(w, -ENOMEM);
	push(w, job);
	return 0;
}

void trace_writer__limit(struct trace_writer *w, uint64_t most)
{
	sink__limit(w->sink, most);
}

bool trace_writer__full(const struct trace_writer *w)
{
	return atomic_load_explicit(&w->full, memory_order_relaxed);
}

int trace_writer__failure(const struct trace_writer *w)
{
	return atomic_load_explicit(&w->failure, memory_order_relaxed);
}

/* --- open and close --- */

/* With the thread not running. Returns what closing the file returns. */
static int free_writer(struct trace_writer *w)
{
	int ret = sink__close(w->sink);

	recent__free(w->recent);
	packer__free(w->packer);
	for (unsigned int i = 0; i < TRACE_STREAMS; i++) {
		if (!w->streams[i])
			continue;
		coder__free(w->streams[i]->coder);
		free(w->streams[i]);
	}
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w->path);
	free(w);
	return ret;
}

/* All but where the blocks go. Returns NULL when out of memory. */
static struct trace_writer *new_writer(const char *path, const struct trace_info *info)
{
	struct trace_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	w->path = strdup(path);
	w->packer = packer__new();
	w->left_out_ns = UINT64_MAX;
	w->ncpus = info->ncpus;
	if (w->path && w->packer)
		return w;
	free_writer(w);
	return NULL;
}

static int open_sink(struct trace_writer *w, const char *path, const struct trace_info *info,
		     struct error *err)
{
	struct strbuf bytes = {0};
	int ret = sink__open(path, &w->sink, err);

	if (ret)
		return ret;
	meta__put_info(&bytes, info);
	ret = strbuf__failed(&bytes) ? -ENOMEM : sink__header(w->sink, &bytes);
	strbuf__free(&bytes);
	return ret ? error__errno(err, ret, "%s: cannot write", w->path) : 0;
}

static int open_writer(const char *path, const struct trace_keep *keep,
		       const struct trace_info *info, struct trace_writer **out, struct error *err)
{
	const char *name = !path ? "what is kept" : !strcmp(path, "-") ? "standard output" : path;
	struct trace_writer *w;
	int ret = 0;

	*out = NULL;
	if (info->ncpus > TRACE_MAX_CPUS)
		return error__set(err, -EINVAL, "%s: more than %d CPUs", name, TRACE_MAX_CPUS);
	w = new_writer(name, info);
	if (!w)
		return error__errno(err, -ENOMEM, "%s", name);
	if (keep) {
		w->info = *info;
		w->recent = recent__new(keep);
		ret = w->recent ? 0 : error__errno(err, -ENOMEM, "%s", name);
	} else {
		ret = open_sink(w, path, info, err);
	}
	if (!ret) {
		ret = helper__start(&w->thread, write_jobs, w) ? 0 : -EAGAIN;
		if (ret)
			error__errno(err, ret, "%s: cannot write", name);
	}
	if (ret)
		free_writer(w);
	else
		*out = w;
	return ret;
}

int trace_writer__open(const char *path, const struct trace_info *info, struct trace_writer **out,
		       struct error *err)
{
	return open_writer(path, NULL, info, out, err);
}

int trace_writer__open_recent(const struct trace_keep *keep, const struct trace_info *info,
			      struct trace_writer **out, struct error *err)
{
	return open_writer(NULL, keep, info, out, err);
}

int trace_writer__dump(struct trace_writer *w, const char *path,
		       const struct trace_trailer *trailer)
{
	const struct block_head head = {.type = BLOCK_TRAILER, .stream = BLOCK_NO_STREAM};
	struct job *job = new_job(&head, 0);
	int ret;

	trace_writer__mark(w, trailer->end_ns);
	if (!job)
		return -ENOMEM;
	/* Here and not in the writing thread, which has no rights of its own. */
	ret = sink__open(path, &job->dump, NULL);
	if (ret) {
		free_job(job);
		return ret;
	}
	job->trailer = *trailer;
	atomic_store(&w->dumped, false);
	push(w, job);
	return 0;
}

bool trace_writer__dumped(struct trace_writer *w, int *result, struct trace_writer_stats *stats)
{
	if (!atomic_load(&w->dumped))
		return false;
	*result = w->dump_result;
	*stats = w->dump_stats;
	return true;
}

bool trace_writer__wants_anew(struct trace_writer *w)
{
	return atomic_exchange(&w->anew, false);
}

/* Returns 0 or a negative errno; after that the thread has all it will get. */
static int push_trailer(struct trace_writer *w, const struct trace_trailer *trailer)
{
	struct block_head head = {.type = BLOCK_TRAILER, .stream = BLOCK_NO_STREAM};
	struct job *job;
	int ret = trace_writer__failure(w);

	if (!ret)
		ret = seal_all(w);
	if (ret)
		return ret;
	job = new_job(&head, 0);
	if (!job)
		return fail(w, -ENOMEM);
	job->trailer = *trailer;
	push(w, job);
	return 0;
}

int trace_writer__close(struct trace_writer *w, const struct trace_trailer *trailer,
			struct trace_writer_stats *stats, struct error *err)
{
	int ret, closed;

	if (stats)
		memset(stats, 0, sizeof(*stats));
	if (!w)
		return 0;
	if (!w->recent)
		push_trailer(w, trailer);
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);

	ret = trace_writer__failure(w);
	if (stats)
		*stats = (struct trace_writer_stats){.events = w->events - w->left_out,
						     .bytes = w->sink ? sink__bytes(w->sink) : 0,
						     .blocks = w->sink ? sink__blocks(w->sink) : 0};
	if (ret)
		error__errno(err, ret, "%s: cannot write", w->path);
	closed = sink__close(w->sink);
	w->sink = NULL;
	if (!ret && closed)
		ret = error__errno(err, closed, "%s: cannot write", w->path);
	free_writer(w);
	return ret;
}
