import { shown } from '$lib/server/pages';
import { getWidgetConfig } from '$lib/server/sites';
import { getTranscript } from '$lib/server/transcripts';
import { listDeliveries } from '$lib/server/webhooks';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { ctx }, params }) => {
	const transcript = await shown(getTranscript(ctx, params.session_id));
	const { session_id, site } = transcript.session;
	const [{ config }, deliveries] = await Promise.all([
		shown(getWidgetConfig(ctx, site)),
		shown(listDeliveries(ctx, { session_id, limit: 20 })),
	]);
	return { chat: { transcript, questions: config.questions, deliveries: deliveries.items } };
};
