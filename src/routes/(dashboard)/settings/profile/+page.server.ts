import { z } from 'zod';
import { changePasswordInput, profileInput } from '#lib/contract/user.ts';
import { changePassword } from '#lib/server/team/auth/index.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { browserOf, setAuthCookie, shown } from '#lib/server/pages.ts';
import {
	endOtherAuthSessions,
	getProfile,
	listOwnAuthSessions,
	updateProfile,
} from '#lib/server/team/users/index.ts';
import type { Actions, PageServerLoad } from './$types';

/** A button alone. */
const noFields = z.object({});

export const load: PageServerLoad = async ({ locals, request }) => {
	const { name, time_zone, wants_daily_summary } = await shown(getProfile(locals.ctx));
	const cookie = request.headers.get('cookie');
	const given = { name, time_zone: time_zone ?? '', wants_daily_summary };
	return {
		profile: await createForm(profileInput, given, 'profile'),
		password: await createForm(changePasswordInput, undefined, 'password'),
		auth_sessions: await shown(listOwnAuthSessions(locals.ctx, cookie)),
		time_zones: Intl.supportedValuesOf('timeZone'),
	};
};

export const actions: Actions = {
	profile: (event) =>
		submitForm(
			event,
			profileInput,
			async (data) => void (await updateProfile(event.locals.ctx, data)),
			'profile',
		),
	password: (event) =>
		submitForm(
			event,
			changePasswordInput,
			async (data) => {
				const { cookie } = await changePassword(event.locals.ctx, data, browserOf(event));
				setAuthCookie(event.cookies, cookie);
			},
			'password',
		),
	others: (event) =>
		submitForm(
			event,
			noFields,
			async () => {
				const { locals, request } = event;
				await endOtherAuthSessions(locals.ctx, request.headers.get('cookie'));
				return 'done';
			},
			'others',
		),
};
