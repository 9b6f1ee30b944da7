import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { openChat } from '#lib/server/conversations/transcripts/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { EventName } from '#lib/server/core/events.ts';
import { createSite, updateSite } from '#lib/server/sites/index.ts';
import type { Bench, Measurement } from '../bench.ts';
import { openSeededDatabase, startBenchPostgres } from '../seeded-database.ts';
import { captureStatements, type Statement } from '../statements.ts';
import { startWebhook } from '../turn/webhook.ts';

/** Messages stored in each measurement of write-ahead log bytes. */
const MESSAGES = 300;

/** Exact counts: a turn's round trips to Postgres and durable commits, the round trips to open a chat, and write-ahead log bytes per message. */
export const counts: Bench = {
	name: 'counts',
	async run() {
		const postgres = await startBenchPostgres();
		const { ctx, url, close } = await openSeededDatabase(postgres.url, 20);
		const webhook = await startWebhook();
		ctx.app.turns.start();
		try {
			const turn = await countTurn(ctx, `${webhook.url}/reply`);
			const opened = await captureStatements(() => openChat(ctx, turn.session_id));
			const [ours, baseline] = [await measureMessageBytes(ctx, url), await measureRowBytes(url)];
			return [
				createCount(
					'round trips from a visitor’s message to the call of the AI ÷ goal',
					turn.before,
					1,
				),
				createCount('round trips from the AI’s answer to the stored reply ÷ goal', turn.after, 1),
				createCount('durable commits in a turn ÷ goal', turn.commits, 2),
				createCount('round trips of opening a chat ÷ goal', opened.length, 4),
				{
					name: 'write-ahead log per stored message ÷ one transaction with the same rows',
					unit: 'bytes',
					rounds: [{ ours, baseline }],
					goal: '≤ 1',
				},
			];
		} finally {
			await ctx.app.turns.drain(0);
			webhook.close();
			await close();
			await postgres.stop();
		}
	},
};

const createCount = (name: string, count: number, goal: number): Measurement => ({
	name,
	unit: '',
	rounds: [{ ours: count, baseline: goal }],
	goal: '≤ 1',
});

/** Runs two turns of a chat and counts the statements of the second one, for which the site is already cached. */
async function countTurn(ctx: Ctx, webhookUrl: string) {
	const connector = { type: 'n8n' as const, url: webhookUrl, auth_header: null };
	const { key: site } = await createSite(ctx, { name: 'Counts' });
	await updateSite(ctx, site, { connector, greeting: 'Hello!' });
	const { session } = await startSession(ctx, { site });
	const { id: chat_session_id, session_id } = session;
	await waitForEvent(ctx, 'reply.finished', session_id);
	const runTurn = async (message: string) => {
		const finished = waitForEvent(ctx, 'reply.finished', session_id);
		await sendVisitorMessage(ctx, { chat_session_id, session_id, message });
		await finished;
		// The chat's turn ends after its last event.
		await setImmediate();
	};
	await runTurn('First');
	let before = 0;
	const all = await captureStatements(async (sent) => {
		void waitForEvent(ctx, 'reply.started', session_id).then(
			() => (before = excludeHeartbeats(sent).length),
		);
		await runTurn('Second');
	});
	const sent = excludeHeartbeats(all);
	const commits = sent.filter(({ text }) => !/^\s*(select|begin)\b/i.test(text)).length;
	return { session_id, before, after: sent.length - before, commits };
}

/** Removes the heartbeat statements that a process sends once per second. */
const excludeHeartbeats = (sent: readonly Statement[]) =>
	sent.filter(({ text }) => !/\bturn_processes\b/.test(text));

/** Resolves once the named event is published for a chat session. */
function waitForEvent(ctx: Ctx, expected: EventName, session_id: string): Promise<void> {
	return new Promise((resolve) => {
		const stop = ctx.app.events.onPublished(({ name, payload }) => {
			if (name !== expected || !('session_id' in payload) || payload.session_id !== session_id)
				return;
			stop();
			resolve();
		});
	});
}

/** Stores messages one by one, without turns. Returns the bytes that each adds to the write-ahead log. */
async function measureMessageBytes(ctx: Ctx, url: string): Promise<number> {
	const { session } = await startSession(ctx, { site: 'default' }, { wants_greeting: false });
	const { id: chat_session_id, session_id } = session;
	return measureLog(url, () =>
		sendVisitorMessage(ctx, {
			chat_session_id,
			session_id,
			message: 'x'.repeat(120),
			client_message_id: randomUUID(),
			// Fills in the honeypot, so that no turn starts.
			website: 'no reply',
		}),
	);
}

/** Inserts the same row and updates the same counters as a stored message, with plain SQL. Returns the write-ahead log bytes of each. */
async function measureRowBytes(url: string): Promise<number> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const { rows } = await client.query<{ id: string }>('select max(id) as id from chat_sessions');
	const id = rows[0]?.id;
	try {
		return await measureLog(url, async () => {
			await client.query('begin');
			await client.query(
				`update chat_sessions set message_count = message_count + 1, visitor_message_count = visitor_message_count + 1,
					last_message_at = now(), last_activity_at = now() where id = $1`,
				[id],
			);
			await client.query(
				`insert into messages (chat_session_id, sender, message, client_message_id)
					values ($1, 'visitor', repeat('x', 120), gen_random_uuid())`,
				[id],
			);
			await client.query('commit');
		});
	} finally {
		await client.end();
	}
}

/** Returns the average number of write-ahead log bytes per repetition. Warms up first, so that full-page images aren't counted. */
async function measureLog(url: string, work: () => Promise<unknown>): Promise<number> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const readBytes = async () => {
		const { rows } = await client.query<{ bytes: string }>(
			"select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes",
		);
		return Number(rows[0]?.bytes);
	};
	try {
		for (let n = 0; n < MESSAGES / 3; n += 1) await work();
		const before = await readBytes();
		for (let n = 0; n < MESSAGES; n += 1) await work();
		return ((await readBytes()) - before) / MESSAGES;
	} finally {
		await client.end();
	}
}
