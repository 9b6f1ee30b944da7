import { z } from 'zod';

/** An HTTP(S) URL without credentials. Private addresses are rejected when the URL is called, not here. */
export const webhookUrl = z
	.string()
	.max(2000)
	.refine((value) => {
		const url = URL.parse(value);
		return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
	}, 'must be a URL that starts with https:// or http://')
	.refine((value) => {
		const url = URL.parse(value);
		return !url?.username && !url?.password;
	}, 'must not contain a username or password');

/** Headers that the HTTP client sets. */
const RESERVED_HEADERS =
	/^(host|connection|content-length|content-type|transfer-encoding|accept-encoding|upgrade|te|trailer|expect)$/i;

const headerName = z
	.string()
	.trim()
	.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'enter a header name such as X-Api-Key')
	.refine((name) => !RESERVED_HEADERS.test(name), 'this header is set automatically');
/** A secret sent in a header. */
export const headerSecret = z
	.string()
	.trim()
	.min(1, 'enter the value')
	.max(4000)
	.regex(/^[\x20-\x7e]*$/, 'use printable ASCII characters on one line');

/** A header that authenticates the call; omit the value to keep the stored one. */
export const authHeaderInput = z.strictObject({ name: headerName, value: headerSecret.optional() });

/** The faults that a test of a connector or endpoint can identify. Each has its own remedy. */
export const connectorFault = z.enum([
	'workflow_not_active',
	'not_a_webhook_url',
	'chat_path_missing',
	'test_url',
	'wrong_method',
	'answers_immediately',
	'answers_by_chat_nodes',
	'no_data',
	'respond_mode',
	'wrong_credentials',
	'address_not_allowed',
	'empty_answer',
	'streaming_off_in_agent',
	'html_answer',
	'no_reply_in_answer',
	'workflow_failed',
	'private_address',
	'redirect',
	'tls',
	'dns',
	'refused',
	'broken_off',
	'timeout',
	'gateway',
	'rate_limited',
	'too_large',
	'bad_status',
	'other',
]);
export type ConnectorFault = z.infer<typeof connectorFault>;
