import { getTextColorOn } from '#lib/contract/accent.ts';
import { getInitials } from '#lib/contract/initials.ts';
import { type AiGreeting, widgetLanguage, type WidgetLanguage } from '#lib/contract/greeting.ts';
import type { WidgetConfig } from '#lib/contract/site.ts';
import type { SiteSettings } from '#lib/contract/site-settings.ts';
import type { Ctx } from '../core/context.ts';
import {
	composeScriptedInvitation,
	composeScriptedOpening,
} from '../ai/connectors/scripted/index.ts';
import { chooseLanguage } from '../sites/index.ts';
import {
	DEFAULT_TEXTS,
	dependsOnPage,
	getOpenSite,
	type LanguagePreferences,
	presentBubble,
	getSiteGreeting,
	type SiteRow,
	translateDefault,
} from '../sites/unchecked.ts';

/**
 * Returns the appearance and texts of a site's widget in the visitor's language, and the origins allowed to embed it. Public.
 * Throws `not_found`, also for an archived site.
 */
export async function getWidgetConfig(
	ctx: Ctx,
	key: string,
	preferences: Partial<Omit<LanguagePreferences, 'site'>> = {},
): Promise<{
	config: WidgetConfig;
	language: WidgetLanguage;
	allowed_origins: string[];
	/** Whether the greeting is known only once the chat starts. */
	is_greeting_pending: boolean;
}> {
	const site = await getOpenSite(ctx, key);
	const { page, browser } = preferences;
	const language = chooseLanguage({ page, site: site.look.language, browser });
	// The built-in AI's greeting is known in advance.
	const opening =
		site.connector.type === 'scripted' ? composeScriptedInvitation(site, language) : null;
	const config = {
		site: site.key,
		...site.look,
		...localizeTexts(site, language),
		assistant: {
			name: site.assistant.name ?? DEFAULT_TEXTS[language].assistant,
			initials: getInitials(site.assistant.name ?? ''),
			logo: site.assistant.logo,
		},
		greeting_bubble: presentBubble(site, language, opening),
		texts: { close: DEFAULT_TEXTS[language].close, unread: DEFAULT_TEXTS[language].unread },
		accent_ink: getTextColorOn(site.look.accent),
		questions: site.questions.map((question) => ({ key: question.key, label: question.label })),
		invitation: site.invitation,
		may_ask_for_person: site.handoff.visitor_may_ask,
		has_storage_before_interaction: site.has_storage_before_interaction,
	};
	return {
		config,
		language,
		allowed_origins: site.allowed_origins,
		is_greeting_pending: config.greeting === null || dependsOnPage(site),
	};
}

/**
 * Returns the greeting of a site's AI in every language, for previews. An external AI writes its greeting when a chat starts;
 * for such an AI, this is the text that visitors see until then.
 */
export function composeAiGreetings(
	site: Pick<SiteSettings, 'name' | 'questions' | 'connector' | 'assistant'>,
): Record<WidgetLanguage, AiGreeting> {
	const compose = (language: WidgetLanguage): AiGreeting => {
		if (site.connector.type === 'scripted') {
			return {
				chat: composeScriptedOpening(site, language),
				bubble: composeScriptedInvitation(site, language),
			};
		}
		const text = DEFAULT_TEXTS[language].greeting(site.assistant.name);
		return { chat: text, bubble: text };
	};
	const greetings = widgetLanguage.options.map((language) => [language, compose(language)]);
	return Object.fromEntries(greetings) as Record<WidgetLanguage, AiGreeting>;
}

/** Returns the site's texts that are shown before a chat starts, in one language. */
function localizeTexts(
	{ look, greeting, greetings, ai_disclosure, consent, translations }: SiteRow,
	language: WidgetLanguage,
) {
	const { header_text, launcher_text, ai_disclosure: disclosure } = translations;
	const { position, text } = look.launcher;
	return {
		header_text:
			header_text?.[language] ?? translateDefault('header_text', look.header_text, language),
		launcher: { position, text: text && (launcher_text?.[language] ?? text) },
		// With greeting variants, one is chosen when the chat session starts.
		greeting: greetings.length > 0 ? null : getSiteGreeting({ greeting, translations }, language),
		ai_disclosure:
			ai_disclosure &&
			(disclosure?.[language] ?? translateDefault('ai_disclosure', ai_disclosure, language)),
		consent: consent && { ...consent, text: translations.consent?.[language] ?? consent.text },
	};
}
