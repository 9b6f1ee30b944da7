import { redirect } from '@sveltejs/kit';
import { twoFactorCodeInput } from '#lib/contract/user.ts';
import { enableTwoFactor, getTwoFactor, startTwoFactor } from '#lib/server/team/auth/index.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { shown } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, depends }) => {
	const { ctx } = locals;
	if (ctx.actor.type !== 'user' && ctx.actor.type !== 'enrolling') redirect(303, '/login');
	// Not invalidated by anything: the codes that an action returned must stay on screen.
	depends('frontdesk:two-factor');
	const state = await shown(getTwoFactor(ctx));
	return {
		state,
		/** They may do nothing else before this. */
		is_enrolling: ctx.actor.type === 'enrolling',
		setup: state.is_enabled ? null : await shown(startTwoFactor(ctx)),
		form: createForm(twoFactorCodeInput),
	};
};

export const actions: Actions = {
	default: async (event) => {
		let recovery_codes: string[] | undefined;
		const answer = await submitForm(event, twoFactorCodeInput, async (data) => {
			const cookie = event.request.headers.get('cookie');
			({ recovery_codes } = await enableTwoFactor(event.locals.ctx, data, cookie));
		});
		return recovery_codes ? { ...answer, recovery_codes } : answer;
	},
};
