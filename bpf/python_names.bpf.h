/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What Python calls its threads, and asyncio the task whose turn it is.
 *
 * A thread's first frame is that of Thread._bootstrap in threading.py, at the bottom of its stack
 * of frames; its first local variable is the Thread, which has its name in the attribute _name. A
 * task is run by Handle._run of asyncio/events.py: the Handle has the function to call in a slot,
 * and that belongs to the task.
 */
#ifndef CT_PYTHON_NAMES_BPF_H
#define CT_PYTHON_NAMES_BPF_H

#include "bpf/python.bpf.h"

#define LOOK_NS	    100000000ULL /* how often a thread's name is looked at again */
#define LOOKS_FIRST 16		 /* so often it is looked for at each chance, if there is none */
#define CHUNKS_MOST 32
#define CHUNK_FRAME 32 /* _PyStackChunk: data[1], where a thread's first frame is */
#define LOCALS	    72 /* _PyInterpreterFrame: localsplus */

#define TYPE_SIZE	32 /* PyTypeObject: tp_basicsize, tp_flags */
#define TYPE_FLAGS	168
#define FLAG_INLINE	0x04
#define FLAG_DICT	0x10
#define VALUES_BEFORE	32 /* bytes before the object */
#define DICT_BEFORE	24
#define DICT_KEYS	32 /* PyDictObject: ma_keys, ma_values */
#define DICT_VALUES	40
#define KEYS_KIND	8 /* PyDictKeysObject: dk_log2_size and what follows it */
#define KEYS_COUNT	24
#define KEYS_INDICES	32
#define ATTRIBUTES_MOST 128 /* that are passed on the way to the one that is sought */

#define SLOT_CALLBACK 24 /* Handle: its slots are in the order of their names */
#define STEP_TASK     16 /* TaskStepMethWrapper: sw_task */
#define METHOD_DEF    16 /* PyCFunctionObject: m_ml, m_self */
#define METHOD_SELF   24
#define INT_SIZE      16 /* PyLongObject since 3.12: lv_tag, ob_digit */
#define INT_DIGIT     24

/* The first eight characters of a literal, as read_word() has them. */
#define WORD(text)                                                                                 \
	({                                                                                         \
		u64 word_;                                                                         \
		__builtin_memcpy(&word_, text, sizeof(word_));                                     \
		word_;                                                                             \
	})

static __always_inline u64 type_of(u64 object)
{
	return read_word(object + OBJECT_TYPE);
}

/* The first eight characters of its type's name. */
static __always_inline u64 type_word(u64 object)
{
	return read_word(read_word(type_of(object) + TYPE_NAME));
}

static __always_inline bool is_text(u64 object)
{
	return (u32)type_word(object) == (u32)WORD("str\0    ");
}

/* Where its characters are if it is ASCII and has so many of them; 0: it has not. */
static __always_inline u64 plain_text(const struct ct_python_layout *l, u64 text, u64 length)
{
	if ((read_half(text + TEXT_STATE) & TEXT_SIMPLE) != TEXT_SIMPLE ||
	    read_word(text + TEXT_LENGTH) != length)
		return 0;
	return text + l->text_ascii;
}

/* --- a thread's name --- */

struct attributes {
	const struct ct_python_layout *l;
	u64 entries, stride;
	u64 values; /* in the order of the entries; 0: they are in them */
	u64 found;
};

static long attribute_step(u32 i, struct attributes *a)
{
	u64 entry = a->entries + i * a->stride;
	u64 key = read_word(entry + a->stride - 16), text;

	text = key ? plain_text(a->l, key, sizeof("_name") - 1) : 0;
	if (!text || read_word(text) << 16 != WORD("_name\0  ") << 16)
		return 0;
	a->found = read_word(a->values ? a->values + 8ULL * i : entry + a->stride - 8);
	return 1;
}

