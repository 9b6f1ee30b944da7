import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { RunMessage } from '#lib/contract/suite.ts';
import { type CaseCheck, caseCheck } from '#lib/contract/test-case.ts';
import type { Message } from '#lib/contract/message.ts';
import { turnOutcome, turnOutcomeLabels } from '#lib/contract/turn.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { runReads } from '#lib/server/core/db/reads.ts';
import { inTransaction } from '#lib/server/core/db/transaction.ts';
import { toTimestamp } from '#lib/server/core/outbox/outbox.ts';
import { normalizeFields, readLead } from '#lib/server/leads/unchecked.ts';
import { askJudge } from '../judge.ts';
import { endCase } from './end-case.ts';
import { type CaseChat, runChecks } from './run-checks.ts';

/** The maximum time for judging a case without judge webhooks. */
const LEASE_SECONDS = 20;
/** The additional time for each judge webhook. */
const JUDGE_SECONDS = 45;
const MAX_CLAIMED = 8;
/** The maximum time that an attempt waits for its chat to end. */
const MAX_ATTEMPT_MS = 45 * 60_000;
/** Outcomes of turns that failed for reasons other than the AI. */
const INTERRUPTIONS = new Set(['interrupted', 'dropped', 'internal', 'queue_timeout']);

const claimedCaseSchema = z.object({
	id: z.coerce.number(),
	case_id: z.coerce.number(),
	title: z.string(),
	lines: z.array(z.string()),
	checks: z.array(caseCheck),
	expected: z.string().nullable(),
	chat_session_id: z.coerce.number().nullable(),
	session_id: z.string().nullable(),
	site: z.string(),
	is_answered: z.boolean(),
	claimed_until: z.coerce.date(),
});
type ClaimedCase = z.infer<typeof claimedCaseSchema>;

/** Judges the cases whose chats have ended, and returns how many. Safe to run in several processes. */
export async function judgeAnsweredCases(ctx: Ctx, signal?: AbortSignal): Promise<number> {
	const claimedCases = await claimAnsweredCases(ctx);
	await Promise.all(
		claimedCases.map(async (row) => {
			const result = await judgeCase(ctx, row, signal);
			await inTransaction(ctx, async (tx) => {
				if (await isStillClaimed(tx, row)) await endCase(tx, row.id, result);
			});
		}),
	);
	return claimedCases.length;
}

async function claimAnsweredCases(ctx: Ctx): Promise<ClaimedCase[]> {
	const now = ctx.app.clock();
	const { rows } = await ctx.db.execute(sql`
		with due as (
			select id from suite_run_cases where status = 'running' and run_id in (
				select id from suite_runs where finished_at is null)
				and (is_answered or chat_session_id is null
					or started_at < ${toTimestamp(new Date(now.getTime() - MAX_ATTEMPT_MS))})
				and (claimed_until is null or claimed_until <= ${toTimestamp(now)})
			order by id limit ${MAX_CLAIMED} for no key update skip locked
		), claimed as (
			update suite_run_cases c set claimed_until = ${toTimestamp(now)} + make_interval(secs => ${LEASE_SECONDS}::float8
				+ ${JUDGE_SECONDS}::float8 * (select count(*) from jsonb_array_elements(c.checks) item where item ->> 'type' = 'judge'))
			from due where c.id = due.id returning c.*
		)
		select c.id, c.case_id, c.title, c.lines, c.checks, c.expected, c.chat_session_id, s.public_id as session_id, c.is_answered,
			c.claimed_until, site.key as site
		from claimed c join suite_runs r on r.id = c.run_id join sites site on site.id = r.site_id
		left join chat_sessions s on s.id = c.chat_session_id`);
	return z.array(claimedCaseSchema).parse(rows);
}

/** Returns whether this process still holds the claim. Locks the run before the case. */
async function isStillClaimed(tx: Ctx, { id, claimed_until }: ClaimedCase): Promise<boolean> {
	await tx.db.execute(sql`
		select from suite_runs where id = (select run_id from suite_run_cases where id = ${id}) for no key update`);
	const { rows } = await tx.db.execute(sql`
		select from suite_run_cases where id = ${id} and status = 'running' and claimed_until = ${toTimestamp(claimed_until)}
		for no key update`);
	return rows.length > 0;
}

async function judgeCase(
	ctx: Ctx,
	row: ClaimedCase,
	signal?: AbortSignal,
): Promise<Parameters<typeof endCase>[2]> {
	const { chat_session_id: id, session_id } = row;
	if (id === null || session_id === null)
		return { error: 'The test chat was deleted while it ran.' };
	const chat = await readChat(ctx, { id, session_id });
	if (chat.caseChat.turns.some(({ outcome }) => outcome !== null && INTERRUPTIONS.has(outcome))) {
		return 'interrupted';
	}
	if (!row.is_answered) return { error: 'The AI did not answer all messages in 45 minutes.' };
	const normalize = (key: string, value: string) => normalizeValue(key, value);
	const judge = (url: string) =>
		askJudge(ctx.app, {
			url,
			signal,
			transcript: chat.transcript.map(({ sender, message }) => ({ sender, message })),
			expected: row.expected,
			case: { id: row.case_id, title: row.title, site: row.site },
		});
	const { checks, error } = await runChecks(addDefaultCheck(row.checks), chat.caseChat, {
		normalize,
		judge,
	});
	const ok = checks.every((check) => check.ok);
	const { transcript, caseChat } = chat;
	return {
		ok,
		checks,
		transcript,
		lead: caseChat.lead,
		is_complete: caseChat.is_complete,
		ai_ms: caseChat.turns.reduce((sum, { ms }) => sum + ms, 0),
		error: ok ? null : (error ?? toUnreachableError(caseChat)),
	};
}

