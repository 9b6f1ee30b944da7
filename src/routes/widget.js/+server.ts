import { findWidgetFile } from '#lib/server/embed/index.ts';
import type { RequestHandler } from './$types';

/** Serves the loader, which is cached only briefly because its URL never changes. */
export const GET: RequestHandler = async ({ request, locals }) => {
	const { publicUrl } = locals.ctx.app.config;
	const acceptEncoding = request.headers.get('accept-encoding');
	const file = await findWidgetFile('widget.js', acceptEncoding, publicUrl);
	if (!file) return new Response('The widget is not built. Run "npm run build".', { status: 503 });
	const headers = {
		...file.headers,
		'Cache-Control': 'public, max-age=300, stale-while-revalidate=86400',
	};
	const isUnchanged = request.headers.get('if-none-match')?.includes(file.headers['ETag'] ?? '');
	return isUnchanged
		? new Response(null, { status: 304, headers })
		: new Response(file.body, { headers });
};
