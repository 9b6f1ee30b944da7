import { createHmac, randomUUID } from 'node:crypto';
import { PAGE } from './stand-in/messenger.ts';

/** Turns Messenger on. Tests set the stand-in's address separately, once it has started. */
export const MESSENGER_ENVIRONMENT = {
	MESSENGER_VERIFY_TOKEN: 'the-verify-token',
	MESSENGER_APP_SECRET: 'the-app-secret',
	MESSENGER_PAGE_TOKEN: 'page-token',
};

/** Returns the signature header with which Facebook authenticates. */
export const signBody = (body: string) =>
	`sha256=${createHmac('sha256', MESSENGER_ENVIRONMENT.MESSENGER_APP_SECRET).update(body).digest('hex')}`;

/** Returns the body of a webhook call from Facebook, with events of one page. */
export const createBatch = (items: object[], page = PAGE.id) =>
	JSON.stringify({ object: 'page', entry: [{ id: page, time: Date.now(), messaging: items }] });

const createMessageId = () => `m_${randomUUID()}`;

/** Returns an event caused by a visitor. */
export const createVisitorEvent = (
	psid: string,
	event: object,
	timestamp = Date.now(),
	page = PAGE.id,
) => ({
	sender: { id: psid },
	recipient: { id: page },
	timestamp,
	...event,
});

export const createText = (
	psid: string,
	text: string,
	timestamp?: number,
	mid = createMessageId(),
) => createVisitorEvent(psid, { message: { mid, text } }, timestamp);

/** Returns Facebook's echo of a message that the page has sent. */
export const createEcho = (psid: string, message: object) => ({
	sender: { id: PAGE.id },
	recipient: { id: psid },
	timestamp: Date.now(),
	message: { mid: createMessageId(), is_echo: true, ...message },
});
