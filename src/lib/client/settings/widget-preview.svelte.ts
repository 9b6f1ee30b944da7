import { createContext } from 'svelte';
import type { WidgetLanguage } from '#lib/contract/greeting.ts';
import type { SiteAssistant, SiteSettings } from '#lib/contract/site-settings.ts';

/** The appearance shown in the widget preview. */
export interface PreviewAppearance {
	header_text: string;
	accent: string;
	theme: 'auto' | 'light' | 'dark';
	language: 'auto' | WidgetLanguage;
	position: 'left' | 'right';
	text: string;
	/** Null if the AI writes it. */
	greeting: string | null;
	/** The text next to the launcher; empty to show none, and null if the AI writes it. */
	bubble: string | null;
	assistant: SiteAssistant;
}

/** Settings pages without a preview, because visitors don't see their settings. */
const PAGES_WITHOUT_PREVIEW = ['ai', 'delivery', 'review', 'embed'];
export const hasPreview = (page: string): boolean => !PAGES_WITHOUT_PREVIEW.includes(page);

/** The content and caption of the preview next to settings that aren't about the appearance. */
export interface PreviewScene {
	show: 'complete' | 'handoff' | null;
	text: string;
}

/** Returns the preview's scene for a settings page of a site; undefined for pages whose own settings the preview shows. */
export function getPreviewScene(page: string, site: SiteSettings): PreviewScene | undefined {
	switch (page) {
		case 'completion':
			return { show: 'complete', text: 'Visitors see this when a chat is completed.' };
		case 'handoff':
			return {
				show: site.handoff.visitor_may_ask ? 'handoff' : null,
				text: site.handoff.visitor_may_ask
					? 'Visitors see “Talk to a person” after their first message.'
					: 'Visitors won’t see “Talk to a person”. The AI can still request a handoff.',
			};
		case 'privacy':
			return { show: null, text: 'Visitors see the saved consent and AI notice in the chat.' };
		default:
			return undefined;
	}
}

/** Returns the text of the bubble, as in PreviewAppearance. */
export const getBubbleText = (
	greeting: string | null,
	{ is_enabled, rules }: { is_enabled: boolean; rules: readonly unknown[] },
	invitation: SiteSettings['invitation'],
): string | null => invitation?.text ?? (is_enabled && rules.length > 0 ? greeting : '');

/** Returns a site's saved appearance. */
export const getSavedAppearance = (site: SiteSettings): PreviewAppearance => {
	const { look, greetings, greeting_bubble, invitation } = site;
	const greeting = greetings[0]?.text ?? site.greeting;
	return {
		...look,
		position: look.launcher.position,
		text: look.launcher.text ?? '',
		greeting,
		bubble: getBubbleText(greeting, greeting_bubble, invitation),
		assistant: site.assistant,
	};
};

/** Unsaved edits of the appearance, which the docked preview shows instead of the saved one. */
export class PreviewDraft {
	appearance = $state<PreviewAppearance>();
}

export const [getPreviewDraft, setPreviewDraft] = createContext<PreviewDraft>();
