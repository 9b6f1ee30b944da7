import { z } from 'zod';
import { timestamp } from './common.ts';
import { siteKey } from './site.ts';

/** A Facebook page whose conversations come here. */
const messengerPage = z.object({
	page_id: z.string(),
	/** null: the token has not been tested yet. */
	name: z.string().nullable(),
	/** The site that its new conversations belong to. */
	site: siteKey,
	last_event_at: timestamp.nullable(),
	/** Facebook refuses the token: nothing is sent until there is another. */
	needs_reconnect: z.boolean(),
	last_error: z.string().nullable(),
	last_error_at: timestamp.nullable(),
});

/** The Messenger channel as the settings show it. */
export const messengerState = z.object({
	is_on: z.boolean(),
	/** The verify token is so short that others could guess it. */
	is_token_short: z.boolean(),
	webhook_url: z.string(),
	pages: z.array(messengerPage),
});
export type MessengerState = z.infer<typeof messengerState>;
