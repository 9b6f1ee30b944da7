import { eq } from 'drizzle-orm';
import type { z } from 'zod';
import {
	siteUpdate,
	type SiteConsent,
	type SiteSettings,
	type SiteUpdate,
} from '#lib/contract/site-settings.ts';
import { audit } from '../team/audit/unchecked.ts';
import { requireAdmin } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { sites } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { conflict, notFound } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { sealConnector, sealHeader } from './connector-settings.ts';
import type { SiteRow } from './get-site.ts';
import { isConnectorFromEnvironment, lockSite, presentSettings, presentSite } from './internal.ts';

type Changes = z.output<typeof siteUpdate>;

/**
 * Updates the given settings of a site. Admins only. Throws `not_found`, `invalid`, and `conflict` for settings that the
 * environment determines.
 */
export async function updateSite(ctx: Ctx, key: string, input: SiteUpdate): Promise<SiteSettings> {
	requireAdmin(ctx);
	const changes = parse(siteUpdate, input);
	return inTransaction(ctx, async (tx) => {
		const present = await lockSite(tx, key);
		const columns = columnsOf(tx, changes, present);
		const changed = namesOfChanges(columns, present);
		if (changed.length === 0) return presentSettings(tx.app, present);
		const [row] = await tx.db
			.update(sites)
			.set(columns)
			.where(eq(sites.id, present.id))
			.returning();
		if (!row) throw notFound('the site');
		await audit(tx, {
			action: actionOf(present, row),
			target: { type: 'site', id: row.key, name: row.name },
			detail: { changed },
		});
		await record(tx, 'site.updated', { site: presentSite(row) });
		return presentSettings(tx.app, row);
	});
}

function columnsOf(ctx: Ctx, changes: Changes, present: SiteRow): Partial<SiteRow> {
	const { connector, consent, judge, is_archived, ...plain } = changes;
	const now = ctx.app.clock();
	if (connector && isConnectorFromEnvironment(ctx.app, present.key)) {
		throw conflict("AI_WEBHOOK_URL sets this site's AI: change the variable, or unset it");
	}
	if (is_archived && present.key === 'default') {
		throw conflict(
			'the site "default" cannot be archived: the environment and other programs use it',
		);
	}
	return {
		...plain,
		...(connector && {
			connector: sealConnector(ctx, connector, present.connector),
			// Another AI gets a chance at once.
			ai_down_since: null,
		}),
		...(judge !== undefined && { judge: judge && sealJudge(ctx, judge, present.judge) }),
		...(consent !== undefined && {
			consent: consent && nextConsent(consent, present.consent, now),
		}),
		...(is_archived !== undefined && {
			archived_at: is_archived ? (present.archived_at ?? now) : null,
		}),
	};
}

function sealJudge(
	ctx: Ctx,
	{ url, auth_header: header }: NonNullable<Changes['judge']>,
	present: SiteRow['judge'],
): NonNullable<SiteRow['judge']> {
	if (!header) return { url, auth_header: null };
	const path = 'judge.auth_header.value';
	return { url, auth_header: sealHeader(ctx, { url, header }, present, path) };
}

/** A changed text is a new version: visitors agreed to the old one only. */
function nextConsent(given: Omit<SiteConsent, 'version'>, present: SiteConsent | null, now: Date) {
	const isSame = present?.text === given.text;
	return { ...given, version: isSame ? present.version : now.toISOString() };
}

const namesOfChanges = (columns: Partial<SiteRow>, present: SiteRow) =>
	Object.entries(columns)
		.filter(([name, value]) => canonical(value) !== canonical(present[name as keyof SiteRow]))
		.map(([name]) => name);

/** Returns the same JSON regardless of the order of keys, which jsonb does not preserve. */
const canonical = (value: unknown): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		inner !== null && typeof inner === 'object' && !Array.isArray(inner) && !(inner instanceof Date)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);

function actionOf(before: SiteRow, after: SiteRow) {
	if (!before.archived_at && after.archived_at) return 'site.archived' as const;
	return before.archived_at && !after.archived_at ? 'site.restored' : 'site.updated';
}
