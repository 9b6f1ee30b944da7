import { expect, it } from 'vitest';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();

it('shows colleagues who has a chat open, until they open another or disconnect', async () => {
	const [{ session_id }, { session_id: another }] = [await t.startChat(), await t.startChat()];
	const [grace, ada] = [await t.connectUser('Grace Hopper'), await t.connectUser()];
	const listPresence = (id: string) =>
		ada.events('agent.presence').filter((event) => event.session_id === id);
	await grace.request('presence:set', { session_id });
	const received = await ada.waitForEvent(
		'agent.presence',
		(event) => event.session_id === session_id,
	);
	expect(received.people).toMatchObject([{ name: 'Grace Hopper' }]);
	await grace.request('presence:set', { session_id: another });
	await ada.waitForEvent('agent.presence', (event) => event.session_id === another);
	expect(listPresence(session_id).at(-1)?.people).toEqual([]);
	grace.socket.disconnect();
	await ada.waitForEvent(
		'agent.presence',
		(event) => event.session_id === another && event.people.length === 0,
	);
});

it('sends the presence of agents and visitors to new connections', async () => {
	const { session_id, visitor } = await t.startChat();
	await visitor.request('page:set', { page_url: 'https://example.com/prices' });
	const grace = await t.connectUser('Grace Hopper');
	await grace.request('presence:set', { session_id });
	const late = await (await t.connectUser()).waitForEvent('presence.listed');
	const inChat = <T extends { session_id: string }>(all: T[]) =>
		all.filter((item) => item.session_id === session_id);
	expect(inChat(late.agents)).toMatchObject([{ people: [{ name: 'Grace Hopper' }] }]);
	expect(inChat(late.visitors)).toEqual([{ session_id, page_url: 'https://example.com/prices' }]);
	visitor.socket.disconnect();
	await grace.waitForEvent(
		'visitor.presence',
		(event) => event.session_id === session_id && !event.is_online,
	);
	const later = await (await t.connectUser()).waitForEvent('presence.listed');
	expect(later.visitors.map((visitor) => visitor.session_id)).not.toContain(session_id);
});

it('rejects presence from API clients and for unknown chats', async () => {
	const { session_id } = await t.startChat();
	const ada = await t.connectUser();
	const client = await t.connectAgent();
	expect(await client.getErrorCode('presence:set', { session_id })).toBe('forbidden');
	expect(await ada.getErrorCode('presence:set', { session_id: 'session_nowhere' })).toBe(
		'not_found',
	);
	await ada.request('presence:set', { session_id });
	await ada.request('presence:set', { session_id: null });
	const events = ada.events('agent.presence').filter((event) => event.session_id === session_id);
	expect(events.map(({ people }) => people.length)).toEqual([1, 0]);
});
