// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/doctor_python.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/python_layouts.h"
#include "capture/runtime.h"

#define LIBRARY "libpython3."
#define ORIGIN	"$ORIGIN"

/* As a shell finds it. False: there is none. */
static bool find_command(const char *command, char found[PATH_MAX])
{
	const char *path = getenv("PATH"), *end;
	char file[PATH_MAX];

	for (; path; path = *end ? end + 1 : NULL) {
		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path,
			 end > path ? "/" : "", command);
		if (!access(file, X_OK) && realpath(file, found))
			return true;
	}
	return false;
}

/* --- the library that it may be in --- */

struct dynamic {
	const char *library, *folders; /* NULL = none; folders as in DT_RUNPATH */
};

static void read_dynamic(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct dynamic *out)
{
	Elf_Data *data = elf_getdata(section, NULL);
	const char *text;
	GElf_Dyn entry;
	int i;

	for (i = 0; data && gelf_getdyn(data, i, &entry); i++) {
		if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_RUNPATH &&
		    entry.d_tag != DT_RPATH)
			continue;
		text = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
		if (text && entry.d_tag != DT_NEEDED)
			out->folders = text;
		else if (text && !strncmp(text, LIBRARY, strlen(LIBRARY)))
			out->library = text;
	}
}

/* Opens the library if it is in that folder; -1: it is not. */
static int open_library(const char *folder, size_t len, const char *origin, const char *library)
{
	bool beside = len >= strlen(ORIGIN) && !strncmp(folder, ORIGIN, strlen(ORIGIN));
	char file[PATH_MAX];

	if (beside) {
		folder += strlen(ORIGIN);
		len -= strlen(ORIGIN);
	}
	snprintf(file, sizeof(file), "%s%.*s/%s", beside ? origin : "", (int)len, folder, library);
	return open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Where the dynamic linker would look first, and where distributions have it. */
static int seek_library(const struct dynamic *dynamic, const char *origin)
{
	static const char *const usual[] = {"/usr/local/lib", "/usr/lib/x86_64-linux-gnu",
					    "/usr/lib64", "/usr/lib"};
	const char *at = dynamic->folders, *end;
	size_t i;
	int fd = -1;

	for (; at && fd < 0; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, ':');
		fd = open_library(at, (size_t)(end - at), origin, dynamic->library);
	}
	for (i = 0; fd < 0 && i < sizeof(usual) / sizeof(usual[0]); i++)
		fd = open_library(usual[i], strlen(usual[i]), origin, dynamic->library);
	return fd;
}

static struct runtime_file of_library(int fd, char *path)
{
	struct runtime_file file = {0};
	struct dynamic dynamic = {0};
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	Elf *elf;
	int library;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	while (elf && (section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNAMIC)
			read_dynamic(elf, section, &header, &dynamic);
	*strrchr(path, '/') = '\0';
	library = dynamic.library ? seek_library(&dynamic, path) : -1;
	elf_end(elf);
	if (library < 0)
		return file;
	file = runtime__of_file(library);
	close(library);
	return file;
}

/* --- the row --- */

static bool describe(const struct runtime_file *file, const char *path, char *text, size_t size)
{
	char version[32] = "before 3.11";
	bool named;

	if (file->version)
		snprintf(version, sizeof(version), "%u.%u.%u", file->version >> 24,
			 file->version >> 16 & 0xff, file->version >> 8 & 0xff);
	if (!file->address) {
		snprintf(text, size, "%s: is no CPython itself, a script that finds one perhaps",
			 path);
		return false;
	}
	named = !file->no_lock && python_layout__of(file->version);
	snprintf(text, size, "%s: %s%s; %s", path, version,
		 file->no_lock ? ", without the interpreter lock" : "",
		 named ? "functions, threads and tasks have Python's names"
		       : "only the interpreter's own functions can be told (of 3.11 to 3.13, "
			 "with the lock, Python's)");
	return named;
}

bool doctor_python__find(char *text, size_t size)
{
	char path[PATH_MAX], folder[PATH_MAX];
	struct runtime_file file = {0};
	int fd;

	if (!find_command("python3", path)) {
		snprintf(text, size, "no python3 on the PATH");
		return false;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		file = runtime__of_file(fd);
	memcpy(folder, path, strlen(path) + 1);
	if (fd >= 0 && !file.address)
		file = of_library(fd, folder);
	if (fd >= 0)
		close(fd);
	return describe(&file, path, text, size);
}
