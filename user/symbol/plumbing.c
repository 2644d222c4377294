// SPDX-License-Identifier: GPL-2.0-only
/*
 * By the file that the code is in where that decides it, else by the function's name. Names as the
 * demanglers of C++ and Rust, Go's linker and OpenJDK's perf maps write them.
 */
#include "symbol/plumbing.h"

#include <stddef.h>
#include <string.h>

#include "symbol/modules.h"

#define SIZE(array) (sizeof(array) / sizeof(*(array)))

/* Beginnings of file names, without directories. */
static const char *const modules[] = {
	"ld-linux",   "ld-musl",   "ld.so",	"libc.so.",  "libc-2.", "libc.musl",
	"libpthread", "librt.so",  "libdl.so",	"libstdc++", "libc++",	"libgcc_s",
	"libgomp",    "libomp",	   "libiomp5",	"libasan",   "libtsan", "libubsan",
	"liblsan",    "libjvm.so", "libpython", "python2",   "python3", "[vdso]",
};

/* Beginnings of functions of the C library: programs may have it linked in. */
static const char *const c_functions[] = {
	"pthread_",   "__pthread_",	    "___pthread_", "__lll_", "lll_",
	"futex_",     "__futex_",	    "__nptl_",	   "nptl_",  "__libc_",
	"__GI_",      "__syscall",	    "__new_sem_",  "__sem_", "__timedwait",
	"__gthread_", "__internal_syscall",
};

/* Whole names, likewise. */
static const char *const c_names[] = {
	"syscall",
	"__nanosleep",
	"nanosleep",
	"__clock_nanosleep",
	"clock_nanosleep",
	"usleep",
	"sleep",
	"__read",
	"read",
	"__write",
	"write",
	"__poll",
	"poll",
	"epoll_wait",
	"select",
	"__select",
	"a_cas",
	"__lock",
	"_start",
	"__wait",
	"__clone",
	"clone",
	"clone3",
	"__clone3",
	"sem_wait",
	"sem_timedwait",
	"sem_clockwait",
	"sem_post",
	"cnd_wait",
	"mtx_lock",
	"thrd_join",
};

/* Beginnings of qualified names; of C++ as well as of Rust. */
static const char *const scopes[] = {
	"std::",	 "__gnu_cxx::",
	"parking_lot::", "parking_lot_core::",
	"lock_api::",	 "__rust_begin_short_backtrace",
	"__rust_try",
};

/* Of Rust only: a program in C++ may have such namespaces of its own. */
static const char *const rust_scopes[] = {"core::", "alloc::"};

static const char *const go_packages[] = {
	"runtime.", "runtime/", "sync.", "sync/", "internal/", "syscall.", "gogo", "gosave",
};

/* Of generated code and of the interpreter's stubs. */
static const char *const java_packages[] = {
	"java.", "javax.", "jdk.", "sun.", "Ljava/", "Ljavax/", "Ljdk/", "Lsun/",
};

static const char *const java_names[] = {"Interpreter", "StubRoutines", "call_stub", "Stub::"};

static const char *const roots[] = {
	"start_thread",
	"clone",
	"clone3",
	"__clone",
	"__clone3",
	"_start",
	"__libc_start_main",
	"__libc_start_call_main",
	"thread_native_entry",
	"runtime.mcall",
	"runtime.goexit",
	"runtime.mstart",
	"runtime.mstart0",
	"runtime.mstart1",
	"runtime.systemstack",
	"runtime.rt0_go",
	"_PyEval_EvalFrameDefault",
	"_PyEval_Vector",
	"PyEval_EvalCode",
	"Thread._bootstrap",
	"Thread._bootstrap_inner",
	"Thread.run",
	"_run_module_as_main",
	"_run_code",
	"JavaThread::run",
	"Thread::call_run",
};

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool starts_with_any(const char *text, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (starts(text, list[i]))
			return true;
	return false;
}

static bool is_any(const char *text, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(text, list[i]))
			return true;
	return false;
}

/*
 * Skips what stands before a qualified name, the return type of a template's instance:
 * "void std::call_once<...>(...)". *has_arguments: a list of them follows, as in C++ and Java.
 */
static const char *qualified(const char *name, bool *has_arguments)
{
	const char *start = name, *p;
	int depth = 0;

	*has_arguments = false;
	for (p = name; *p; p++) {
		if (*p == '<') {
			depth++;
		} else if (*p == '>') {
			depth -= depth > 0;
		} else if (!depth && *p == '(' && p != start) {
			*has_arguments = true;
			break;
		} else if (!depth && *p == ' ') {
			start = p + 1;
		}
	}
	return start;
}

/* What GCC and LLVM append to functions that they split or specialise: "sync.part.0". */
static bool is_split(const char *name)
{
	static const char *const parts[] = {"part.", "constprop.", "isra.",
					    "cold",  "llvm.",	   "lto_"};
	const char *dot = strchr(name, '.');

	return dot && starts_with_any(dot + 1, parts, SIZE(parts));
}

