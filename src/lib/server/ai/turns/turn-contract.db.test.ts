import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { getCountedStatistics } from '../../../../../tests/support/statistics.ts';
import { useStandIn } from '../../../../../tests/support/use-stand-in.ts';
import { waitForMessages } from '../../../../../tests/support/wait-for-messages.ts';
import { useStatementCount } from '../../../../../tests/support/statements.ts';
import type { Question } from '#lib/contract/site.ts';
import { handBack, sendPersonReply } from '#lib/server/conversations/handoffs/index.ts';
import { listMessages, sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import {
	getSession,
	startSession,
	updateSession,
} from '#lib/server/conversations/sessions/index.ts';
import { getTranscript } from '#lib/server/conversations/transcripts/index.ts';
import { storeMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { handoffs, sites } from '#lib/server/core/db/schema/index.ts';
import { findLead, updateLead } from '#lib/server/leads/index.ts';
import { claimTurn } from './claim-turn.ts';
import { listTurns } from './list-turns.ts';

const statements = useStatementCount();
const t = useTestApp({ OUTBOUND_ALLOW_PRIVATE: 'true' });
const standIn = useStandIn();

beforeAll(() => {
	t.app.turns.start();
});
afterAll(() => t.app.turns.drain(0));

const QUESTIONS: Question[] = [
	{ key: 'need', label: 'Need', type: 'text', is_required: true, options: [] },
	{ key: 'email', label: 'Email', type: 'email', is_required: true, options: [] },
	{ key: 'phone', label: 'Phone', type: 'phone', is_required: false, options: [] },
];

/** Creates a site with this AI, a greeting and questions. Returns its key. */
async function createSiteWithAi(type: 'n8n' | 'scripted' = 'n8n') {
	const n8n = { type: 'n8n' as const, url: standIn().ai.url('echo'), auth_header: null };
	const connector = type === 'n8n' ? n8n : { type };
	const { key } = await createSite(t.app, { greeting: 'Hi!', questions: QUESTIONS, connector });
	return key;
}

/** Starts a greeted chat session. */
async function startChat() {
	const site = await createSiteWithAi();
	const { session } = await startSession(t.ctx(), { site });
	const { session_id, id: chat_session_id } = session;
	const send = (message: string) =>
		sendVisitorMessage(t.ctx(), { session_id, chat_session_id, message });
	await waitForMessages(t.ctx(), session_id, 1);
	const ask = async (message: string, answer: object, count: number) => {
		standIn().ai.next(({ response }) => {
			response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
		});
		await send(message);
		return (await waitForMessages(t.ctx(), session_id, count)).at(-1);
	};
	const getTurns = async () => (await listTurns(t.ctx(), { session_id })).items;
	return { site, session_id, chat_session_id, send, ask, getTurns };
}

const findLastCall = (sessionId: string) =>
	standIn()
		.ai.recorder.requests.filter(({ body }) => body.includes(sessionId))
		.map((request) => request.json() as Record<string, unknown>)
		.at(-1);

describe('a turn’s call', () => {
	it('contains the lead’s known values, the missing keys and the messages of agents', async () => {
		const { session_id, send, ask } = await startChat();
		await ask('First', { reply: 'Noted.', lead: { need: 'A roof' } }, 3);
		await sendPersonReply(t.ctx(), session_id, { message: 'Anna here', name: 'Anna' });
		await handBack(await createUserCtx(t), session_id);
		await send('Second');
		await vi.waitFor(() => expect(findLastCall(session_id)).toMatchObject({ message: 'Second' }));
		expect(findLastCall(session_id)).toMatchObject({
			contract: 2,
			channel: 'web',
			is_test: false,
			lead: { need: 'A roof' },
			missing: ['email'],
			handoff_missed: false,
			business_hours_open: true,
			completion_claimed: false,
			history: [
				{ sender: 'ai', message: 'Hi!' },
				{ sender: 'user', message: 'First' },
				{ sender: 'ai', message: 'Noted.' },
				{ sender: 'agent', name: 'Anna', message: 'Anna here' },
			],
		});
		await waitForMessages(t.ctx(), session_id, 6);
	});

	it('contains the newest 30 messages, up to 16 KB, and truncates a larger one', async () => {
		const { session_id, chat_session_id, send } = await startChat();
		const store = (message: string) =>
			inTransaction(t.ctx(), (tx) =>
				storeMessages(tx, [
					{ chat_session_id, session_id, sender: 'ai', message, created_at: new Date() },
				]),
			);
		const sendAndGetHistory = async (message: string) => {
			await send(message);
			await vi.waitFor(() => expect(findLastCall(session_id)).toMatchObject({ message }));
			// Waits for the answer, which would otherwise be stored after the next message.
			await vi.waitFor(async () => {
				const last = (await listMessages(t.ctx(), session_id)).at(-1);
				expect(last?.message).toBe(`You said: ${message}`);
			});
			return findLastCall(session_id)?.['history'] as { message: string }[];
		};
		for (let n = 0; n < 40; n += 1) await store(`number ${n}`);
		const many = await sendAndGetHistory('many');
		expect(many).toHaveLength(30);
		expect(many.at(-1)?.message).toBe('number 39');
		for (let n = 0; n < 5; n += 1) await store(`${n} ${'ü'.repeat(3_000)}`);
		const large = await sendAndGetHistory('large');
		expect(large.map(({ message }) => message.slice(0, 1))).toEqual(['3', '4']);
		await store('x'.repeat(20_000));
		const [huge, ...others] = await sendAndGetHistory('huge');
		expect(others).toEqual([]);
		expect(huge?.message).toMatch(/^x{9000,}$/);
		for (const history of [many, large, [huge]]) {
			expect(Buffer.byteLength(JSON.stringify(history))).toBeLessThanOrEqual(16 * 1024);
		}
	});

	it.each(['n8n', 'scripted'] as const)(
		'needs no statement besides its claim (%s)',
		async (type) => {
			const site = await createSiteWithAi(type);
			await t.app.db.update(sites).set({ greeting: null }).where(eq(sites.key, site));
			const { id } = (await startSession(t.ctx(), { site }, { wants_greeting: false })).session;
			await t.app.db.execute(
				sql`update chat_sessions set is_awaiting_reply = true, ai_paused = false where id = ${id}`,
			);
			// Loads the site once.
			await claimTurn(t.ctx(), 0);
			const sent = await statements.during(() => claimTurn(t.ctx(), id));
			expect(sent.filter((text) => /\bleads\b/.test(text))).toHaveLength(1);
			expect(sent.filter((text) => /from messages/.test(text))).toHaveLength(1);
		},
	);

	it('takes two statements, each with its own commit, from the visitor’s message to the stored reply', async () => {
		const { session_id, ask, send } = await startChat();
		await ask('First', { reply: 'Noted.' }, 3);
		standIn().ai.next(({ response }) => {
			response.writeHead(200, { 'content-type': 'application/json' }).end('{"reply":"Noted too."}');
		});
		const finished = new Promise<void>((resolve) => {
			const stop = t.app.events.onPublished(({ name, payload }) => {
				if (name !== 'reply.finished' || payload.session_id !== session_id) return;
				stop();
				resolve();
			});
		});
		const sent = await statements.during(async () => {
			await send('Second');
			await finished;
		});
		// An answer in several chunks also records its first byte.
		const inTurn = sent.filter((text) => !text.startsWith('update ai_turns set first_byte_at'));
		expect(inTurn.map((text) => /with (input|due|owned) as/.exec(text)?.[1])).toEqual([
			'input',
			'owned',
		]);
	});

	it('reports a missed handoff', async () => {
		const { session_id, chat_session_id, send } = await startChat();
		await t.app.db.execute(
			sql`update chat_sessions set is_handoff_missed = true where id = ${chat_session_id}`,
		);
		await send('Anybody?');
		await vi.waitFor(() =>
			expect(findLastCall(session_id)).toMatchObject({ handoff_missed: true }),
		);
	});
});

describe('an answer', () => {
	it('is stored with the asked question, version, unanswered question and booking link', async () => {
		const { ask, getTurns } = await startChat();
		const reply = await ask(
			'Do you rent cranes?',
			{
				reply: 'I am not sure. What is your email?',
				asked: 'email',
				version: 'v7',
				unanswered: 'Do you rent cranes?',
				booking_url: 'https://cal.example/ada',
			},
			3,
		);
		expect(reply).toMatchObject({ booking_url: 'https://cal.example/ada' });
		const [turn] = await getTurns();
		expect(turn).toMatchObject({
			asked: 'email',
			version: 'v7',
			unanswered: 'Do you rent cranes?',
			notes: [],
		});
	});

	it('gives the chat its version, which does not change with the workflow during the chat', async () => {
		const { session_id, ask, getTurns } = await startChat();
		await ask('First', { reply: 'One', version: 'v1' }, 3);
		await ask('Second', { reply: 'Two', version: 'v2' }, 5);
		await ask('Third', { error: 'broken' }, 7);
		const versions = (await getTurns()).map(({ outcome, version }) => [outcome, version]);
		// The fixed greeting called no AI; a failed answer counts under the version of its chat.
		expect(versions).toEqual([
			[expect.not.stringMatching('ok'), 'v1'],
			['ok', 'v2'],
			['ok', 'v1'],
			['ok', null],
		]);
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ version: 'v1' });
		const { session } = await getTranscript(t.ctx(), session_id);
		expect(session.version).toBe('v1');
	});

	it('gets a version from the settings if the workflow reports none', async () => {
		const { session_id, ask, getTurns } = await startChat();
		await ask('First', { error: 'broken' }, 3);
		const [failed] = await getTurns();
		expect(failed?.version).toMatch(/^settings-[0-9a-f]{8}$/);
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ version: failed?.version });
		await ask('Second', { reply: 'Two', version: 'v2' }, 5);
		expect(await getSession(t.ctx(), session_id)).toMatchObject({ version: 'v2' });
		const other = await startChat();
		await other.ask('Hello', { reply: 'One' }, 3);
		expect((await other.getTurns())[0]?.version).toBe(failed?.version);
	});

	it('notes unknown keys and unusable values, and keeps the valid ones', async () => {
		const { session_id, ask, getTurns } = await startChat();
		await ask(
			'I am Maya, and my number is 0049 170 1234567',
			{
				reply: 'Thanks!',
				asked: 'shoe_size',
				mood: 'good',
				lead: {
					name: 'Maya',
					email: 'N/A',
					company: '{{company}}',
					need: 'unknown',
					phone: '+49 170 1234567',
					roof: { kind: 'flat' },
				},
			},
			3,
		);
		const [turn] = await getTurns();
		expect(turn?.outcome).toBe('ok');
		expect(turn?.asked).toBeNull();
		expect(turn?.notes.map(({ kind, path, value }) => `${kind} ${path} ${value}`).sort()).toEqual([
			'rejected asked shoe_size',
			'rejected lead.company {{company}}',
			'rejected lead.email N/A',
			'rejected lead.need unknown',
			'rejected lead.roof {"kind":"flat"}',
			'unknown mood good',
		]);
		const lead = await findLead(t.ctx(), session_id);
		expect(lead).toMatchObject({ name: 'Maya', email: null, phone: '+491701234567', answers: {} });
	});

	it('may name the contact fields differently, and group its fields', async () => {
		const { session_id, ask, getTurns } = await startChat();
		const lead = {
			first_name: 'Ada',
			last_name: 'Byron',
			contact: { Email: 'ada@example.com', phone_number: '+49 170 1234567' },
			answers: { Need: 'A roof', colour: 'red' },
		};
		await ask('Hello', { reply: 'Hi', lead }, 3);
		expect((await getTurns())[0]?.notes).toEqual([]);
		expect(await findLead(t.ctx(), session_id)).toMatchObject({
			name: 'Ada Byron',
			email: 'ada@example.com',
			phone: '+491701234567',
			answers: { need: 'A roof', colour: 'red' },
		});
	});

	it('is noted if it has no usable value and creates no lead', async () => {
		const { session_id, ask, getTurns } = await startChat();
		await ask('Hello', { reply: 'Hi', lead: { name: 'null', phone: '-' } }, 3);
		expect((await getTurns())[0]?.notes).toMatchObject([
			{ path: 'lead.name', message: 'means that there is no value' },
			{ path: 'lead.phone', message: 'means that there is no value' },
		]);
		expect(await findLead(t.ctx(), session_id)).toBeNull();
	});

	it('may contain the name Null if the visitor wrote it', async () => {
		const { session_id, ask, getTurns } = await startChat();
		await ask('My name is Null.', { reply: 'Hi Null', lead: { name: 'Null' } }, 3);
		expect((await getTurns())[0]?.notes).toEqual([]);
		expect(await findLead(t.ctx(), session_id)).toMatchObject({ name: 'Null' });
	});

	it('changes nothing by repeating the known values of its call', async () => {
		const { session_id, ask, send } = await startChat();
		await ask('Hello', { reply: 'Hi', lead: { name: 'Ada', email: 'old@example.com' } }, 3);
		standIn().ai.next(async ({ response, chat: call }) => {
			// The email address is corrected while the workflow runs.
			const fields = { email: 'new@example.com' };
			await updateLead(t.ctx(), { session_id }, { fields, source: 'identify' });
			const echoed = {
				lead: { name: 'Ada', email: 'old@example.com' },
				session_id: call.session_id,
			};
			response
				.writeHead(200, { 'content-type': 'application/json' })
				.end(JSON.stringify({ ...echoed, reply: 'Go on.' }));
		});
		await send('More');
		await waitForMessages(t.ctx(), session_id, 5);
		expect(await findLead(t.ctx(), session_id)).toMatchObject({ email: 'new@example.com' });
	});

	it('requests a handoff, with the reason', async () => {
		const { session_id, chat_session_id, ask } = await startChat();
		await ask('A human, please', { reply: 'One moment.', handoff: { reason: 'asked for one' } }, 3);
		const rows = await t.app.db
			.select()
			.from(handoffs)
			.where(eq(handoffs.chat_session_id, chat_session_id));
		expect(rows).toMatchObject([{ reason: 'asked for one', requested_by: 'ai' }]);
		expect((await listMessages(t.ctx(), session_id)).at(-1)?.message).toBe('One moment.');
	});
});

describe('the question at which a chat was abandoned', () => {
	const listLastQuestions = async (site: string) =>
		(await getCountedStatistics(t.ctx(), { site })).questions.map(({ key }) => key);
	const abandon = async (answers: object[]) => {
		const { session_id, ask, site } = await startChat();
		for (const [index, answer] of answers.entries())
			await ask(`Line ${index}`, answer, 3 + 2 * index);
		await updateSession(t.ctx(), session_id, { completion_status: 'abandoned' });
		return listLastQuestions(site);
	};

	it.each<[string, object[], string]>([
		['is the one that the last reply asked', [{ reply: 'Your email?', asked: 'email' }], 'email'],
		[
			'is the latest reported one if the last reply reports none',
			[{ reply: 'Your email?', asked: 'email' }, { reply: 'Sorry?' }],
			'email',
		],
		[
			'is empty if the latest reported one is answered',
			[
				{ reply: 'What do you need?', asked: 'need' },
				{ reply: 'Noted.', lead: { need: 'A roof' } },
			],
			'',
		],
		['is unknown if the AI neither reports nor quotes one', [{ reply: 'Tell me more.' }], '?'],
	])('%s', async (_, answers, expected) => {
		expect(await abandon(answers)).toEqual([expected]);
	});
});
