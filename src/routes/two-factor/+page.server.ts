import { redirect } from '@sveltejs/kit';
import { twoFactorCodeInput } from '#lib/contract/user.ts';
import { enableTwoFactor, getTwoFactor, startTwoFactor } from '#lib/server/team/auth/index.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { setAuthCookie, withPageErrors } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	const { ctx } = locals;
	if (ctx.actor.type !== 'user' && ctx.actor.type !== 'enrolling') redirect(303, '/login');
	// Nothing invalidates this key, so that the recovery codes an action returned stay on screen.
	depends('frontdesk:two-factor');
	const state = await withPageErrors(getTwoFactor(ctx));
	return {
		state,
		/** Whether the user must enroll before doing anything else. */
		is_enrolling: ctx.actor.type === 'enrolling',
		setup: state.is_enabled ? null : await withPageErrors(startTwoFactor(ctx)),
		form: createForm(twoFactorCodeInput),
	};
};

export const actions: Actions = {
	default: async (event) => {
		let recovery_codes: string[] | undefined;
		const result = await submitForm(event, twoFactorCodeInput, async (data) => {
			const header = event.request.headers.get('cookie');
			const { cookie, ...enabled } = await enableTwoFactor(event.locals.ctx, data, header);
			if (cookie) setAuthCookie(event.cookies, cookie);
			({ recovery_codes } = enabled);
		});
		return recovery_codes ? { ...result, recovery_codes } : result;
	},
};
