import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { waitForMessages } from '../../../../../tests/support/wait-for-messages.ts';
import { ai_turns, deliveries, sites } from '#lib/server/core/db/schema/index.ts';
import { handBack, takeOver } from '#lib/server/conversations/handoffs/index.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { getSession, startSession } from '#lib/server/conversations/sessions/index.ts';
import { listActivity } from '#lib/server/conversations/transcripts/index.ts';
import { createEndpoint } from '#lib/server/delivery/webhooks/index.ts';
import { findLead } from '#lib/server/leads/index.ts';
import { sendAndAwaitReply } from './send-and-await-reply.ts';
import { probeFailingSites } from './unchecked.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();

beforeAll(() => {
	t.app.turns.start();
});
afterAll(() => t.app.turns.drain(0));

const createFailingSite = () =>
	createSite(t.app, {
		greeting: 'Hi, how can we help?',
		connector: { type: 'n8n', url: standIn().ai.url('not-registered'), auth_header: null },
	});

async function startChat(site: string) {
	const { session } = await startSession(t.ctx(), { site });
	const { session_id, id } = session;
	let count = 1;
	await waitForMessages(t.ctx(), session_id, count);
	return {
		session_id,
		id,
		/** Sends a message and returns the reply. */
		say: async (message: string) => {
			await sendVisitorMessage(t.ctx(), {
				session_id,
				chat_session_id: id,
				message,
				client_message_id: randomUUID(),
			});
			count += 2;
			return (await waitForMessages(t.ctx(), session_id, count)).at(-1);
		},
	};
}
const readTurns = (id: number) =>
	t.app.db
		.select({
			connector: ai_turns.connector,
			outcome: ai_turns.outcome,
			is_rescue: ai_turns.is_rescue,
		})
		.from(ai_turns)
		.where(eq(ai_turns.chat_session_id, id))
		.orderBy(ai_turns.id);
const findSite = async (key: string) => {
	const [site] = await t.app.db.select().from(sites).where(eq(sites.key, key));
	return site;
};

describe('a chat whose AI fails twice in a row', () => {
	it('is completed by the built-in AI, which does not ask for known details', async () => {
		const { key } = await createFailingSite();
		await createEndpoint(t.ctx(), {
			site: key,
			url: 'https://crm.example.com',
			events: ['lead.completed'],
		});
		const chat = await startChat(key);
		const first = await chat.say('We need a new roof. I am Maya, maya@hartmann.example');
		expect(first?.is_fallback).toBe(true);
		const replies = [
			await chat.say('Hello?'),
			await chat.say('As soon as possible'),
			await chat.say('no phone please'),
		];
		expect(replies.map((reply) => reply?.is_fallback)).toEqual(replies.map(() => false));
		const texts = replies.map((reply) => reply?.message ?? '');
		expect(texts.join(' ')).not.toMatch(/email|your name|help with/i);
		expect(texts.at(-1)).toMatch(/within 24 hours/);
		expect(await getSession(t.ctx(), chat.session_id)).toMatchObject({
			completion_status: 'complete',
			is_rescued: true,
		});
		expect(await findLead(t.ctx(), chat.session_id)).toMatchObject({
			email: 'maya@hartmann.example',
			name: 'Maya',
			answers: { project: 'We need a new roof.', timeline: 'As soon as possible' },
		});
		const [delivery] = await t.app.db
			.select({ body: deliveries.body })
			.from(deliveries)
			.where(eq(deliveries.chat_session_id, chat.id));
		expect(JSON.parse(delivery?.body ?? '')).toMatchObject({ data: { rescued: true } });
		expect((await readTurns(chat.id)).slice(0, 4)).toEqual([
			{ connector: 'n8n', outcome: 'ok', is_rescue: false },
			{ connector: 'n8n', outcome: 'not_registered', is_rescue: false },
			{ connector: 'n8n', outcome: 'not_registered', is_rescue: true },
			{ connector: 'scripted', outcome: 'ok', is_rescue: true },
		]);
		const { items } = await listActivity(t.ctx(), chat.session_id);
		expect(items.filter(({ action }) => action === 'session.rescued')).toHaveLength(1);
	});

	it('reports each of its answers as a fallback to callers over HTTP', async () => {
		const connector = {
			type: 'n8n' as const,
			url: standIn().ai.url('not-registered'),
			auth_header: null,
		};
		const { key } = await createSite(t.app, { greeting: null, connector });
		const visitor = t.ctx({ type: 'anonymous' });
		const { session_id, token, fallback } = await sendAndAwaitReply(visitor, { site: key });
		expect(fallback).toBe(true);
		const message = 'I need a new roof';
		const answer = await sendAndAwaitReply(visitor, { session_id, token, message });
		expect(answer).toMatchObject({ fallback: true, response: expect.any(String) as string });
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ is_rescued: true });
	});

	it('is answered by the site’s AI again after a person hands it back', async () => {
		const { key } = await createFailingSite();
		const chat = await startChat(key);
		await chat.say('One');
		await chat.say('Two');
		await takeOver(t.ctx(), chat.session_id, { name: 'Kim' });
		await handBack(t.ctx(), chat.session_id);
		expect(await getSession(t.ctx(), chat.session_id)).toMatchObject({ is_rescued: false });
	});
});

describe('a site whose AI is down', () => {
	it('answers new chats with the built-in AI until its own AI works again', async () => {
		const { key } = await createFailingSite();
		const announced: (string | null)[] = [];
		t.app.events.onPublished(({ name, payload }) => {
			if (name === 'ai.status_changed' && payload.site === key) announced.push(payload.down_since);
		});
		for (let failures = 0; failures < 5; failures += 1) {
			await (await startChat(key)).say('Hello');
		}
		expect((await findSite(key))?.ai_down_since).toBeInstanceOf(Date);
		const rescued = await startChat(key);
		expect(await rescued.say('We need a new roof')).toMatchObject({ is_fallback: false });
		expect(await readTurns(rescued.id)).toMatchObject([
			{ connector: 'scripted' },
			{ connector: 'scripted', outcome: 'ok', is_rescue: true },
		]);

		// The AI is probed once a minute, by whichever process is first.
		expect(await probeFailingSites(t.ctx())).toBe(0);
		t.advance(61_000);
		expect(await probeFailingSites(t.ctx())).toBe(0);
		const url = standIn().ai.url('object');
		await t.app.db
			.update(sites)
			.set({ connector: { type: 'n8n', url, auth_header: null } })
			.where(eq(sites.key, key));
		t.advance(61_000);
		const probed = await Promise.all([probeFailingSites(t.ctx()), probeFailingSites(t.ctx())]);
		expect(probed.sort()).toEqual([0, 1]);
		expect((await findSite(key))?.ai_down_since).toBeNull();
		expect(announced).toEqual([expect.any(String), null]);

		const next = await startChat(key);
		await next.say('Hello');
		expect((await readTurns(next.id)).at(-1)).toMatchObject({ connector: 'n8n', is_rescue: false });
		await rescued.say('As soon as possible');
		expect((await readTurns(rescued.id)).at(-1)).toMatchObject({ is_rescue: true });
	});
});
