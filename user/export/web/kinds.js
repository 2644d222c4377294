// SPDX-License-Identifier: GPL-2.0-only
// What a task can do. The numbers are those of enum kind in html.c; a blocked one is BLOCKED + cause.
const NONE = 0, RUNNING = 1, WOKEN = 2, PREEMPTED = 3, THROTTLED = 4, UNKNOWN = 5, BLOCKED = 6;

// How a time is drawn: few enough to be told apart, at a glance and in a sum.
const LOOK = {none: 0, running: 1, runnable: 2, lock: 3, partner: 4, io: 5, sleep: 6, unknown: 7};
const LOOKS = 8;
const LOOK_WORDS = ['', 'running', 'runnable: waits for a CPU', 'blocked: a lock',
	'blocked: other threads', 'blocked: input, output', 'blocked: sleep, other', 'not known'];

const CAUSE_LOOK = {
	mutex: LOOK.lock, rwlock: LOOK.lock, kernel: LOOK.lock, gil: LOOK.lock,
	condvar: LOOK.partner, semaphore: LOOK.partner, barrier: LOOK.partner, once: LOOK.partner,
	join: LOOK.partner, futex: LOOK.partner, child: LOOK.partner,
	disk: LOOK.io, file: LOOK.io, network: LOOK.io, pipe: LOOK.io, poll: LOOK.io, pagefault: LOOK.io,
};

class Kinds {
	constructor(causes) {
		this.causes = causes; // [name, letter, in words]
		this.count = BLOCKED + causes.length;
		this.look = new Uint8Array(256).fill(LOOK.unknown);
		this.look.set([LOOK.none, LOOK.running, LOOK.runnable, LOOK.runnable, LOOK.runnable, LOOK.unknown]);
		causes.forEach(([name], i) => { this.look[BLOCKED + i] = CAUSE_LOOK[name] ?? LOOK.sleep; });
	}

	// "running", "runnable (preempted)", "blocked: mutex"
	words(kind) {
		if (kind >= BLOCKED)
			return 'blocked: ' + this.causes[kind - BLOCKED][0];
		return ['not there', 'running', 'runnable', 'runnable (preempted)', 'runnable (throttled)',
			'not known'][kind];
	}

	state(kind) {
		return kind >= BLOCKED ? 'blocked' : this.words(kind).split(' (')[0];
	}

	letter(kind) {
		return kind >= BLOCKED ? this.causes[kind - BLOCKED][1] : '';
	}
}
