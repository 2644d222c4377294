// SPDX-License-Identifier: GPL-2.0-only
#include "lib/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_REFUSED 125

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The most frequent ones come first: the kernel asks in this order, and remembers the answer. */
static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(futex),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	/* files */
	SCMP_SYS(fstat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(fcntl),
	SCMP_SYS(dup),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate),
	SCMP_SYS(fsync),
	SCMP_SYS(fadvise64),
	SCMP_SYS(copy_file_range),
	SCMP_SYS(sendfile),
	/* threads, signals, time */
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(wait4),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* who and where we are */
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(capget),
	SCMP_SYS(capset) /* threads give up what we have */,
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getrusage),
	SCMP_SYS(getcpu),
	SCMP_SYS(getrandom),
};

#define REFUSED(name)                                                                              \
	{                                                                                          \
		SCMP_SYS(name), #name                                                              \
	}

/*
 * Nothing of ours ever asks for these: who does was made to. What is in neither list (there are
 * hundreds) is refused as well, without a word.
 */
static const struct {
	int number;
	const char *name;
} refused[] = {
	REFUSED(execve),	 REFUSED(execveat),  REFUSED(fork),
	REFUSED(vfork),		 REFUSED(ptrace),    REFUSED(process_vm_writev),
	REFUSED(kill),		 REFUSED(socket),    REFUSED(socketpair),
	REFUSED(connect),	 REFUSED(bpf),	     REFUSED(perf_event_open),
	REFUSED(io_uring_setup), REFUSED(mount),     REFUSED(rename),
	REFUSED(renameat2),	 REFUSED(link),	     REFUSED(linkat),
	REFUSED(symlink),	 REFUSED(symlinkat), REFUSED(unlink),
	REFUSED(unlinkat),	 REFUSED(mkdir),     REFUSED(mkdirat),
	REFUSED(chmod),		 REFUSED(fchmodat),  REFUSED(chown),
	REFUSED(fchownat),	 REFUSED(truncate),
};

static const char *name_of(int number)
{
	size_t i;

	for (i = 0; i < COUNT(refused); i++)
		if (refused[i].number == number)
			return refused[i].name;
	return "?";
}

static void tell(int signo, siginfo_t *info, void *context)
{
	const char *parts[] = {"conctrace: the sandbox refused the system call '",
			       name_of(info->si_syscall),
			       "': the recording, or a file that it leads to, may be made to do "
			       "harm; nothing more is read from it\n"};
	size_t i;

	(void)signo;
	(void)context;
	for (i = 0; i < COUNT(parts); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			break;
	_exit(EXIT_REFUSED);
}

static int allow(scmp_filter_ctx filter, int number, const struct scmp_arg_cmp *args,
		 unsigned int count)
{
	int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, count, args);

	/* This machine does not have it. */
	return rc == -EDOM ? 0 : rc;
}

/* For reading; or a new file, or one without a name: what there is cannot be overwritten. */
static int allow_opening(scmp_filter_ctx filter, int number, unsigned int flags)
{
	const unsigned int writes = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
	const struct scmp_arg_cmp reading = SCMP_CMP(flags, SCMP_CMP_MASKED_EQ, writes, O_RDONLY);
	const struct scmp_arg_cmp new =
		SCMP_CMP(flags, SCMP_CMP_MASKED_EQ, O_CREAT | O_EXCL, O_CREAT | O_EXCL);
	const struct scmp_arg_cmp unnamed =
		SCMP_CMP(flags, SCMP_CMP_MASKED_EQ, O_TMPFILE, O_TMPFILE);
	int rc = allow(filter, number, &reading, 1);

	if (!rc)
		rc = allow(filter, number, &new, 1);
	if (!rc)
		rc = allow(filter, number, &unnamed, 1);
	return rc;
}

/* What depends on an argument. */
static int allow_some(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp data = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp thread =
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_VM | CLONE_THREAD, CLONE_VM | CLONE_THREAD);
	const struct scmp_arg_cmp reading = SCMP_A2(SCMP_CMP_EQ, 0, 0);
	const struct scmp_arg_cmp ourselves = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
	const struct scmp_arg_cmp asking[] = {SCMP_A1(SCMP_CMP_EQ, 0x5401 /* TCGETS */, 0),
					      SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ, 0),
					      SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0)};
	size_t i;
	int rc = allow_opening(filter, SCMP_SYS(openat), 2);

	if (!rc)
		rc = allow_opening(filter, SCMP_SYS(open), 1);
	if (!rc)
		rc = allow(filter, SCMP_SYS(mmap), &data, 1);
	if (!rc)
		rc = allow(filter, SCMP_SYS(mprotect), &data, 1);
	if (!rc)
		rc = allow(filter, SCMP_SYS(clone), &thread, 1);
	if (!rc)
		rc = allow(filter, SCMP_SYS(prlimit64), &reading, 1);
	if (!rc)
		rc = allow(filter, SCMP_SYS(tgkill), &ourselves, 1);
	for (i = 0; i < COUNT(asking) && !rc; i++)
		rc = allow(filter, SCMP_SYS(ioctl), &asking[i], 1);
	return rc;
}

static int add_rules(scmp_filter_ctx filter, bool unlinks)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < COUNT(allowed) && !rc; i++)
		rc = allow(filter, allowed[i], NULL, 0);
	if (!rc)
		rc = allow_some(filter);
	for (i = 0; i < COUNT(refused) && !rc; i++) {
		if (unlinks && refused[i].number == SCMP_SYS(unlink))
			rc = allow(filter, refused[i].number, NULL, 0);
		else
			rc = seccomp_rule_add(filter, SCMP_ACT_TRAP, refused[i].number, 0);
		if (rc == -EDOM)
			rc = 0;
	}
	return rc;
}

int filter__enter(bool unlinks)
{
	struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int rc = filter ? 0 : -ENOMEM;

	if (!rc)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!rc)
		rc = add_rules(filter, unlinks);
	if (!rc && sigaction(SIGSYS, &action, NULL))
		rc = -errno;
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc;
}

bool filter__exists(void)
{
	const unsigned int action = SECCOMP_RET_TRAP;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}
