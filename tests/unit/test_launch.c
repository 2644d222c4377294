// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "launch/launch.h"
#include "lib/error.h"

#define SHELL "/bin/sh"

static char directory[] = "/tmp/test_launch.XXXXXX";

/* Starts `script` in a shell with its output going to a pipe. Returns the pipe's read end. */
static int start_shell(char *script, bool as_root, struct launch **l)
{
	static char shell[] = SHELL, option[] = "-c";
	char *argv[] = {shell, option, script, NULL};
	const struct launch_options opts = {.argv = argv, .as_root = as_root};
	struct error err = {0};
	int pipes[2], saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	fflush(stdout);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	dup2(pipes[1], STDOUT_FILENO);
	close(pipes[1]);
	if (launch__prepare(&opts, l, &err))
		*l = NULL;
	else if (launch__start(*l, &err)) {
		launch__free(*l);
		*l = NULL;
	}
	dup2(saved, STDOUT_FILENO);
	close(saved);
	if (!*l)
		fail_msg("%s", err.text);
	return pipes[0];
}

static struct launch_exit wait_for(struct launch *l)
{
	struct pollfd fd = {.fd = launch__pidfd(l), .events = POLLIN};
	struct launch_exit exit = {0};

	assert_int_equal(poll(&fd, 1, 20000), 1);
	assert_int_equal(launch__reap(l, &exit), 0);
	assert_true(exit.ended);
	return exit;
}

static void read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len + 1 < size && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd);
}

/* Runs a script to its end and gives back what it wrote. */
static struct launch_exit run_script(const char *script, bool as_root, char *text, size_t size)
{
	char *copy = strdup(script);
	struct launch_exit exit;
	struct launch *l;
	int fd = start_shell(copy, as_root, &l);

	assert_int_equal(launch__release(l, NULL), 0);
	read_all(fd, text, size);
	exit = wait_for(l);
	launch__free(l);
	free(copy);
	return exit;
}

static void test_exit_codes(void **state)
{
	static const struct {
		const char *script;
		int code, signal;
	} rows[] = {
		{"exit 0", 0, 0},
		{"exit 7", 7, 0},
		{"exit 255", 255, 0},
		{"kill -TERM $$", 0, SIGTERM},
		{"kill -KILL $$", 0, SIGKILL},
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct launch_exit exit = run_script(rows[i].script, true, text, sizeof(text));

		assert_int_equal(exit.code, rows[i].code);
		assert_int_equal(exit.signal, rows[i].signal);
	}
}

static void test_held_until_released(void **state)
{
	char script[] = "echo ran", text[64], path[64];
	struct launch *l;
	struct pollfd fd = {.fd = start_shell(script, true, &l), .events = POLLIN};
	char before[256] = "", after[256] = "";
	struct launch_exit exit;

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)launch__pid(l));
	assert_true(readlink(path, before, sizeof(before) - 1) > 0);
	assert_true(readlink("/proc/self/exe", after, sizeof(after) - 1) > 0);
	assert_string_equal(before, after);
	assert_int_equal(launch__reap(l, &exit), 0);
	assert_false(exit.ended);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(launch__release(l, NULL), 0);
	assert_int_equal(launch__release(l, NULL), -EALREADY);
	read_all(fd.fd, text, sizeof(text));
	assert_string_equal(text, "ran\n");
	wait_for(l);
	assert_int_equal(launch__signal(l, SIGTERM), -ESRCH);
	launch__free(l);
}

