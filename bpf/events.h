/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The wire: records that the kernel side sends to user space, and that the trace file stores.
 *
 * One ring buffer per CPU, so a record does not carry its CPU. Timestamps are CLOCK_MONOTONIC
 * nanoseconds (bpf_ktime_get_ns). "tid" is a thread and "pid" a process, both as seen from the
 * initial pid namespace; ns_tid and ns_pid are the same in the task's own pid namespace.
 *
 * Values are append-only: they are written to trace files. Never renumber, never reuse.
 * This header is shared by BPF and user space: types and constants only.
 */
#ifndef CT_EVENTS_H
#define CT_EVENTS_H

#define CT_COMM_LEN	 16
#define CT_EXEC_TEXT	 384 /* bytes kept of file name and arguments together */
#define CT_FUTEX_WORDS	 6
#define CT_FUTEX_BEFORE	 2    /* words kept of those before a futex word */
#define CT_STREAM_HOST	 1024 /* the stream of records that belong to no CPU */
#define CT_STREAM_MAPS	 1025 /* CT_MAP and CT_BLOB: told by user space, beside the probes */
#define CT_STACK_MOST	 8192 /* bytes of a user stack that are kept */
#define CT_PATH_LEN	 256
#define CT_SOCK_NAME	 108 /* a unix socket's name */
#define CT_BLOB_BYTES	 4096
#define CT_BUILD_ID	 20
#define CT_WAIT_ARGS	 4
#define CT_CPU_WORDS	 16 /* of a mask of CPUs, 64 each */
#define CT_PYTHON_FRAMES 64
#define CT_PYTHON_NAME	 128
#define CT_PYTHON_FILE	 256
#define CT_PYTHON_LINES	 4096
#define CT_PYTHON_LABEL	 64
#define CT_LOST_KINDS	 32 /* losses are counted by enum ct_type; it stays below */

enum ct_type {
	CT_SWITCH = 1, /* struct ct_switch: one task leaves the CPU, another enters */
	CT_SWITCH_WAIT =
		2, /* struct ct_switch_wait: as above, a traced prev blocks in a system call */
	CT_SWITCH_FUTEX = 3, /* struct ct_switch_futex: as above, in futex() */
	CT_WAKING = 4,	     /* struct ct_waking: somebody starts to wake a task */
	CT_WAKING_FUTEX = 5, /* struct ct_waking_futex: as above, from inside futex() */
	CT_WAKEUP_NEW = 6,   /* struct ct_waking: a new task becomes runnable for the first time */
	CT_FORK = 7,	     /* struct ct_fork */
	CT_EXEC = 8,	     /* struct ct_exec */
	/* 9 is not used */
	CT_END = 10,	 /* struct ct_end: follows a task's final switch-out; the kernel's counts */
	CT_RENAME = 11,	 /* struct ct_rename */
	CT_LOST = 12,	 /* struct ct_lost: what could not be sent on this CPU from this point on */
	CT_TASK = 13,	 /* struct ct_task: a task that existed when recording began */
	CT_ARRIVED = 14, /* struct ct_arrived: a switch that the kernel did not report */
	CT_QUEUED = 15,	 /* struct ct_arrived: since when the next task was runnable */
	CT_STACK = 16, /* struct ct_stack: a user stack, before or after the first use of its id */
	CT_FILE = 17,  /* struct ct_file: a file, pipe or socket, likewise */
	CT_MAP = 18,   /* struct ct_map: executable memory of a process; or all of it is gone */
	CT_BLOB = 19,  /* struct ct_blob: part of a file that may be gone by the time of analysis */
	CT_SAMPLE = 20, /* struct ct_sample: a traced task that the clock found on a CPU */
	CT_DISK = 21,	/* struct ct_disk: a request to a block device is complete */
	CT_BLOCKED =
		22, /* struct ct_blocked: more on a task that was blocked when recording began */
	CT_AFFINITY = 23, /* struct ct_affinity: which CPUs a traced task may run on from now on */
	CT_RUNTIME = 24,  /* struct ct_runtime: follows the CT_MAP of an interpreter's code */
	CT_PYTHON_CODE = 25,  /* struct ct_python_code: before the first stack that it is in */
	CT_PYTHON_STACK = 26, /* struct ct_python_stack: before the first use of its id */
	CT_PYTHON_AT = 27, /* struct ct_python_at: follows a wait, waking or sample, on its CPU */
	CT_MEMORY = 28,	   /* struct ct_memory: before the CT_END of the process's last tasks */
	CT_PYTHON_THREAD = 29, /* struct ct_python_thread */
	CT_PYTHON_TASK = 30,   /* struct ct_python_task: before the first use of its id */
	CT_STACK_ARM64 = 31,   /* struct ct_stack_arm64: as CT_STACK */
	CT_TYPE_END	       /* one past the last; may grow */
};