/* What the program's own code was inlined into has the program's line. */
static bool is_library_source(const char *file)
{
	static const char *const parts[] = {"/include/c++/", "/rustc/",	       "library/std/",
					    "library/core/", "library/alloc/", "/.cargo/registry/"};
	size_t i;

	for (i = 0; i < SIZE(parts); i++)
		if (strstr(file, parts[i]))
			return true;
	return starts(file, "/usr/include/") || starts(file, "/usr/lib/");
}

static bool is_rust(const struct place *place, bool has_arguments)
{
	const char *suffix = place->file ? strrchr(place->file, '.') : NULL;

	return suffix ? !strcmp(suffix, ".rs") : !has_arguments;
}

static bool is_scope(const char *name, const struct place *place, bool has_arguments)
{
	if (place->file && !is_library_source(place->file))
		return false;
	if (*name == '<') /* Rust: "<std::sync::mutex::MutexGuard<T> as ...>::drop" */
		name++;
	if (starts_with_any(name, scopes, SIZE(scopes)))
		return true;
	return is_rust(place, has_arguments) &&
	       starts_with_any(name, rust_scopes, SIZE(rust_scopes));
}

/*
 * What compilers inline has at times but its own name, without scope and arguments. Where the line
 * is in the library's headers, the function is the library's.
 */
static bool is_bare_in_header(const char *name, const struct place *place, bool has_arguments)
{
	size_t bare = strcspn(name, "<");
	const char *scope = strstr(name, "::");

	return !has_arguments && place->file && strstr(place->file, "/include/c++/") &&
	       (!scope || (size_t)(scope - name) > bare);
}

static bool is_by_name(const struct frame *frame, const struct place *place)
{
	bool has_arguments;
	const char *name = qualified(place->function, &has_arguments);

	if (is_any(name, c_names, SIZE(c_names)) ||
	    starts_with_any(name, c_functions, SIZE(c_functions)))
		return true;
	if (starts_with_any(name, go_packages, SIZE(go_packages)) && !is_split(name))
		return true;
	if (*module__name(frame->module) == '[' &&
	    (starts_with_any(name, java_packages, SIZE(java_packages)) ||
	     starts_with_any(place->function, java_names, SIZE(java_names))))
		return true;
	return is_bare_in_header(name, place, has_arguments) ||
	       is_scope(name, place, has_arguments);
}

/* Python's own library; what is installed beside it is somebody's program. */
static bool is_python_library(const char *file)
{
	if (starts(file, "<frozen "))
		return true;
	return (strstr(file, "/lib/python3") || strstr(file, "/lib64/python3")) &&
	       !strstr(file, "/site-packages/") && !strstr(file, "/dist-packages/");
}

bool plumbing__is(const struct frame *frame, const struct place *place)
{
	const char *module = module__name(frame->module), *path = module__path(frame->module);

	if (module__is_script(frame->module))
		return is_python_library(path);
	if (module__is_libc(frame->module) || starts_with_any(module, modules, SIZE(modules)))
		return true;
	if (path && strstr(path, "/lib-dynload/")) /* Python's own extension modules */
		return true;
	return place->function && !place->exported_only && is_by_name(frame, place);
}

static bool is_root(const char *function)
{
	return function && is_any(function, roots, SIZE(roots));
}

size_t frame__levels(const struct frame *frame, struct place *levels)
{
	size_t i, kept = 0, n;

	if (!frame->module)
		return 0;
	n = module__places(frame->module, frame->address, levels, LEVELS_MOST);
	if (!n)
		levels[n++] = (struct place){0};
	for (i = 0; i < n; i++)
		if (levels[i].function || i + 1 == n)
			levels[kept++] = levels[i];
	return kept;
}

/* What has been seen of a chain without anything of the program's own. */
struct outermost {
	bool any, any_named; /* something; of which the name is certain */
	bool at_root;	     /* what follows tells nothing */
};

static bool is_further(struct outermost *seen, const struct place *place)
{
	bool named = place->function && !place->exported_only, further;

	seen->at_root |= seen->any && is_root(place->function);
	/* Of what has no certain name, only what nothing better follows. */
	further = !seen->at_root && (named || !seen->any_named);
	seen->any_named |= named;
	seen->any = true;
	return further;
}

/* What Python code calls is told by its line; 0 if there is none. */
static size_t first_script(const struct frame *frames, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (frames[i].module && module__is_script(frames[i].module))
			return i;
	return 0;
}

bool plumbing__site(const struct frame *frames, size_t n, const struct frame **frame,
		    struct place *place)
{
	struct outermost seen = {0};
	struct place levels[LEVELS_MOST];
	size_t i = first_script(frames, n), level, nlevels;

	for (; i < n; i++) {
		nlevels = frame__levels(&frames[i], levels);
		for (level = 0; level < nlevels; level++) {
			bool own = !plumbing__is(&frames[i], &levels[level]);

			if (!own && !is_further(&seen, &levels[level]))
				continue;
			*frame = &frames[i];
			*place = levels[level];
			if (own)
				return true;
		}
	}
	return seen.any;
}
