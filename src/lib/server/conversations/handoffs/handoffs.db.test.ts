import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { getCountedStatistics } from '../../../../../tests/support/statistics.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { waitForMessages } from '../../../../../tests/support/wait-for-messages.ts';
import type { BusinessHours } from '#lib/contract/calendar.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, handoffs, type sites } from '#lib/server/core/db/schema/index.ts';
import type { AppEvent } from '#lib/server/core/events.ts';
import { listMessages, sendAgentMessage, sendVisitorMessage } from '../messages/index.ts';
import { getSession, startSession } from '../sessions/index.ts';
import { getTranscript, listActivity } from '../transcripts/index.ts';
import {
	cancelHandoff,
	handBack,
	requestHandoff,
	requestPerson,
	sendPersonReply,
	takeOver,
} from './index.ts';
import { requestHandoffForAi, sweepHandoffs } from './unchecked.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const published: AppEvent[] = [];
const standIn = useStandIn();
let anna: Ctx;
let ben: Ctx;

beforeAll(async () => {
	anna = await createUserCtx(t, { name: 'Anna' });
	ben = await createUserCtx(t, { name: 'Ben' });
	t.app.turns.start();
	t.app.events.onPublished((event) => published.push(event));
});
afterAll(() => t.app.turns.drain(0));
beforeEach(() => {
	published.length = 0;
});

/** Starts a greeted chat of a site whose AI is the stand-in. */
async function startChat(settings: Partial<typeof sites.$inferInsert> = {}) {
	const { key } = await createSite(t.app, {
		greeting: 'Hi, how can we help?',
		connector: { type: 'n8n', url: standIn().ai.url('object'), auth_header: null },
		...settings,
	});
	const { session } = await startSession(t.ctx(), { site: key });
	const { session_id, id } = session;
	await waitForMessages(t.ctx(), session_id, 1);
	return {
		session_id,
		id,
		visitor: t.ctx({ type: 'visitor', session_id }),
		say: (message: string) =>
			sendVisitorMessage(t.ctx(), {
				session_id,
				chat_session_id: id,
				message,
				client_message_id: randomUUID(),
			}),
	};
}

const getAiCalls = (id: string) =>
	standIn()
		.ai.recorder.requests.filter(({ body }) => body.includes(id))
		.map((request) => request.json() as Record<string, unknown>);
const listHandoffEvents = () =>
	published.map(({ name }) => name).filter((name) => name.startsWith('handoff.'));
const getRow = async (id: number) => {
	const [row] = await t.app.db.select().from(chat_sessions).where(eq(chat_sessions.id, id));
	return row;
};

