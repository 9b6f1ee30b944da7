import type { App } from '#lib/server/core/context.ts';
import { notFound } from '#lib/server/core/errors.ts';

/** What the channel is set up with; throws NotFound when it is off. */
export function requireMessenger({ config }: App) {
	if (!config.messenger) throw notFound('the Messenger channel, which is not set up,');
	return config.messenger;
}
