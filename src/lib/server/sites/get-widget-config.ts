import { inkOn } from '#lib/contract/accent.ts';
import type { WidgetConfig } from '#lib/contract/site.ts';
import type { Ctx } from '../core/context.ts';
import { getOpenSite } from './get-site.ts';

/**
 * Returns the look and texts of a site's widget, and the origins that may embed it. Public. Throws `not_found`, also for an
 * archived site.
 */
export async function getWidgetConfig(
	ctx: Ctx,
	key: string,
): Promise<{ config: WidgetConfig; allowed_origins: string[] }> {
	const site = await getOpenSite(ctx, key);
	return {
		config: {
			site: site.key,
			...site.look,
			accent_ink: inkOn(site.look.accent),
			// With several greetings, the chat session's start picks one.
			greeting: site.greetings.length > 0 ? null : site.greeting,
			questions: site.questions.map((question) => ({ key: question.key, label: question.label })),
			invitation: site.invitation,
			ai_disclosure: site.ai_disclosure,
			consent: site.consent,
			may_ask_for_person: site.handoff.visitor_may_ask,
			has_storage_before_interaction: site.has_storage_before_interaction,
		},
		allowed_origins: site.allowed_origins,
	};
}
