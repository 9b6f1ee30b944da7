// @module-tag thorough
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createTestDatabase } from '../../../../../tests/support/database.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { startPgBouncer } from '../../../../../tests/support/pgbouncer.ts';
import { describeWith } from '../../../../../tests/support/tools.ts';
import { listErrorGroups } from '#lib/server/quality/automation-errors/index.ts';
import { ai_turns, chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { ingestMessages, listMessages } from '#lib/server/conversations/messages/index.ts';
import { getSession } from '#lib/server/conversations/sessions/index.ts';
import { findSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { syncAll } from './index.ts';

const t = useTestApp();

const CREATE =
	'create table if not exists n8n_chat_histories (id serial primary key, session_id varchar(255) not null, message jsonb not null)';
const createHumanMessage = (content: unknown) => ({
	type: 'human',
	content,
	additional_kwargs: {},
});
const createAiMessage = (content: unknown, more: object = {}) => ({
	type: 'ai',
	content,
	tool_calls: [],
	...more,
});

async function addMemory(sessionId: string, ...messages: unknown[]): Promise<void> {
	for (const message of messages) {
		await t.app.db.execute(
			sql`insert into n8n_chat_histories (session_id, message) values (${sessionId}, ${JSON.stringify(message)}::jsonb)`,
		);
	}
}
const readMessages = async (id: string) =>
	(await listMessages(t.ctx(), id)).map(({ sender, message }) => `${sender}: ${message}`);

it('reports the source as unavailable without a memory table', async () => {
	expect(await syncAll(t.ctx())).toMatchObject({
		messages_imported: 0,
		sources: [{ name: 'own', is_available: false, error: null }],
	});
});

describe("with n8n's table", () => {
	beforeEach(() => t.app.db.execute(sql.raw(CREATE)));

	it('creates the chat session, imports each row once, and detects completion', async () => {
		await addMemory(
			'session_memory1',
			createHumanMessage('Hi, my roof leaks'),
			createAiMessage('Thanks! We will call you within 24 hours.'),
		);
		expect(await syncAll(t.ctx())).toMatchObject({
			sessions_created: 1,
			messages_imported: 2,
			completions_detected: 1,
			rows_read: 2,
		});
		expect(await readMessages('session_memory1')).toEqual([
			'visitor: Hi, my roof leaks',
			'ai: Thanks! We will call you within 24 hours.',
		]);
		expect(await getSession(t.ctx(), 'session_memory1')).toMatchObject({
			completion_status: 'complete',
			message_count: 2,
		});
		expect(await syncAll(t.ctx())).toMatchObject({
			sessions_created: 0,
			messages_imported: 0,
			completions_detected: 0,
			rows_read: 0,
		});
		await addMemory('session_memory1', createHumanMessage('One more thing'));
		expect(await syncAll(t.ctx())).toMatchObject({ sessions_created: 0, messages_imported: 1 });
	});

	it('parses messages of every LangChain version, and skips those that visitors never saw', async () => {
		await addMemory(
			'session_memory2',
			{ type: 'human', data: { content: 'Old shape', additional_kwargs: {} } },
			{ type: 'ai', data: { content: 'Old answer' } },
			createHumanMessage([
				{ type: 'text', text: 'In ' },
				{ type: 'text', text: 'parts' },
			]),
			createAiMessage('{"output": {"reply": "From a parser"}}'),
			createAiMessage('Calling CRM with input: {}', { tool_calls: [{ name: 'CRM', args: {} }] }),
			{ type: 'tool', content: '{"secret": 1}' },
			{ type: 'system', content: 'You are a bot' },
			createHumanMessage(''),
			'not an object',
			{ nonsense: true },
		);
		expect(await syncAll(t.ctx())).toMatchObject({ messages_imported: 4, rows_skipped: 6 });
		expect(await readMessages('session_memory2')).toEqual([
			'visitor: Old shape',
			'ai: Old answer',
			'visitor: In parts',
			'ai: From a parser',
		]);
	});

	it('imports what visitors saw, without reasoning and agent framework messages', async () => {
		await addMemory(
			'session_thoughts',
			createHumanMessage('Hi <think>x</think>'),
			createAiMessage('<think>Say that we call within 24 hours.</think>\n\nYour name?'),
			createAiMessage([
				{ type: 'thinking', thinking: 'They seem poor.' },
				{ type: 'text', text: '<p>Your <b>email</b>?</p>' },
			]),
			createAiMessage('Agent stopped due to max iterations.'),
			createAiMessage([{ type: 'reasoning', reasoning: 'Within 24 hours.' }]),
		);
		expect(await syncAll(t.ctx())).toMatchObject({ messages_imported: 3, completions_detected: 0 });
		expect(await readMessages('session_thoughts')).toEqual([
			'visitor: Hi <think>x</think>',
			'ai: Your name?',
			'ai: Your **email**?',
		]);
	});

	it('extracts the reply from JSON, however deeply nested', async () => {
		const nested = (depth: number) => `${'{"output":'.repeat(depth)}"Hello"${'}'.repeat(depth)}`;
		await addMemory(
			'session_deep',
			createAiMessage(nested(2)),
			createAiMessage(nested(50_000)),
			createHumanMessage('Hi'),
		);
		await syncAll(t.ctx());
		const [first, second, third] = await readMessages('session_deep');
		expect([first, third]).toEqual(['ai: Hello', 'visitor: Hi']);
		expect(second).toMatch(/^ai: \{"output":/);
	});

	it('skips messages that the live chat already has, even if a text occurs several times', async () => {
		const session_id = 'session_live1';
		await ingestMessages(t.ctx(), session_id, [
			{ sender: 'visitor', message: 'yes' },
			{ sender: 'ai', message: 'Great!  Which colour?' },
			{ sender: 'visitor', message: 'yes' },
		]);
		const before = await readMessages(session_id);
		await addMemory(
			session_id,
			createHumanMessage('Yes'),
			createAiMessage('great! which colour?'),
			createHumanMessage('yes'),
			createHumanMessage('yes'),
		);
		expect(await syncAll(t.ctx())).toMatchObject({ messages_imported: 1, rows_known: 3 });
		expect(await readMessages(session_id)).toEqual([...before, 'visitor: yes']);
	});

	it('postpones a chat that the AI is currently answering', async () => {
		const session_id = 'session_live2';
		await ingestMessages(t.ctx(), session_id, { sender: 'visitor', message: 'Hello?' });
		await t.app.db.insert(ai_turns).values({
			turn_id: crypto.randomUUID(),
			chat_session_id: (await getSession(t.ctx(), session_id)).id,
			action: 'message',
			connector: 'n8n',
			started_at: t.app.clock(),
		});
		await addMemory(session_id, createAiMessage('An answer on its way'));
		expect(await syncAll(t.ctx())).toMatchObject({ messages_imported: 0, rows_postponed: 1 });
		t.advance(120_000);
		expect(await syncAll(t.ctx())).toMatchObject({ messages_imported: 1, rows_postponed: 0 });
	});

	it('does not import human messages into a chat whose visitor writes to Frontdesk', async () => {
		const session_id = 'session_live3';
		await ingestMessages(t.ctx(), session_id, { sender: 'ai', message: 'Hello!' });
		await t.app.db.insert(ai_turns).values({
			turn_id: crypto.randomUUID(),
			chat_session_id: (await getSession(t.ctx(), session_id)).id,
			action: 'start',
			connector: 'n8n',
			started_at: new Date(0),
			finished_at: new Date(0),
		});
		await addMemory(
			session_id,
			createHumanMessage('A visitor has opened the chat. Greet them.'),
			createAiMessage('Hello!'),
		);
		expect(await syncAll(t.ctx())).toMatchObject({ messages_imported: 0, rows_known: 2 });
		expect(await readMessages(session_id)).toEqual(['ai: Hello!']);
	});

	it('derives a stable chat session id from a foreign conversation id', async () => {
		const foreignId = `whatsapp:+49 151/${'7'.repeat(200)}`;
		await addMemory('4711', createHumanMessage('Hello'));
		await addMemory(foreignId, createHumanMessage('Hi there'));
		expect(await syncAll(t.ctx())).toMatchObject({ sessions_created: 2 });
		expect(await readMessages('session_n8n_4711')).toEqual(['visitor: Hello']);
		await addMemory(foreignId, createAiMessage('Good day'));
		expect(await syncAll(t.ctx())).toMatchObject({ sessions_created: 0, messages_imported: 1 });
	});

	it('imports each row once when two processes run at the same time', async () => {
		await addMemory(
			'session_memory3',
			...Array.from({ length: 40 }, (_, n) => createHumanMessage(`Line ${n}`)),
		);
		const [one, two] = await Promise.all([syncAll(t.ctx()), syncAll(t.ctx())]);
		expect(one.messages_imported + two.messages_imported).toBe(40);
		expect(await readMessages('session_memory3')).toHaveLength(40);
	});

	it('finds a row that was committed after later ones, and keeps records of the last rows only', async () => {
		await addMemory(
			'session_memory4',
			...Array.from({ length: 1_200 }, (_, n) => createHumanMessage(`Line ${n}`)),
		);
		await syncAll(t.ctx());
		const { rows } = await t.app.db.execute(sql`select max(id)::int as id from n8n_chat_histories`);
		const last = Number(rows[0]?.['id']);
		await t.app.db.execute(sql`delete from n8n_chat_histories where id = ${last - 3}`);
		await t.app.db.execute(sql`delete from memory_rows where row_id = ${last - 3}`);
		await t.app.db.execute(
			sql`insert into n8n_chat_histories (id, session_id, message) values (${last - 3}, 'session_late', ${JSON.stringify(createHumanMessage('Late'))}::jsonb)`,
		);
		expect(await syncAll(t.ctx())).toMatchObject({ sessions_created: 1, messages_imported: 1 });
		const { rows: kept } = await t.app.db.execute(sql`select count(*)::int as n from memory_rows`);
		expect(Number(kept[0]?.['n'])).toBeLessThanOrEqual(1_000);
	});

	it('creates no empty chat session', async () => {
		await addMemory('session_silent', { type: 'system', content: 'You are a bot' });
		await syncAll(t.ctx());
		expect(await findSession(t.ctx(), 'session_silent')).toBeUndefined();
		expect(
			await t.app.db.$count(
				chat_sessions,
				sql`message_count = 0 and public_id like 'session_n8n%'`,
			),
		).toBe(0);
	});
});

describe('another database', () => {
	const TIME = `alter table n8n_chat_histories add column if not exists created_at timestamptz default '2026-01-02T03:04:05Z'`;
	const INSERT = 'insert into n8n_chat_histories (session_id, message) values ($1, $2)';
	const createCtx = (n8nDatabaseUrl: string) => ({
		...t.ctx(),
		app: { ...t.app, config: { ...t.app.config, n8nDatabaseUrl } },
	});

	async function connect(connectionString: string): Promise<pg.Client> {
		const client = new pg.Client({ connectionString });
		await client.connect();
		onTestFinished(() => client.end());
		return client;
	}

	it('is imported too, read-only', async () => {
		const other = await createTestDatabase();
		const client = await connect(other.url);
		await client.query(CREATE);
		await client.query(TIME);
		await client.query(INSERT, [
			'session_other',
			JSON.stringify(createHumanMessage('From elsewhere')),
		]);
		const ctx = createCtx(other.url);
		expect(await syncAll(ctx)).toMatchObject({ sessions_created: 1, messages_imported: 1 });
		const [message] = await listMessages(ctx, 'session_other');
		expect(message?.timestamp).toBe('2026-01-02T03:04:05.000Z');
	});

	describeWith('pgbouncer', 'behind PgBouncer', () => {
		let first = 0;
		it.each(['session', 'transaction', 'statement'])(
			'is read in %s mode over a connection that n8n shares, and stays writable for n8n',
			async (pool_mode) => {
				const other = await createTestDatabase();
				onTestFinished(() => other.drop());
				const url = await startPgBouncer(other.url, {
					pool_mode,
					// In session mode each client has its own connection.
					default_pool_size: pool_mode === 'session' ? '2' : '1',
				});
				const n8n = await connect(url);
				await n8n.query(CREATE);
				await n8n.query(TIME);
				// Ids continue after those read before.
				await n8n.query(`select setval('n8n_chat_histories_id_seq', $1)`, [(first += 100)]);
				for (const round of [1, 2, 3]) {
					const session = `session_${pool_mode}_${round}`;
					await n8n.query(INSERT, [session, JSON.stringify(createHumanMessage('From elsewhere'))]);
					const result = await syncAll(createCtx(url));
					if (pool_mode === 'statement') {
						expect(result.sources[1]).toMatchObject({ name: 'other', is_available: false });
						continue;
					}
					expect(result).toMatchObject({ sessions_created: 1, messages_imported: 1 });
					expect(await readMessages(session)).toEqual(['visitor: From elsewhere']);
				}
			},
		);
	});

	it('is reported as unavailable if it accepts connections but never responds', async () => {
		const silent = createServer().listen(0, '127.0.0.1');
		await once(silent, 'listening');
		const { port } = silent.address() as AddressInfo;
		const config = { ...t.app.config, n8nDatabaseUrl: `postgres://n8n@127.0.0.1:${port}/n8n` };
		const result = await syncAll({ ...t.ctx(), app: { ...t.app, config } });
		expect(result.sources).toMatchObject([{ name: 'own' }, { name: 'other', is_available: false }]);
		silent.close();
	});

	it('is reported without its password if it is unreachable', async () => {
		const config = { ...t.app.config, n8nDatabaseUrl: 'postgres://n8n:s3cret@127.0.0.1:1/n8n' };
		const result = await syncAll({ ...t.ctx(), app: { ...t.app, config } });
		expect(result.sources[1]).toMatchObject({ name: 'other', is_available: false });
		expect(JSON.stringify(result)).not.toContain('s3cret');
		const { items } = await listErrorGroups(t.ctx(), {});
		expect(items.some(({ workflow }) => workflow === 'Auto-sync')).toBe(true);
	});
});
