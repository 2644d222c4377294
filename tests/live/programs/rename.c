// SPDX-License-Identifier: GPL-2.0-only
/*
 * rename: a thread that changes its name three times between sleeps of 10 ms.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void *change_names(void *arg)
{
	static const char *const names[] = {"first-name", "second-name", "third-name"};
	const struct timespec ts = {.tv_nsec = 10000000};

	for (int i = 0; i < 3; i++) {
		if (pthread_setname_np(pthread_self(), names[i]))
			return arg; /* not NULL */
		nanosleep(&ts, NULL);
	}
	return NULL;
}

int main(void)
{
	pthread_t thread;
	void *failed;
	int err = pthread_create(&thread, NULL, change_names, (void *)"failed");

	if (!err)
		err = pthread_join(thread, &failed);
	if (err) {
		fprintf(stderr, "rename: %s\n", strerror(err));
		return 1;
	}
	return failed ? 1 : 0;
}
