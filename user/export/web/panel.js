// SPDX-License-Identifier: GPL-2.0-only
// The details: of a slice, of a range of time, of a finding.
const WAKE_WORDS = ['not seen', 'a task', 'a timer', 'the network', 'a disk', 'an interrupt'];
const CONFIDENCE = ['', ' (guessed from who came next)', ' (it released it, or was given it)', ''];

class Panel {
	constructor(trace, node, go) {
		Object.assign(this, {trace, node, go});
		this.hint();
	}

	put(...children) { this.node.replaceChildren(...children.filter(c => c)); }

	hint() {
		this.put(element('p', {class: 'hint'}, 'Click a slice. Shift and drag, or Range, for the time in a part.'));
	}

	list(pairs) {
		return element('dl', {}, ...pairs.filter(([, value]) => value !== undefined && value !== '')
			.flatMap(([key, value]) => [element('dt', {}, key), element('dd', {}, value)]));
	}

	task(id) {
		const pid = this.trace.names.tasks[id][1], name = this.trace.taskName(id) + ' of process ' + pid;
		return element('button', {type: 'button', onclick: () => this.go.task(id)}, name);
	}

	object(id) {
		return element('button', {type: 'button', onclick: () => this.go.object(id)}, this.trace.objectName(id));
	}

	holder(value) {
		if (!value)
			return 'not known';
		return element('span', {}, this.task(value - 1 >>> 2), CONFIDENCE[(value - 1) % 4]);
	}

	stack(title, id) {
		const stack = this.trace.stack(id);
		if (!stack)
			return undefined;
		const frames = stack.frames.map(([name, near, file, line, module, address]) => element('li', {},
			(near ? 'near ' : '') + (name || `${module || '?'}+${address}`), ' ',
			element('small', {title: file}, file ? file.split('/').pop() + ':' + line : name ? module : '')));
		return element('div', {}, element('h3', {}, title), element('ol', {}, ...frames),
			stack.complete ? undefined : element('p', {class: 'hint'}, 'The outer callers are not known.'));
	}

	times(slices, i) {
		const {start} = slices, zero = this.trace.start;
		return [['lasts', `${duration(start[i + 1] - start[i])} (${exact(start[i + 1] - start[i])})`],
			['from', exact(start[i] - zero)], ['to', exact(start[i + 1] - zero)]];
	}

	// What to say of a slice in one line, for the tip and for screen readers.
	line(lane, i) {
		const {trace} = this, {slices} = lane, kind = slices.kind[i], lasts = duration(slices.start[i + 1] - slices.start[i]);
		if (lane.type === 'cpu')
			return `${lane.name}: ${['idle', '', 'other program: ', 'not recorded'][kind]}${kind === CPU_WORK || kind === CPU_OTHER ? trace.taskName(slices.ref[i]) : ''}, ${lasts}`;
		if (lane.type === 'hold') {
			const who = trace.columns['hold-task'][slices.ref[i]];
			return `${lane.name}: ${kind ? 'held by ' + (who ? trace.taskName(who - 1 >>> 2) : 'somebody not known') : 'not held while others wait'}, ${lasts}`;
		}
		if (lane.type === 'path') {
			const row = lane.rows[slices.ref[i]];
			return kind ? `critical path: ${row.comm === undefined ? '' : shown(row.comm) + ' ' + row.tid + ' '}${row.state}${row.cause ? ', ' + row.cause : ''}, ${lasts}` : 'no critical path';
		}
		let text = `${lane.name}: ${trace.kinds.words(kind)}, ${lasts}`;
		const what = kind >= BLOCKED ? trace.columns['task-what'][slices.ref[i]] : 0;
		if (what)
			text += '\n' + this.what(what);
		return text;
	}

	what(value) {
		return value % 2 ? this.trace.objectName((value - 1) / 2) : shown(this.trace.names.files[(value - 2) / 2]);
	}