/* ct_hdr.flags of CT_SWITCH* */
enum ct_switch_flag {
	CT_F_PREEMPT = 0x01,	 /* the scheduler's own preempt argument */
	CT_F_PREV_TRACED = 0x02, /* prev belongs to the workload */
	CT_F_IOWAIT = 0x04,	 /* prev->in_iowait; only read when a traced prev blocks */
	CT_F_YIELD = 0x08,	 /* traced prev is inside sched_yield() and stays runnable */
	CT_F_TIMEOUT = 0x10,	 /* CT_SWITCH_FUTEX: a timeout was given */
	CT_F_THROTTLED = 0x10,	 /* CT_SWITCH: traced prev could run on, but for its CPU quota */
	CT_F_FAULT = 0x10,	 /* CT_SWITCH_WAIT: in a page fault of a file's memory: target
				  * is that file, whatever the system call */
	CT_F_WORDS = 0x20,	 /* CT_SWITCH_FUTEX: words[] could be read */
	CT_F_COMPAT = 0x40,	 /* prev runs in 32-bit compatibility mode: nr is of that table */
	CT_F_KLOCK = 0x80,	 /* CT_SWITCH_WAIT: a kernel lock: target is its address, detail
				  * 1 + the tid that holds it (0 = not known) */
	CT_F_BEFORE = 0x80,	 /* CT_SWITCH_FUTEX: before[] could be read */
};

/* ct_hdr.flags of CT_WAKING*, CT_WAKEUP_NEW: the context that the waking came from */
enum ct_waking_flag {
	CT_W_HARDIRQ = 0x01,
	CT_W_SOFTIRQ = 0x02, /* ct_hdr.aux holds the softirq vector */
	CT_W_WAKER_TRACED = 0x04,
	CT_W_TIMER = 0x10,  /* with CT_W_HARDIRQ: the CPU's timer interrupt */
	CT_W_COMPAT = 0x08, /* the waker runs in 32-bit compatibility mode */
};

/* ct_fork.flags, ct_task.flags, ct_exec.flags */
enum ct_task_flag {
	CT_T_TRACED = 0x01,
	CT_T_KTHREAD = 0x02,
	CT_T_ON_CPU = 0x04,   /* ct_task: was running on .cpu */
	CT_T_RUNNABLE = 0x08, /* ct_task: was on a run queue */
	CT_T_ROOT = 0x10,     /* the workload's first task: what the command line started */
	CT_T_RECORDER = 0x20, /* conctrace itself */
	CT_T_COMPAT = 0x40,   /* ct_task: nr and args are of the 32-bit table */
};

struct ct_hdr {
	unsigned long long ts; /* CLOCK_MONOTONIC, ns */
	unsigned char type;    /* enum ct_type */
	unsigned char flags;
	unsigned char aux;  /* switch: low 8 bits of prev->nvcsw; waking: softirq vector */
	unsigned char prio; /* switch: next->prio; waking, fork, task: the task's; else 0 */
	unsigned int tid;   /* whom it is about: switch: prev (0 = idle); waking: the wakee */
};

#define CT_FD_NONE 0xffff /* ct_switch_wait.fd_mode: args[0] is no open descriptor */
#define CT_NR_NONE (-1)	  /* no system call: page fault or other trap, or nothing known */

struct ct_switch {
	struct ct_hdr h;
	unsigned int next_tid;	 /* 0 = the idle task */
	unsigned int prev_state; /* the kernel's mask as the tracepoint has it, 0 = runnable */
};

