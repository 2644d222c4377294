// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of a test kernel: mounts what a recorder needs, runs the commands of /cases,
 * reports on the second serial port (arm64's only one) and powers off.
 *
 * /cases: a line per command, its name and arguments separated by tabs. Report, per command:
 *   case NAME code N signal N
 *   file NAME SUFFIX LENGTH, then that many bytes and a newline; suffixes out, err, json, data
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MAX_ARGS   64
#define CASE_LIMIT 120 /* seconds; a command that takes longer is killed */

static const struct {
	const char *type, *where;
} mounts[] = {
	{"proc", "/proc"}, {"sysfs", "/sys"},	   {"devtmpfs", "/dev"},
	{"tmpfs", "/tmp"}, {"bpf", "/sys/fs/bpf"}, {"tracefs", "/sys/kernel/tracing"},
};

static FILE *open_report(void)
{
	struct termios tio;
	/* This one first: /dev/ttyS1 is there on arm64 as well, but leads nowhere. */
	int fd = open("/dev/ttyAMA0", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (!tcgetattr(fd, &tio)) {
		cfmakeraw(&tio);
		tcsetattr(fd, TCSANOW, &tio);
	}
	return fdopen(fd, "w");
}

static void send_file(FILE *report, const char *name, const char *suffix)
{
	char path[256], buf[4096];
	struct stat st;
	size_t n;
	FILE *in;

	snprintf(path, sizeof(path), "/tmp/%s.%s", name, suffix);
	in = fopen(path, "re");
	if (!in)
		return;
	if (!fstat(fileno(in), &st)) {
		fprintf(report, "file %s %s %lld\n", name, suffix, (long long)st.st_size);
		while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
			fwrite(buf, 1, n, report);
		fputc('\n', report);
	}
	fclose(in);
}

static void redirect(const char *name, const char *suffix, int to)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/tmp/%s.%s", name, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, to) < 0)
		_exit(120);
	close(fd);
}

static void run_case(FILE *report, char *line)
{
	char *argv[MAX_ARGS + 1], *save, *name = strtok_r(line, "\t\n", &save);
	int argc = 0, status = 0;
	pid_t pid;

	if (!name)
		return;
	while (argc < MAX_ARGS && (argv[argc] = strtok_r(NULL, "\t\n", &save)))
		argc++;
	argv[argc] = NULL;
	if (!argc)
		return;
	fflush(report);
	pid = fork();
	if (pid < 0) {
		fprintf(report, "case %s code %d signal 0\n", name, 121);
		return;
	}
	if (!pid) {
		redirect(name, "out", STDOUT_FILENO);
		redirect(name, "err", STDERR_FILENO);
		alarm(CASE_LIMIT);
		execv(argv[0], argv);
		fprintf(stderr, "init: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	fprintf(report, "case %s code %d signal %d\n", name,
		WIFEXITED(status) ? WEXITSTATUS(status) : 0,
		WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	send_file(report, name, "out");
	send_file(report, name, "err");
	send_file(report, name, "json");
	send_file(report, name, "data");
}

int main(void)
{
	char line[4096];
	struct utsname uts;
	FILE *report, *cases;
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL);
	}
	report = open_report();
	cases = fopen("/cases", "re");
	if (report && cases) {
		uname(&uts);
		fprintf(report, "kernel %s btf %d\n", uts.release,
			!access("/sys/kernel/btf/vmlinux", R_OK));
		while (fgets(line, sizeof(line), cases))
			run_case(report, line);
		fprintf(report, "done\n");
		fflush(report);
		tcdrain(fileno(report));
	}
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
