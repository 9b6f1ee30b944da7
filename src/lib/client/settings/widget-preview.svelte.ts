import { createContext } from 'svelte';
import type { SiteAssistant, SiteSettings } from '#lib/contract/site-settings.ts';

/** What the preview of the widget shows. */
export interface PreviewLook {
	header_text: string;
	accent: string;
	theme: 'auto' | 'light' | 'dark';
	language: string;
	position: 'left' | 'right';
	text: string;
	greeting: string | null;
	/** The text beside the launcher; empty to show none. */
	bubble: string;
	assistant: SiteAssistant;
}

/** Stands for a greeting that the AI writes. */
export const DEFAULT_GREETING = 'Hi! How can I help you?';

/** Returns a site's saved look. */
export const savedLook = (site: SiteSettings): PreviewLook => {
	const { look, greetings, greeting_bubble: bubble, invitation } = site;
	const greeting = greetings[0]?.text ?? site.greeting;
	const isGreeting = bubble.is_enabled && bubble.rules.length > 0;
	return {
		...look,
		position: look.launcher.position,
		text: look.launcher.text ?? '',
		greeting,
		bubble: invitation?.text ?? (isGreeting ? (greeting ?? DEFAULT_GREETING) : ''),
		assistant: site.assistant,
	};
};

/** The look that is being edited, which the docked preview shows instead of the saved one. */
export class PreviewDraft {
	look = $state<PreviewLook>();
}

export const [getPreviewDraft, setPreviewDraft] = createContext<PreviewDraft>();
