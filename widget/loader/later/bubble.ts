import { attempt, doc } from '../page.ts';
import type { WidgetState } from '../page-state.ts';
import css from './styles.css?inline';
import { launcherTexts } from './launcher-texts.ts';

/** Removes the bubble. */
export type Bubble = () => void;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** Shows the number of unread messages on the launcher, and the beginning of the newest next to it. */
export function preview(widget: WidgetState, count: number, text: string): Bubble {
	const { launcher } = widget;
	const badge = launcher?.button.querySelector('i') ?? doc.createElement('i');
	badge.textContent = count ? `${count}` : '';
	launcher?.button.append(badge);
	name(widget, count);
	return text ? show(widget, text) : () => undefined;
}

/** Adds the count to the launcher's label for screen readers. */
function name({ launcher, look }: WidgetState, count: number): void {
	if (!launcher || !look) return;
	const own = look.text ?? look.header_text ?? 'Chat';
	launcher.button.ariaLabel = count ? `${own} (${count} ${launcherTexts(look).unread})` : own;
}

/** Shows the invitation after its delay, once per visitor and never after the chat was opened. */
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

/** For pages without storage. */
const invited = new WeakSet<WidgetState>();
const keyOf = ({ origin, settings }: WidgetState) => `frontdesk:${origin}:${settings.site}:invited`;

const isInvited = (widget: WidgetState) =>
	invited.has(widget) || attempt(() => localStorage.getItem(keyOf(widget))) !== null;

/** Remembers that the visitor was invited or opened the chat, so that they aren't invited again. */
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
	close.ariaLabel = launcherTexts(widget.look).close;
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

/** Adds the styles that the launcher doesn't need initially. */
export function withStyle({ launcher }: WidgetState): void {
	const shadow = launcher?.host.shadowRoot;
	if (shadow && !shadow.adoptedStyleSheets.includes(sheet)) shadow.adoptedStyleSheets.push(sheet);
}
