// SPDX-License-Identifier: GPL-2.0-only
#include "lib/cpulist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_ID 65535

static int add_range(unsigned int **cpus, int count, unsigned long from, unsigned long to)
{
	unsigned int *grown;
	unsigned long id;

	grown = realloc(*cpus, ((size_t)count + to - from + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*cpus = grown;
	for (id = from; id <= to; id++)
		grown[count++] = (unsigned int)id;
	return count;
}

int cpulist__parse(const char *text, unsigned int **cpus)
{
	unsigned long from, to, next = 0;
	int count = 0;
	char *end;

	*cpus = NULL;
	for (; *text && *text != '\n'; text = *end == ',' ? end + 1 : end) {
		from = to = strtoul(text, &end, 10);
		if (end == text)
			goto invalid;
		if (*end == '-') {
			text = end + 1;
			to = strtoul(text, &end, 10);
			if (end == text)
				goto invalid;
		}
		if (from < next || to < from || to > MAX_ID ||
		    (*end && *end != ',' && *end != '\n'))
			goto invalid;
		next = to + 1;
		count = add_range(cpus, count, from, to);
		if (count < 0)
			goto out_of_memory;
	}
	return count;
invalid:
	count = -EINVAL;
out_of_memory:
	free(*cpus);
	*cpus = NULL;
	return count;
}

int cpulist__present(unsigned int **cpus)
{
	FILE *f = fopen("/sys/devices/system/cpu/present", "re");
	char line[4096];
	int count;

	*cpus = NULL;
	if (!f)
		return -errno;
	count = fgets(line, sizeof(line), f) ? cpulist__parse(line, cpus) : -EIO;
	fclose(f);
	return count;
}
