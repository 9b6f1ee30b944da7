import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** Redirects links that use the playground's former name. */
export const GET: RequestHandler = ({ url }) =>
	redirect(308, url.pathname.replace('/test-ai', '/playground') + url.search);
