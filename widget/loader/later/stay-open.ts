import { attempt, isSmall } from '../page.ts';
import type { WidgetState } from '../page-state.ts';

/**
 * Keeps an open panel open on the tab's next page. It is noted when the page is left: a tab that is opened from this
 * one starts with a copy of its storage, and closed. A telephone's screen shows the next page instead.
 */
export function stayOpen({ launcher, origin, settings, set }: WidgetState): void {
	if (!launcher) return;
	const key = `frontdesk:${origin}:${settings.site}:open`;
	const takeNote = () => attempt(() => sessionStorage.getItem(key) !== null) ?? false;
	const forget = () => attempt(() => sessionStorage.removeItem(key));
	if (takeNote() && !isSmall()) set(true, true);
	forget();
	addEventListener('pagehide', () => {
		if (launcher.button.ariaExpanded === 'true') attempt(() => sessionStorage.setItem(key, '1'));
	});
	addEventListener('pageshow', ({ persisted }) => {
		// The browser has kept this page; on a later one the visitor may have decided otherwise.
		if (persisted) set(takeNote() && !isSmall(), true);
		forget();
	});
}