/** A case without checks passes when the AI answers. */
const addDefaultCheck = (checks: CaseCheck[]): CaseCheck[] =>
	checks.length > 0 ? checks : [{ type: 'no_fallback' }];

/** Returns an error if the AI never answered, since the case then can't assess its answers. */
function toUnreachableError({ turns }: CaseChat): string | null {
	const [first] = turns;
	if (!first || turns.some(({ outcome }) => outcome === 'ok')) return null;
	return `The AI did not answer: ${first.outcome ? turnOutcomeLabels[first.outcome] : 'No reply'}.`;
}

function normalizeValue(key: string, value: string): string {
	try {
		return normalizeFields({ [key]: value }, 'detected').accepted.get(key) ?? value;
	} catch {
		return value;
	}
}

const chatStateSchema = z.object({
	is_complete: z.boolean(),
	completed_at: z.coerce.date().nullable(),
});
const turnRows = z.array(
	z.object({
		message_id: z.coerce.number().nullable(),
		reply_id: z.coerce.number().nullable(),
		outcome: turnOutcome.nullable(),
		ms: z.coerce.number().nullable(),
		asks_for_person: z.boolean(),
	}),
);

async function readChat(ctx: Ctx, chat: { id: number; session_id: string }) {
	const { state, messages, lead, turns } = await runReads(ctx.db, {
		state: {
			query: sql`select completion_status = 'complete' as is_complete, completed_at from chat_sessions where id = ${chat.id}`,
			parse: (rows: unknown[]) => chatStateSchema.parse(rows[0]),
		},
		messages: readMessages(chat),
		lead: readLead(chat),
		turns: {
			query: sql`
				select t.message_id, m.id as reply_id, t.outcome, round(extract(epoch from t.finished_at - t.started_at) * 1000) as ms,
					coalesce(jsonb_typeof(report.trial -> 'handoff') = 'object', false) as asks_for_person
				from ai_turns t left join messages m on m.turn_id = t.turn_id
				left join turn_trials report on report.turn_id = t.turn_id
				where t.chat_session_id = ${chat.id} order by t.id`,
			parse: (rows: unknown[]) => turnRows.parse(rows),
		},
	});
	const transcript = toTranscript(
		messages,
		new Map(turns.map(({ reply_id, ms }) => [reply_id, ms])),
	);
	const linesById = new Map(messages.map(({ id }, index) => [id, transcript[index]?.line ?? 0]));
	const values = {
		name: lead?.name,
		email: lead?.email,
		phone: lead?.phone,
		company: lead?.company,
		...lead?.answers,
	};
	const caseChat: CaseChat = {
		answers: getAnswersByLine(transcript),
		turns: turns.map(({ message_id, outcome, ms, asks_for_person }) => ({
			line: message_id === null ? 0 : (linesById.get(message_id) ?? 0),
			outcome,
			ms: ms ?? 0,
			asks_for_person,
		})),
		fallback_lines: transcript.filter(({ is_fallback }) => is_fallback).map(({ line }) => line),
		lead: Object.fromEntries(
			Object.entries(values).flatMap(([key, value]) => (value ? [[key, value]] : [])),
		),
		is_complete: state.is_complete,
		completed_line: state.completed_at && findCompletionLine(transcript, state.completed_at),
	};
	return { transcript, caseChat };
}

/** Returns the messages, each with the number of the visitor's line that it belongs to. */
export function toTranscript(
	messages: Message[],
	answerMsById: ReadonlyMap<number | null, number | null> = new Map(),
): RunMessage[] {
	let line = 0;
	return messages.map(({ id, sender, message, timestamp: at, is_fallback }) => {
		if (sender === 'visitor') line += 1;
		return { sender, message, timestamp: at, line, is_fallback, ms: answerMsById.get(id) ?? null };
	});
}

/** Returns the AI's answers by line. */
function getAnswersByLine(transcript: RunMessage[]): string[] {
	const lines = Math.max(0, ...transcript.map(({ line }) => line));
	return Array.from({ length: lines + 1 }, (_, index) =>
		transcript
			.filter(({ line, sender }) => line === index && sender === 'ai')
			.map(({ message }) => message)
			.join('\n\n'),
	);
}

/** Returns the line of the latest answer stored before the completion. */
function findCompletionLine(transcript: RunMessage[], completedAt: Date): number {
	const answer = transcript.findLast(
		({ sender, timestamp: storedAt }) => sender === 'ai' && new Date(storedAt) <= completedAt,
	);
	return answer?.line ?? 0;
}
