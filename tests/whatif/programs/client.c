// SPDX-License-Identifier: GPL-2.0-only
/*
 * client PORT REQUESTS TIMES: asks a server on 127.0.0.1, computes TIMES times with the answer,
 * REQUESTS times over. A time is about a microsecond.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile uint64_t sink;

static __attribute__((noinline)) uint64_t compute(uint64_t x, unsigned long times)
{
	for (unsigned long i = 0; i < times * 700; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__asm__("" : "+r"(x));
	}
	return x;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	unsigned long requests, times;
	uint64_t x = 1;
	char byte = 1;
	int fd;

	if (argc != 4)
		return 2;
	address.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	requests = strtoul(argv[2], NULL, 10);
	times = strtoul(argv[3], NULL, 10);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return 1;
	while (requests--) {
		if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1)
			return 1;
		x = compute(x, times);
	}
	sink = x;
	close(fd);
	return 0;
}
