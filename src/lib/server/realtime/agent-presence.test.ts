import { expect, test } from 'vitest';
import { AgentPresence } from './agent-presence.ts';
import type { OutgoingEvent } from './broadcast.ts';

const ada = { id: 1, name: 'Ada' };
const grace = { id: 2, name: 'Grace' };

/** Two processes that hear of each other. */
function processes() {
	const told: OutgoingEvent[][] = [[], []];
	const [one, other] = told.map((heard) => new AgentPresence((outgoing) => heard.push(outgoing)));
	if (!one || !other) throw new Error('there are two');
	const leave = one.relayTo((outgoing) => other.heard(outgoing));
	other.relayTo((outgoing) => one.heard(outgoing));
	const newest = (at: number) => told[at]?.at(-1)?.payload;
	return { one, other, leave, newest, told };
}

test('people of all processes are shown together, each once', () => {
	const { one, other, newest } = processes();
	one.set('a', { session_id: 'session_1', person: ada });
	expect(newest(1)).toEqual({ session_id: 'session_1', people: [ada] });
	other.set('b', { session_id: 'session_1', person: grace });
	other.set('c', { session_id: 'session_1', person: ada });
	expect(newest(0)).toEqual({ session_id: 'session_1', people: [ada, grace] });
	one.set('a', null);
	expect(one.list()).toEqual([{ session_id: 'session_1', people: [grace, ada] }]);
});

test('a second window of one person is no news, and closing it neither', () => {
	const { one, told } = processes();
	one.set('a', { session_id: 'session_1', person: ada });
	one.set('b', { session_id: 'session_1', person: ada });
	one.set('b', null);
	expect(told[0]).toHaveLength(1);
	expect(told[1]).toHaveLength(1);
});

test('a process that stops takes its people along', () => {
	const { one, leave, newest } = processes();
	one.set('a', { session_id: 'session_1', person: ada });
	leave();
	expect(newest(1)).toEqual({ session_id: 'session_1', people: [] });
});
