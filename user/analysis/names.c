// SPDX-License-Identifier: GPL-2.0-only
#include "analysis/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sites.h"
#include "lib/arch.h"
#include "model/file_words.h"
#include "model/model.h"
#include "symbol/maps.h"
#include "symbol/modules.h"
#include "symbol/plumbing.h"

/* sizeof(struct pthread) of glibc 2.36 on x86-64, the largest, at the thread pointer. */
#define THREAD_BYTES 2304
/* What a thread's own variables and the first frames of its stack may take beneath that. */
#define TLS_BYTES 65536
/*
 * Of these, what is no stack with glibc even in a program without any such variable: what it keeps
 * free for libraries that are loaded later, TLS_STATIC_SURPLUS in its elf/dl-tls.c.
 */
#define TLS_SURPLUS 1664
/* The main thread's stack is at most this high above any of its frames: RLIMIT_STACK's default. */
#define MAIN_STACK_BYTES (8u << 20)

struct names {
	const struct model *model;
	const struct arch *arch;
	const struct model_task **tasks; /* by pid */
	size_t ntasks;
};

static int by_pid(const void *a, const void *b)
{
	const struct model_task *x = *(const struct model_task *const *)a;
	const struct model_task *y = *(const struct model_task *const *)b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

struct names *names__new(const struct model *model)
{
	struct names *n = calloc(1, sizeof(*n));
	size_t id, count = model__task_count(model);

	if (!n)
		return NULL;
	n->model = model;
	n->arch = model__arch(model);
	n->tasks = calloc(count + 1, sizeof(struct model_task *));
	if (!n->tasks) {
		free(n);
		return NULL;
	}
	for (id = 0; id < count; id++) {
		const struct model_task *task = model__task(model, id);

		if (task->tls || task->stack_low)
			n->tasks[n->ntasks++] = task;
	}
	if (n->ntasks)
		qsort(n->tasks, n->ntasks, sizeof(struct model_task *), by_pid);
	return n;
}

void names__free(struct names *n)
{
	if (!n)
		return;
	free(n->tasks);
	free(n);
}

/* The first of a process's tasks. */
static size_t first_of(const struct names *n, uint32_t pid)
{
	size_t low = 0, high = n->ntasks;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (n->tasks[mid]->pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* A fork's first thread lives on its creator's stack, which need not be a main thread's. */
static bool has_main_stack(const struct model_task *task)
{
	bool copy = task->birth == BIRTH_FORK || task->birth == BIRTH_VFORK;

	return task->tid == task->pid && task->stack_low && (!copy || task->exec_ns);
}

/* Where calls and the thread pointer tell that it is a thread's, but not what of it. */
static const char *place_near(const struct model_task *task, uint64_t address, uint64_t high)
{
	if (task->tls - address > TLS_BYTES)
		return "stack of ";
	/* The stack's first frames and thread-local variables meet somewhere here. */
	if (task->tls - address > TLS_SURPLUS || task->tls - high <= TLS_SURPLUS)
		return "stack or thread-local of ";
	return "thread-local of ";
}

/* Next to the thread pointer, struct pthread on one side and variables on the other. */
static bool next_to_pointer(const struct names *n, const struct model_task *task, uint64_t address)
{
	uint64_t above = n->arch->variables_above ? TLS_SURPLUS : THREAD_BYTES;
	uint64_t below = n->arch->variables_above ? THREAD_BYTES : TLS_SURPLUS;

	return address >= task->tls - below && address < task->tls + above;
}

/* How an address lies in a thread's memory; NULL: it does not, as far as is known. */
static const char *place_in(const struct names *n, const struct model_task *task, uint64_t address)
{
	bool above = task->stack_low && address >= task->stack_low;
	uint64_t lowest = n->arch->lowest_mmap;

	/* Its variables are anywhere, but next to the thread pointer. */
	if (task->tid == task->pid && task->tls >= lowest && next_to_pointer(n, task, address))
		return "thread-local of ";
	if (has_main_stack(task))
		return above && address - task->stack_low < MAIN_STACK_BYTES ? "stack of " : NULL;
	if (above && address <= task->stack_high && address >= lowest)
		return "stack of ";
	/* Go has stacks and thread pointers of its own making, inside its heap. */
	if (task->tls < lowest || task->tid == task->pid)
		return NULL;
	if (n->arch->variables_above && next_to_pointer(n, task, address))
		return "thread-local of ";
	if (address >= task->tls)
		return next_to_pointer(n, task, address) ? "thread-local of " : NULL;
	if (!above || task->tls < task->stack_high)
		return NULL;
	return n->arch->variables_above ? "stack of " : place_near(task, address, task->stack_high);
}

static bool add_thread_memory(const struct names *n, const struct sync_object *object,
			      struct strbuf *out)
{
	size_t i;

	for (i = first_of(n, object->pid); i < n->ntasks; i++) {
		const struct model_task *task = n->tasks[i];
		const char *where;

		if (task->pid != object->pid)
			break;
		/* A thread's memory is used again for later ones. */
		if (object->first_ns < task->start_ns || object->first_ns > task->end_ns)
			continue;
		where = place_in(n, task, object->address);
		if (!where)
			continue;
		strbuf__puts(out, object->kind == CAUSE_JOIN ? "thread " : where);
		strbuf__puts(out, task->comm);
		return true;
	}
	return false;
}

/* Parts of the names of the C library's functions, and what the locks inside these guard. */
static const struct libc_lock {
	const char *part, *name;
} libc_locks[] = {
	{"pthread_create", "thread list lock"},
	{"pthread_getattr", "thread list lock"},
	{"pthread_", NULL}, /* the program's own */
	{"getenv", "environment lock"},
	{"setenv", "environment lock"},
	{"putenv", "environment lock"},
	{"alloc", "malloc lock"},
	{"_int_free", "malloc lock"},
	{"memalign", "malloc lock"},
	{"malloc", "malloc lock"},
	{"mallinfo", "malloc lock"},
	{"_IO_", "stdio lock"},
	{"printf", "stdio lock"},
	{"scanf", "stdio lock"},
	{"put", "stdio lock"}, /* puts, fputc, putchar... */
	{"fwrite", "stdio lock"},
	{"fread", "stdio lock"},
	{"fflush", "stdio lock"},
	{"fopen", "stdio lock"},
	{"fclose", "stdio lock"},
	{"getc", "stdio lock"},
	{"fget", "stdio lock"},
	{"getline", "stdio lock"},
	{"getdelim", "stdio lock"},
	{"lockfile", "stdio lock"},
	{"fseek", "stdio lock"},
	{"ftell", "stdio lock"},
	{"perror", "stdio lock"},
	{"setvbuf", "stdio lock"},
	{"dlopen", "dynamic loader lock"},
	{"dlsym", "dynamic loader lock"},
	{"dlclose", "dynamic loader lock"},
	{"dladdr", "dynamic loader lock"},
	{"dl_iterate_phdr", "dynamic loader lock"},
	{"__tls_get_addr", "dynamic loader lock"},
	{"__cxa_", "exit handlers' lock"},
	{"exit", "exit handlers' lock"},
	{"localtime", "time zone lock"},
	{"mktime", "time zone lock"},
	{"tzset", "time zone lock"},
	{"strftime", "time zone lock"},
};

static const struct libc_lock *find_libc_lock(const char *function)
{
	size_t i;

	/* Not a part of its own name, but of many others'. */
	if (!strcmp(function, "free") || !strcmp(function, "__libc_free") ||
	    !strcmp(function, "cfree"))
		function = "_int_free";
	for (i = 0; i < sizeof(libc_locks) / sizeof(*libc_locks); i++)
		if (strstr(function, libc_locks[i].part))
			return &libc_locks[i];
	return NULL;
}

/* What the levels of a frame in the C library tell; NULL: nothing. *last: by a doubtful name. */
static const struct libc_lock *libc_lock_of(const struct frame *frame,
					    const struct libc_lock **last)
{
	struct place levels[LEVELS_MOST];
	size_t i, n = frame__levels(frame, levels);
	const struct libc_lock *found;

	for (i = 0; i < n; i++) {
		if (!levels[i].function)
			continue;
		found = find_libc_lock(levels[i].function);
		if (found && !levels[i].exported_only)
			return found;
		*last = found;
	}
	return NULL;
}

/*
 * What guards the lock that is waited for inside the C library: the innermost function that tells,
 * but of names that may be another's only the outermost, which was called from outside: that one
 * is exported. NULL: no such function is there.
 */
static const char *libc_lock_at(const struct model *model, uint64_t id)
{
	const struct model_stack *stack = id ? model__stack(model, id) : NULL;
	const struct libc_lock *found, *last = NULL;
	size_t i;

	for (i = 0; stack && i < stack->nframes; i++) {
		const struct frame *frame = &stack->frames[i];

		if (!frame->module || !module__is_libc(frame->module))
			break;
		found = libc_lock_of(frame, &last);
		if (found)
			return found->name;
	}
	return last ? last->name : NULL;
}

/* These alone may be locks of the C library: nobody can tell what else a program waits for. */
static bool may_be_libc(const struct sync_object *object)
{
	return object->libc || object->kind == CAUSE_MUTEX || object->kind == CAUSE_FUTEX;
}

bool names__is_libc(const struct names *n, const struct sync_object *object, uint64_t stack)
{
	return object->libc || (may_be_libc(object) && libc_lock_at(n->model, stack));
}

static bool add_kernel(const struct names *n, const struct sync_object *object, struct strbuf *out)
{
	uint64_t offset = 0;
	const char *symbol;

	if (object->mmap_lock) { /* of the process that waited, known by its place in it */
		strbuf__printf(out, "mmap_lock of process %" PRIu32, object->pid);
		return true;
	}
	symbol = model__kernel_symbol(n->model, object->kernel, &offset);
	if (!symbol)
		return false;
	strbuf__puts(out, symbol);
	if (offset)
		strbuf__printf(out, "+0x%" PRIx64, offset);
	return true;
}

/* sizeof(pthread_mutex_t) of musl on 64 bits, and where it has the word; glibc has it at 0. */
#define MUTEX_BYTES	40
#define MUSL_MUTEX_WORD 4

/* Where objects of glibc (2.36, 64 bits) have the words that threads wait at, and musl's mutex. */
static const struct {
	enum cause kind;
	unsigned int offset;
} words[] = {
	{CAUSE_RWLOCK, 8},   /* __writers_futex */
	{CAUSE_CONDVAR, 40}, /* __g_signals */
	{CAUSE_CONDVAR, 44},
	{CAUSE_BARRIER, 4},  /* current_round */
	{CAUSE_BARRIER, 16}, /* out */
	{CAUSE_MUTEX, MUSL_MUTEX_WORD},
};

/* Whether a mutex of musl is all that the symbol is. */
static bool is_musl_mutex(const struct module *module, uint64_t address, const char *symbol)
{
	uint64_t start, size;

	return module__symbol_range(module, symbol, &start, &size) && size == MUTEX_BYTES &&
	       start + MUSL_MUTEX_WORD == address;
}

/* Whether `whole` is `symbol` + offset. */
static bool is_within(const char *whole, const char *symbol, unsigned int offset)
{
	size_t len = strlen(symbol);
	char plus[16];

	snprintf(plus, sizeof(plus), "+0x%x", offset);
	return !strncmp(whole, symbol, len) && !strcmp(whole + len, plus);
}

/* If the symbol is that very object, its name alone; else the name of the word: "cache+0x68". */
static void add_symbol(const struct module *module, uint64_t address, enum cause kind,
		       const char *word, struct strbuf *out)
{
	struct strbuf name = {0};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		strbuf__reset(&name);
		if (words[i].kind != kind || address < words[i].offset ||
		    !module__data_name(module, address - words[i].offset, &name))
			continue;
		if (kind == CAUSE_MUTEX && !is_musl_mutex(module, address, strbuf__text(&name)))
			continue;
		if (is_within(word, strbuf__text(&name), words[i].offset)) {
			word = strbuf__text(&name);
			break;
		}
	}
	strbuf__puts(out, word);
	strbuf__free(&name);
}

static bool add_data_symbol(const struct maps *maps, const struct sync_object *object,
			    struct strbuf *out)
{
	uint64_t address = 0;
	const struct module *module = maps__find_data(maps, object->address, &address);
	struct strbuf word = {0};

	if (!module)
		return false;
	if (module__data_name(module, address, &word) && word.len)
		add_symbol(module, address, object->kind, strbuf__text(&word), out);
	else
		strbuf__printf(out, "%s+0x%" PRIx64, module__name(module), address);
	strbuf__free(&word);
	return true;
}

/*
 * Whether data of the program's files would have been found as such. Taken from those files that
 * code ran of at a wait: if one cannot be read, or none is known, the memory may be theirs.
 */
static bool files_known(const struct model *model, uint64_t id)
{
	const struct model_stack *stack = id ? model__stack(model, id) : NULL;
	bool any = false;
	size_t i;

	for (i = 0; stack && i < stack->nframes; i++) {
		const struct module *module = stack->frames[i].module;
		enum module_state state = module ? module__state(module) : MODULE_UNOPENED;

		if (state == MODULE_MISSING || state == MODULE_CHANGED || state == MODULE_DAMAGED)
			return false;
		any |= module && !module__is_libc(module);
	}
	return any;
}

/* Private memory that is no file's, and of no thread that is known. */
static void add_memory(const struct names *n, const struct sync_object *object,
		       const struct site *site, struct strbuf *out)
{
	char text[SITE_TEXT];

	strbuf__printf(out, "%s 0x%" PRIx64,
		       object->address < n->arch->lowest_mmap ? "heap" : "memory", object->address);
	if (site)
		strbuf__printf(out, " used in %s", site__text(site, text));
}

bool names__object(struct names *n, const struct sync_object *object,
		   const struct name_hints *hints, struct strbuf *out)
{
	const struct model_space *space = model__space(n->model, object->space);
	const struct maps *maps = space ? space->maps : NULL;
	const char *libc;

	if (object->kind == CAUSE_KERNEL)
		return object->kernel && add_kernel(n, object, out);
	if (object->kind == CAUSE_GIL) {
		strbuf__puts(out, "GIL");
		return true;
	}
	libc = may_be_libc(object) ? libc_lock_at(n->model, hints->stack) : NULL;
	if (libc || object->libc) {
		strbuf__puts(out, libc ? libc : "C library lock");
		return true;
	}
	if (object->shared && hints->file) {
		file__name(n->model, hints->file, out);
		return out->len > 0;
	}
	if (maps && add_data_symbol(maps, object, out))
		return true;
	if (add_thread_memory(n, object, out))
		return true;
	/* A thread whose memory is not known: it is neither heap nor used by anything else. */
	if (!maps || object->shared || object->kind == CAUSE_JOIN ||
	    !files_known(n->model, hints->stack))
		return false;
	add_memory(n, object, hints->site, out);
	return true;
}
