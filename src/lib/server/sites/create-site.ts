import { siteInput, type SiteInput, type SiteSettings } from '#lib/contract/site-settings.ts';
import { audit } from '../team/audit/index.ts';
import { requireAdmin } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { sites } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { AppError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { FRESH_SITE } from './fresh-site.ts';
import { presentSettings, presentSite } from './internal.ts';

/** Makes a site that asks the usual questions by the scripted AI; admins only. Throws Conflict for a key that is taken. */
export async function createSite(ctx: Ctx, input: SiteInput): Promise<SiteSettings> {
	requireAdmin(ctx);
	const { name, key = keyFrom(name) } = parse(siteInput, input);
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.insert(sites)
			.values({ ...FRESH_SITE, name, key, created_at: tx.app.clock() })
			.onConflictDoNothing()
			.returning();
		if (!row) throw keyIsTaken(key);
		await audit(tx, { action: 'site.created', target: { type: 'site', id: key, name } });
		await record(tx, 'site.updated', { site: presentSite(row) });
		return presentSettings(tx.app, row);
	});
}

/** What of a name can stand in an address. */
function keyFrom(name: string): string {
	const key = name
		.normalize('NFKD')
		.toLowerCase()
		.replace(/\p{Mark}/gu, '')
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+/, '')
		.slice(0, 63)
		.replace(/-+$/, '');
	if (key !== '') return key;
	const message = 'give a key: none can be made from this name';
	throw new AppError('invalid', message, { errors: [{ path: 'key', message }] });
}

function keyIsTaken(key: string): AppError {
	const message = `there is a site with the key "${key}" already: choose another key`;
	return new AppError('conflict', message, { errors: [{ path: 'key', message }] });
}
