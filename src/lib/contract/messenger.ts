import { z } from 'zod';
import { timestamp } from './common.ts';
import { siteKey } from './site.ts';

/** A Facebook page whose conversations come here. */
export const messengerPage = z.object({
	page_id: z.string(),
	/** null: the token has not been tested yet. */
	name: z.string().nullable(),
	/** The site that its new conversations belong to. */
	site: siteKey,
	last_event_at: timestamp.nullable(),
	/** There is no token, or Facebook refuses it: nothing is sent until there is another. */
	needs_reconnect: z.boolean(),
	/** Whose token writes for the page: its own, the server's (MESSENGER_PAGE_TOKEN), or nobody's. */
	token: z.enum(['own', 'server', 'none']),
	last_error: z.string().nullable(),
	last_error_at: timestamp.nullable(),
});
export type MessengerPage = z.infer<typeof messengerPage>;

/** Facebook's ids of pages and people. */
export const graphId = z.string().regex(/^[\w.-]{1,64}$/);

/** A page access token; which page it is for, Facebook says. */
export const pageTokenInput = z.object({
	token: z
		.string()
		.trim()
		.min(1, 'paste the page access token')
		.max(2000)
		.regex(/^[\w.|-]+$/, 'a page access token has letters and digits only'),
});
export type PageTokenInput = z.infer<typeof pageTokenInput>;

/** The Messenger channel as the settings show it. */
export const messengerState = z.object({
	is_on: z.boolean(),
	/** The verify token is so short that others could guess it. */
	is_token_short: z.boolean(),
	webhook_url: z.string(),
	/** MESSENGER_PAGE_TOKEN is set: it writes for pages that have no token of their own. */
	has_server_token: z.boolean(),
	pages: z.array(messengerPage),
});
export type MessengerState = z.infer<typeof messengerState>;
