// SPDX-License-Identifier: GPL-2.0-only
#include "model/file_words.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "model/model.h"

const char *file__kind(const struct file_info *file)
{
	switch (file->mode & S_IFMT) {
	case S_IFIFO:
		return "pipe";
	case S_IFSOCK:
		return "socket";
	case S_IFREG:
	case S_IFDIR:
	case S_IFBLK:
	case S_IFCHR:
		return "file";
	default:
		return "other";
	}
}

/* As /proc/net/unix has them: abstract names begin with a NUL, and any NUL is shown as '@'. */
static void add_text(const struct file_info *file, struct strbuf *out)
{
	const char *p = file->text, *end = p ? p + file->text_len : NULL, *nul;

	for (; p && p < end; p = nul + 1) {
		nul = memchr(p, '\0', (size_t)(end - p));
		strbuf__add(out, p, (size_t)((nul ? nul : end) - p));
		if (!nul)
			return;
		strbuf__puts(out, "@");
	}
}

static void add_path(const struct model *model, const struct file_info *file, struct strbuf *out)
{
	const char *mount = model__mount(model, file->dev);
	bool whole = (file->flags & CT_FILE_PATH) &&
		     !(file->flags & (CT_FILE_TRUNCATED | CT_FILE_NO_FOLDER));

	if (file->flags & CT_FILE_TRUNCATED)
		strbuf__puts(out, ".../");
	else if (whole && mount && strcmp(mount, "/") != 0)
		strbuf__puts(out, mount);
	add_text(file, out);
	if (whole && !mount &&
	    file->dev) /* it begins at the root of that device, wherever that may be */
		strbuf__printf(out, " on device %u:%u", file->dev >> 20, file->dev & 0xfffff);
	if (file->flags & CT_FILE_UNLINKED)
		strbuf__puts(out, " (deleted)");
}

static bool add_address(const struct file_info *file, const uint8_t *address, uint16_t port,
			struct strbuf *out)
{
	char text[INET6_ADDRSTRLEN];
	bool v6 = file->family == AF_INET6;

	if (file->family != AF_INET && !v6)
		return false;
	if (!inet_ntop(file->family, address, text, sizeof(text)))
		return false;
	strbuf__printf(out, v6 ? "[%s]:%u" : "%s:%u", text, port);
	return true;
}

bool file__local(const struct file_info *file, struct strbuf *out)
{
	if (file->family == AF_UNIX && file->text_len) {
		add_text(file, out);
		return true;
	}
	return add_address(file, file->local, file->local_port, out);
}

bool file__peer(const struct file_info *file, struct strbuf *out)
{
	return file->peer_port && add_address(file, file->peer, file->peer_port, out);
}

static void add_socket(const struct file_info *file, struct strbuf *out)
{
	unsigned int type = file->protocol & 0xff;

	switch (file->family) {
	case AF_INET:
	case AF_INET6:
		strbuf__puts(out, type == SOCK_STREAM  ? "tcp "
				  : type == SOCK_DGRAM ? "udp "
						       : "ip ");
		file__local(file, out);
		if (file->flags & CT_FILE_LISTENING) {
			strbuf__puts(out, " listening");
		} else if (file->peer_port) {
			strbuf__puts(out, " <-> ");
			file__peer(file, out);
		}
		return;
	case AF_UNIX:
		strbuf__puts(out, "unix");
		if (file->text_len) {
			strbuf__puts(out, " ");
			add_text(file, out);
		} else if (file->peer_ino) {
			strbuf__printf(out, " (peer %" PRIu64 ")", file->peer_ino);
		} else {
			strbuf__printf(out, ":[%" PRIu64 "]", file->ino);
		}
		if (file->flags & CT_FILE_LISTENING)
			strbuf__puts(out, " listening");
		return;
	default:
		strbuf__printf(out, "socket:[%" PRIu64 "]", file->ino);
	}
}

void file__name(const struct model *model, const struct file_info *file, struct strbuf *out)
{
	switch (file->mode & S_IFMT) {
	case S_IFSOCK:
		add_socket(file, out);
		return;
	case S_IFIFO:
		if (file->flags & CT_FILE_PATH && file->text_len)
			break;
		strbuf__printf(out, "pipe:[%" PRIu64 "]", file->ino);
		return;
	default:
		break;
	}
	add_path(model, file, out);
}
