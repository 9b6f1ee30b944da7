import { createHash } from 'node:crypto';
import type { App } from '#lib/server/core/context.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** What the channel is set up with; throws NotFound when it is off. */
export function requireMessenger({ config }: App) {
	if (!config.messenger) throw notFound('the Messenger channel, which is not set up,');
	return config.messenger;
}

/** Names a token without telling it. */
export const fingerprint = (token: string) =>
	createHash('sha256').update(token).digest('hex').slice(0, 16);