	slice(lane, i) {
		const kind = lane.slices.kind[i], ref = lane.slices.ref[i];
		if (lane.type === 'task')
			return this.taskSlice(lane, i);
		if (lane.type === 'path')
			return this.pathSlice(lane, i);
		const pairs = [['lane', lane.name]];
		if (lane.type === 'cpu') {
			pairs.push(['use', ['idle', 'the workload', 'another program', 'not recorded'][kind]]);
			if (kind === CPU_WORK || kind === CPU_OTHER)
				pairs.push(['task', this.task(ref)]);
		} else if (lane.type === 'hold') {
			pairs.push(['object', lane.name], ['held by', kind ? this.holder(this.trace.columns['hold-task'][ref]) : 'nobody, or nobody waited']);
		}
		this.put(this.list(pairs.concat(this.times(lane.slices, i))), lane.type === 'cpu' && !kind ? this.idle(lane.cpu) : undefined);
	}

	// Why CPUs were idle: one of them, or all; over the whole recording, as the report has it.
	idle(cpu) {
		const {report} = this.trace, rows = (cpu === undefined ? report.idle?.by : report.cpus?.[cpu]?.idle_because) ?? [];
		return rows.length ? element('div', {}, element('h3', {}, 'Idle in all of the recording, because of'),
			this.list(rows.map(row => [duration(row.ns), row.subject ?? row.cause]))) : undefined;
	}

	// Lanes that have no slices.
	curve(lane) {
		if (lane.type !== 'load')
			return this.put(this.list([['lane', lane.name], ['at most', String(lane.steps?.most)]]));
		return this.put(this.list([['lane', lane.name], ['of', count(lane.most, 'CPU')]]), lane.cpu === NONE ? this.idle() : undefined);
	}

	pathSlice(lane, i) {
		const row = lane.slices.kind[i] ? lane.rows[lane.slices.ref[i]] : {};
		this.put(this.list([['lane', 'critical path'], ['task', row.comm && row.comm + ' ' + row.tid], ['state', row.state], ['cause', row.cause],
			['waited for', row.subject], ['pieces', row.pieces && String(row.pieces)], ...this.times(lane.slices, i)]));
	}

	taskSlice(lane, i) {
		const {trace} = this, c = trace.columns, {slices} = lane, kind = slices.kind[i], ref = slices.ref[i];
		const pairs = [['task', this.task(lane.task)], ['state', trace.kinds.state(kind)]];
		const blocked = kind >= BLOCKED, what = blocked ? c['task-what'][ref] : 0, wake = wakeOf(trace, lane, i);
		if (kind === RUNNING)
			pairs.push(['on', 'CPU ' + ref]);
		if (kind === PREEMPTED || kind === THROTTLED)
			pairs.push(['because', kind === PREEMPTED ? 'preempted, or it yielded' : 'its quota is used up']);
		if (blocked) {
			pairs.push(['cause', `${trace.kinds.causes[kind - BLOCKED][0]}: ${trace.kinds.causes[kind - BLOCKED][2]}`]);
			if (what)
				pairs.push([what % 2 ? 'object' : 'file', what % 2 ? this.object((what - 1) / 2) : this.what(what)]);
			if (what % 2)
				pairs.push(['held by', this.holder(c['task-holder'][ref])]);
		}
		if (wake)
			pairs.push([blocked ? 'woken by' : 'was woken by', wake.task === undefined ? WAKE_WORDS[wake.source] : this.task(wake.task)]);
		this.put(this.list(pairs.concat(this.times(slices, i))), blocked ? this.stack('Waits at', c['task-stack'][ref]) : undefined,
			wake ? this.stack('Woken from', c['waker-stack'][wake.ref]) : undefined);
	}

	range(partition) {
		this.put(this.list([['range', `${duration(partition.length)} (${exact(partition.length)})`],
			['from', exact(partition.from - this.trace.start)], ['to', exact(partition.to - this.trace.start)]]), partition.table());
	}

	finding(f) {
		const evidence = Object.entries(f.evidence ?? {}).map(([key, value]) =>
			[key.replace(/_ns$/, '').replaceAll('_', ' '), key.endsWith('_ns') ? duration(value) : String(value)]);
		this.put(element('h3', {}, f.summary), f.detail ? element('p', {}, f.detail) : undefined,
			this.list([['subject', f.subject], ['share', f.share === undefined ? undefined : percent(f.share)], ...evidence]),
			f.advice ? element('p', {}, 'Try: ' + f.advice) : undefined);
	}
}
