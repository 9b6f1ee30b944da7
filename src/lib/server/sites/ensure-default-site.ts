import { eq } from 'drizzle-orm';
import type { Ctx } from '../core/context.ts';
import { sites, type ConnectorSettings } from '../core/db/schema/index.ts';
import { FRESH_SITE } from './fresh-site.ts';

/** Makes the site `default` on the first start; AI_WEBHOOK_URL, while it is set, decides its AI at every start. */
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
			...FRESH_SITE,
			connector,
		})
		.onConflictDoNothing();
	if (aiWebhook) await ctx.db.update(sites).set({ connector }).where(eq(sites.key, 'default'));
}
