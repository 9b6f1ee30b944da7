import { fail } from '@sveltejs/kit';
import { message, superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { changePasswordInput, profileInput } from '#lib/contract/user.ts';
import { changePassword } from '#lib/server/team/auth/index.ts';
import { browserOf, refused, setAuthCookie, shown, withoutPasswords } from '#lib/server/pages.ts';
import {
	endOtherAuthSessions,
	getProfile,
	listOwnAuthSessions,
	updateProfile,
} from '#lib/server/team/users/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, request }) => {
	const { name, time_zone, wants_daily_summary } = await shown(getProfile(locals.ctx));
	const cookie = request.headers.get('cookie');
	const given = { name, time_zone: time_zone ?? '', wants_daily_summary };
	return {
		profile: await superValidate(given, zod4(profileInput), { id: 'profile' }),
		password: await superValidate(zod4(changePasswordInput), { id: 'password' }),
		auth_sessions: await shown(listOwnAuthSessions(locals.ctx, cookie)),
		time_zones: Intl.supportedValuesOf('timeZone'),
	};
};

export const actions: Actions = {
	profile: async ({ request, locals }) => {
		const form = await superValidate(request, zod4(profileInput), { id: 'profile' });
		if (!form.valid) return fail(422, { form });
		try {
			await updateProfile(locals.ctx, form.data);
		} catch (fault) {
			return refused(form, fault);
		}
		return { form };
	},
	password: async (event) => {
		const { request, locals, cookies } = event;
		const form = await superValidate(request, zod4(changePasswordInput), { id: 'password' });
		if (!form.valid) return fail(422, { form: withoutPasswords(form) });
		try {
			const { cookie } = await changePassword(locals.ctx, form.data, browserOf(event));
			setAuthCookie(cookies, cookie);
		} catch (fault) {
			return refused(form, fault);
		}
		return { form: withoutPasswords(form) };
	},
	others: async ({ request, locals }) => {
		const form = await superValidate(request, zod4(changePasswordInput.pick({})), { id: 'others' });
		try {
			await endOtherAuthSessions(locals.ctx, request.headers.get('cookie'));
		} catch (fault) {
			return refused(form, fault);
		}
		return message(form, 'done');
	},
};
