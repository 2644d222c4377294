// SPDX-License-Identifier: GPL-2.0-only
/*
 * chain MODE [ARG...]: waits, or computes, at the end of a known chain of functions.
 *   nap N             main > first_step > second_step > third_step > nap, N naps of 10 ms
 *   deep N            the same, with 3 KB of local variables in between
 *   thread N          a thread's naps: in_thread > first_step > ...
 *   fork N            a child's naps: main > in_child > first_step > ..., without exec
 *   twice N           two processes that exec this program's "nap N", one after the other
 *   vfork CMD...      vfork, then the child runs the command
 *   exec N CMD...     N naps, then another program in the same process
 *   library LIB N     naps in a library that is loaded while it runs
 *   unlink N          deletes its own file, then naps
 *   compute MS        main > compute > churn, on the CPU for that long
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAP_NS	   10000000
#define DEEP_BYTES 3000
#define STEP	   __attribute__((noipa)) /* a frame of its own, whatever the compiler thinks */
#define DONE	   __asm__ volatile("")	  /* after a call: or it would be made a jump */

static void require(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "chain: %s: %s\n", what, strerror(errno));
	exit(1);
}

STEP static void nap(void)
{
	struct timespec ts = {.tv_nsec = NAP_NS};

	while (nanosleep(&ts, &ts))
		require(errno != EINTR, "nanosleep");
	DONE;
}

STEP static void third_step(long n)
{
	while (n--)
		nap();
	DONE;
}

STEP static void second_step(long n)
{
	third_step(n);
	DONE;
}

STEP static void first_step(long n)
{
	second_step(n);
	DONE;
}

STEP static void deep_step(long n)
{
	volatile char room[DEEP_BYTES];

	room[0] = (char)n;
	first_step(n);
	room[1] = room[0];
	DONE;
}

STEP static void in_child(long n)
{
	first_step(n);
	DONE;
}

STEP static void *in_thread(void *arg)
{
	first_step((long)(intptr_t)arg);
	DONE;
	return NULL;
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	require(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), "clock_gettime");
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

STEP static uint64_t churn(uint64_t x)
{
	for (int i = 0; i < 1000000; i++)
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
	return x;
}

STEP static void compute(long ms)
{
	uint64_t end = cpu_ns() + (uint64_t)ms * 1000000, x = (uint64_t)ms;

	while (cpu_ns() < end)
		x = churn(x);
	require(x == 1, "chance");
	DONE;
}

static void wait_for(pid_t pid)
{
	int status;

	require(pid == -1, "fork");
	require(waitpid(pid, &status, 0) != pid, "waitpid");
	require(!WIFEXITED(status) || WEXITSTATUS(status), "child");
}

STEP static void run_fork(long n)
{
	pid_t pid = fork();

	if (!pid) {
		in_child(n);
		_exit(0);
	}
	wait_for(pid);
	DONE;
}

/* vfork(2) allows the child nothing but this. */
static void run_vfork(char **command)
{
	pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */

	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	wait_for(pid);
}

static void run_twice(char *n)
{
	char self[] = "/proc/self/exe", mode[] = "nap";
	char *command[] = {self, mode, n, NULL};

	for (int i = 0; i < 2; i++)
		run_vfork(command);
}

static void run_library(const char *path, long n)
{
	void *library = dlopen(path, RTLD_NOW);
	void (*call_back)(void (*fn)(long), long n);

	if (!library) {
		fprintf(stderr, "chain: %s\n", dlerror());
		exit(1);
	}
	*(void **)&call_back = dlsym(library, "call_back");
	require(!call_back, "call_back");
	call_back(first_step, n);
}

STEP static void run_unlink(long n)
{
	static char path[4096]; /* not on the stack that is looked at */
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	require(len < 0, "/proc/self/exe");
	path[len] = '\0';
	require(unlink(path), path);
	first_step(n);
	DONE;
}

static void run_thread(long n)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, in_thread, (void *)(intptr_t)n);
	require(errno, "pthread_create");
	errno = pthread_join(thread, NULL);
	require(errno, "pthread_join");
}

static const struct mode {
	const char *name;
	void (*run)(long n);
} modes[] = {
	{"nap", first_step}, {"deep", deep_step},    {"thread", run_thread},
	{"fork", run_fork},  {"unlink", run_unlink}, {"compute", compute},
};

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (argc == 3 && !strcmp(mode, modes[i].name)) {
			modes[i].run(atol(argv[2]));
			return 0;
		}
	}
	if (!strcmp(mode, "twice")) {
		run_twice(argv[2]);
	} else if (!strcmp(mode, "vfork")) {
		run_vfork(argv + 2);
	} else if (!strcmp(mode, "exec") && argc > 3) {
		first_step(atol(argv[2]));
		execvp(argv[3], argv + 3);
		require(1, argv[3]);
	} else if (!strcmp(mode, "library") && argc == 4) {
		run_library(argv[2], atol(argv[3]));
	} else {
		fprintf(stderr, "usage: chain MODE ARG...\n");
		return 2;
	}
	return 0;
}