enum ct_klock_kind {
	CT_KLOCK_OTHER,
	CT_KLOCK_MMAP, /* the mmap_lock of the task's own memory */
};

struct ct_switch_wait {
	struct ct_switch s;
	unsigned long long args[CT_WAIT_ARGS];
	int nr;			   /* system call, CT_NR_NONE */
	unsigned short fd_mode;	   /* S_IFMT bits of the file that descriptor args[0] would be */
	unsigned short klock;	   /* CT_F_KLOCK: enum ct_klock_kind */
	unsigned long long stack;  /* id of the user stack, 0 = none taken */
	unsigned long long target; /* ct_file.id of that descriptor, 0 = none; see CT_F_KLOCK */
	/*
	 * By system call: nanosleep, clock_nanosleep: the time asked for, ns (args[1] of the latter
	 * has TIMER_ABSTIME). See CT_F_KLOCK. Else 0.
	 */
	unsigned long long detail;
};

struct ct_switch_futex {
	struct ct_switch s;
	unsigned long long uaddr;
	unsigned int op;
	unsigned int val;
	unsigned int words[CT_FUTEX_WORDS];   /* user memory from uaddr on; see CT_F_WORDS */
	unsigned int before[CT_FUTEX_BEFORE]; /* those before uaddr; see CT_F_BEFORE */
	unsigned long long stack;	      /* id of the user stack, 0 = none taken */
	/*
	 * Of a futex in memory that processes share: a number that is the same in all of them, made
	 * of device, inode and offset. 0 = private, or not known.
	 */
	unsigned long long shared;
};

struct ct_waking {
	struct ct_hdr h;
	unsigned int waker; /* tid of the task the CPU was running, 0 = idle */
	short nr;	    /* the waker's system call, CT_NR_NONE */
	unsigned short target_cpu;
	unsigned long long stack;  /* id of the waker's user stack, 0 = none taken */
	unsigned long long target; /* ct_file.id of the waker's descriptor, 0 = not taken */
};

struct ct_waking_futex {
	struct ct_waking w;
	unsigned long long uaddr;
	unsigned int op;
	unsigned int val;
};

struct ct_fork {
	struct ct_hdr h;
	unsigned int flags; /* enum ct_task_flag */
	unsigned int pid, ns_tid, ns_pid;
	unsigned int parent_tid, parent_pid;
	char comm[CT_COMM_LEN];
	unsigned long long tls;	   /* the thread pointer (x86-64: FS base): glibc's pthread_t */
	unsigned long long cflags; /* flags of clone(), as far as registers tell; else 0 */
	int nr;			   /* the parent's system call, CT_NR_NONE */
	unsigned int reserved;
};

struct ct_exec {
	struct ct_hdr h;
	unsigned int flags;
	unsigned int old_tid;	 /* h.tid before it; differs if a non-leader thread execs */
	unsigned short file_len; /* bytes of text[] that are the file name, without a NUL */
	unsigned short args_len; /* bytes that follow: arguments, each ended by a NUL, maybe cut */
	unsigned long long nvcsw, nivcsw, sum_exec; /* of the task so far, as in struct ct_end */
	char comm[CT_COMM_LEN];
	char text[CT_EXEC_TEXT];
};

/* At a task's final switch-out: what the kernel itself counted. Times in ns. */
struct ct_end {
	struct ct_hdr h;
	int exit_code;
	unsigned int reserved;
	unsigned long long nvcsw, nivcsw;
	unsigned long long utime, stime, sum_exec;
};

/* The most memory that a process had resident: what the kernel tells as ru_maxrss. */
struct ct_memory {
	struct ct_hdr h;
	unsigned long long peak; /* bytes; since it was forked */
};

struct ct_rename {
	struct ct_hdr h;
	char comm[CT_COMM_LEN];
};

/* h.ts = when the first record was lost; until = when sending worked again. */
struct ct_lost {
	struct ct_hdr h;
	unsigned long long until;
	unsigned int count[CT_LOST_KINDS]; /* by enum ct_type */
};