static void test_free_ends_a_held_child(void **state)
{
	char script[] = "echo ran", text[64];
	struct launch *l;
	int fd = start_shell(script, true, &l);
	pid_t pid = launch__pid(l);

	(void)state;
	launch__free(l);
	read_all(fd, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(kill(pid, 0), -1);
	launch__free(NULL);
}

/* Whoever holds the other end of the child's channel dies without a word. */
static void test_child_ends_with_us(void **state)
{
	char script[] = "echo ran", text[64];
	int pipes[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct launch *l;

		dup2(pipes[1], STDOUT_FILENO);
		start_shell(script, true, &l);
		kill(getpid(), SIGKILL);
	}
	close(pipes[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	/* End of file comes when the held child, which inherited it, has gone. */
	read_all(pipes[0], text, sizeof(text));
	assert_string_equal(text, "");
}

static void write_file(const char *name, const char *text, mode_t mode, char *path, size_t size)
{
	FILE *file;

	snprintf(path, size, "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	/* With the closing NUL, which makes one line of it binary. */
	fwrite(text, 1, strlen(text) + 1, file);
	fclose(file);
	chmod(path, mode);
}

static void test_exec_errors(void **state)
{
	static const struct {
		const char *name; /* with a slash: as it is; else a file made for the test */
		const char *text;
		mode_t mode;
		int rc;
		const char *says;
	} rows[] = {
		{"/nonexistent/x", NULL, 0, -ENOENT, "'/nonexistent/x': command not found"},
		{"/", NULL, 0, -EACCES, "'/' cannot be executed: Permission denied"},
		{"plain", "#!/bin/sh\n", 0644, -EACCES, "cannot be executed: Permission denied"},
		{"garbage", "\177ELF\001\002\003", 0755, -ENOEXEC,
		 "cannot be executed: Exec format"},
		/* Without "#!" it is for the shell, as with execvp(). */
		{"bare", "exit 0\n", 0755, 0, ""},
		{"orphan", "#!/nonexistent/sh\n", 0755, -ENOENT, "its interpreter was not found"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[256], *argv[] = {path, NULL};
		const struct launch_options opts = {.argv = argv, .as_root = true};
		struct launch *l;
		struct error err = {0};
		int rc;

		if (rows[i].name[0] == '/')
			snprintf(path, sizeof(path), "%s", rows[i].name);
		else
			write_file(rows[i].name, rows[i].text, rows[i].mode, path, sizeof(path));
		assert_int_equal(launch__prepare(&opts, &l, &err), 0);
		assert_int_equal(launch__start(l, &err), 0);
		rc = launch__release(l, &err);
		if (rc != rows[i].rc)
			fail_msg("%s: %d, %s", path, rc, err.text);
		if (rc && !strstr(err.text, rows[i].says))
			fail_msg("%s: %s", path, err.text);
		/* Gone and reaped, else there would be a child left. */
		if (rc)
			assert_int_equal(waitpid(launch__pid(l), NULL, WNOHANG), -1);
		else
			wait_for(l);
		launch__free(l);
	}
}

static void test_name_not_in_path(void **state)
{
	static char name[] = "surely-no-such-command";
	char *argv[] = {name, NULL};
	const struct launch_options opts = {.argv = argv, .as_root = true};
	struct launch *l;
	struct error err = {0};

	(void)state;
	assert_int_equal(launch__prepare(&opts, &l, &err), 0);
	assert_int_equal(launch__start(l, &err), 0);
	assert_int_equal(launch__release(l, &err), -ENOENT);
	assert_string_equal(err.text, "'surely-no-such-command': command not found");
	launch__free(l);
}

static void test_no_descriptor_leaks(void **state)
{
	char ours[512], text[512];
	struct launch *l;
	char script[] = "exec ls -l /proc/self/fd";
	int fd, i, extra = open("/dev/null", O_RDONLY); /* one that a caller means to pass on */
	const char *line;

	(void)state;
	fd = start_shell(script, true, &l);
	snprintf(ours, sizeof(ours), " %d -> /dev/null", extra);
	assert_int_equal(launch__release(l, NULL), 0);
	read_all(fd, text, sizeof(text));
	wait_for(l);
	launch__free(l);
	close(extra);
	assert_non_null(strstr(text, ours));
	assert_null(strstr(text, "socket:"));
	assert_null(strstr(text, "pidfd"));
	/* 0, 1, 2, the one passed on, and the directory that ls reads. */
	for (i = 0, line = text; (line = strstr(line, " -> ")); line++)
		i++;
	assert_int_equal(i, 5);
}

static void line_of(const char *text, const char *key, char *line, size_t size)
{
	const char *at = strstr(text, key);

	assert_non_null(at);
	snprintf(line, size, "%.*s", (int)strcspn(at, "\n"), at);
}

/* The signal state that was remembered in main() comes back, whatever happened since. */
static void test_signals_as_inherited(void **state)
{
	static const char *const keys[] = {"SigBlk:", "SigIgn:", "SigCgt:"};
	char before[4096], text[4096], want[128], got[128];
	sigset_t set;
	FILE *file = fopen("/proc/self/status", "r");
	size_t i, len;

	(void)state;
	assert_non_null(file);
	len = fread(before, 1, sizeof(before) - 1, file);
	before[len] = '\0';
	fclose(file);

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGUSR1, SIG_DFL); /* was ignored when it was remembered */
	run_script("exec cat /proc/self/status", true, text, sizeof(text));
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		line_of(before, keys[i], want, sizeof(want));
		line_of(text, keys[i], got, sizeof(got));
		if (i < 2)
			assert_string_equal(got, want);
		else
			assert_non_null(strstr(got, "0000000000000000"));
	}
}

static void test_exit_code_where_children_are_ignored(void **state)
{
	char text[8];

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(run_script("exit 9", true, text, sizeof(text)).code, 9);
	signal(SIGCHLD, SIG_DFL);
}

static void test_signal_reaches_the_command(void **state)
{
	char script[] = "trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.01; done";
	char text[64], first[6];
	struct launch *l;
	int fd = start_shell(script, true, &l);

	(void)state;
	assert_int_equal(launch__release(l, NULL), 0);
	assert_int_equal(read(fd, first, sizeof(first)), sizeof(first));
	assert_int_equal(launch__signal(l, SIGTERM), 0);
	read_all(fd, text, sizeof(text));
	assert_string_equal(text, "got\n");
	assert_int_equal(wait_for(l).code, 5);
	launch__free(l);
}

static void set_sudo(const char *uid, const char *gid, const char *user)
{
	setenv("SUDO_UID", uid, 1);
	setenv("SUDO_GID", gid, 1);
	setenv("SUDO_USER", user, 1);
}

static void unset_sudo(void)
{
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	unsetenv("SUDO_USER");
}

/* nobody (65534) is in every passwd; 12345 in none. */
static void test_becomes_the_invoking_user(void **state)
{
	static const struct {
		const char *uid, *gid, *user;
		bool as_root;
		const char *says;
	} rows[] = {
		{"65534", "65534", "nobody", false, "65534 65534 65534 nobody nobody /nonexistent"},
		{"12345", "12346", "ghost", false, "12345 12346 12346 ghost ghost /keep"},
		{"65534", "65534", "nobody", true, "0 0 0 me me /keep"},
		{"0", "0", "root", false, "0 0 0 me me /keep"},
	};
	const char *script = "echo $(id -u) $(id -g) $(id -G) $USER $LOGNAME $HOME; pwd";
	char text[512], want[512], cwd[256];
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	setenv("USER", "me", 1);
	setenv("LOGNAME", "me", 1);
	setenv("HOME", "/keep", 1);
	assert_int_equal(chdir("/usr"), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_sudo(rows[i].uid, rows[i].gid, rows[i].user);
		run_script(script, rows[i].as_root, text, sizeof(text));
		snprintf(want, sizeof(want), "%s\n/usr\n", rows[i].says);
		/* root may be in more groups than its own */
		if (rows[i].says[0] == '0')
			assert_memory_equal(text, want, 4);
		else
			assert_string_equal(text, want);
	}
	unset_sudo();
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_string_equal(cwd, "/usr");
}

static void test_senseless_sudo_variables(void **state)
{
	static const char *const ids[] = {
		"", "-1", "x", "12x", "4294967295", "99999999999999999999", " 1"};
	static char name[] = "true";
	char *argv[] = {name, NULL};
	const struct launch_options opts = {.argv = argv};
	struct launch *l;
	struct error err;
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		set_sudo(ids[i], "1000", "x");
		assert_int_equal(launch__prepare(&opts, &l, &err), -EINVAL);
		assert_null(l);
		assert_non_null(strstr(err.text, "SUDO_UID"));
	}
	unset_sudo();
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_directory(void **state)
{
	(void)state;
	return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals_as_inherited),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_held_until_released),
		cmocka_unit_test(test_free_ends_a_held_child),
		cmocka_unit_test(test_child_ends_with_us),
		cmocka_unit_test(test_exec_errors),
		cmocka_unit_test(test_name_not_in_path),
		cmocka_unit_test(test_no_descriptor_leaks),
		cmocka_unit_test(test_exit_code_where_children_are_ignored),
		cmocka_unit_test(test_signal_reaches_the_command),
		cmocka_unit_test(test_becomes_the_invoking_user),
		cmocka_unit_test(test_senseless_sudo_variables),
	};

	/* What our own parent left open would be counted in the child. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	signal(SIGUSR1, SIG_IGN);
	launch__remember_signals();
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
