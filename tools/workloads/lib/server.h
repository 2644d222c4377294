/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A slow server in a child process, on 127.0.0.1 and a port that the kernel chooses. A request is
 * 8 bytes, a number; the answer comes after a set latency: SERVER_BODY bytes that follow from the
 * number, then the end of the connection. Any number of requests may be under way.
 */
#ifndef WORKLOADS_LIB_SERVER_H
#define WORKLOADS_LIB_SERVER_H

#include <netinet/in.h>
#include <stdint.h>

#define SERVER_BODY 4096

struct server;

/* Call before there are threads. The child is named "server". */
struct server *server__start(uint64_t latency_ns);
struct sockaddr_in server__address(const struct server *server);
/* Ends the child and frees the server; exits the program if the child failed. */
void server__stop(struct server *server);

#endif
