/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands: one file and one row in commands[] each. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

struct error;

/* Exit codes that are not the workload's own; as env(1) and timeout(1) use them. */
enum { EXIT_OWN_FAILURE = 125, EXIT_CANNOT_EXECUTE = 126, EXIT_NOT_FOUND = 127 };

struct command {
	const char *name;
	const char *summary; /* one line for `conctrace help` */
	/* argv[0] is the command's name; argv[argc] is NULL. Returns the exit code. */
	int (*run)(int argc, char **argv);
};

extern const struct command command_record, command_report, command_timeline, command_export,
	command_view, command_compare, command_whatif, command_workload, command_doctor,
	command_help, command_version;

/* All commands in the order of the help; NULL-terminated. A row here adds one. */
extern const struct command *const commands[];

const struct command *commands__find(const char *name);
/* Says that there is no such command, and which one may be meant. Returns EXIT_OWN_FAILURE. */
int commands__unknown(const char *name);
/* "who: text" on standard error. Returns EXIT_OWN_FAILURE. */
int commands__fail(const char *who, const struct error *err);

/* All of main(). */
int commands__main(int argc, char **argv);

#endif