/* The object's attribute _name, 0 if it has none. */
static __always_inline u64 name_attribute(const struct ct_python_layout *l, u64 object)
{
	u64 type = type_of(object), flags = read_word(type + TYPE_FLAGS);
	u64 dict = read_word(object - DICT_BEFORE), keys, values = 0, kind, count;
	struct attributes a = {.l = l};

	if (!object || !(flags & FLAG_DICT))
		return 0;
	if (l->values == CT_VALUES_APART)
		values = read_word(object - VALUES_BEFORE);
	else if (l->values == CT_VALUES_TAGGED)
		values = dict & 1 ? dict + 1 : 0;
	else if (flags & FLAG_INLINE)
		values = object + read_word(type + TYPE_SIZE);
	if (l->values == CT_VALUES_INLINE && !(read_word(values) >> 24 & 1))
		values = 0; /* not valid: they have moved to the dict */
	keys = read_word(type + l->type_keys);
	if (!values) {
		keys = read_word(dict + DICT_KEYS);
		values = read_word(dict + DICT_VALUES);
	}
	kind = read_word(keys + KEYS_KIND);
	count = read_word(keys + KEYS_COUNT);
	a.entries = keys + KEYS_INDICES + (1ULL << (kind >> 8 & 31));
	a.stride = kind >> 16 & 0xff ? 16 : 24;
	a.values = values ? values + l->values_first : 0;
	bpf_loop(count < ATTRIBUTES_MOST ? (u32)count : ATTRIBUTES_MOST, attribute_step, &a, 0);
	return a.found;
}

/* The Thread that a thread is, 0 if it was not begun by one. */
static __always_inline u64 thread_object(const struct ct_python_layout *l, u64 state)
{
	u64 chunk = read_word(state + l->thread_chunk), before, frame, text;
	int i;

	for (i = 0; i < CHUNKS_MOST; i++) {
		before = read_word(chunk);
		if (!before)
			break;
		chunk = before;
	}
	if (i == CHUNKS_MOST) /* deep in a recursion */
		return 0;
	frame = chunk + CHUNK_FRAME;
	text = read_word(read_word(frame + l->frame_code) + l->code_name);
	text = plain_text(l, text, sizeof("Thread._bootstrap") - 1);
	if (!text || read_word(text) != WORD("Thread._bootstrap") ||
	    read_word(text + 8) != WORD("bootstrap"))
		return 0;
	return read_word(frame + LOCALS);
}

/* Sends the current thread's name if it has one that was not sent. */
__noinline u64 name_thread(u64 state, u64 now)
{
	u64 ids = bpf_get_current_pid_tgid(), object, name, id;
	u32 pid = ids >> 32, tid = (u32)ids, cpu = bpf_get_smp_processor_id();
	struct ct_python_process *p = bpf_map_lookup_elem(&py_processes, &pid);
	struct thread *thread = bpf_map_lookup_elem(&py_threads, &tid);
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct ct_python_thread *record;

	if (!p || !thread || !ring)
		return 0;
	if (++thread->looked >= LOOKS_FIRST)
		thread->look = now + LOOK_NS;
	object = thread_object(&p->layout, state);
	name = object ? name_attribute(&p->layout, object) : 0;
	if (!name || !is_text(name))
		return 0;
	thread->look = now + LOOK_NS;
	id = text_id(&p->layout, name);
	if (id == thread->name)
		return 0;
	record = room(ring, CT_PYTHON_THREAD, sizeof(*record));
	if (!record)
		return 0;
	fill_header(&record->h, now, tid, 0);
	record->pid = pid;
	record->reserved = 0;
	if (read_text(&p->layout, name, record->name, CT_PYTHON_NAME, false, &record->name_kind,
		      &record->name_len))
		thread->name = id;
	else
		record->name_kind = 0;
	commit(&record->h, CT_PYTHON_THREAD);
	return 0;
}

/* --- a task's name --- */

