/* SPDX-License-Identifier: GPL-2.0-only */
/* A clock per CPU that asks what runs there. */
#ifndef CAPTURE_SAMPLER_H
#define CAPTURE_SAMPLER_H

struct bpf_program;
struct sampler;

/*
 * Runs the program `hz` times a second on each of the CPUs below ncpus that is online. Without the
 * permission, or where the kernel has no such clock, it samples nothing: returns NULL. NULL is fine
 * for the others.
 */
struct sampler *sampler__start(const struct bpf_program *program, unsigned int ncpus,
			       unsigned int hz);
void sampler__stop(struct sampler *sampler);

#endif
