import { redirect } from '@sveltejs/kit';
import { signOut } from '#lib/server/team/auth/index.ts';
import { setAuthCookie } from '#lib/server/pages.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ request, locals, cookies }) => {
	setAuthCookie(cookies, await signOut(locals.ctx, request.headers.get('cookie')));
	redirect(303, '/login');
};
