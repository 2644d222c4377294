// SPDX-License-Identifier: GPL-2.0-only
/* Processes that talk: so much in so little bits that the talk is the work, or not. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/crew.h"
#include "lib/fail.h"
#include "lib/run.h"
#include "work.h"

#define MS  1000
#define BIG (1 << 20)

#define LONG_US	 (9 * MS) /* for a block, and what is hardly more than copying it */
#define SHORT_US 40

enum { HERE, THERE };

/* What one side reads from and writes to. */
static int in[2], out[2];
static unsigned int trips, work_us;
static unsigned int blocks, block_us;

static void make_pipes(void)
{
	int there[2], back[2];

	check_errno(pipe(there), "pipe");
	check_errno(pipe(back), "pipe");
	in[HERE] = back[0];
	out[HERE] = there[1];
	in[THERE] = there[0];
	out[THERE] = back[1];
}

static void make_sockets(void)
{
	int pair[2], bytes = 2 * BIG;

	check_errno(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	for (int i = 0; i < 2; i++) {
		check_errno(setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)),
			    "SO_SNDBUF");
		in[i] = out[i] = pair[i];
	}
}

static FRAME void exchange(unsigned int side)
{
	char byte = 1;

	check_errno(write(out[side], &byte, 1), "write");
	check_errno(read(in[side], &byte, 1), "read");
	FRAME_END();
}

static void ping(void *arg, unsigned int index)
{
	(void)arg;
	(void)index;
	for (unsigned int i = 0; i < trips; i++) {
		exchange(HERE);
		COMPUTE_US(work_us);
	}
}

static void pong(void *arg, unsigned int index)
{
	char byte;

	(void)arg;
	(void)index;
	for (unsigned int i = 0; i < trips; i++) {
		check_errno(read(in[THERE], &byte, 1), "read");
		COMPUTE_US(work_us);
		check_errno(write(out[THERE], &byte, 1), "write");
	}
}

static void ping_pong(unsigned int times, unsigned int us)
{
	struct crew *one, *other;

	trips = times;
	work_us = us;
	one = crew__processes("ping", 1, ping, NULL);
	other = crew__processes("pong", 1, pong, NULL);
	crew__join(one);
	crew__join(other);
}

static void play_pipe(void)
{
	make_pipes();
	ping_pong(20000, 2);
}

static void play_socket(void)
{
	make_sockets();
	ping_pong(20000, 2);
}

/* Each side computes and leaves what it found in a buffer that is big enough. */
static FRAME void send_block(const char *block)
{
	for (size_t sent = 0; sent < BIG;)
		sent += (size_t)check_errno(write(out[HERE], block + sent, BIG - sent), "write");
	FRAME_END();
}

static FRAME void take_block(char *block)
{
	for (size_t got = 0; got < BIG;)
		got += (size_t)check_errno(read(in[THERE], block + got, BIG - got), "read");
	FRAME_END();
}

static void send_big(void *arg, unsigned int index)
{
	static char block[BIG];

	(void)arg;
	(void)index;
	for (unsigned int i = 0; i < blocks; i++) {
		COMPUTE_US(block_us);
		send_block(block);
	}
}

static void take_big(void *arg, unsigned int index)
{
	static char block[BIG];

	(void)arg;
	(void)index;
	for (unsigned int i = 0; i < blocks; i++) {
		take_block(block);
		COMPUTE_US(block_us);
	}
}

static void pass_blocks(unsigned int times, unsigned int us)
{
	struct crew *sender, *taker;

	blocks = times;
	block_us = us;
	sender = crew__processes("sender", 1, send_big, NULL);
	taker = crew__processes("taker", 1, take_big, NULL);
	crew__join(sender);
	crew__join(taker);
}

static void play_large(void)
{
	make_sockets();
	pass_blocks(40, LONG_US);
}

static void play_bulk(void)
{
	make_pipes();
	pass_blocks(2500, SHORT_US);
}

static void play_blocks(void)
{
	make_sockets();
	pass_blocks(2500, SHORT_US);
}

/* The same calls, but of files: nobody else is at their other end. */
static void keep_blocks(void *arg, unsigned int index)
{
	static char block[BIG];

	(void)arg;
	(void)index;
	in[THERE] = out[HERE] = (int)check_errno(memfd_create("block", 0), "memfd_create");
	for (unsigned int i = 0; i < blocks; i++) {
		COMPUTE_US(block_us);
		check_errno(lseek(out[HERE], 0, SEEK_SET), "lseek");
		send_block(block);
		check_errno(lseek(in[THERE], 0, SEEK_SET), "lseek");
		take_block(block);
	}
}

static void play_files(void)
{
	struct crew *crew;

	blocks = 1000;
	block_us = SHORT_US;
	crew = crew__processes("keeper", usable_cpus(), keep_blocks, NULL);
	crew__join(crew);
}

/* A job in, a result out: all are given out at once, and each takes 10 ms. */
static void do_jobs(void *arg, unsigned int index)
{
	long job;

	(void)arg;
	(void)index;
	while (check_errno(read(in[THERE], &job, sizeof(job)), "read") && job >= 0) {
		COMPUTE_US(10 * MS);
		check_errno(write(out[THERE], &job, sizeof(job)), "write");
	}
}

static void play_jobs(void)
{
	unsigned int n = usable_cpus();
	struct crew *crew;
	long job;

	make_pipes();
	crew = crew__processes("jobber", n, do_jobs, NULL);
	for (job = 0; job < 40 * (long)n; job++)
		check_errno(write(out[HERE], &job, sizeof(job)), "write");
	for (unsigned int i = 0; i < 40 * n; i++)
		check_errno(read(in[HERE], &job, sizeof(job)), "read");
	job = -1;
	for (unsigned int i = 0; i < n; i++)
		check_errno(write(out[HERE], &job, sizeof(job)), "write");
	crew__join(crew);
}

int main(int argc, char **argv)
{
	static const struct play plays[] = {
		{"pipe", play_pipe}, {"socket", play_socket}, {"large", play_large},
		{"bulk", play_bulk}, {"blocks", play_blocks}, {"files", play_files},
		{"jobs", play_jobs},
	};

	(void)argc;
	return PLAYS(plays, argv);
}
