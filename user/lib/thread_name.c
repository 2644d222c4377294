// SPDX-License-Identifier: GPL-2.0-only
#include "lib/thread_name.h"

#include <ctype.h>
#include <string.h>

struct thread_name thread_name__split(const char *name)
{
	size_t len = strlen(name), end = len, head;
	const char *bracket = len && name[len - 1] == ')' ? strstr(name, " (") : NULL;

	if (bracket) /* Python puts what the thread runs behind the number */
		end = (size_t)(bracket - name);
	head = end;
	while (head && isdigit((unsigned char)name[head - 1]))
		head--;
	if (!head || head == end)
		return (struct thread_name){len, name + len};
	return (struct thread_name){head, name + end};
}
