import { z } from 'zod';
import { timestamp } from './common.ts';
import { siteKey } from './site.ts';

/** A Facebook Page whose conversations Frontdesk receives. */
export const messengerPage = z.object({
	page_id: z.string(),
	/** Null until the token is tested. */
	name: z.string().nullable(),
	/** The site that new conversations of the page belong to. */
	site: siteKey,
	last_event_at: timestamp.nullable(),
	/** Whether the token is missing or rejected by Facebook. Nothing is sent until it is replaced. */
	needs_reconnect: z.boolean(),
	/** The token used for the page: its own, the server's (MESSENGER_PAGE_TOKEN), or none. */
	token: z.enum(['own', 'server', 'none']),
	last_error: z.string().nullable(),
	last_error_at: timestamp.nullable(),
});
export type MessengerPage = z.infer<typeof messengerPage>;

/** A Facebook id of a page or person. */
export const graphId = z.string().regex(/^[\w.-]{1,64}$/);

/** A page access token. Facebook identifies the page that it belongs to. */
export const pageTokenInput = z.object({
	token: z
		.string()
		.trim()
		.min(1, 'paste the page access token')
		.max(2000)
		.regex(/^[\w.|-]+$/, 'a page access token contains only letters, digits and . _ | -'),
});
export type PageTokenInput = z.infer<typeof pageTokenInput>;

/** The state of the Messenger channel. */
export const messengerState = z.object({
	is_on: z.boolean(),
	/** Whether the verify token is short enough to guess. */
	is_token_short: z.boolean(),
	webhook_url: z.string(),
	/** Whether MESSENGER_PAGE_TOKEN is set and used for pages without a token of their own. */
	has_server_token: z.boolean(),
	pages: z.array(messengerPage),
});
export type MessengerState = z.infer<typeof messengerState>;