static __always_inline bool is_handle_run(const struct ct_python_layout *l, u64 code)
{
	u64 name = read_word(code + l->code_name), file = read_word(code + l->code_file);
	u64 text = plain_text(l, name, sizeof("Handle._run") - 1);

	if (!text || read_word(text) != WORD("Handle._run") ||
	    (u32)read_word(text + 7) != (u32)WORD("_run    "))
		return false;
	text = plain_text(l, file, read_word(file + TEXT_LENGTH));
	text += read_word(file + TEXT_LENGTH) - (sizeof("asyncio/events.py") - 1);
	return read_word(text) == WORD("asyncio/events.py") &&
	       read_word(text + 9) == WORD("vents.py");
}

/* The Task that a frame of Handle._run runs, 0 if it is another function that it calls. */
static __always_inline u64 task_object(const struct ct_python_process *p, u64 frame)
{
	u64 callback, name, word;

	if (read_word(frame + p->layout.frame_code) != p->handle_run)
		return 0;
	callback = read_word(read_word(frame + LOCALS) + SLOT_CALLBACK);
	name = read_word(type_of(callback) + TYPE_NAME);
	word = read_word(name);
	if (word == WORD("_asyncio"))
		word = read_word(name + sizeof("_asyncio.") - 1);
	if (word == WORD("TaskStepMethWrapper"))
		return read_word(callback + STEP_TASK);
	if (word == WORD("builtin_function_or_method") &&
	    read_word(read_word(read_word(callback + METHOD_DEF))) == WORD("task_wakeup"))
		return read_word(callback + METHOD_SELF);
	return 0;
}

/* Its name is a number until somebody asks for it, since 3.12. 0: it is none. */
static __always_inline u64 number_of(u64 name)
{
	if ((u32)type_word(name) != (u32)WORD("int\0    ") || read_word(name + INT_SIZE) != 1 << 3)
		return 0;
	return read_half(name + INT_DIGIT);
}

static __always_inline bool send_task(const struct ct_python_process *p, u64 task, u64 id,
				      u64 number, u64 now)
{
	const struct ct_python_layout *l = &p->layout;
	u64 name = read_word(task + l->task_name);
	u64 coroutine = read_word(task + l->task_coroutine);
	u64 ids = bpf_get_current_pid_tgid();
	u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct ct_python_task *record;
	bool whole = true;

	record = ring ? room(ring, CT_PYTHON_TASK, sizeof(*record)) : NULL;
	if (!record)
		return false;
	fill_header(&record->h, now, (u32)ids, 0);
	record->pid = ids >> 32;
	record->number = (u32)number;
	record->name_kind = record->coroutine_kind = 0;
	record->name_len = record->coroutine_len = 0;
	record->reserved = 0;
	if (!number)
		whole = read_text(l, name, record->name, CT_PYTHON_LABEL, false, &record->name_kind,
				  &record->name_len);
	if (type_word(coroutine) == WORD("coroutine") &&
	    !read_text(l, read_word(coroutine + l->coroutine_name), record->coroutine,
		       CT_PYTHON_LABEL, false, &record->coroutine_kind, &record->coroutine_len))
		record->coroutine_kind = 0;
	record->id = whole ? id : 0;
	commit(&record->h, CT_PYTHON_TASK);
	return whole;
}

/* The id of the task that the frame of Handle._run runs, sent if it is new; 0: it runs none. */
__noinline u64 task_in(u64 frame, u64 now, u32 use)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32, key = use;
	struct ct_python_process *p = bpf_map_lookup_elem(&py_processes, &pid);
	struct scratch *scratch = bpf_map_lookup_elem(&py_scratch, &key);
	u64 task, name, number, id;

	if (!p || !scratch || !p->handle_run)
		return 0;
	task = task_object(p, frame);
	name = task ? read_word(task + p->layout.task_name) : 0;
	number = name ? number_of(name) : 0;
	if (!name || (!number && !is_text(name)))
		return 0;
	id = mix(mix(number ? mix(number, 0) : text_id(&p->layout, name), task), pid);
	if (was_seen(id))
		return id;
	if (take_token(&scratch->tasks, now) && send_task(p, task, id, number, now))
		return id;
	forget(id);
	return 0;
}

#endif
