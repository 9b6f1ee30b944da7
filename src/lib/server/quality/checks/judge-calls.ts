import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { JUDGE_PREFIX, judgeAnswer, type JudgeAnswer } from '#lib/contract/check.ts';
import { cleanText } from '#lib/contract/text.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { findSession } from '#lib/server/conversations/sessions/unchecked.ts';
import { createSystemContext, type App, type Ctx } from '#lib/server/core/context.ts';
import { runReads } from '#lib/server/core/db/reads.ts';
import { record } from '#lib/server/core/db/transaction.ts';
import { OutboundError } from '#lib/server/core/outbound/index.ts';
import { drainOutbox, type DrainOptions } from '#lib/server/core/outbox/drain.ts';
import {
	type AttemptResult,
	claimSchema,
	claimRows,
	type Outbox,
	toTimestamp,
} from '#lib/server/core/outbox/outbox.ts';
import { readLead } from '#lib/server/leads/unchecked.ts';
import { callJudge, JudgeError } from '../judge.ts';
import { loadRuleFilter } from './precision.ts';
import type { DueChat } from './read-chats.ts';
import { storeFindings } from './store-findings.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** The pause before judging a chat again, because visitors who return usually write more than one message. */
const DEBOUNCE_MS = MINUTE_MS;
/** The maximum number of flags per chat. */
const MAX_FLAGS = 10;

const judgeClaimSchema = claimSchema.extend({
	chat_session_id: z.coerce.number(),
	site_id: z.coerce.number(),
	check_switches: z.record(z.string(), z.boolean()),
	judge: z
		.object({
			url: z.string(),
			auth_header: z.object({ name: z.string(), sealed_value: z.string() }).nullable(),
		})
		.nullable(),
});
type JudgeClaim = z.infer<typeof judgeClaimSchema>;
interface JudgeAttempt extends AttemptResult {
	answer?: JudgeAnswer;
}

/** Queues a call to the site's judge for a finished chat, unless the visitor has written nothing since the previous call. */
export async function queueJudgeCall(
	tx: Ctx,
	{ id, last_visitor_message_id: throughMessageId }: DueChat,
): Promise<void> {
	if (throughMessageId === null) return;
	const now = tx.app.clock();
	const { rowCount } = await tx.db.execute(sql`
		insert into judge_calls as j (chat_session_id, through_message_id, next_attempt_at, created_at)
		values (${id}, ${throughMessageId}, ${toTimestamp(now)}, ${toTimestamp(now)})
		on conflict (chat_session_id) do update set through_message_id = excluded.through_message_id, status = 'pending',
			next_attempt_at = ${toTimestamp(new Date(now.getTime() + DEBOUNCE_MS))}, schedule_step = 0, created_at = excluded.created_at
		where j.status <> 'pending' and j.through_message_id < excluded.through_message_id`);
	if (rowCount) await record(tx, 'judge.queued', {});
}

const outbox: Outbox<JudgeClaim, JudgeAttempt> = {
	table: 'judge_calls',
	concurrency: 8,
	retries: {
		pausesMs: [10 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS],
		jitter: 0.2,
		maxRetryAfterMs: 60 * MINUTE_MS,
	},
	claim: (ctx, request) =>
		claimRows(ctx, 'judge_calls', {
			due: request,
			columns: sql`claimed.chat_session_id, site.id as site_id, site.judge, site.check_switches`,
			joins: sql`join chat_sessions s on s.id = claimed.chat_session_id join sites site on site.id = s.site_id`,
			schema: judgeClaimSchema,
		}),
	send,
	// Locks the chat session first, as all transactions do.
	beforeSettle: async (tx, { chat_session_id }) => {
		await tx.db.execute(
			sql`select from chat_sessions where id = ${chat_session_id} for no key update`,
		);
	},
	changes: (_, { error }) => [sql`last_error = ${error}`],
	async afterSettle(tx, { chat_session_id: id, site_id, check_switches }, { answer }) {
		const session = answer && (await findSession(tx, id));
		if (!answer || !session) return;
		const isRuleEnabled = await loadRuleFilter(tx);
		const findings = toFindings(answer)
			.filter(({ rule }) => isRuleEnabled(rule, { id: site_id, check_switches }))
			.slice(0, MAX_FLAGS);
		await storeFindings(tx, session, { source: 'judge', rules: 'all', findings });
	},
};

/** Calls the judges of finished chats that are due; returns the number of attempts. Doesn't check permissions. */
export const callDueJudges = (ctx: Ctx, options: DrainOptions = {}): Promise<number> =>
	drainOutbox(ctx, outbox, options);

function toFindings(answer: JudgeAnswer) {
	const flags =
		'flags' in answer
			? answer.flags
			: answer.pass
				? []
				: [{ rule: 'failed', message_id: null, reason: answer.reason ?? '' }];
	return flags.map(({ rule, message_id, reason }) => ({
		rule: `${JUDGE_PREFIX}${rule.trim().toLowerCase().replace(/\s+/g, '_')}`,
		message_id: message_id ?? null,
		reason: reason.trim() || 'The judge gave no reason.',
	}));
}

/** Sends the chat to the judge and parses its answer. Never throws: failures are returned as results. */
async function send(app: App, call: JudgeClaim, signal: AbortSignal): Promise<JudgeAttempt> {
	const { judge, chat_session_id } = call;
	if (!judge) return { result: 'failed', error: 'the site has no judge' };
	try {
		const body = await buildBody(createSystemContext(app), chat_session_id);
		if (!body) return { result: 'failed', error: 'the chat was deleted' };
		const { url, auth_header: header } = judge;
		const headers = header && {
			[header.name.toLowerCase()]: app.secrets.open(header.sealed_value),
		};
		const response = await callJudge(app, { url, body, signal, ...(headers && { headers }) });
		const answer = judgeAnswer.safeParse(response).data;
		return answer
			? { result: 'sent', error: null, answer }
			: { result: 'retry', error: 'The judge’s answer has neither "flags" nor "pass".' };
	} catch (error) {
		const judgeError = error instanceof JudgeError ? error : undefined;
		const isAborted =
			judgeError?.cause instanceof OutboundError && judgeError.cause.reason === 'aborted';
		const message = error instanceof Error ? error.message : String(error);
		return {
			result: isAborted ? 'released' : 'retry',
			error: cleanText(message).slice(0, 500),
			retry_after_ms: judgeError?.retryAfterMs,
		};
	}
}

/** Returns the request body: the chat as webhooks receive it, with message IDs. */
async function buildBody(ctx: Ctx, id: number): Promise<object | undefined> {
	const session = await findSession(ctx, id);
	if (!session) return undefined;
	const { messages, lead } = await runReads(ctx.db, {
		messages: readMessages(session),
		lead: readLead(session),
	});
	const transcript = messages.map(({ id, sender, message, timestamp: at }) => ({
		id,
		sender,
		message,
		timestamp: at,
	}));
	return { session, lead, transcript, expected: null };
}
