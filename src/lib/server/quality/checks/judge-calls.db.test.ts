import type { ServerResponse } from 'node:http';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import type { Channel } from '#lib/contract/common.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { getTranscript } from '#lib/server/conversations/transcripts/index.ts';
import { chat_sessions, judge_calls, sites } from '#lib/server/core/db/schema/index.ts';
import { updateSite } from '#lib/server/sites/index.ts';
import { callDueJudges, checkFinishedChats } from './unchecked.ts';

const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();
let siteCount = 0;

beforeEach(async () => {
	await t.app.db.delete(chat_sessions);
});

/** Creates a site whose judge gives these answers in order. */
async function createJudgedSite(...answers: (object | number)[]) {
	const name = `judge-${siteCount++}`;
	const { webhooks } = standIn();
	webhooks.next(
		name,
		...answers.map((answer) =>
			typeof answer === 'number'
				? answer
				: ({ response }: { response: ServerResponse }) => void response.end(JSON.stringify(answer)),
		),
	);
	const { key } = await createSite(t.app);
	const auth_header = { name: 'X-Api-Key', value: 'sesame' };
	await updateSite(t.ctx(), key, { judge: { url: webhooks.url(name), auth_header } });
	return { key, recorder: webhooks.recorder(name) };
}

async function createEndedChat(site: string, channel?: Channel) {
	const { id, session_id } = await createChat(t.ctx(), {
		site,
		messages: ['I need a new roof'],
		...(channel && { channel }),
	});
	await end(id);
	return { id, session_id };
}
const end = (id: number) =>
	t.app.db
		.update(chat_sessions)
		.set({ completion_status: 'abandoned' })
		.where(eq(chat_sessions.id, id));

async function judge(): Promise<number> {
	await checkFinishedChats(t.ctx());
	return callDueJudges(t.ctx());
}
const listFlags = async (id: string) => (await getTranscript(t.ctx(), id)).flags;
const getJudgeCall = async (id: number) =>
	(await t.app.db.select().from(judge_calls).where(eq(judge_calls.chat_session_id, id)))[0];

describe('a site’s judge', () => {
	it('reads a finished chat, and adds its own flags', async () => {
		const flags = [{ rule: 'Tone', reason: 'Too formal' }];
		const { key, recorder } = await createJudgedSite({ flags });
		const { session_id } = await createEndedChat(key);
		expect(await judge()).toBe(1);
		expect(await judge()).toBe(0);
		const [request] = recorder.requests;
		expect(request?.headers).toMatchObject({ 'x-api-key': 'sesame' });
		const { session, lead, transcript } = JSON.parse(String(request?.body)) as Record<
			string,
			unknown
		>;
		expect(session).toMatchObject({ session_id, site: key });
		expect(lead).toBeNull();
		expect(transcript).toMatchObject([{ sender: 'visitor', message: 'I need a new roof' }]);
		expect(await listFlags(session_id)).toMatchObject([
			{ rule: 'judge:tone', title: 'Judge: tone', source: 'judge', reason: 'Too formal' },
		]);
	});

	it('can pin a flag to a message of the chat, but not of another chat', async () => {
		const { key, recorder } = await createJudgedSite({ flags: [] });
		const { id, session_id } = await createEndedChat(key);
		await judge();
		const { transcript } = JSON.parse(String(recorder.requests[0]?.body)) as {
			transcript: [{ id: number }];
		};
		const message_id = transcript[0].id;
		const name = recorder.requests[0]?.path.split('/').at(-1) ?? '';
		standIn().webhooks.always(name, ({ response }) => {
			const flags = [message_id, message_id + 1000].map((pinnedId) => ({
				rule: 'wrong',
				message_id: pinnedId,
				reason: 'No',
			}));
			response.end(JSON.stringify([{ flags }]));
		});
		await sendVisitorMessage(t.ctx(), { chat_session_id: id, session_id, message: 'Hello?' });
		await end(id);
		await checkFinishedChats(t.ctx());
		t.advance(61_000);
		expect(await callDueJudges(t.ctx())).toBe(1);
		expect(await listFlags(session_id)).toMatchObject([{ message_id }]);
	});

	it.each([
		[{ pass: false, reason: 'Rude' }, ['Rude']],
		[[{ pass: false }], ['The judge gave no reason.']],
		[{ pass: true }, []],
		[{ flags: [] }, []],
	])('can answer %j', async (answer, reasons) => {
		const { key } = await createJudgedSite(answer);
		const { session_id } = await createEndedChat(key);
		await judge();
		expect((await listFlags(session_id)).map(({ reason }) => reason)).toEqual(reasons);
	});

	it('is called again after a failure, but not forever', async () => {
		const { key, recorder } = await createJudgedSite(503, { nonsense: true }, 500, 500, 500);
		const { id, session_id } = await createEndedChat(key);
		await judge();
		for (let attempt = 1; attempt < 5; attempt++) {
			expect(await getJudgeCall(id)).toMatchObject({ status: 'pending', attempt_count: attempt });
			t.advance(45 * 60_000);
			await callDueJudges(t.ctx());
		}
		expect(await getJudgeCall(id)).toMatchObject({
			status: 'failed',
			last_error: 'The judge responded with status 500.',
		});
		expect(recorder.requests).toHaveLength(5);
		expect(await listFlags(session_id)).toEqual([]);
	});

	it('is not called for test chats or twice for the same messages, or if there is none', async () => {
		const { key, recorder } = await createJudgedSite();
		await createEndedChat(key, 'test');
		await createEndedChat('default');
		const { id } = await createEndedChat(key);
		expect(await judge()).toBe(1);
		await t.app.db
			.update(chat_sessions)
			.set({ checked_through_at: null })
			.where(eq(chat_sessions.id, id));
		expect(await judge()).toBe(0);
		expect(recorder.requests).toHaveLength(1);
	});

	it('can have its rules turned off like any other', async () => {
		const flags = [
			{ rule: 'tone', reason: 'Too formal' },
			{ rule: 'length', reason: 'Too long' },
		];
		const { key } = await createJudgedSite({ flags });
		await updateSite(t.ctx(), key, { check_switches: { 'judge:tone': false } });
		const { session_id } = await createEndedChat(key);
		await judge();
		expect((await listFlags(session_id)).map(({ rule }) => rule)).toEqual(['judge:length']);
	});

	it('has its secret sealed and never shown', async () => {
		const { key } = await createJudgedSite();
		const [row] = await t.app.db.select().from(sites).where(eq(sites.key, key));
		expect(JSON.stringify(row?.judge)).not.toContain('sesame');
		const { judge: shown } = await updateSite(t.ctx(), key, { name: 'Roofs' });
		expect(shown?.auth_header).toEqual({ name: 'X-Api-Key' });
		await expect(
			updateSite(t.ctx(), key, {
				judge: { url: 'https://other.test/', auth_header: { name: 'X-Api-Key' } },
			}),
		).rejects.toThrow(/enter the secret again/);
	});
});
