import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EventBus } from '../core/events.ts';
import type { OutgoingEvent } from './connections.ts';
import { VisitorPresence } from './visitor-presence.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MINUTE_MS = 60_000;
const SESSION = { session_id: 'session_1', page_url: 'https://example.com/' };

/** Creates processes that share a relay. `emitted` holds the events that a process sends to its agents on behalf of others. */
function createProcesses(count: number) {
	const processes = Array.from({ length: count }, () => {
		const events = new EventBus<never>();
		const presence = new VisitorPresence(events);
		const emitted: OutgoingEvent[] = [];
		const receive = (outgoing: OutgoingEvent) => {
			if (!presence.receive(outgoing)) emitted.push(outgoing);
		};
		return { events, presence, emitted, receive };
	});
	// As with Redis, every process receives events in the order in which they were sent.
	const stream: { from: number; outgoing: OutgoingEvent }[] = [];
	const send = (from: number) => (outgoing: OutgoingEvent) => {
		if (stream.push({ from, outgoing }) > 1) return;
		for (let entry = stream[0]; entry; entry = stream[0]) {
			for (const [index, process] of processes.entries()) {
				if (index !== entry.from) process.receive(entry.outgoing);
			}
			stream.shift();
		}
	};
	return processes.map((process, index) => ({
		...process,
		stop: process.presence.relayTo(send(index)),
		setOnline(is_online: boolean) {
			const payload = { ...SESSION, is_online };
			// As in production, where `Broadcast` subscribes to events first.
			send(index)({ namespace: '/agents', room: 'team', name: 'visitor.presence', payload });
			process.events.publish({ name: 'visitor.presence', payload });
		},
	}));
}

it('keeps a visitor who moved to another process when the old connection closes', () => {
	const [first, second, third] = createProcesses(3);
	first?.setOnline(true);
	second?.setOnline(true);
	first?.setOnline(false);
	for (const process of [first, second, third]) expect(process?.presence.list()).toEqual([SESSION]);
	expect(first?.emitted.at(-1)?.payload).toMatchObject({ ...SESSION, is_online: true });
	expect(second?.emitted.some(({ payload }) => 'is_online' in payload && !payload.is_online)).toBe(
		false,
	);
});

it('lists the visitors of a running process until they leave, and those of a stopped one for a few minutes', () => {
	const [first, second] = createProcesses(2);
	first?.setOnline(true);
	vi.advanceTimersByTime(30 * MINUTE_MS);
	expect(second?.presence.list()).toEqual([SESSION]);
	first?.stop();
	vi.advanceTimersByTime(3 * MINUTE_MS);
	expect(second?.presence.list()).toEqual([]);
});

it('sends the visitors online to a process that starts later, which forgets them with its last agent', () => {
	const [first, late] = createProcesses(2);
	first?.events.publish({ name: 'visitor.presence', payload: { ...SESSION, is_online: true } });
	expect(late?.presence.list()).toEqual([]);
	late?.presence.applyRemoteState(first?.presence.getLocalState());
	expect(late?.presence.list()).toEqual([SESSION]);
	late?.presence.forgetRemote();
	expect(late?.presence.list()).toEqual([]);
	expect(first?.presence.list()).toEqual([SESSION]);
});

it('repeats its online visitors to the other processes at an interval', () => {
	const [first, other] = createProcesses(2);
	first?.events.publish({ name: 'visitor.presence', payload: { ...SESSION, is_online: true } });
	vi.advanceTimersByTime(MINUTE_MS);
	expect(other?.presence.list()).toEqual([SESSION]);
	expect(other?.emitted).toEqual([]);
});
