import type { Ctx } from '../core/context.ts';
import { forbidden } from '../core/errors.ts';
import { getSite } from './get-site.ts';

/**
 * Throws `forbidden` when the request comes from a page that may not embed the site, and `not_found` for an unknown site.
 * Allows requests of the widget's frame, which has this server's origin, and of programs, which send none. `site` is called
 * only when the site has to be loaded.
 */
export async function requireOrigin(
	ctx: Ctx,
	{ origin, host }: { origin?: string; host?: string },
	site: () => Promise<{ id: number } | { key: string }>,
): Promise<void> {
	if (origin === undefined || isOwnOrigin(ctx, origin, host)) return;
	const { allowed_origins } = await getSite(ctx, await site());
	if (allowed_origins.length === 0 || allowed_origins.includes(origin)) return;
	throw forbidden(`${origin.slice(0, 200)} may not embed this site`);
}

function isOwnOrigin({ app }: Ctx, origin: string, host: string | undefined): boolean {
	const page = URL.parse(origin);
	return (
		page !== null && (page.host === host || page.origin === URL.parse(app.config.publicUrl)?.origin)
	);
}
