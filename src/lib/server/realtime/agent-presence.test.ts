import { expect, test } from 'vitest';
import { AgentPresence } from './agent-presence.ts';
import type { OutgoingEvent } from './connections.ts';

const ada = { id: 1, name: 'Ada' };
const grace = { id: 2, name: 'Grace' };

/** Creates two processes that relay to each other. */
function createProcesses() {
	const emitted: OutgoingEvent[][] = [[], []];
	const [one, other] = emitted.map(
		(events) => new AgentPresence((outgoing) => events.push(outgoing)),
	);
	if (!one || !other) throw new Error('expected two processes');
	const leave = one.relayTo((outgoing) => other.receive(outgoing));
	other.relayTo((outgoing) => one.receive(outgoing));
	const getLatest = (index: number) => emitted[index]?.at(-1)?.payload;
	return { one, other, leave, newest: getLatest, emitted };
}

test('users of all processes are listed together, each once', () => {
	const { one, other, newest: getLatest } = createProcesses();
	one.set('a', { session_id: 'session_1', person: ada });
	expect(getLatest(1)).toEqual({ session_id: 'session_1', people: [ada] });
	other.set('b', { session_id: 'session_1', person: grace });
	other.set('c', { session_id: 'session_1', person: ada });
	expect(getLatest(0)).toEqual({ session_id: 'session_1', people: [ada, grace] });
	one.set('a', null);
	expect(one.list()).toEqual([{ session_id: 'session_1', people: [grace, ada] }]);
});

test("opening or closing a user's second window publishes no change", () => {
	const { one, emitted } = createProcesses();
	one.set('a', { session_id: 'session_1', person: ada });
	one.set('b', { session_id: 'session_1', person: ada });
	one.set('b', null);
	expect(emitted[0]).toHaveLength(1);
	expect(emitted[1]).toHaveLength(1);
});

test('a process that stops withdraws its users', () => {
	const { one, leave, newest: getLatest } = createProcesses();
	one.set('a', { session_id: 'session_1', person: ada });
	leave();
	expect(getLatest(1)).toEqual({ session_id: 'session_1', people: [] });
});
