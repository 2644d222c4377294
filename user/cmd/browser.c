// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/strbuf.h"

#define WORDS_MOST  32
#define PATIENCE_MS 2000

static bool is_mine(const char *path, mode_t type)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == getuid();
}

/* What the user's session has set; sudo keeps DISPLAY, but none of these. */
void browser__find_desktop(void)
{
	char path[64], bus[96];

	snprintf(path, sizeof(path), "/run/user/%u", (unsigned int)getuid());
	if (getenv("XDG_RUNTIME_DIR") || !is_mine(path, S_IFDIR))
		return;
	setenv("XDG_RUNTIME_DIR", path, 1);
	snprintf(bus, sizeof(bus), "%s/bus", path);
	if (is_mine(bus, S_IFSOCK)) {
		snprintf(bus, sizeof(bus), "unix:path=%s/bus", path);
		setenv("DBUS_SESSION_BUS_ADDRESS", bus, 0);
	}
	snprintf(bus, sizeof(bus), "%s/wayland-0", path);
	if (is_mine(bus, S_IFSOCK))
		setenv("WAYLAND_DISPLAY", "wayland-0", 0);
}

static int spawn(char **argv, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc, fd;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	/* What browsers have to say is not for our user; Ctrl-C is for us alone. */
	for (fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* A browser that does not run yet stays; one that does is told by another that ends at once. */
static bool run(char **argv)
{
	struct pollfd polled = {.events = POLLIN};
	bool ended;
	int status = 0;
	pid_t pid;

	if (spawn(argv, &pid))
		return false;
	polled.fd = pidfd_open(pid, 0);
	if (polled.fd < 0)
		return true;
	ended = poll(&polled, 1, PATIENCE_MS) == 1;
	close(polled.fd);
	return !ended || waitpid(pid, &status, 0) != pid ||
	       (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* $BROWSER's own rules: words parted by blanks, %s is the address, else it comes last. */
static bool run_command(const char *command, size_t len, const char *address)
{
	char *argv[WORDS_MOST + 2] = {NULL}, *text = strndup(command, len), *rest = text, *word;
	size_t n = 0, i;
	bool ok = text, placed = false;

	while (ok && (word = strsep(&rest, " \t")) && n < WORDS_MOST) {
		const char *at = strstr(word, "%s");
		struct strbuf sb = {0};

		if (!*word)
			continue;
		strbuf__add(&sb, word, at ? (size_t)(at - word) : strlen(word));
		if (at) {
			strbuf__puts(&sb, address);
			strbuf__puts(&sb, at + 2);
			placed = true;
		}
		ok = !strbuf__failed(&sb);
		argv[n++] = sb.text;
	}
	if (!placed)
		argv[n] = (char *)address;
	ok = ok && n && run(argv);
	for (i = 0; i < n; i++)
		free(argv[i]);
	free(text);
	return ok;
}

bool browser__open(const char *address)
{
	static const char *const names[] = {"xdg-open",	     "x-www-browser",  "firefox",
					    "firefox-esr",   "chromium",       "chromium-browser",
					    "google-chrome", "microsoft-edge", "epiphany"};
	const char *list = getenv("BROWSER"), *end;
	size_t i;

	for (; list && *list; list = *end ? end + 1 : end) {
		end = strchrnul(list, ':');
		if (run_command(list, (size_t)(end - list), address))
			return true;
	}
	if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
		return false;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (run_command(names[i], strlen(names[i]), address))
			return true;
	return false;
}
