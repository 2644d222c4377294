// SPDX-License-Identifier: GPL-2.0-only
/* What is refused inside: each thing is tried by a process of its own, as a hijacked one would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/caps.h"
#include "lib/filter.h"
#include "lib/helper.h"
#include "lib/landlock.h"
#include "lib/sanitized.h"
#include "lib/spill.h"

#define NO_SUCH_KERNEL 77
#define REFUSED	       125 /* ended by the filter, with its message */

static char folder[64];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/ct-sandbox-XXXXXX");
	return mkdtemp(folder) && !chdir(folder) && close(creat("there", 0600)) == 0 &&
			       !mkdir("out", 0700)
		       ? 0
		       : -1;
}

static int teardown(void **state)
{
	(void)state;
	return unlink("there") || rmdir("out") || chdir("/") || rmdir(folder);
}

/* Each returns 0 if it could be done, else an errno. */
static int run_program(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	execv("/bin/true", argv);
	return errno;
}

static int make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) ? errno : 0;
}

static int kill_parent(void)
{
	return kill(getppid(), 0) ? errno : 0;
}

static int overwrite(void)
{
	return open("there", O_WRONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int truncate_it(void)
{
	return open("there", O_RDONLY | O_TRUNC | O_CLOEXEC) < 0 ? errno : 0;
}

static int append(void)
{
	return open("there", O_RDWR | O_APPEND | O_CLOEXEC) < 0 ? errno : 0;
}

static int make_file(void)
{
	return open("new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static int make_in_out(void)
{
	return open("out/new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static int remove_file(void)
{
	return unlink("there") ? errno : 0;
}

static int rename_file(void)
{
	return rename("there", "elsewhere") ? errno : 0;
}

static int make_directory(void)
{
	return mkdir("directory", 0700) ? errno : 0;
}

static int change_mode(void)
{
	return chmod("there", 0777) ? errno : 0;
}

static int make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? errno
		       : 0;
}

static int fork_process(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int read_file(void)
{
	char text[16];
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	return fd < 0 || read(fd, text, sizeof(text)) <= 0 ? errno : 0;
}

static int spill(void)
{
	FILE *file = spill__open();

	return !file || fputs("x", file) < 0 || fclose(file) ? errno : 0;
}

static void *do_nothing(void *arg)
{
	return arg;
}

static int start_thread(void)
{
	pthread_t thread;

	return helper__start(&thread, do_nothing, NULL) && !pthread_join(thread, NULL) ? 0 : EAGAIN;
}

static void *run_in_thread(void *arg)
{
	(void)arg;
	run_program();
	return NULL;
}

/* In a thread that was there before, and that takes no signals. */
static int run_from_thread(void)
{
	pthread_t thread;

	return helper__start(&thread, run_in_thread, NULL) && !pthread_join(thread, NULL) ? 0
											  : EAGAIN;
}

enum walls { LANDLOCK = 1, FILTER = 2, BOTH = 3 };

#define DONE 0

static const struct {
	const char *what;
	int (*try)(void);
	enum walls walls;
	int ends; /* with this errno, or as told by REFUSED */
} attempts[] = {
	{"run a program", run_program, FILTER, REFUSED},
	{"run a program", run_program, LANDLOCK, EACCES},
	{"make a socket", make_socket, FILTER, REFUSED},
	{"trace", trace_parent, FILTER, REFUSED},
	{"trace", trace_parent, LANDLOCK, EPERM},
	{"send a signal", kill_parent, FILTER, REFUSED},
	{"overwrite", overwrite, FILTER, ENOSYS},
	{"overwrite", overwrite, LANDLOCK, EACCES},
	{"truncate", truncate_it, FILTER, ENOSYS},
	{"append", append, FILTER, ENOSYS},
	{"append", append, LANDLOCK, EACCES},
	{"make a file", make_file, LANDLOCK, EACCES},
	{"make a file", make_file, BOTH, EACCES},
	{"make a file where it may", make_in_out, BOTH, DONE},
	{"remove", remove_file, FILTER, REFUSED},
	{"remove", remove_file, LANDLOCK, EACCES},
	{"rename", rename_file, FILTER, REFUSED},
	{"rename", rename_file, LANDLOCK, EACCES},
	{"make a directory", make_directory, FILTER, REFUSED},
	{"make a directory", make_directory, LANDLOCK, EACCES},
	{"change a mode", change_mode, FILTER, REFUSED},
	{"make code", make_code, FILTER, ENOSYS},
	{"fork", fork_process, FILTER, ENOSYS},
	{"read a file", read_file, BOTH, DONE},
	{"make a temporary file", spill, BOTH, DONE},
	{"start a thread", start_thread, BOTH, DONE},
	{"run a program from a thread", run_from_thread, FILTER, REFUSED},
};

static bool is_missing(int rc)
{
	return rc == -ENOSYS || rc == -EOPNOTSUPP || rc == -EINVAL;
}

static int enter(enum walls walls)
{
	struct landlock_folder folders[2] = {{.fd = open("out", O_PATH | O_CLOEXEC), .make = true},
					     {.fd = open("/var/tmp", O_PATH | O_CLOEXEC)}};
	int rc = 0;

	if (walls & LANDLOCK)
		rc = landlock__enter(folders, 2);
	if (!rc && (walls & FILTER))
		rc = filter__enter(false);
	return rc;
}

/* Returns how it ended; what it said goes to `said`. */
static int in_sandbox(size_t which, char *said, size_t size)
{
	int channel[2], status = 0, rc;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(channel), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(channel[1], STDERR_FILENO);
		rc = enter(attempts[which].walls);
		_exit(is_missing(rc) ? NO_SUCH_KERNEL : rc ? 99 : attempts[which].try());
	}
	close(channel[1]);
	got = read(channel[0], said, size - 1);
	said[got > 0 ? got : 0] = '\0';
	close(channel[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_attempts(void **state)
{
	char said[512];
	size_t i;
	int ended;

	(void)state;
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		if (SANITIZED && attempts[i].walls & FILTER)
			continue;
		/* Without any walls it can be done: else its refusal would tell nothing. */
		ended = in_sandbox(i, said, sizeof(said));
		if (ended == NO_SUCH_KERNEL) {
			print_message("not on this kernel: %s\n", attempts[i].what);
			continue;
		}
		if (ended != attempts[i].ends)
			fail_msg("%s (walls %d): %d, not %d", attempts[i].what, attempts[i].walls,
				 ended, attempts[i].ends);
		assert_true((strstr(said, "the sandbox refused") != NULL) == (ended == REFUSED));
	}
	unlink("out/new");
}

static void test_caps(void **state)
{
	uint64_t effective, permitted, inheritable;
	int status = 0;
	pid_t pid;

	(void)state;
	assert_true(caps__get(&effective, &permitted, &inheritable));
	if (!(permitted & CAP_BIT(CAP_CHOWN)) || !(permitted & CAP_BIT(CAP_BPF)))
		skip();
	pid = fork();
	if (pid == 0) {
		uint64_t before;
		bool good = !caps__limit(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_KILL), CAP_BIT(CAP_KILL));

		good &= caps__get(&effective, &permitted, &inheritable) &&
			permitted == (CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_KILL)) &&
			effective == CAP_BIT(CAP_KILL);
		/* What is not permitted any more does not come back. */
		before = caps__raise(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_BPF));
		good &= before == CAP_BIT(CAP_KILL) &&
			caps__get(&effective, &permitted, &inheritable) && effective == permitted;
		good &= !caps__use(before) && caps__get(&effective, &permitted, &inheritable) &&
			effective == before;
		_exit(!good);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_caps),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