struct ct_task {
	struct ct_hdr h;
	unsigned int flags;
	unsigned int pid, ns_tid, ns_pid, ppid;
	unsigned int cpu;
	unsigned int state; /* task->__state */
	char comm[CT_COMM_LEN];
	unsigned long long start_ts; /* CLOCK_MONOTONIC */
	unsigned long long nvcsw, nivcsw, sum_exec;
	unsigned long long args[CT_WAIT_ARGS];
	int nr; /* the system call it was blocked in, CT_NR_NONE */
	unsigned int reserved;
};

/*
 * h.tid is about to leave a CPU that it was never seen to enter: the kernel reported no switch to
 * it. Some kernels keep the events of their hypervisor's agent to themselves.
 */
struct ct_arrived {
	struct ct_hdr h;
	/*
	 * By the scheduler's own account, 0 = unknown. CT_ARRIVED: when it entered the CPU.
	 * CT_QUEUED: h.tid, blocked before, is about to enter, and no waking was reported since
	 * it left: when it was put on the run queue.
	 */
	unsigned long long since;
};

/*
 * What a system call pushed: enough to unwind from with call-frame information. All registers but
 * ip and sp are the callee-saved ones of the x86-64 psABI; arm64 has its own record.
 */
struct ct_regs {
	unsigned long long ip, sp, bp, bx, r12, r13, r14, r15;
};

/*
 * The stack of h.tid, from sp on. The id is a hash of ip, of those words of the stack that lie in
 * executable memory, and of the process image; the same id is sent again now and then.
 */
struct ct_stack {
	struct ct_hdr h;
	unsigned long long id;
	struct ct_regs regs;
	unsigned long long tls; /* the thread pointer when it last left a CPU; 0 = never yet */
	unsigned int pid;
	unsigned int len; /* bytes that follow, a multiple of 8, at most CT_STACK_MOST */
	unsigned char bytes[CT_STACK_MOST];
};

/* The same of arm64: beside the callee-saved ones the return address that is in a register. */
struct ct_regs_arm64 {
	unsigned long long ip, sp, fp, lr, x[10]; /* x19 to x28 */
};

struct ct_stack_arm64 {
	struct ct_hdr h;
	unsigned long long id;
	struct ct_regs_arm64 regs;
	unsigned long long tls; /* TPIDR_EL0 when it last left a CPU; 0 = never yet */
	unsigned int pid;
	unsigned int len; /* as in struct ct_stack */
	unsigned char bytes[CT_STACK_MOST];
};

enum ct_file_flag {
	CT_FILE_PATH =
		0x01, /* text is a path: its parts from the last to the first, NUL after each */
	CT_FILE_TRUNCATED = 0x02, /* the path's beginning did not fit */
	CT_FILE_LISTENING = 0x04, /* a socket that accepts */
	CT_FILE_MAPPING = 0x08,	  /* the memory of a futex that processes share */
	CT_FILE_UNLINKED = 0x10,
	CT_FILE_NO_FOLDER = 0x20, /* text is the name of what is in no directory: memfd, eventfd */
};

struct ct_file {
	struct ct_hdr h; /* tid: who waited first */
	unsigned long long id, ino;
	unsigned int dev;		      /* the kernel's: major << 20 | minor */
	unsigned int flags;		      /* enum ct_file_flag */
	unsigned short mode;		      /* inode's */
	unsigned short family;		      /* of a socket, AF_*; else 0 */
	unsigned short protocol;	      /* of a socket: SOCK_STREAM... in the low byte */
	unsigned short local_port, peer_port; /* host byte order */
	unsigned short text_len; /* path, or name of a unix socket (abstract ones begin with NUL) */
	unsigned char local[16], peer[16]; /* addresses, network byte order; IPv4 in the first 4 */
	/*
	 * The inode of a unix socket's other end, 0 = not known. With CT_FILE_MAPPING: what
	 * ct_switch_futex.shared is at offset 0 of this file.
	 */
	unsigned long long peer_ino;
	unsigned char text[CT_PATH_LEN];
};

