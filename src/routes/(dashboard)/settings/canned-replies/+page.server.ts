import { fail, superValidate, type SuperValidated } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { z } from 'zod';
import { messageText, trimmedString } from '#lib/contract/text.ts';
import {
	createCannedReply,
	listCannedReplies,
	updateCannedReply,
} from '#lib/server/conversations/canned-replies/index.ts';
import { refused, shown } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

/** What the dialog asks; without an id it makes a new one. */
const cannedReplyForm = z.object({
	id: z.coerce.number().int().positive().optional(),
	title: trimmedString(80),
	text: messageText,
	is_shared: z.boolean().default(false),
});

export const load: PageServerLoad = async ({ locals: { ctx } }) => {
	const [replies, form] = await Promise.all([
		shown(listCannedReplies(ctx, { limit: 200 })),
		superValidate(zod4(cannedReplyForm)),
	]);
	return { replies, form };
};

export const actions: Actions = {
	default: async ({ request, locals: { ctx } }) => {
		const form: SuperValidated<z.infer<typeof cannedReplyForm>> = await superValidate(
			request,
			zod4(cannedReplyForm),
		);
		if (!form.valid) return fail(422, { form });
		const { id, title, text, is_shared } = form.data;
		try {
			if (id === undefined) await createCannedReply(ctx, { title, text, is_shared });
			else await updateCannedReply(ctx, id, { title, text });
		} catch (fault) {
			return refused(form, fault);
		}
		return { form };
	},
};
