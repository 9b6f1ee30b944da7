import { findWidgetFile } from '#lib/server/embed/index.ts';
import type { RequestHandler } from './$types';

/** Serves the frame's assets, which never change, because their names contain a content hash. */
export const GET: RequestHandler = async ({ params, request, locals }) => {
	const { publicUrl } = locals.ctx.app.config;
	const acceptEncoding = request.headers.get('accept-encoding');
	const file = await findWidgetFile(`assets/${params.file}`, acceptEncoding, publicUrl);
	if (!file) return new Response('File not found', { status: 404 });
	const headers = { ...file.headers, 'Cache-Control': 'public, max-age=31536000, immutable' };
	return new Response(file.body, { headers });
};
