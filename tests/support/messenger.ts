import { createHmac, randomUUID } from 'node:crypto';
import { PAGE } from './stand-in/messenger.ts';

/** For `useTestApi`; the address of the stand-in is set when it is there. */
export const MESSENGER_ENVIRONMENT = {
	MESSENGER_VERIFY_TOKEN: 'the-verify-token',
	MESSENGER_APP_SECRET: 'the-app-secret',
	MESSENGER_PAGE_TOKEN: 'page-token',
};

/** The header by which Facebook proves itself. */
export const signatureOf = (body: string) =>
	`sha256=${createHmac('sha256', MESSENGER_ENVIRONMENT.MESSENGER_APP_SECRET).update(body).digest('hex')}`;

/** A batch as Facebook sends it; items of one page. */
export const batchOf = (items: object[], page = PAGE.id) =>
	JSON.stringify({ object: 'page', entry: [{ id: page, time: Date.now(), messaging: items }] });

const newMid = () => `m_${randomUUID()}`;

/** Something that a visitor did. */
export const fromVisitor = (
	psid: string,
	what: object,
	timestamp = Date.now(),
	page = PAGE.id,
) => ({
	sender: { id: psid },
	recipient: { id: page },
	timestamp,
	...what,
});

export const textOf = (psid: string, text: string, timestamp?: number, mid = newMid()) =>
	fromVisitor(psid, { message: { mid, text } }, timestamp);

/** A message of the page itself, as Facebook tells of it. */
export const echoOf = (psid: string, message: object) => ({
	sender: { id: PAGE.id },
	recipient: { id: psid },
	timestamp: Date.now(),
	message: { mid: newMid(), is_echo: true, ...message },
});
