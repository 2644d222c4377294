// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "capture/capture.h"
#include "cmd/commands.h"
#include "cmd/doctor_python.h"
#include "cmd/options.h"
#include "cmd/privilege.h"
#include "lib/arch.h"
#include "lib/error.h"
#include "lib/filter.h"
#include "lib/landlock.h"
#include "trace/info.h"

#define VALUE_LEN 512 /* as much as struct error holds */

enum verdict { FINE, MISSING, REMARK };

/*
 * A check says what it found in `value` and whether that will do; on failure `remedy` says what
 * to do about it.
 */
struct check {
	const char *what;
	enum verdict (*run)(const struct check *check, char *value);
	const char *arg; /* what to look for, if run wants to know */
	const char *remedy;
	bool optional; /* recording works without it, but tells less */
};

static enum verdict check_machine(const struct check *check, char *value)
{
	struct utsname host = {0};

	(void)check;
	uname(&host);
	snprintf(value, VALUE_LEN, "%s", host.machine);
	return arch__is_known(host.machine) ? FINE : MISSING;
}

/* "6.1" and "6.1.0-9-amd64" alike as one number that can be compared. */
static unsigned long release_number(const char *text)
{
	char *end;
	unsigned long major = strtoul(text, &end, 10);

	return major << 16 | (*end == '.' ? strtoul(end + 1, NULL, 10) & 0xffff : 0);
}

static enum verdict check_release(const struct check *check, char *value)
{
	struct utsname host = {0};

	uname(&host);
	snprintf(value, VALUE_LEN, "%s", host.release);
	return release_number(host.release) >= release_number(check->arg) ? FINE : MISSING;
}

static enum verdict check_readable(const struct check *check, char *value)
{
	bool there = access(check->arg, R_OK) == 0;

	snprintf(value, VALUE_LEN, "%s%s%s", check->arg, there ? "" : ": ",
		 there ? "" : strerror(errno));
	return there ? FINE : MISSING;
}

static enum verdict check_privilege(const struct check *check, char *value)
{
	(void)check;
	snprintf(value, VALUE_LEN, "%s",
		 geteuid() == 0		   ? "root"
		 : privilege__may_record() ? "capabilities"
					   : "neither root nor CAP_BPF and CAP_PERFMON");
	return privilege__may_record() ? FINE : MISSING;
}

/* The file reads "none [integrity] confidentiality", the brackets around what holds. */
static enum verdict check_lockdown(const struct check *check, char *value)
{
	char line[128] = "";
	FILE *file = fopen(check->arg, "re");
	bool locked;

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	locked = strstr(line, "[confidentiality]") != NULL;
	snprintf(value, VALUE_LEN, "%s", *line ? line : "the kernel has no lockdown");
	return locked ? MISSING : FINE;
}

static struct btf *kernel_types(void)
{
	static struct btf *btf;

	if (!btf)
		btf = btf__load_vmlinux_btf();
	return btf;
}

static enum verdict check_tracepoint(const struct check *check, char *value)
{
	struct btf *btf = kernel_types();
	char name[128];

	snprintf(name, sizeof(name), "btf_trace_%s", check->arg);
	snprintf(value, VALUE_LEN, "%s", check->arg);
	/* The kernel declares one such type per tracepoint that BPF may attach to. */
	return btf && btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0 ? FINE : MISSING;
}

static enum verdict check_cpus(const struct check *check, char *value)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	(void)check;
	snprintf(value, VALUE_LEN, "%ld (at most %d)", cpus, TRACE_MAX_CPUS);
	return cpus > 0 && cpus <= TRACE_MAX_CPUS ? FINE : MISSING;
}

static enum verdict check_memlock(const struct check *check, char *value)
{
	struct rlimit limit = {0};

	(void)check;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		snprintf(value, VALUE_LEN, "no limit");
	else
		snprintf(value, VALUE_LEN,
			 "%llu KiB; BPF memory does not count against it since Linux 5.11",
			 (unsigned long long)limit.rlim_cur / 1024);
	return REMARK;
}

static enum verdict check_event(struct perf_event_attr *attr, const char *what, char *value)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	snprintf(value, VALUE_LEN, "%s%s%s", what, fd < 0 ? ": " : "",
		 fd < 0 ? strerror(errno) : "");
	if (fd >= 0)
		close(fd);
	return fd < 0 ? MISSING : FINE;
}

static enum verdict check_clock(const struct check *check, char *value)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_CPU_CLOCK,
				       .sample_period = 1000000000};

	(void)check;
	return check_event(&attr, "perf events: cpu-clock", value);
}

static enum verdict check_mappings(const struct check *check, char *value)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_DUMMY,
				       .mmap = 1,
				       .mmap2 = 1};

	(void)check;
	return check_event(&attr, "perf events: mmap", value);
}

static enum verdict check_python(const struct check *check, char *value)
{
	(void)check;
	return doctor_python__find(value, VALUE_LEN) ? FINE : REMARK;
}

