import { z } from 'zod';
import { messageText, trimmedString } from '#lib/contract/text.ts';
import {
	createCannedReply,
	listCannedReplies,
	updateCannedReply,
} from '#lib/server/conversations/canned-replies/index.ts';
import { createForm, submitForm } from '#lib/server/forms.ts';
import { withPageErrors } from '#lib/server/pages.ts';
import type { Actions, PageServerLoad } from './$types';

/** The dialog's fields. Without an id, the form creates a reply. */
const cannedReplyForm = z.object({
	id: z.coerce.number().int().positive().optional(),
	title: trimmedString(80),
	text: messageText,
	is_shared: z.boolean().default(false),
});

export const load: PageServerLoad = async ({ locals: { ctx } }) => {
	const replies = await withPageErrors(listCannedReplies(ctx, { limit: 200 }));
	return { replies, form: createForm(cannedReplyForm) };
};

export const actions: Actions = {
	default: (event) =>
		submitForm(event, cannedReplyForm, async ({ id, title, text, is_shared }) => {
			const { ctx } = event.locals;
			if (id === undefined) await createCannedReply(ctx, { title, text, is_shared });
			else await updateCannedReply(ctx, id, { title, text });
		}),
};
