import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Message } from '#lib/contract/message.ts';
import type { Review } from '#lib/contract/review.ts';
import { MAX_CASE_LINES } from '#lib/contract/constants.ts';
import {
	type CaseCheck,
	caseContent,
	type CaseContext,
	type CaseDraft,
	type CasePreview,
} from '#lib/contract/test-case.ts';
import { truncateText } from '#lib/contract/text.ts';
import { readMessages } from '#lib/server/conversations/messages/unchecked.ts';
import { resolveSession, type SessionRow } from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { type Read, runRead, runReads } from '#lib/server/core/db/reads.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { guessCountry, readLead } from '#lib/server/leads/unchecked.ts';
import { readReviews } from '#lib/server/quality/reviews/unchecked.ts';
import { getSite } from '#lib/server/sites/unchecked.ts';
import { PersonalDetails } from './personal-details.ts';

const MAX_TITLE_LENGTH = 80;

/** Returns the default title of a case: its first line. */
export const toTitle = ([first = 'Test case']: readonly string[]): string => {
	const line = first.split('\n')[0] ?? first;
	return line.length <= MAX_TITLE_LENGTH ? line : `${truncateText(line, MAX_TITLE_LENGTH - 1)}…`;
};

/** The chat that a case is created from. */
export interface Origin {
	id: number;
	site_id: number;
	details: PersonalDetails;
}

/** Returns a chat as the origin of a case. Throws `not_found`. Doesn't check permissions. */
export async function getOrigin(ctx: Ctx, sessionId: string): Promise<Origin> {
	const { id, site_id, public_id, context } = await resolveSession(ctx, sessionId);
	const site = await getSite(ctx, { id: site_id });
	const lead = await runRead(ctx.db, readLead({ id, session_id: public_id }));
	const country = guessCountry(site.country, context);
	return { id, site_id, details: new PersonalDetails({ ...lead, country }) };
}

/**
 * Drafts a test case from a chat, to be edited before it is saved: the visitor's first 50 messages without personal details,
 * and checks for what the chat achieved. Needs `quality:read` and `sessions:read`. Throws `not_found`, and `invalid` if the visitor
 * wrote nothing.
 */
export async function draftCase(ctx: Ctx, sessionId: string): Promise<CaseDraft> {
	requireTeam(ctx, 'quality:read');
	requireTeam(ctx, 'sessions:read');
	const session = await resolveSession(ctx, sessionId);
	const handle = { id: session.id, session_id: session.public_id };
	const site = await getSite(ctx, { id: session.site_id });
	const {
		lead,
		messages,
		reviews,
		suites,
		kept: keptCases,
	} = await runReads(ctx.db, {
		lead: readLead(handle),
		messages: readMessages(handle),
		reviews: readReviews(handle),
		suites: readNames(
			sql`select id, name from suites where site_id = ${site.id} order by name limit 200`,
		),
		kept: readNames(
			sql`select id, title as name from cases where source_id = ${session.id} order by id limit 20`,
		),
	});
	const country = guessCountry(site.country, session.context);
	const details = new PersonalDetails({ ...lead, country });
	const visitorMessages = messages
		.filter(({ sender }) => sender === 'visitor')
		.slice(0, MAX_CASE_LINES);
	const lines = await details.replaceAll(visitorMessages.map(({ message }) => message));
	if (lines.length === 0) throw new AppError('invalid', 'the visitor wrote nothing in this chat');
	const leadValues = {
		...lead?.answers,
		name: lead?.name,
		email: lead?.email,
		phone: lead?.phone,
		company: lead?.company,
	};
	const fields = Object.entries(leadValues).flatMap(([key, value]) => (value ? [key] : []));
	const issue = reviews.findLast(({ qa_status }) => qa_status === 'issue');
	const expected = reviews.findLast((review) => review.expected !== null);
	const draft = await details.replaceIn({
		title: toTitle(lines),
		context: toCaseContext(session, messages),
		checks: suggestChecks(session, fields, issue),
		expected: expected?.expected ?? null,
	});
	return {
		site: site.key,
		lines,
		...draft,
		expected_line: expected?.message_id ? findLine(messages, expected.message_id) : null,
		replaced: details.replacements,
		suites,
		kept: keptCases.map(({ id, name }) => ({ id, title: name })),
	};
}

/**
 * Replaces personal details of the chat's visitor in a case's content, as saving the case would. Needs
 * `quality:read` and `sessions:read`. Throws `not_found`.
 */
export async function previewCase(
	ctx: Ctx,
	sessionId: string,
	input: z.input<typeof caseContent>,
): Promise<CasePreview> {
	requireTeam(ctx, 'quality:read');
	requireTeam(ctx, 'sessions:read');
	const { details } = await getOrigin(ctx, sessionId);
	const content = await details.replaceIn(parse(caseContent, input));
	return { ...content, replaced: details.replacements };
}

const readNames = (query: ReturnType<typeof sql>): Read<{ id: number; name: string }[]> => ({
	query,
	parse: (rows) => z.array(z.object({ id: z.coerce.number(), name: z.string() })).parse(rows),
});

function toCaseContext({ context }: SessionRow, messages: Message[]): CaseContext {
	const { page_url, referrer, language, time_zone } = context;
	return {
		...(page_url && { page_url }),
		...(referrer && { referrer }),
		...(language && { language }),
		...(time_zone && { time_zone }),
		...(messages[0]?.sender === 'visitor' && { visitor_starts: true }),
	};
}

/** Suggests checks for what the chat achieved, and for the language if a review marks it as an issue. A chat that ended too early isn't expected to be completed. */
function suggestChecks(
	{ completion_status, context }: SessionRow,
	fields: string[],
	issue: Review | undefined,
): CaseCheck[] {
	const hasReason = (reason: Review['reasons'][number]) => issue?.reasons.includes(reason) ?? false;
	const language = context.language?.slice(0, 2).toLowerCase() ?? '';
	const checks: CaseCheck[] = [{ type: 'no_fallback' }];
	if (completion_status === 'complete' && !hasReason('ended_early'))
		checks.push({ type: 'completed' });
	for (const key of fields.slice(0, 10)) checks.push({ type: 'field_present', key });
	if (hasReason('wrong_language') && /^[a-z]{2}$/.test(language)) {
		checks.push({ type: 'language', code: language });
	}
	return checks;
}

/** Returns the number of the visitor line that a message belongs to; null if the message isn't in the chat. */
function findLine(messages: Message[], messageId: number): number | null {
	const messagesUpTo = messages.filter(({ id }) => id <= messageId);
	if (messagesUpTo.at(-1)?.id !== messageId) return null;
	const line = messagesUpTo.filter(({ sender }) => sender === 'visitor').length;
	return Math.min(line, MAX_CASE_LINES);
}
