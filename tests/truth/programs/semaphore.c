// SPDX-License-Identifier: GPL-2.0-only
/*
 * semaphore private|timed: three threads wait for slots that a fourth frees every 300 us.
 * semaphore shared: another process frees them.
 */
#include <errno.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "truth.h"

sem_t free_slots;
static sem_t *slots = &free_slots;
static bool timed, other_process;

FRAME void take_slot(void)
{
	struct timespec until;

	if (!timed) {
		if (sem_wait(slots))
			truth_need(errno, "sem_wait");
		return;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	if (sem_timedwait(slots, &until))
		truth_need(errno, "sem_timedwait");
}

static void free_them(void)
{
	while (truth_goes_on()) {
		truth_sleep_us(300);
		sem_post(slots);
	}
	for (int i = 0; i < 3; i++)
		sem_post(slots);
}

static void *slot_thread(void *arg)
{
	if (!arg) {
		if (!other_process)
			free_them();
		return NULL;
	}
	while (truth_goes_on())
		take_slot();
	return NULL;
}

int main(int argc, char **argv)
{
	pid_t child = -1;

	if (argc != 2)
		return 2;
	timed = !strcmp(argv[1], "timed");
	other_process = !strcmp(argv[1], "shared");
	if (other_process)
		slots = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED || sem_init(slots, other_process, 0))
		truth_need(errno, "sem_init");
	truth_begin();
	if (other_process) {
		child = fork();
		if (!child) {
			free_them();
			_exit(0);
		}
	}
	truth_object("semaphore", slots, sizeof(*slots));
	truth_threads(4, slot_thread);
	truth_end();
	return child != -1 && waitpid(child, NULL, 0) != child;
}
