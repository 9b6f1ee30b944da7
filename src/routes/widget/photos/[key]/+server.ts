import { findPhoto } from '#lib/server/team/users/index.ts';
import type { RequestHandler } from './$types';

/** Serves a user's photo to the team and visitors. Its key is a digest of its content. */
export const GET: RequestHandler = async ({ params, locals }) => {
	const [, type = '', data = ''] =
		/^data:([a-z/]+);base64,(.*)$/.exec((await findPhoto(locals.ctx, params.key)) ?? '') ?? [];
	if (data === '') return new Response('Photo not found', { status: 404 });
	return new Response(Buffer.from(data, 'base64'), {
		headers: {
			'Content-Type': type,
			'Cache-Control': 'public, max-age=31536000, immutable',
			'Cross-Origin-Resource-Policy': 'cross-origin',
		},
	});
};
