import { createHmac } from 'node:crypto';
import { AppError, forbidden } from '#lib/server/core/errors.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { isSame } from '#lib/server/core/secrets.ts';
import { requireMessenger } from './internal.ts';

/** Answers Facebook's question whether this address is ours, by its challenge; throws Forbidden for a wrong token. */
export function answerChallenge(
	{ app }: Ctx,
	query: { mode: string; verify_token: string; challenge: string },
): string {
	const { verifyToken } = requireMessenger(app);
	if (!isSame(query.verify_token, verifyToken)) throw forbidden('the verify token does not fit');
	if (query.mode !== 'subscribe' || !/^[\w-]{1,200}$/.test(query.challenge)) {
		throw new AppError('invalid', 'hub.mode must be "subscribe", with a hub.challenge');
	}
	return query.challenge;
}

/** Throws Forbidden unless the app's secret has signed exactly these bytes. */
export function requireSignature({ app }: Ctx, body: Uint8Array, signature: string | undefined) {
	const { appSecret } = requireMessenger(app);
	const expected = `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
	if (signature === undefined || !isSame(signature.toLowerCase(), expected)) {
		throw forbidden('X-Hub-Signature-256 does not fit the body');
	}
}
