/* SPDX-License-Identifier: GPL-2.0-only */
/* Files, pipes and sockets that tasks wait for. Types only. */
#ifndef MODEL_FILE_INFO_H
#define MODEL_FILE_INFO_H

#include <stdint.h>

/* What a descriptor stood for. One per file; strings live as long as the model. */
struct file_info {
	uint32_t index; /* dense, from 0 */
	uint64_t id, ino;
	uint32_t dev, flags; /* enum ct_file_flag */
	uint16_t mode, family, protocol;
	uint16_t local_port, peer_port;
	uint8_t local[16], peer[16];
	uint64_t peer_ino;
	const char *text; /* path or name; text_len bytes, then a NUL */
	uint32_t text_len;
};

#endif
