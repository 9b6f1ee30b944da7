import { and, eq, sql } from 'drizzle-orm';
import type { CompletionStatus } from '#lib/contract/common.ts';
import { type Session, sessionPatch, type SessionPatch } from '#lib/contract/session.ts';
import type { SiteConsent } from '#lib/contract/site-settings.ts';
import { visitorPage, type VisitorPage } from '#lib/contract/visitor-context.ts';
import { consentInput, type ConsentInput } from '#lib/contract/widget.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, sites, users } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam, requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { getOpenSite, getSite } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { completeSession } from './complete.ts';
import { findSession, resolveSession, type SessionRow } from './get.ts';

/**
 * Changes the archive status, the completion status or the assignee. Throws `not_found`, `conflict` if this would reopen a
 * complete chat session, and `invalid` for an unknown assignee.
 */
export async function updateSession(ctx: Ctx, id: string, input: SessionPatch): Promise<Session> {
	requireTeam(ctx, 'sessions:write');
	const patch = parse(sessionPatch, input);
	return inTransaction(ctx, async (tx) => {
		const row = await resolveSession(tx, id, 'no key update');
		if (patch.completion_status) await changeCompletion(tx, row, patch.completion_status);
		if (patch.archive_status) await changeArchive(tx, row, patch.archive_status);
		if (patch.assignee !== undefined) await changeAssignee(tx, row, patch.assignee);
		const session = await findSession(tx, row.id);
		if (!session) throw notFound(`chat session ${id.slice(0, 60)}`);
		await record(tx, 'session.updated', { session });
		return session;
	});
}

async function changeCompletion(ctx: Ctx, row: SessionRow, status: CompletionStatus) {
	if (status === row.completion_status) return;
	if (status === 'complete') {
		const source = ctx.actor.type === 'user' ? 'agent' : 'api';
		await completeSession(ctx, { chat_session_id: row.id, source });
		await audit(ctx, { action: 'session.completed', chat_session_id: row.id });
		return;
	}
	if (row.completion_status === 'complete') {
		throw conflict('the chat session is complete: undo its completion instead');
	}
	await updateRow(ctx, row, { completion_status: status });
}

async function changeArchive(ctx: Ctx, row: SessionRow, status: SessionRow['archive_status']) {
	if (status === row.archive_status) return;
	const isArchived = status === 'archived';
	await updateRow(ctx, row, {
		archive_status: status,
		archived_at: isArchived ? ctx.app.clock() : null,
	});
	const action = isArchived ? 'session.archived' : 'session.restored';
	await audit(ctx, { action, chat_session_id: row.id });
}

async function changeAssignee(ctx: Ctx, row: SessionRow, assignee_id: number | null) {
	const name = assignee_id === null ? null : await getActiveUserName(ctx, assignee_id);
	if (assignee_id === row.assignee_id) return;
	await updateRow(ctx, row, { assignee_id });
	const detail = { assignee: name };
	await audit(ctx, { action: 'session.assigned', chat_session_id: row.id, detail });
}

const updateRow = (ctx: Ctx, { id }: SessionRow, changes: Partial<SessionRow>) =>
	ctx.db.update(chat_sessions).set(changes).where(eq(chat_sessions.id, id));

async function getActiveUserName(ctx: Ctx, id: number): Promise<string> {
	const [user] = await ctx.db
		.select({ name: users.name, is_active: users.is_active })
		.from(users)
		.where(eq(users.id, id));
	if (user?.is_active) return user.name;
	throw new AppError('invalid', 'assignee: no such active user', {
		errors: [{ path: 'assignee', message: 'no such active user' }],
	});
}

/**
 * Stores the version of the site's consent text that the visitor agreed to, and when. Does nothing if the version is
 * already stored, or newer than the site's.
 */
export async function acceptConsent(
	ctx: Ctx,
	sessionId: string,
	input: ConsentInput,
): Promise<void> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:write');
	const { version } = parse(consentInput, input);
	const { consent_version, site_id } = chat_sessions;
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.update(chat_sessions)
			.set({ consent_version: new Date(version), consented_at: tx.app.clock() })
			.from(sites)
			.where(
				and(
					eq(chat_sessions.public_id, sessionId),
					eq(sites.id, site_id),
					sql`${consent_version} is distinct from ${version}::timestamptz`,
					sql`(${sites.consent} ->> 'version')::timestamptz >= ${version}::timestamptz`,
				),
			)
			.returning({ id: chat_sessions.id });
		const session = row && (await findSession(tx, row.id));
		if (session) await record(tx, 'session.updated', { session });
	});
}

/** Throws `forbidden` while the chat session's site requires a consent that the visitor hasn't given. */
export async function requireConsent(ctx: Ctx, session: SessionRow): Promise<void> {
	// Messenger and test chats don't ask for consent.
	if (session.channel !== 'web' || session.consent_version) return;
	const { consent } = await getSite(ctx, { id: session.site_id });
	if (consent?.is_required) throw createConsentError(consent);
}

/** Throws `forbidden` if a message would start a chat session without the consent that its site requires. */
export async function requireConsentToStart(
	ctx: Ctx,
	siteKey: string,
	version: string | undefined,
): Promise<void> {
	const { consent } = await getOpenSite(ctx, siteKey);
	if (!consent?.is_required) return;
	const hasConsent = version !== undefined && Date.parse(version) <= Date.parse(consent.version);
	if (!hasConsent) throw createConsentError(consent);
}

function createConsentError({ version }: SiteConsent): AppError {
	const message = `ask the visitor for consent to the site's text, and send its version, ${version}`;
	return new AppError('forbidden', message, { errors: [{ path: 'consent_version', message }] });
}

/** The maximum number of stored pages; when it is reached, the oldest is dropped. */
const MAX_PAGES = 50;

/** Appends the visitor's current page to the pages they saw, unless it is already the latest one. */
export async function setPage(ctx: Ctx, sessionId: string, input: VisitorPage): Promise<void> {
	requireVisitorOrTeam(ctx, sessionId, 'sessions:write');
	const page = parse(visitorPage, input);
	const entry = JSON.stringify({ ...page, at: ctx.app.clock().toISOString() });
	const { context, pages } = chat_sessions;
	await ctx.db
		.update(chat_sessions)
		.set({
			context: sql`${context} || ${JSON.stringify(page)}::jsonb`,
			pages: sql`case
				when ${pages} -> -1 ->> 'page_url' = ${page.page_url} then ${pages}
				when jsonb_array_length(${pages}) >= ${MAX_PAGES}::int then (${pages} - 0) || ${entry}::jsonb
				else ${pages} || ${entry}::jsonb end`,
		})
		.where(eq(chat_sessions.public_id, sessionId));
}