describe('a handoff', () => {
	it('pauses the AI until someone takes over', async () => {
		const chat = await startChat();
		const handoff = await requestHandoff(anna, chat.session_id, { reason: 'Wants a discount' });
		expect(handoff).toMatchObject({
			session_id: chat.session_id,
			reason: 'Wants a discount',
			requested_by: 'agent',
			outcome: null,
		});
		expect(Date.parse(handoff.deadline_at) - Date.parse(handoff.requested_at)).toBe(90_000);
		expect(await getSession(anna, chat.session_id)).toMatchObject({
			ai_paused: true,
			agent: null,
			handoff_deadline_at: handoff.deadline_at,
		});
		await chat.say('Hello?');
		await takeOver(ben, chat.session_id);
		expect(await getSession(anna, chat.session_id)).toMatchObject({
			agent: 'Ben',
			handoff_deadline_at: null,
		});
		expect(listHandoffEvents()).toEqual(['handoff.requested', 'handoff.taken']);
		const { handoffs: stored } = await getTranscript(anna, chat.session_id);
		expect(stored).toMatchObject([{ id: handoff.id, outcome: 'taken', taken_by: 'Ben' }]);
		expect(getAiCalls(chat.session_id)).toEqual([]);
	});

	it('is created once, even if requested repeatedly', async () => {
		const chat = await startChat();
		const all = await Promise.all(
			[anna, ben, anna].map((ctx) => requestHandoff(ctx, chat.session_id)),
		);
		expect(new Set(all.map(({ id }) => id)).size).toBe(1);
		expect(listHandoffEvents()).toEqual(['handoff.requested']);
	});

	it('is rejected while a person is in the chat', async () => {
		const chat = await startChat();
		await takeOver(anna, chat.session_id);
		await expect(requestHandoff(ben, chat.session_id)).rejects.toMatchObject({ code: 'conflict' });
	});

	it('that no one takes is announced to the visitor, and the AI answers their last message again', async () => {
		const chat = await startChat();
		await chat.say('I want to talk to a person');
		await waitForMessages(t.ctx(), chat.session_id, 3);
		await requestHandoff(t.ctx(), chat.session_id, { wait_seconds: 10 });
		expect(await sweepHandoffs(t.ctx())).toBe(0);
		t.advance(11_000);
		const swept = await Promise.all([sweepHandoffs(t.ctx()), sweepHandoffs(t.ctx())]);
		expect(swept.sort()).toEqual([0, 1]);
		const all = await waitForMessages(t.ctx(), chat.session_id, 5);
		expect(all.slice(3).map(({ sender }) => sender)).toEqual(['system', 'ai']);
		expect(all[3]?.message).toMatch(/no one from our team is free/);
		expect(getAiCalls(chat.session_id).map((call) => call['message'])).toEqual([
			'I want to talk to a person',
			'I want to talk to a person',
		]);
		expect(listHandoffEvents()).toEqual(['handoff.requested', 'handoff.missed']);
		expect(await getRow(chat.id)).toMatchObject({ is_handoff_missed: true, ai_paused: false });
	});

	it('that no one takes lets the AI answer what the visitor wrote in the meantime', async () => {
		const chat = await startChat();
		await requestHandoff(t.ctx(), chat.session_id, { wait_seconds: 10 });
		await chat.say('One');
		await chat.say('Two');
		t.advance(11_000);
		await sweepHandoffs(t.ctx());
		await waitForMessages(t.ctx(), chat.session_id, 5);
		expect(getAiCalls(chat.session_id).map((call) => call['message'])).toEqual(['One\nTwo']);
	});

	it('can be canceled, which lets the AI continue', async () => {
		const chat = await startChat();
		await requestHandoff(anna, chat.session_id);
		await chat.say('Never mind');
		expect(await cancelHandoff(chat.visitor, chat.session_id)).toMatchObject({
			outcome: 'cancelled',
		});
		await waitForMessages(t.ctx(), chat.session_id, 3);
		await expect(cancelHandoff(anna, chat.session_id)).rejects.toMatchObject({ code: 'conflict' });
	});

	it('is canceled when the chat is handed back', async () => {
		const chat = await startChat();
		await requestHandoff(anna, chat.session_id);
		await handBack(anna, chat.session_id);
		expect(listHandoffEvents()).toEqual(['handoff.requested', 'handoff.cancelled']);
		expect(await getSession(anna, chat.session_id)).toMatchObject({ ai_paused: false });
	});

	it('shows in the activity of the chat', async () => {
		const chat = await startChat();
		await requestHandoff(anna, chat.session_id, { reason: 'Angry' });
		await takeOver(ben, chat.session_id);
		const { items } = await listActivity(anna, chat.session_id);
		expect(items.map(({ action, actor }) => [actor.name, action])).toEqual([
			['Ben', 'session.taken_over'],
			['Anna', 'handoff.requested'],
		]);
	});
});

it('handoffs count in the statistics', async () => {
	const { key } = await createSite(t.app, { greeting: 'Hi' });
	const start = async () => (await startSession(t.ctx(), { site: key })).session.session_id;
	const [taken, missed, open] = [await start(), await start(), await start()];
	for (const id of [taken, missed, open]) await requestHandoff(t.ctx(), id, { wait_seconds: 60 });
	t.advance(30_000);
	await takeOver(anna, taken);
	await cancelHandoff(anna, open);
	t.advance(60_000);
	await sweepHandoffs(t.ctx());
	const { totals } = await getCountedStatistics(t.ctx(), { site: key });
	expect(totals).toMatchObject({ handoffs: 3, handoffs_taken: 1, handoffs_missed: 1 });
	expect(totals.handoff_s_p50).toBeGreaterThanOrEqual(22);
	expect(totals.handoff_s_p50).toBeLessThanOrEqual(46);
});

describe('a handoff outside business hours', () => {
	/** Returns business hours on every day except today, so that the team is away now. */
	const createHoursWithoutToday = (): BusinessHours => {
		const days = [
			'sunday',
			'monday',
			'tuesday',
			'wednesday',
			'thursday',
			'friday',
			'saturday',
		] as const;
		const today = days[t.app.clock().getUTCDay()];
		return {
			time_zone: 'Etc/UTC',
			intervals: days
				.filter((day) => day !== today)
				.map((day) => ({ day, from: '09:00', to: '17:00' })),
			closed_on: [],
		};
	};

	it('is missed immediately, and tells the visitor when someone will be there', async () => {
		const chat = await startChat({ business_hours: createHoursWithoutToday() });
		await chat.say('A person, please');
		await waitForMessages(t.ctx(), chat.session_id, 3);
		expect(await requestHandoff(anna, chat.session_id)).toMatchObject({ outcome: 'missed' });
		const all = await waitForMessages(t.ctx(), chat.session_id, 5);
		expect(all[3]?.message).toMatch(/^Our team is not here right now\..+ at 09:00 \(UTC\)\.$/);
		expect(listHandoffEvents()).toEqual(['handoff.requested', 'handoff.missed']);
	});
});

describe('a visitor', () => {
	it('may ask for a person only where the site offers it', async () => {
		const closed = await startChat();
		await expect(requestPerson(closed.visitor, closed.session_id)).rejects.toMatchObject({
			code: 'forbidden',
		});
		const open = await startChat({ handoff: { visitor_may_ask: true, wait_seconds: 30 } });
		expect(await requestPerson(open.visitor, open.session_id)).toMatchObject({
			requested_by: 'visitor',
			outcome: null,
		});
		await expect(requestPerson(open.visitor, closed.session_id)).rejects.toMatchObject({
			code: 'unauthorized',
		});
	});
});

