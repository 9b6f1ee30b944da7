import type { Ctx } from '../core/context.ts';
import { forbidden } from '../core/errors.ts';
import { getSite } from './get-site.ts';

/**
 * Refuses what a page sends that may not embed the site; throws Forbidden, NotFound. The frame is a page of ours, and
 * programs send no origin: both pass. `site` may be a way to find it, which is only gone when it is needed.
 */
export async function requireOrigin(
	ctx: Ctx,
	{ origin, host }: { origin?: string; host?: string },
	site: () => Promise<{ id: number } | { key: string }>,
): Promise<void> {
	if (origin === undefined || isOurs(ctx, origin, host)) return;
	const { allowed_origins } = await getSite(ctx, await site());
	if (allowed_origins.length === 0 || allowed_origins.includes(origin)) return;
	throw forbidden(`${origin.slice(0, 200)} may not embed this site`);
}

function isOurs({ app }: Ctx, origin: string, host: string | undefined): boolean {
	const page = URL.parse(origin);
	return (
		page !== null && (page.host === host || page.origin === URL.parse(app.config.publicUrl)?.origin)
	);
}
