import { createContext } from 'svelte';
import type { SiteSettings } from '#lib/contract/site-settings.ts';

/** What the preview of the widget shows. */
export interface PreviewLook {
	header_text: string;
	accent: string;
	theme: 'auto' | 'light' | 'dark';
	language: string;
	position: 'left' | 'right';
	text: string;
	greeting: string | null;
}

/** Returns a site's saved look. */
export const savedLook = ({ look, greeting }: SiteSettings): PreviewLook => ({
	...look,
	position: look.launcher.position,
	text: look.launcher.text ?? '',
	greeting,
});

/** The look that is being edited, which the docked preview shows instead of the saved one. */
export class PreviewDraft {
	look = $state<PreviewLook>();
}

export const [getPreviewDraft, setPreviewDraft] = createContext<PreviewDraft>();
