import type { HostEvent } from '../../bridge.ts';
import { doc, isSmall } from '../page.ts';
import type { WidgetState } from '../page-state.ts';

/** Below a chat that fills a telephone's screen the page takes neither focus nor touch, and is not read out. */
export function keepAlone({ launcher }: WidgetState, event: HostEvent): void {
	if (!launcher || (event !== 'opened' && event !== 'closed')) return;
	const isAlone = event === 'opened' && isSmall();
	// Nor does it scroll.
	doc.documentElement.style.overflow = isAlone ? 'hidden' : '';
	doc.body.inert = isAlone;
	launcher.panel.ariaModal = `${isAlone}`;
}

/** Names the panel for those who do not see it; on a telephone it ends above the keyboard. */
export function makeDialog({ launcher, look }: WidgetState): void {
	if (!launcher) return;
	const { button, panel } = launcher;
	button.ariaHasPopup = panel.role = 'dialog';
	panel.ariaLabel = look?.header_text ?? 'Chat';
	const follow = () => {
		const { height, offsetTop } = (isSmall() && visualViewport) || {};
		panel.style.cssText = height ? `height:${height}px;margin-top:${offsetTop}px` : '';
	};
	for (const sign of ['resize', 'scroll']) visualViewport?.addEventListener(sign, follow);
	follow();
}
