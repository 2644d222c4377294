// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile: threads with names that no terminal should be given, which contend for a lock.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const names[] = {
	"\033[31mred",	  "\033]0;title\a", "a\nb\rc\td",
	"\"},{\"tid\":1", "</script>",	    "\xff\xfe\x80",
	"%s%n%p",	  "\x7f\x01\x02",   "",
};

#define COUNT (sizeof(names) / sizeof(names[0]))

static void *contend(void *arg)
{
	struct timespec ts = {.tv_nsec = 2000000};

	prctl(PR_SET_NAME, arg);
	for (int i = 0; i < 5; i++) {
		pthread_mutex_lock(&lock);
		nanosleep(&ts, NULL);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(void)
{
	pthread_t thread[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		errno = pthread_create(&thread[i], NULL, contend, (void *)names[i]);
		if (errno) {
			perror("hostile");
			return 1;
		}
	}
	for (size_t i = 0; i < COUNT; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