static enum verdict check_sandbox(const struct check *check, char *value)
{
	int landlock = landlock__version();
	bool seccomp = filter__exists();

	(void)check;
	if (landlock)
		snprintf(value, VALUE_LEN, "%s, Landlock %d", seccomp ? "seccomp" : "no seccomp",
			 landlock);
	else
		snprintf(value, VALUE_LEN, "%s, no Landlock", seccomp ? "seccomp" : "no seccomp");
	return seccomp && landlock ? FINE : MISSING;
}

static enum verdict check_recording(const struct check *check, char *value)
{
	const struct capture_options opts = {
		.existing = true, .stack_bytes = CT_STACK_MOST, .sample_hz = 1};
	struct capture *capture;
	struct error err = {0};
	int rc = capture__open(&opts, &capture, &err);

	(void)check;
	snprintf(value, VALUE_LEN, "%s", rc ? err.text : "the probes load and attach");
	if (!rc)
		capture__close(capture);
	return rc ? MISSING : FINE;
}

#define TRACEPOINT(name)                                                                           \
	{                                                                                          \
		"tracepoint", check_tracepoint, name, "a kernel without it cannot be recorded",    \
			false                                                                      \
	}
#define IRQ_TRACEPOINT(name)                                                                       \
	{                                                                                          \
		"tracepoint", check_tracepoint, name,                                              \
			"wake-ups by such interrupts are not told from wake-ups by threads", true  \
	}

static const struct check checks[] = {
	{"machine", check_machine, NULL, "only x86_64 and aarch64 are supported so far", false},
	{"kernel", check_release, "5.18",
	 "Linux 5.18 or newer: before, sched_switch does not tell BPF why a task left", false},
	{"kernel types", check_readable, "/sys/kernel/btf/vmlinux",
	 "a kernel with CONFIG_DEBUG_INFO_BTF=y, as distributions build it", false},
	{"privilege", check_privilege, NULL, NULL, false},
	{"lockdown", check_lockdown, "/sys/kernel/security/lockdown",
	 "boot with lockdown=integrity or none (Secure Boot may choose confidentiality)", false},
	TRACEPOINT("sched_switch"),
	TRACEPOINT("sched_waking"),
	TRACEPOINT("sched_wakeup_new"),
	TRACEPOINT("sched_process_exec"),
	TRACEPOINT("task_rename"),
	IRQ_TRACEPOINT("irq_handler_entry"),
	IRQ_TRACEPOINT("softirq_entry"),
	IRQ_TRACEPOINT("local_timer_entry"),
	{"tracepoint", check_tracepoint, "contention_begin",
	 "Linux 5.19 tells which of its locks a thread waits for", true},
	{"tracepoint", check_tracepoint, "block_rq_complete",
	 "requests to block devices are not recorded", true},
	{"clock", check_clock, NULL, "where threads compute (-F) is not recorded", true},
	{"mappings", check_mappings, NULL, "call stacks cannot be resolved to functions", true},
	{"CPUs", check_cpus, NULL, "more are not supported so far", false},
	{"locked memory", check_memlock, NULL, NULL, true},
	{"Python", check_python, NULL, NULL, true},
	{"sandbox", check_sandbox, NULL,
	 "reports and exports work without: do not make them of recordings that you do not trust",
	 true},
	{"recording", check_recording, NULL, "mend what is missing above", false},
};

static bool show(const struct check *check)
{
	static const char *const words[] = {
		[FINE] = "ok", [MISSING] = "MISSING", [REMARK] = "note"};
	char value[VALUE_LEN] = "", remedy[256];
	enum verdict verdict = check->run(check, value);
	const char *word = words[verdict];

	if (verdict == MISSING && check->optional)
		word = "optional";
	printf("  %-9s %-14s %s\n", word, check->what, value);
	if (verdict != MISSING)
		return true;
	printf("  %-9s %-14s -> %s\n", "", "",
	       check->remedy ? check->remedy : privilege__remedy(remedy, sizeof(remedy)));
	return check->optional;
}

static int run(int argc, char **argv)
{
	const struct option_table table = {
		.command = "conctrace doctor",
		.usage = "conctrace doctor\n",
		.intro =
			"Checks whether this machine can be recorded, and says how to mend what is "
			"missing.\nExit code 0: it can; 125: it cannot.",
	};
	struct error err = {0};
	bool works = true;
	char **words;
	size_t i;
	int rc = options__parse(&table, argc, argv, &words, &err);

	if (rc == 1)
		return 0;
	if (!rc && words[0])
		rc = error__set(&err, -EINVAL, "'%s': no argument is wanted", words[0]);
	if (rc)
		return commands__fail(table.command, &err);
	puts("conctrace " CONCTRACE_VERSION);
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (!show(&checks[i]))
			works = false;
	}
	btf__free(kernel_types());
	puts(works ? "Recording works." : "Recording does not work here.");
	return works ? 0 : EXIT_OWN_FAILURE;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "check whether this machine can be recorded",
	.run = run,
};