enum ct_map_flag {
	CT_MAP_EXEC = 0x01,  /* executable memory */
	CT_MAP_RESET = 0x02, /* a new program: all mappings of the process so far are gone */
	CT_MAP_ANON = 0x04,  /* no file behind it: generated code, vdso ("[vdso]") */
	CT_MAP_FOUND = 0x10, /* the process had it before the recording began */
	CT_MAP_GONE = 0x08,  /* path no longer led to this file when it was recorded */
};

struct ct_map {
	struct ct_hdr h;		      /* tid: who mapped */
	unsigned int pid;		      /* in the initial pid namespace */
	unsigned int flags;		      /* enum ct_map_flag */
	unsigned long long start, len, pgoff; /* bytes */
	unsigned long long ino;
	unsigned int dev_major, dev_minor;
	unsigned char build_id[CT_BUILD_ID];
	unsigned short build_id_len; /* 0 = not known */
	unsigned short text_len;
	unsigned char text[CT_PATH_LEN]; /* its end, if the path is longer */
};

enum ct_blob_kind {
	CT_BLOB_VDSO = 1,     /* key: 0 */
	CT_BLOB_ELF = 2,      /* key: ino of the mapped file; dev in .dev */
	CT_BLOB_PERF_MAP = 3, /* key: pid */
	CT_BLOB_MOUNTS = 4,   /* key: 0. /proc/self/mountinfo */
	CT_BLOB_KALLSYMS = 5, /* key: 0. lines "address name" of the symbols that were asked for */
};

/* Pieces of one blob come in order, the last one shorter than CT_BLOB_BYTES (0 bytes if need be).
 */
struct ct_blob {
	struct ct_hdr h;
	unsigned int kind; /* enum ct_blob_kind */
	unsigned int dev;  /* major << 20 | minor */
	unsigned long long key, offset;
	unsigned int len, reserved;
	unsigned char bytes[CT_BLOB_BYTES];
};

/* Flags of a sample. */
enum {
	CT_S_KERNEL = 0x01,
	/* In a call that asks to read CT_COPY_BYTES or more of a pipe or unix socket, or to write.
	 */
	CT_S_COPY = 0x02,
};

#define CT_COPY_BYTES 4096 /* less is rather a message than data */

struct ct_sample {
	struct ct_hdr h;
	unsigned long long stack; /* id of the user stack, 0 = none */
	unsigned long long ip;	  /* in user space */
	unsigned int kernel;	  /* CT_S_*; 0: it was running in user space */
	unsigned int reserved;
};

/* h.ts = completion, h.tid = who issued it (0 = not known). */
struct ct_disk {
	struct ct_hdr h;
	unsigned long long issued; /* CLOCK_MONOTONIC ns */
	unsigned long long sector; /* of 512 bytes */
	unsigned int bytes;
	unsigned int dev; /* major << 20 | minor */
	unsigned int op;  /* enum req_op: 0 read, 1 write, 2 flush, 3 discard... */
	int error;
};

/*
 * After all CT_TASK: what such a task was blocked in. h.flags as of CT_SWITCH_FUTEX; without
 * CT_F_WORDS it is the stack that is told.
 */
struct ct_blocked {
	struct ct_hdr h;
	unsigned long long stack; /* id of a CT_STACK record that came before, 0 = none */
	unsigned long long uaddr;
	unsigned int op, val;
	unsigned int words[CT_FUTEX_WORDS];
	unsigned int before[CT_FUTEX_BEFORE];
};

/* Until the first one of a task, or of the one that it was forked by, it may run on all CPUs. */
struct ct_affinity {
	struct ct_hdr h;
	unsigned int ncpus; /* CPUs that mask tells of; 0 = it may run on all CPUs */
	unsigned int reserved;
	unsigned long long mask[CT_CPU_WORDS]; /* bit c % 64 of mask[c / 64] */
};

enum ct_runtime_kind {
	CT_RUNTIME_PYTHON = 1, /* CPython's _PyRuntime; version: PY_VERSION_HEX */
};

/* ct_hdr.flags of CT_RUNTIME */
enum ct_runtime_flag {
	CT_R_FRAMES = 0x01,  /* stacks of its code are told as well */
	CT_R_NO_LOCK = 0x02, /* a build without the interpreter lock */
};

