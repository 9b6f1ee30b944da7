import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';
import { openChat } from '#lib/server/conversations/transcripts/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { EventName } from '#lib/server/core/events.ts';
import { createSite, updateSite } from '#lib/server/sites/index.ts';
import type { Bench, Measurement } from '../bench.ts';
import { openSeededDatabase, runQuery, startBenchPostgres } from '../seeded-database.ts';
import { captureStatements, type Statement } from '../statements.ts';
import { startWebhook } from '../turn/webhook.ts';

/** Messages stored in each measurement of write-ahead log bytes. */
const MESSAGES = 300;

/**
 * Exact counts: a turn's round trips to Postgres and durable commits, the round trips to open a chat, and the bytes of
 * write-ahead log and the index entries per message.
 */
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
			const logUrl = new URL(postgres.superuserUrl);
			logUrl.pathname = new URL(url).pathname;
			const ours = await measureLog(logUrl.href, await createSender(ctx));
			const baseline = await measureLog(logUrl.href, await createRowWriter(url));
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
					rounds: [{ ours: ours.bytes, baseline: baseline.bytes }],
					goal: '≤ 1',
				},
				createCount('index entries per stored message ÷ in November 2026', ours.messages, 6, 0.5),
				createCount(
					'index entries per update of the chat session ÷ in November 2026',
					ours.chat_sessions,
					9,
					0.5,
				),
			];
		} finally {
			await ctx.app.turns.drain(0);
			webhook.close();
			await close();
			await postgres.stop();
		}
	},
};

const createCount = (name: string, count: number, baseline: number, goal = 1): Measurement => ({
	name,
	unit: '',
	rounds: [{ ours: count, baseline }],
	goal: `≤ ${goal}`,
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

/** Returns a function that stores a message, without a turn. */
async function createSender(ctx: Ctx): Promise<() => Promise<unknown>> {
	const { session } = await startSession(ctx, { site: 'default' }, { wants_greeting: false });
	const { id: chat_session_id, session_id } = session;
	return () =>
		sendVisitorMessage(ctx, {
			chat_session_id,
			session_id,
			message: 'x'.repeat(120),
			client_message_id: randomUUID(),
			// Fills in the honeypot, so that no turn starts.
			website: 'no reply',
		});
}

/** Returns a function that inserts the same row and updates the same counters as a stored message, with plain SQL. */
async function createRowWriter(url: string): Promise<() => Promise<unknown>> {
	const { rows } = await runQuery<{ id: string }>(url, 'select max(id) as id from chat_sessions');
	const id = Number(rows[0]?.id);
	return () =>
		runQuery(
			url,
			`begin;
			update chat_sessions set message_count = message_count + 1, visitor_message_count = visitor_message_count + 1,
				last_message_at = now(), last_activity_at = now() where id = ${id};
			insert into messages (chat_session_id, sender, message, client_message_id)
				values (${id}, 'visitor', repeat('x', 120), gen_random_uuid());
			commit`,
		);
}

interface LogFigures {
	bytes: number;
	/** Entries inserted into the indexes of each table. */
	messages: number;
	chat_sessions: number;
}

/** Counts inserted index entries between two positions of the write-ahead log. GIN first collects them in a list of pending entries. */
const INDEX_ENTRIES = `select t.relname as table, count(distinct b.start_lsn) as entries
	from pg_get_wal_block_info($1, $2) b
	join pg_class i on i.relfilenode = b.relfilenode join pg_index on indexrelid = i.oid join pg_class t on t.oid = indrelid
	where (b.resource_manager = 'Btree' and b.record_type like 'INSERT%') or (b.resource_manager = 'Gin' and b.record_type = 'UPDATE_META_PAGE')
	group by t.relname`;

/** Returns averages per repetition. Warms up first, so that full-page images aren't counted. */
async function measureLog(url: string, work: () => Promise<unknown>): Promise<LogFigures> {
	await runQuery(url, 'create extension if not exists pg_walinspect');
	const readPosition = async () => {
		const { rows } = await runQuery<{ lsn: string }>(
			url,
			'select pg_current_wal_flush_lsn() as lsn',
		);
		return rows[0]?.lsn;
	};
	for (let n = 0; n < MESSAGES / 3; n += 1) await work();
	const from = await readPosition();
	for (let n = 0; n < MESSAGES; n += 1) await work();
	const to = await readPosition();
	const log = await runQuery<{ bytes: string }>(url, 'select $2::pg_lsn - $1::pg_lsn as bytes', [
		from,
		to,
	]);
	const indexes = await runQuery<{ table: string; entries: string }>(url, INDEX_ENTRIES, [
		from,
		to,
	]);
	const getEntries = (table: string) =>
		Number(indexes.rows.find((row) => row.table === table)?.entries ?? 0) / MESSAGES;
	return {
		bytes: Number(log.rows[0]?.bytes) / MESSAGES,
		messages: getEntries('messages'),
		chat_sessions: getEntries('chat_sessions'),
	};
}
