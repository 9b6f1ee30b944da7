import type { WidgetConfig } from '#lib/contract/site.ts';
import type { LauncherConfig } from './launcher.ts';
import type { Placement } from './settings.ts';

/** Fetches the site's configuration and applies the page's overrides. Returns null if the site doesn't exist. */
export async function fetchConfig({
	settings,
	origin,
}: Placement): Promise<Partial<LauncherConfig> | null> {
	try {
		// If no language is set, this sends `language=undefined`; the server ignores unknown languages.
		const response = await fetch(
			`${origin}/api/embed-chat/config/${settings.site}?language=${settings.language}`,
		);
		if (response.status === 404) return null;
		const { launcher, ...config } = (await response.json()) as WidgetConfig;
		// The page's settings override the launcher's position and text.
		return { ...config, ...launcher, ...settings };
	} catch {
		// Blocked by the page's Content-Security-Policy or the network. The chat itself may still work.
		return { ...settings };
	}
}
