import { and, eq, sql } from 'drizzle-orm';
import type { SiteConsent } from '#lib/contract/site-settings.ts';
import { consentInput, type ConsentInput } from '#lib/contract/widget.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import { getOpenSite, getSite } from '#lib/server/sites/unchecked.ts';
import { findSession, type SessionRow } from './get.ts';

/**
 * Stores which version of the site's consent text the visitor agreed to, and when. Does nothing for the same version again,
 * or for one that is newer than the site's.
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
	if (consent?.is_required) throw consentMissing(consent);
}

/** Does the same for a message that starts a chat session, by the consent version sent with it. */
export async function requireConsentToStart(
	ctx: Ctx,
	siteKey: string,
	version: string | undefined,
): Promise<void> {
	const { consent } = await getOpenSite(ctx, siteKey);
	if (!consent?.is_required) return;
	const hasConsent = version !== undefined && Date.parse(version) <= Date.parse(consent.version);
	if (!hasConsent) throw consentMissing(consent);
}

function consentMissing({ version }: SiteConsent): AppError {
	const message = `ask the visitor for consent to the site's text, and send its version, ${version}`;
	return new AppError('forbidden', message, { errors: [{ path: 'consent_version', message }] });
}
