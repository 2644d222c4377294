// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bpf/file.bpf.h"

#include "bpf/stack.bpf.h"

#define S_IFMT	 0170000
#define S_IFIFO	 0010000
#define S_IFSOCK 0140000

#define AF_UNIX	 1
#define AF_INET	 2
#define AF_INET6 10

#define TCP_LISTEN 10

#define ANON_INODE_MAGIC 0x09041934 /* include/uapi/linux/magic.h */

#define PATH_PARTS 16 /* components of a path that are kept, from its end */
#define PART_MAX   96
#define FD_MOST	   0xfffff

#define VM_SHARED 0x8 /* include/linux/mm.h */

/* What futexes in a file's memory are numbered from. */
static __always_inline u64 shared_base(u32 dev, u64 ino)
{
	return mix(ino, dev) | 1ULL << 63;
}

struct file_head {
	u64 id, ino;
	u64 file, dentry; /* the kernel's addresses, 0 = not known */
	u32 dev, flags, mode;
};

static __always_inline struct file *file_at(struct task_struct *task, u64 fd)
{
	struct fdtable *fdt, table;
	struct file *file;

	if (fd > FD_MOST)
		return NULL;
	fdt = BPF_CORE_READ(task, files, fdt);
	if (bpf_probe_read_kernel(&table, sizeof(table), fdt) || fd >= table.max_fds)
		return NULL;
	if (bpf_probe_read_kernel(&file, sizeof(file), &table.fd[fd]))
		return NULL;
	return file;
}

static __always_inline struct sock *sock_of(struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);

	return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

struct walk {
	struct dentry *dentry;
	u8 *text;
	u32 at, flags;
};

static long add_part(u32 i, struct walk *w)
{
	struct dentry *dentry = w->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	u32 at = w->at;
	long got;

	if (i && parent == dentry)
		return 1;
	if (at > CT_PATH_LEN - PART_MAX || i == PATH_PARTS) {
		w->flags = CT_FILE_TRUNCATED;
		return 1;
	}
	got = bpf_probe_read_kernel_str(w->text + at, PART_MAX, BPF_CORE_READ(dentry, d_name.name));
	if (got <= 0)
		return 1;
	if (got == PART_MAX) { /* cut, most likely: then neither it nor what is above */
		w->flags = CT_FILE_TRUNCATED;
		return 1;
	}
	w->at = at + (u32)got;
	w->dentry = parent;
	if (parent == dentry) /* the very first: else it would have been the root */
		w->flags = CT_FILE_NO_FOLDER;
	return !parent || parent == dentry;
}

/*
 * The path from the file system's root, its parts from the last to the first, each followed by a
 * NUL: the reader turns them round. Files of no directory (memfd, eventfd) have their one name.
 */
static __always_inline void fill_path(struct ct_file *f, struct dentry *dentry)
{
	struct walk walk = {.dentry = dentry, .text = f->text};

	if (!walk.dentry)
		return;
	bpf_loop(PATH_PARTS + 1, add_part, &walk, 0);
	f->flags |= walk.flags;
	f->text_len = (u16)walk.at;
}

static __always_inline void fill_unix(struct ct_file *f, struct sock *sk)
{
	struct unix_sock *u = (struct unix_sock *)sk;
	struct unix_address *addr;
	struct sock *peer;
	u32 len;

	if (!bpf_core_type_exists(struct unix_sock))
		return;
	addr = BPF_CORE_READ(u, addr);
	peer = BPF_CORE_READ(u, peer);
	if (peer)
		f->peer_ino = BPF_CORE_READ(peer, sk_socket, file, f_inode, i_ino);
	if (!addr && peer) /* the nameless end of a connection: its server's name */
		addr = BPF_CORE_READ((struct unix_sock *)peer, addr);
	if (!addr)
		return;
	len = (u32)BPF_CORE_READ(addr, len);
	if (len <= 2 || len > CT_SOCK_NAME + 2)
		return;
	len -= 2; /* sun_family */
	/* The name, a struct sockaddr_un, follows its length. */
	if (!bpf_probe_read_kernel(f->text, len & 127,
				   (char *)addr + bpf_core_field_offset(addr->len) + 4 + 2))
		f->text_len = (u16)len;
}

static __always_inline void fill_inet(struct ct_file *f, struct sock *sk)
{
	f->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	f->peer_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (f->family == AF_INET) {
		BPF_CORE_READ_INTO((u32 *)f->local, sk, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((u32 *)f->peer, sk, __sk_common.skc_daddr);
	} else if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		BPF_CORE_READ_INTO((struct in6_addr *)f->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)f->peer, sk, __sk_common.skc_v6_daddr);
	}
}

static __always_inline void fill_socket(struct ct_file *f, struct file *file)
{
	struct sock *sk = sock_of(file);

	if (!sk)
		return;
	f->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	f->protocol = BPF_CORE_READ(sk, sk_type);
	if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN)
		f->flags |= CT_FILE_LISTENING;
	if (f->family == AF_UNIX)
		fill_unix(f, sk);
	else if (f->family == AF_INET || f->family == AF_INET6)
		fill_inet(f, sk);
}

/* A socket that gets connected becomes another thing to wait for. */
static __always_inline u64 socket_salt(struct file *file)
{
	struct sock *sk = sock_of(file);

	if (!sk)
		return 0;
	return BPF_CORE_READ(sk, __sk_common.skc_dport) |
	       (u64)BPF_CORE_READ(sk, __sk_common.skc_state) << 16 |
	       (u64)BPF_CORE_READ(sk, __sk_common.skc_daddr) << 32;
}

