import { createWordpressPlugin } from '#lib/server/embed/index.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import { getSiteSettings } from '#lib/server/sites/index.ts';
import type { RequestHandler } from './$types';

/** Serves the WordPress plugin, configured for the site. */
export const GET: RequestHandler = async ({ locals: { ctx }, params }) => {
	const { key } = await withPageErrors(getSiteSettings(ctx, params.key));
	return new Response(createWordpressPlugin(ctx.app.config.publicUrl, key), {
		headers: {
			'Content-Type': 'application/zip',
			'Content-Disposition': 'attachment; filename="frontdesk.zip"',
			'Cache-Control': 'no-store',
		},
	});
};
