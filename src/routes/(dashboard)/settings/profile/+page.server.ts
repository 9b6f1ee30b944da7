import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import { changePasswordInput, profileInput } from '#lib/contract/user.ts';
import {
	changePassword,
	createRecoveryCodes,
	disableTwoFactor,
	getTwoFactor,
} from '#lib/server/team/auth/index.ts';
import { isRecentSignIn } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { getClientInfo, setAuthCookie, withPageErrors } from '#lib/server/pages.ts';
import {
	endOtherAuthSessions,
	getProfile,
	listOwnAuthSessions,
	updateProfile,
} from '#lib/server/team/users/index.ts';
import type { Actions, PageServerLoad } from './$types';

/** The input of forms that consist of only a button. */
const noFields = z.object({});

export const load: PageServerLoad = async ({ locals, request }) => {
	const { name, time_zone, wants_daily_summary, picture } = await withPageErrors(
		getProfile(locals.ctx),
	);
	const cookie = request.headers.get('cookie');
	const values = { name, time_zone: time_zone ?? '', wants_daily_summary, picture };
	return {
		profile: createForm(profileInput, values, 'profile'),
		password: createForm(changePasswordInput, undefined, 'password'),
		auth_sessions: await withPageErrors(listOwnAuthSessions(locals.ctx, cookie)),
		two_factor: await withPageErrors(getTwoFactor(locals.ctx)),
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
				const { cookie } = await changePassword(event.locals.ctx, data, getClientInfo(event));
				setAuthCookie(event.cookies, cookie);
			},
			'password',
		),
	two_factor_off: ({ locals, url }) =>
		runAction(locals.ctx, url, async () => {
			await disableTwoFactor(locals.ctx);
			return { is_off: true };
		}),
	recovery_codes: ({ locals, url }) =>
		runAction(locals.ctx, url, () => createRecoveryCodes(locals.ctx)),
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

/** Runs an action without form fields; redirects to the password confirmation unless the sign-in is recent. */
async function runAction<T>(ctx: Ctx, { pathname }: URL, action: () => Promise<T>) {
	if (!isRecentSignIn(ctx)) redirect(303, `/confirm?redirect_to=${encodeURIComponent(pathname)}`);
	try {
		return await action();
	} catch (err) {
		if (!(err instanceof AppError)) throw err;
		return fail(ERROR_STATUS[err.code], { errorMessage: err.message });
	}
}
