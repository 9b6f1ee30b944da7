import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config';
import { clientAddress } from '../client-address';
import type { Ctx } from '../context';
import { forbidden } from '../errors';
import { getSite } from '../sites';

interface Handshake {
	address: string;
	headers: IncomingHttpHeaders;
}

export function clientOf(config: Config, { address, headers }: Handshake) {
	const forwarded = headers['x-forwarded-for'];
	return {
		address: clientAddress(config, address, Array.isArray(forwarded) ? forwarded.join(',') : forwarded),
		userAgent: headers['user-agent'],
	};
}

/**
 * The frame is a page of ours, so its sockets carry our own origin; a page that speaks to us without the frame must be
 * one that may embed the site. Programs send no origin.
 */
export async function refuseOtherOrigins(
	ctx: Ctx,
	{ headers }: Handshake,
	site: { id: number } | { key: string },
): Promise<void> {
	const { origin, host } = headers;
	if (!origin || origin === new URL(ctx.app.config.publicUrl).origin) return;
	if (URL.parse(origin)?.host === host) return;
	const { allowed_origins } = await getSite(ctx, site);
	if (allowed_origins.length === 0 || allowed_origins.includes(origin)) return;
	throw forbidden(`${origin} may not embed this site`);
}
