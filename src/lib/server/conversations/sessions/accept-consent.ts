import { and, eq, sql } from 'drizzle-orm';
import { consentInput, type ConsentInput } from '#lib/contract/widget.ts';
import { requireVisitorOrTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions, sites } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { parse } from '#lib/server/core/parse.ts';
import { findSession } from './find.ts';

/**
 * Keeps which version of its site's consent text the visitor agreed to, and when; again by the same version changes
 * nothing, and neither does a version that the site does not have yet.
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
