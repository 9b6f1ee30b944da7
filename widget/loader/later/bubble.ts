import { attempt, doc } from '../page.ts';
import type { WidgetState } from '../page-state.ts';
import css from './styles.css?inline';
import { wordsFor } from './words.ts';

/** Takes the bubble away. */
export type Bubble = () => void;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** The number of unread messages on the launcher, and how the newest begins beside it. */
export function preview(widget: WidgetState, count: number, text: string): Bubble {
	const { launcher } = widget;
	const badge = launcher?.button.querySelector('i') ?? doc.createElement('i');
	badge.textContent = count ? `${count}` : '';
	launcher?.button.append(badge);
	name(widget, count);
	return text ? show(widget, text) : () => undefined;
}

/** For those who do not see the badge. */
function name({ launcher, look }: WidgetState, count: number): void {
	if (!launcher || !look) return;
	const own = look.text ?? look.header_text ?? 'Chat';
	launcher.button.ariaLabel = count ? `${own} (${count} ${wordsFor(look).unread})` : own;
}

/** Offers the chat after a while, once per visitor and never after the chat was opened. */
export async function invite(widget: WidgetState): Promise<Bubble | undefined> {
	const { look, launcher } = widget;
	if (!look?.invitation || !launcher || isInvited(widget)) return undefined;
	const { delay_s, text } = look.invitation;
	await new Promise((resolve) => setTimeout(resolve, delay_s * 1000));
	if (isInvited(widget)) return undefined;
	const remember = () => keepInvited(widget);
	if (look.has_storage_before_interaction) remember();
	return show(widget, text, remember);
}

/** Here, for pages that have no storage. */
const invited = new WeakSet<WidgetState>();
const keyOf = ({ origin, settings }: WidgetState) => `frontdesk:${origin}:${settings.site}:invited`;

const isInvited = (widget: WidgetState) =>
	invited.has(widget) || attempt(() => localStorage.getItem(keyOf(widget))) !== null;

/** Whoever was offered the chat, or has opened it, is not offered it again. */
export function keepInvited(widget: WidgetState): void {
	invited.add(widget);
	attempt(() => localStorage.setItem(keyOf(widget), '1'));
}

function show(widget: WidgetState, text: string, touched: () => unknown = () => undefined): Bubble {
	const bubble = doc.createElement('aside');
	const open = doc.createElement('button');
	const close = doc.createElement('button');
	const remove = () => bubble.remove();
	open.textContent = text;
	open.dir = 'auto';
	open.onclick = () => {
		touched();
		remove();
		widget.set(true);
	};
	close.textContent = '×';
	close.ariaLabel = wordsFor(widget.look).close;
	close.className = 'close';
	close.onclick = () => {
		touched();
		remove();
		widget.launcher?.button.focus();
	};
	bubble.append(open, close);
	widget.launcher?.root.querySelector('aside')?.remove();
	widget.launcher?.root.append(bubble);
	return remove;
}

/** Gives the launcher the styles that it did not need at first. */
export function withStyle({ launcher }: WidgetState): void {
	const shadow = launcher?.host.shadowRoot;
	if (shadow && !shadow.adoptedStyleSheets.includes(sheet)) shadow.adoptedStyleSheets.push(sheet);
}
