// SPDX-License-Identifier: GPL-2.0-only
/*
 * selfie: prints what the kernel lets a process know of itself, for comparison with another run:
 * all files and links of /proc/self, its descriptors and namespaces, and what only calls tell.
 *   == NAME      then lines; bytes that are no text are written \xNN, a zero byte ends a line
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define KEYCTL_GET_KEYRING_ID 0
#define SESSION_KEYRING	      (-3)
#define IOPRIO_WHO_PROCESS    1
#define SCHED_ATTR_WORDS      14

/* Endless, or writing to them does something, or they are memory itself. */
static const char *const left_out[] = {"pagemap", "mem", "clear_refs", "smaps", "smaps_rollup"};

static void put_byte(unsigned char c)
{
	if (c == '\n' || !c)
		putchar('\n');
	else if (c == '\t' || (c >= 32 && c < 127))
		putchar(c);
	else
		printf("\\x%02x", c);
}

static void put_file(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned char bytes[4096];
	ssize_t got = 0;

	if (fd < 0) {
		printf("cannot open: %s\n", strerror(errno));
		return;
	}
	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < got; i++)
			put_byte(bytes[i]);
	if (got < 0)
		printf("cannot read: %s", strerror(errno));
	putchar('\n');
	close(fd);
}

static void put_link(int folder, const char *name)
{
	char target[4096];
	ssize_t len = readlinkat(folder, name, target, sizeof(target));

	for (ssize_t i = 0; i < len; i++)
		put_byte((unsigned char)target[i]);
	putchar('\n');
}

static int is_left_out(const char *name)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (!strcmp(name, left_out[i]))
			return 1;
	return 0;
}

/* Its files and links, in order of their names; of those beneath only what is asked for. */
static void put_folder(const char *path, const char *prefix)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort),
	    folder = open(path, O_PATH | O_CLOEXEC);

	if (count < 0 || folder < 0) {
		printf("== %s\ncannot open: %s\n", path, strerror(errno));
		return;
	}
	/* The descriptors that reading takes are not those we were given. */
	for (int i = 0; i < count; i++) {
		const struct dirent *entry = entries[i];

		if (entry->d_type == DT_DIR || is_left_out(entry->d_name))
			continue;
		if (strstr(path, "/fd") &&
		    faccessat(folder, entry->d_name, F_OK, AT_SYMLINK_NOFOLLOW))
			continue;
		printf("== %s%s\n", prefix, entry->d_name);
		if (entry->d_type == DT_LNK)
			put_link(folder, entry->d_name);
		else
			put_file(folder, entry->d_name);
	}
	close(folder);
}

static void put_prctl(const char *name, int option, int through_pointer)
{
	int value = 0,
	    got = through_pointer ? prctl(option, &value, 0, 0, 0) : prctl(option, 0, 0, 0, 0);

	printf("%s %d %d\n", name, got, value);
}

static void put_scheduling(void)
{
	unsigned int attr[SCHED_ATTR_WORDS] = {0};

	syscall(SYS_sched_getattr, 0, attr, sizeof(attr), 0);
	for (int i = 0; i < SCHED_ATTR_WORDS; i++)
		printf("sched_attr[%d] %u\n", i, attr[i]);
	printf("ioprio %ld\n", syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0));
}

static void put_signals(void)
{
	struct itimerval timer;
	struct sigaction action;
	stack_t stack = {0};
	sigset_t set;

	for (int signo = 1; signo < NSIG; signo++) {
		if (!sigaction(signo, NULL, &action))
			printf("signal %d %s flags %x\n", signo,
			       action.sa_handler == SIG_DFL   ? "default"
			       : action.sa_handler == SIG_IGN ? "ignored"
							      : "caught",
			       (unsigned int)action.sa_flags);
		if (!sigpending(&set) && sigismember(&set, signo))
			printf("signal %d pending\n", signo);
		if (!sigprocmask(SIG_BLOCK, NULL, &set) && sigismember(&set, signo))
			printf("signal %d blocked\n", signo);
	}
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++)
		if (!getitimer(which, &timer))
			printf("itimer %d %ld\n", which, timer.it_value.tv_sec);
	sigaltstack(NULL, &stack);
	printf("sigaltstack %x\n", (unsigned int)stack.ss_flags);
}

static void put_calls(void)
{
	puts("== calls");
	put_prctl("dumpable", PR_GET_DUMPABLE, 0);
	put_prctl("pdeathsig", PR_GET_PDEATHSIG, 1);
	put_prctl("keepcaps", PR_GET_KEEPCAPS, 0);
	put_prctl("securebits", PR_GET_SECUREBITS, 0);
	put_prctl("no_new_privs", PR_GET_NO_NEW_PRIVS, 0);
	put_prctl("seccomp", PR_GET_SECCOMP, 0);
	put_prctl("timerslack", PR_GET_TIMERSLACK, 0);
	put_prctl("tsc", PR_GET_TSC, 1);
	put_prctl("subreaper", PR_GET_CHILD_SUBREAPER, 1);
	put_prctl("thp_disable", PR_GET_THP_DISABLE, 0);
	put_prctl("mce_kill", PR_MCE_KILL_GET, 0);
	put_scheduling();
	put_signals();
	printf("group is %s\n", getpgrp() == getpid() ? "our own" : "another's");
	printf("session is %s\n", getsid(0) == getpid() ? "our own" : "another's");
	printf("terminal's group is %s\n",
	       tcgetpgrp(STDIN_FILENO) == getpgrp() ? "ours" : "not ours");
	printf("session keyring %ld\n",
	       syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, SESSION_KEYRING, 0));
	printf("umask %o\n", umask(0));
}

int main(void)
{
	put_folder("/proc/self", "");
	put_folder("/proc/self/fd", "fd/");
	put_folder("/proc/self/fdinfo", "fdinfo/");
	put_folder("/proc/self/ns", "ns/");
	put_folder("/proc/self/attr", "attr/");
	put_calls();
	return 0;
}