static __always_inline bool send_file(const struct file_head *known, u64 now)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 cpu;
	struct ct_cpu *state = this_cpu(&cpu);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct ct_file *f = reserve_side(ring, state, CT_FILE, (sizeof(*f) + 7) & ~7ULL);

	if (!f)
		return false;
	fill_header(&f->h, now, task->pid, 0);
	f->id = known->id;
	f->ino = known->ino;
	f->dev = known->dev;
	f->mode = (u16)known->mode;
	f->flags = known->flags;
	f->family = f->protocol = f->local_port = f->peer_port = f->text_len = 0;
	f->peer_ino = known->flags & CT_FILE_MAPPING ? shared_base(known->dev, known->ino) : 0;
	__builtin_memset(f->local, 0, sizeof(f->local));
	__builtin_memset(f->peer, 0, sizeof(f->peer));
	if ((known->mode & S_IFMT) == S_IFSOCK)
		fill_socket(f, (struct file *)known->file);
	else
		fill_path(f, (struct dentry *)known->dentry);
	commit(&f->h, CT_FILE);
	return true;
}

static __always_inline void fill_head(struct file_head *known, struct inode *inode, u32 flags)
{
	known->file = known->dentry = 0;
	known->mode = BPF_CORE_READ(inode, i_mode);
	known->ino = BPF_CORE_READ(inode, i_ino);
	known->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	known->flags = flags;
	known->id = mix(mix(known->dev, known->ino), flags);
	if ((known->mode & S_IFMT) == S_IFSOCK)
		return;
	known->flags |= CT_FILE_PATH;
	if (!BPF_CORE_READ(inode, i_nlink))
		known->flags |= CT_FILE_UNLINKED;
}

/* Its id, sent if it is new; 0 if that could not be done. */
__noinline u64 tell_file(struct file_head *known, u64 now)
{
	if (!known)
		return 0;
	if (!known->id)
		known->id = 1;
	if (!seen(known->id) && !send_file(known, now)) {
		unsee(known->id);
		return 0;
	}
	return known->id;
}

/* The id of a file; 0 if it could not be told. */
__noinline u64 id_of_file(u64 address, u64 now, u32 flags)
{
	struct file *file = (struct file *)address;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct file_head known;

	if (!inode)
		return 0;
	fill_head(&known, inode, flags);
	known.file = address;
	known.dentry = (u64)BPF_CORE_READ(file, f_path.dentry);
	if ((known.mode & S_IFMT) == S_IFSOCK)
		known.id = mix(known.id, socket_salt(file));
	else if (BPF_CORE_READ(inode, i_sb, s_magic) == ANON_INODE_MAGIC)
		/* eventfd, timerfd...: they share one inode */
		known.id = mix(known.id, (u64)BPF_CORE_READ(file, private_data));
	return tell_file(&known, now);
}

static __always_inline u64 offset_of_alias(void)
{
	if (bpf_core_field_exists(struct dentry, d_alias))
		return bpf_core_field_offset(struct dentry, d_alias);
	return bpf_core_field_offset(struct dentry___before_7, d_u.d_alias);
}

__noinline u64 file_of_inode(u64 address, u64 now)
{
	struct inode *inode = (struct inode *)address;
	struct hlist_node *name = BPF_CORE_READ(inode, i_dentry.first);
	struct file_head known;

	if (!inode)
		return 0;
	fill_head(&known, inode, 0);
	if (name)
		known.dentry = (u64)name - offset_of_alias();
	return tell_file(&known, now);
}

__noinline u64 file_of(u64 fd, u64 now, u32 *mode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = file_at(task, fd);

	if (!mode)
		return 0;
	*mode = CT_FD_NONE;
	if (!file)
		return 0;
	*mode = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
	return id_of_file((u64)file, now, 0);
}

__noinline u32 is_pipe(u64 fd)
{
	struct file *file = file_at(bpf_get_current_task_btf(), fd);
	struct sock *sk;
	u32 kind;

	if (!file)
		return 0;
	kind = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
	if (kind != S_IFSOCK)
		return kind == S_IFIFO;
	sk = sock_of(file);
	return sk && BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX;
}

/* What bpf_find_vma() finds out. */
struct mapped {
	struct file *file;
	u64 address;
	u64 offset; /* of the address in the file */
	bool shared;
};

static long on_vma(struct task_struct *task, struct vm_area_struct *vma, struct mapped *m)
{
	m->file = BPF_CORE_READ(vma, vm_file);
	m->shared = BPF_CORE_READ(vma, vm_flags) & VM_SHARED;
	m->offset = PAGES_TO_BYTES(BPF_CORE_READ(vma, vm_pgoff)) + m->address -
		    BPF_CORE_READ(vma, vm_start);
	return 0;
}

__noinline u64 shared_id(u64 uaddr, u64 now)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mapped m = {.address = uaddr};
	struct file *file;

	if (bpf_find_vma(task, uaddr, on_vma, &m, 0) || !m.file || !m.shared)
		return 0;
	id_of_file((u64)m.file, now, CT_FILE_MAPPING);
	file = m.file;
	/* The offset is added, not mixed in: neighbouring words stay neighbours. */
	return shared_base(BPF_CORE_READ(file, f_inode, i_sb, s_dev),
			   BPF_CORE_READ(file, f_inode, i_ino)) +
	       m.offset;
}
