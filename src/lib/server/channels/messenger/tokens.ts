import type { App, Ctx } from '#lib/server/core/context.ts';
import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { messenger_pages } from '#lib/server/core/db/schema/index.ts';
import { GraphError, requireMessenger } from './graph.ts';

/** The fingerprint of a page that has no token at all. */
const NO_TOKEN = 'none';

/** Identifies a token without revealing it. */
export const fingerprint = (token: string) =>
	createHash('sha256').update(token).digest('hex').slice(0, 16);

/** Returns the fingerprint of the server's token, which every page without its own uses. */
export const serverFingerprint = (app: App): string => {
	const { pageToken } = requireMessenger(app);
	return pageToken === undefined ? NO_TOKEN : fingerprint(pageToken);
};

interface Tokens {
	sealed_token: string | null;
	token_fingerprint: string | null;
}

/** Returns the fingerprint of the token that a page uses. */
export const fingerprintOf = (app: App, page: Pick<Tokens, 'token_fingerprint'>): string =>
	page.token_fingerprint ?? serverFingerprint(app);

/** Returns the token that a page uses; throws GraphError when there is none, or none that this server can open. */
export function tokenOf(app: App, { sealed_token }: Pick<Tokens, 'sealed_token'>): string {
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

/** Returns the token of a page by its id; throws like `tokenOf`. */
export async function findToken({ app, db }: Ctx, pageId: string): Promise<string> {
	const [page] = await db
		.select({ sealed_token: messenger_pages.sealed_token })
		.from(messenger_pages)
		.where(eq(messenger_pages.page_id, pageId));
	return tokenOf(app, page ?? { sealed_token: null });
}
