import { expect, it } from 'vitest';
import { AgentPresence } from './agent-presence.ts';
import type { OutgoingEvent } from './connections.ts';

const ada = { id: 1, name: 'Ada' };
const grace = { id: 2, name: 'Grace' };

/** Creates two processes that relay to each other. */
function createProcesses() {
	const emitted: OutgoingEvent[][] = [[], []];
	const [first, second] = emitted.map(
		(events) => new AgentPresence((outgoing) => events.push(outgoing)),
	);
	if (!first || !second) throw new Error('expected two processes');
	const stop = first.relayTo((outgoing) => second.receive(outgoing));
	second.relayTo((outgoing) => first.receive(outgoing));
	const getLatest = (index: number) => emitted[index]?.at(-1)?.payload;
	return { first, second, stop, getLatest, emitted };
}

it('users of all processes are listed together, each once', () => {
	const { first, second, getLatest } = createProcesses();
	first.set('a', { session_id: 'session_1', person: ada });
	expect(getLatest(1)).toEqual({ session_id: 'session_1', people: [ada] });
	second.set('b', { session_id: 'session_1', person: grace });
	second.set('c', { session_id: 'session_1', person: ada });
	expect(getLatest(0)).toEqual({ session_id: 'session_1', people: [ada, grace] });
	first.set('a', null);
	expect(first.list()).toEqual([{ session_id: 'session_1', people: [grace, ada] }]);
});

it("opening or closing a user's second window publishes no change", () => {
	const { first, emitted } = createProcesses();
	first.set('a', { session_id: 'session_1', person: ada });
	first.set('b', { session_id: 'session_1', person: ada });
	first.set('b', null);
	expect(emitted[0]).toHaveLength(1);
	expect(emitted[1]).toHaveLength(1);
});

it('a process that stops withdraws its users', () => {
	const { first, stop, getLatest } = createProcesses();
	first.set('a', { session_id: 'session_1', person: ada });
	stop();
	expect(getLatest(1)).toEqual({ session_id: 'session_1', people: [] });
});
