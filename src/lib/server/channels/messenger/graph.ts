import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { messenger_pages } from '#lib/server/core/db/schema/index.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { tryParseJson } from '#lib/server/core/parse.ts';

const TIMEOUT_MS = 15_000;

const errorSchema = z.object({
	error: z.object({
		message: z.string().default('no reason was given'),
		code: z.number().default(0),
		error_subcode: z.number().optional(),
		is_transient: z.boolean().optional(),
	}),
});

/** Returns the channel's configuration. Throws NotFound if it is off. */
export function requireMessenger({ config }: App) {
	if (!config.messenger) throw notFound('the Messenger channel, which is not set up,');
	return config.messenger;
}

/**
 * `token`: the page must be reconnected; `window`: the 24-hour window has closed; `wait`: a retry may succeed; `final`: it
 * can't.
 */
export type Refusal = 'token' | 'window' | 'wait' | 'final';

/** An error from Facebook's Graph API. */
export class GraphError extends Error {
	override name = 'GraphError';
	readonly refusal: Refusal;
	constructor(message: string, refusal: Refusal) {
		super(message.slice(0, 500));
		this.refusal = refusal;
	}
}

/**
 * Calls Facebook's Graph API with a page's token. The API's address isn't restricted, because it comes from the
 * server's configuration rather than user input. Throws GraphError.
 */
export async function callGraph(
	app: App,
	token: string,
	path: string,
	options: { body?: object; query?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<unknown> {
	const { apiUrl } = requireMessenger(app);
	const url = new URL(`${apiUrl}/${path}`);
	const query = { ...options.query, access_token: token };
	for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
	const timeoutSignal = AbortSignal.timeout(TIMEOUT_MS);
	try {
		const response = await fetch(url, {
			method: options.body ? 'POST' : 'GET',
			headers: options.body && { 'content-type': 'application/json' },
			body: options.body && JSON.stringify(options.body),
			redirect: 'error',
			signal: options.signal ? AbortSignal.any([options.signal, timeoutSignal]) : timeoutSignal,
		});
		return readResponse(response.status, await response.text());
	} catch (error) {
		if (error instanceof GraphError) throw error;
		throw new GraphError('Facebook did not respond', 'wait');
	}
}

function readResponse(status: number, text: string): unknown {
	const body = tryParseJson(text);
	if (status >= 200 && status < 300) return body;
	const { data } = errorSchema.safeParse(body);
	if (!data) {
		const isTransient = status === 408 || status === 429 || status >= 500;
		throw new GraphError(
			`Facebook responded with status ${status}`,
			isTransient ? 'wait' : 'final',
		);
	}
	const { code, error_subcode, message } = data.error;
	const messageWithCode = `${message} (code ${[code, error_subcode].filter(Boolean).join('/')})`;
	throw new GraphError(messageWithCode, classifyRefusal(status, data.error));
}

/** Codes of unknown and service errors, and of the various rate limits. */
const TRANSIENT_CODES = new Set([1, 2, 4, 17, 32, 341, 613, 80_006]);
/** Codes of session and token errors, including missing permission to send. */
const TOKEN_CODES = new Set([3, 10, 102, 190]);
const WINDOW_SUBCODE = 2_018_278;
/** The subcode if the visitor blocked the page or deleted their account. */
const UNAVAILABLE_SUBCODE = 1_545_041;

function classifyRefusal(status: number, error: z.infer<typeof errorSchema>['error']): Refusal {
	const { code, error_subcode: subcode, message } = error;
	if (
		subcode === WINDOW_SUBCODE ||
		(code === 10 && /outside (of )?(the )?allowed window/i.test(message))
	)
		return 'window';
	if (error.is_transient || TRANSIENT_CODES.has(code) || status === 429 || status >= 500)
		return 'wait';
	const isPermissionError = code >= 200 && code < 300 && subcode !== UNAVAILABLE_SUBCODE;
	return TOKEN_CODES.has(code) || isPermissionError ? 'token' : 'final';
}

/** The fingerprint when neither the page nor the server has a token. */
const NO_TOKEN = 'none';

/** Returns a fingerprint that identifies a token without revealing it. */
export const fingerprintToken = (token: string) =>
	createHash('sha256').update(token).digest('hex').slice(0, 16);

/** Returns the fingerprint of the server's token, which pages without their own use. */
export const getServerFingerprint = (app: App): string => {
	const { pageToken } = requireMessenger(app);
	return pageToken === undefined ? NO_TOKEN : fingerprintToken(pageToken);
};

interface PageTokenColumns {
	sealed_token: string | null;
	token_fingerprint: string | null;
}

/** Returns the fingerprint of the token that a page uses. */
export const getFingerprint = (
	app: App,
	page: Pick<PageTokenColumns, 'token_fingerprint'>,
): string => page.token_fingerprint ?? getServerFingerprint(app);

/** Returns the token that a page uses. Throws GraphError if there is none, or if this server can't decrypt it. */
export function getToken(
	app: App,
	{ sealed_token }: Pick<PageTokenColumns, 'sealed_token'>,
): string {
	const { pageToken } = requireMessenger(app);
	if (sealed_token === null) {
		if (pageToken === undefined) throw new GraphError('the page has no token', 'token');
		return pageToken;
	}
	try {
		return app.secrets.open(sealed_token);
	} catch {
		throw new GraphError('the stored token was sealed with another SECRET_KEY', 'token');
	}
}

/** Loads the page and returns the token that it uses. Throws like `getToken`. */
export async function loadToken({ app, db }: Ctx, pageId: string): Promise<string> {
	const [page] = await db
		.select({ sealed_token: messenger_pages.sealed_token })
		.from(messenger_pages)
		.where(eq(messenger_pages.page_id, pageId));
	return getToken(app, page ?? { sealed_token: null });
}
