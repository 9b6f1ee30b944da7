import { redirect } from '@sveltejs/kit';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ locals, url }) => {
	const { actor } = locals.ctx;
	if (actor.type !== 'user') {
		redirect(303, `/login?redirect_to=${encodeURIComponent(url.pathname + url.search)}`);
	}
	const { id, name, email, role } = actor;
	return { user: { id, name, email, role } };
};
