import { eq } from 'drizzle-orm';
import type { Ctx } from '../context';
import { sites, type ConnectorSettings } from '../db/schema';
import { DEFAULT_QUESTIONS } from './default-questions';

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
			look: {
				header_text: 'Get in touch with us to discuss your project',
				accent: '#0b6e5f',
				theme: 'auto',
				language: 'auto',
				launcher: { position: 'right', text: null },
			},
			questions: DEFAULT_QUESTIONS,
			completion_phrases: ['within 24 hours'],
			fallback_reply:
				'Sorry, I cannot answer right now. Please leave your name and your e-mail or phone number here, and someone from our team will get back to you.',
			connector,
		})
		.onConflictDoNothing();
	if (aiWebhook) await ctx.db.update(sites).set({ connector }).where(eq(sites.key, 'default'));
}
