import { createContext } from 'svelte';
import type { SiteAssistant, SiteSettings } from '#lib/contract/site-settings.ts';

/** The appearance shown in the widget preview. */
export interface PreviewAppearance {
	header_text: string;
	accent: string;
	theme: 'auto' | 'light' | 'dark';
	language: string;
	position: 'left' | 'right';
	text: string;
	greeting: string | null;
	/** The text next to the launcher; empty to show none. */
	bubble: string;
	assistant: SiteAssistant;
}

/** Placeholder for a greeting written by the AI. */
export const DEFAULT_GREETING = 'Hi! How can I help you?';

/** Returns a site's saved appearance. */
export const getSavedAppearance = (site: SiteSettings): PreviewAppearance => {
	const { look, greetings, greeting_bubble: bubble, invitation } = site;
	const greeting = greetings[0]?.text ?? site.greeting;
	const hasGreetingBubble = bubble.is_enabled && bubble.rules.length > 0;
	return {
		...look,
		position: look.launcher.position,
		text: look.launcher.text ?? '',
		greeting,
		bubble: invitation?.text ?? (hasGreetingBubble ? (greeting ?? DEFAULT_GREETING) : ''),
		assistant: site.assistant,
	};
};

/** Unsaved edits of the appearance, which the docked preview shows instead of the saved one. */
export class PreviewDraft {
	appearance = $state<PreviewAppearance>();
}

export const [getPreviewDraft, setPreviewDraft] = createContext<PreviewDraft>();
