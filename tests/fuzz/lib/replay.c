// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a target on files, and on all files of directories, one after the other: with any compiler,
 * and without a fuzzer. Says which file it is at, so that the one that a sanitizer ends it in is
 * known; the last line counts them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/lib/fuzz.h"

#define INPUT_MOST	 (1u << 20)
#define SECONDS_AN_INPUT 20

static unsigned long done;

static int run_file(const char *path)
{
	uint8_t *data = malloc(INPUT_MOST);
	FILE *f = fopen(path, "re");
	size_t size = 0;

	if (data && f)
		size = fread(data, 1, INPUT_MOST, f);
	if (!data || !f || ferror(f)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (f)
			fclose(f);
		free(data);
		return 1;
	}
	fclose(f);
	printf("%s\n", path);
	fflush(stdout);
	alarm(SECONDS_AN_INPUT);
	LLVMFuzzerTestOneInput(data, size);
	alarm(0);
	free(data);
	done++;
	return 0;
}

static int run_directory(const char *path)
{
	struct dirent **names;
	char inner[4096];
	int i, rc = 0, n = scandir(path, &names, NULL, alphasort);

	if (n < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			snprintf(inner, sizeof(inner), "%s/%s", path, names[i]->d_name);
			rc |= run_file(inner);
		}
		free(names[i]);
	}
	free(names);
	return rc;
}

int main(int argc, char **argv)
{
	struct stat st;
	int i, rc = 0;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			rc |= run_directory(argv[i]);
		else
			rc |= run_file(argv[i]);
	}
	printf("%lu inputs\n", done);
	return rc || !done;
}
