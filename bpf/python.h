/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between the probes of CPython and user space: where the interpreter keeps what. Types only. */
#ifndef CT_PYTHON_H
#define CT_PYTHON_H

#define CT_PYTHON_PROCESSES 4096 /* at once; the least recently seen is forgotten */
#define CT_PYTHON_THREADS   8192 /* likewise */

/* Where an object whose type has Py_TPFLAGS_MANAGED_DICT keeps its attributes. */
enum ct_python_values {
	CT_VALUES_APART,  /* two pointers before it: to values, and to a dict */
	CT_VALUES_TAGGED, /* one pointer before it, to either; to values if it is odd */
	CT_VALUES_INLINE, /* behind it; before it a pointer to a dict */
};

/* Offsets in bytes, of one release; names as in CPython's sources. */
struct ct_python_layout {
	unsigned int interpreters;	/* _PyRuntimeState: interpreters.head */
	unsigned int interpreter_next;	/* PyInterpreterState: next */
	unsigned int threads;		/* threads.head */
	unsigned int thread_next;	/* PyThreadState: next */
	unsigned int thread_id;		/* thread_id */
	unsigned int thread_frame;	/* current_frame; if `cframe`: cframe */
	unsigned int cframe;		/* 1: there is a _PyCFrame between */
	unsigned int cframe_frame;	/* _PyCFrame: current_frame */
	unsigned int frame_code;	/* _PyInterpreterFrame: f_code, f_executable */
	unsigned int frame_previous;	/* previous */
	unsigned int frame_instruction; /* prev_instr, instr_ptr */
	unsigned int frame_owner;	/* owner */
	unsigned int code_first_line;	/* PyCodeObject: co_firstlineno */
	unsigned int code_file;		/* co_filename */
	unsigned int code_name;		/* co_qualname */
	unsigned int code_lines;	/* co_linetable */
	unsigned int code_bytecode;	/* co_code_adaptive */
	unsigned int thread_chunk;	/* PyThreadState: datastack_chunk */
	unsigned int type_keys;		/* PyHeapTypeObject: ht_cached_keys */
	unsigned int values;		/* enum ct_python_values */
	unsigned int values_first;	/* PyDictValues: values */
	unsigned int coroutine_name;	/* PyCoroObject: cr_qualname */
	unsigned int task_name;		/* TaskObj of Modules/_asynciomodule.c: task_name */
	unsigned int task_coroutine;	/* task_coro */
	unsigned int text_ascii;	/* sizeof(PyASCIIObject) */
	unsigned int text_other;	/* sizeof(PyCompactUnicodeObject) */
};

/* A process, by its pid in the initial pid namespace. */
struct ct_python_process {
	unsigned long long state;      /* address of _PyRuntime */
	unsigned long long handle_run; /* the code object of asyncio's Handle._run; 0 = not seen */
	struct ct_python_layout layout;
};

#endif