describe('the AI', () => {
	const requestForAi = (id: number) =>
		t.app.db.transaction((db) => requestHandoffForAi({ ...t.ctx(), db, pending: [] }, id, null));

	it('requests no second handoff after a missed one until the visitor writes', async () => {
		const chat = await startChat();
		await chat.say('Hello');
		await waitForMessages(t.ctx(), chat.session_id, 3);
		expect(await requestForAi(chat.id)).toMatchObject({ requested_by: 'ai', outcome: null });
		t.advance(91_000);
		await sweepHandoffs(t.ctx());
		await waitForMessages(t.ctx(), chat.session_id, 5);
		expect(await requestForAi(chat.id)).toBeUndefined();
		await chat.say('Still no one?');
		await waitForMessages(t.ctx(), chat.session_id, 7);
		expect(await requestForAi(chat.id)).toMatchObject({ outcome: null });
		const stored = await t.app.db
			.select()
			.from(handoffs)
			.where(eq(handoffs.chat_session_id, chat.id));
		expect(stored).toHaveLength(2);
	});

	it('requests no handoff while a person has the chat', async () => {
		const chat = await startChat();
		await takeOver(anna, chat.session_id);
		expect(await requestForAi(chat.id)).toBeUndefined();
	});
});

describe('taking over', () => {
	it('succeeds for one of two agents, and names that agent to the other', async () => {
		const chat = await startChat();
		await requestHandoff(t.ctx(), chat.session_id);
		const results = await Promise.allSettled(
			[anna, ben].map((ctx) => takeOver(ctx, chat.session_id, { from: null })),
		);
		const { agent } = await getSession(anna, chat.session_id);
		expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
			reason: { code: 'conflict', message: `${agent} has taken over this chat` },
		});
		expect(listHandoffEvents()).toEqual(['handoff.requested', 'handoff.taken']);
	});

	it('replaces the colleague whom the agent names', async () => {
		const chat = await startChat();
		await takeOver(anna, chat.session_id);
		expect(await takeOver(ben, chat.session_id, { from: 'Anna' })).toMatchObject({ agent: 'Ben' });
	});

	it('requires a name from an API key, and replaces no one', async () => {
		const chat = await startChat();
		await expect(takeOver(t.ctx(), chat.session_id)).rejects.toMatchObject({ code: 'forbidden' });
		await takeOver(t.ctx(), chat.session_id, { name: 'Kim (Slack)' });
		expect(await getSession(anna, chat.session_id)).toMatchObject({
			ai_paused: true,
			assignee: null,
			agent: 'Kim (Slack)',
		});
		await expect(takeOver(t.ctx(), chat.session_id, { name: 'Lee (Slack)' })).rejects.toMatchObject(
			{ code: 'conflict' },
		);
		await takeOver(anna, chat.session_id, { from: 'Kim (Slack)' });
	});
});

describe('a reply from elsewhere', () => {
	it('pauses the AI, names its author, and is stored once', async () => {
		const chat = await startChat();
		await requestHandoff(t.ctx(), chat.session_id);
		const reply = { message: 'This is Kim.', name: 'Kim', external_id: 'slack:1' };
		const sent = await sendPersonReply(t.ctx(), chat.session_id, reply);
		expect(sent).toMatchObject({ sender: 'agent', author: 'Kim', external_id: 'slack:1' });
		expect(await getSession(anna, chat.session_id)).toMatchObject({
			agent: 'Kim',
			ai_paused: true,
		});
		expect(listHandoffEvents()).toEqual(['handoff.requested', 'handoff.taken']);
		await handBack(t.ctx(), chat.session_id);
		expect(await sendPersonReply(t.ctx(), chat.session_id, reply)).toEqual(sent);
		expect(await getSession(anna, chat.session_id)).toMatchObject({ ai_paused: false });
		const all = await listMessages(anna, chat.session_id);
		expect(all.filter(({ sender }) => sender === 'agent')).toMatchObject([{ author: 'Kim' }]);
	});

	it('is rejected while someone else has the chat', async () => {
		const chat = await startChat();
		await takeOver(anna, chat.session_id);
		await sendAgentMessage(anna, { session_id: chat.session_id, message: 'Hello' });
		await expect(
			sendPersonReply(t.ctx(), chat.session_id, { message: 'Hi', name: 'Kim' }),
		).rejects.toMatchObject({ code: 'conflict', message: 'Anna has taken over this chat' });
	});
});

it('an agent can write only after taking over, even while the visitor waits', async () => {
	const chat = await startChat();
	await requestHandoff(anna, chat.session_id);
	await expect(
		sendAgentMessage(anna, { session_id: chat.session_id, message: 'Hello' }),
	).rejects.toMatchObject({ code: 'conflict' });
});
