// SPDX-License-Identifier: GPL-2.0-only
/* Holds the lock of guarded.c for 20 ms while a thread waits for it. */
#include <pthread.h>
#include <time.h>

#define HOLD_NS 20000000

void enter_library(void);
void leave_library(void);

static void *wait_for_it(void *arg)
{
	enter_library();
	leave_library();
	return arg;
}

int main(void)
{
	struct timespec ts = {.tv_nsec = HOLD_NS};
	pthread_t thread;

	enter_library();
	if (pthread_create(&thread, NULL, wait_for_it, NULL))
		return 1;
	nanosleep(&ts, NULL);
	leave_library();
	return pthread_join(thread, NULL);
}
