import { eq } from 'drizzle-orm';
import { siteInput, type SiteInput, type SiteSettings } from '#lib/contract/site-settings.ts';
import { audit } from '../team/audit/unchecked.ts';
import { requireAdmin } from '../core/permissions.ts';
import type { Ctx } from '../core/context.ts';
import { sites, type ConnectorSettings } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { AppError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { presentSettings, presentSite } from './internal.ts';
import { SITE_DEFAULTS } from './site-defaults.ts';

/** Creates a site with the default questions and the scripted AI. Admins only. Throws `conflict` when the key is taken. */
export async function createSite(ctx: Ctx, input: SiteInput): Promise<SiteSettings> {
	requireAdmin(ctx);
	const { name, key = keyFrom(name) } = parse(siteInput, input);
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.insert(sites)
			.values({ ...SITE_DEFAULTS, name, key, created_at: tx.app.clock() })
			.onConflictDoNothing()
			.returning();
		if (!row) throw keyTaken(key);
		await audit(tx, { action: 'site.created', target: { type: 'site', id: key, name } });
		await record(tx, 'site.updated', { site: presentSite(row) });
		return presentSettings(tx.app, row);
	});
}

/** Derives a site key, which is part of URLs, from a name. Throws `invalid` when the name has no usable character. */
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
	const message = 'enter a key: this name has no characters to derive one from';
	throw new AppError('invalid', message, { errors: [{ path: 'key', message }] });
}

function keyTaken(key: string): AppError {
	const message = `a site with the key "${key}" already exists: choose another key`;
	return new AppError('conflict', message, { errors: [{ path: 'key', message }] });
}

/** Creates the site `default` on the first start. While `AI_WEBHOOK_URL` is set, every start applies it to the site's AI. */
export async function ensureDefaultSite(ctx: Ctx): Promise<void> {
	const { aiWebhook } = ctx.app.config;
	const connector: ConnectorSettings = aiWebhook
		? {
				type: 'n8n',
				url: aiWebhook.url,
				auth_header: aiWebhook.auth && {
					name: aiWebhook.auth.name,
					sealed_value: ctx.app.secrets.seal(aiWebhook.auth.value),
				},
			}
		: { type: 'scripted' };
	await ctx.db
		.insert(sites)
		.values({
			key: 'default',
			name: 'Default',
			...SITE_DEFAULTS,
			connector,
		})
		.onConflictDoNothing();
	if (aiWebhook) await ctx.db.update(sites).set({ connector }).where(eq(sites.key, 'default'));
}
