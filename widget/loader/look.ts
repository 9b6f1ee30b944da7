import type { WidgetConfig } from '#lib/contract/site.ts';
import type { Look } from './launcher.ts';
import type { Placement } from './settings.ts';

/** The site's look, and what the page says otherwise; null when there is no such site. */
export async function fetchLook({ settings, origin }: Placement): Promise<Partial<Look> | null> {
	let look: Partial<Look> = {};
	try {
		const response = await fetch(`${origin}/api/embed-chat/config/${settings.site}`);
		if (response.status === 404) return null;
		const { launcher, ...config } = (await response.json()) as WidgetConfig;
		look = { ...config, ...launcher };
	} catch {
		// The page's policy or the network forbids to ask: the chat itself may still work.
	}
	// The page has the last word on where its launcher stands and what it says.
	return { ...look, ...settings };
}
