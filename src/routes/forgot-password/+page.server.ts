import { passwordResetRequest } from '#lib/contract/user.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { getClientInfo } from '#lib/server/pages.ts';
import { requestPasswordReset } from '#lib/server/team/users/index.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ form: createForm(passwordResetRequest) });

export const actions: Actions = {
	default: (event) =>
		submitForm(event, passwordResetRequest, async (data) => {
			await requestPasswordReset(event.locals.ctx, data, getClientInfo(event));
			return 'requested';
		}),
};