/* Where a process has the state of an interpreter that it runs, by the file's own symbols. */
struct ct_runtime {
	struct ct_hdr h; /* tid: who mapped */
	unsigned int pid;
	unsigned int kind;	  /* enum ct_runtime_kind */
	unsigned long long start; /* the data object's address, and its size in bytes */
	unsigned long long len;
	unsigned int version; /* 0 = not known */
	unsigned int reserved;
};

/* A code object of Python: a function, a module's body. Text as the interpreter has it. */
struct ct_python_code {
	struct ct_hdr h;
	unsigned long long id; /* 0 = it could not be read, and will be sent again */
	unsigned int pid;
	unsigned int first_line;
	/* Bytes of each character (1, 2, 4; 1: ASCII or Latin-1); 0 = could not be read. */
	unsigned char name_kind, file_kind;
	unsigned short name_len, file_len; /* bytes; a longer name's beginning, a file's end */
	unsigned short lines_len;	   /* of bytes[]; 0 also where the table is too long */
	unsigned char name[CT_PYTHON_NAME];
	unsigned char file[CT_PYTHON_FILE];
	unsigned char bytes[CT_PYTHON_LINES]; /* co_linetable: Objects/locations.md in CPython */
};

struct ct_python_frame {
	unsigned long long code; /* ct_python_code.id */
	unsigned long long at;	 /* bytes into its bytecode */
};

struct ct_python_stack {
	struct ct_hdr h;
	unsigned long long id;
	unsigned int pid;
	unsigned int complete; /* 1: the last frame is the thread's first */
	unsigned int count;    /* of frames, innermost first */
	unsigned int reserved;
	struct ct_python_frame frames[CT_PYTHON_FRAMES];
};

/* ct_hdr.flags of CT_PYTHON_AT */
enum ct_python_flag {
	CT_P_WAKER = 0x01, /* h.tid is who wakes; else who blocks or is sampled */
	CT_P_TASK = 0x02,  /* id is that of the task of asyncio that it runs */
};

/* Where in its Python code h.tid is, in the record on this CPU that this one follows. */
struct ct_python_at {
	struct ct_hdr h;
	unsigned long long id; /* ct_python_stack.id; CT_P_TASK: ct_python_task.id */
};

/* What Python calls the thread h.tid from now on. */
struct ct_python_thread {
	struct ct_hdr h;
	unsigned int pid;
	unsigned char name_kind; /* as in struct ct_python_code */
	unsigned char reserved;
	unsigned short name_len; /* bytes; a longer name's beginning */
	unsigned char name[CT_PYTHON_NAME];
};

/* A task of asyncio: its name, and the coroutine that it runs. Text as in struct ct_python_code. */
struct ct_python_task {
	struct ct_hdr h;
	unsigned long long id; /* 0 = it could not be read, and will be sent again */
	unsigned int pid;
	unsigned int number; /* not 0: nobody asked for its name yet; it would be Task-number */
	unsigned char name_kind, coroutine_kind;
	unsigned short name_len, coroutine_len; /* bytes; a longer name's beginning */
	unsigned short reserved;
	unsigned char name[CT_PYTHON_LABEL];
	unsigned char coroutine[CT_PYTHON_LABEL]; /* its qualified name */
};

/* Any record: what readers hand on. */
union ct_event {
	struct ct_hdr h;
	struct ct_switch sw;
	struct ct_switch_wait wait;
	struct ct_switch_futex futex;
	struct ct_waking waking;
	struct ct_waking_futex waking_futex;
	struct ct_fork fork;
	struct ct_exec exec;
	struct ct_end end;
	struct ct_memory memory;
	struct ct_rename rename;
	struct ct_lost lost;
	struct ct_task task;
	struct ct_arrived arrived;
	struct ct_stack stack;
	struct ct_stack_arm64 stack_arm64;
	struct ct_file file;
	struct ct_map map;
	struct ct_blob blob;
	struct ct_sample sample;
	struct ct_disk disk;
	struct ct_blocked blocked;
	struct ct_affinity affinity;
	struct ct_runtime runtime;
	struct ct_python_code python_code;
	struct ct_python_stack python_stack;
	struct ct_python_at python_at;
	struct ct_python_thread python_thread;
	struct ct_python_task python_task;
};

#endif
