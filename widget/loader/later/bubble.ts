import type { WidgetState } from '../widget-state.ts';
import { createElement } from './helpers.ts';
import css from './styles.css?inline';

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** Adds the styles that the launcher doesn't need initially. */
export function addStyle({ launcher, config }: WidgetState): void {
	if (!launcher) return;
	launcher.host.shadowRoot?.adoptedStyleSheets.push(sheet);
	launcher.root.style.colorScheme = `${config?.theme}`.replace('auto', 'light dark');
	// The launcher's text direction may differ from the page's.
	launcher.button.dir = 'auto';
}

/** Shows the number of unread messages on the launcher. */
export function showCount({ launcher, config }: WidgetState, count: number): void {
	if (!launcher) return;
	const { button } = launcher;
	const badge = button.querySelector('i') ?? createElement('i');
	badge.textContent = `${count || ''}`;
	button.append(badge);
	// For screen readers.
	launcher.label ??= button.ariaLabel;
	button.ariaLabel =
		launcher.label + (count ? ` (${count} ${config?.texts?.unread ?? 'unread'})` : '');
}

interface BubbleOptions {
	/** The teammate's name; by default, the assistant is the author. */
	author?: string | null;
	/** Called when the visitor clicks the bubble or closes it. */
	onClick?: () => unknown;
}

/** Shows a message next to the launcher with its author and a close button. Replaces the previous one. */
export function showBubble(
	widget: WidgetState,
	text: string | undefined,
	{ author, onClick }: BubbleOptions = {},
): void {
	const { launcher, config, set } = widget;
	widget.bubble?.remove();
	if (!launcher || !text) return;
	const { assistant, texts } = config ?? {};
	const bubble = (widget.bubble = createElement('aside'));
	const avatar = createElement('b');
	const name = createElement('strong');
	const content = createElement('span');
	const addButton = (children: (Node | string)[], action: () => unknown) => {
		const button = createElement('button');
		button.append(...children);
		button.onclick = () => {
			onClick?.();
			bubble.remove();
			action();
		};
		bubble.append(button);
		return button;
	};
	avatar.append(author?.[0] || assistant?.initials || '✦');
	if (assistant?.logo && !author) {
		const logo = createElement('img');
		// The initials remain if the page's Content-Security-Policy blocks images.
		logo.onload = () => avatar.replaceChildren(logo);
		logo.src = assistant.logo;
	}
	name.append(author ?? assistant?.name ?? '');
	// Cuts messages of more than 110 characters after a word.
	content.append(name, text.replace(/(.{80,110})\s.{30,}/s, '$1…'));
	// The message's direction applies to the whole bubble.
	avatar.dir = name.dir = bubble.dir = 'auto';
	addButton([avatar, content], () => set(true));
	addButton(['×'], () => launcher.button.focus()).ariaLabel = texts?.close ?? null;
	launcher.root.append(bubble);
	// Forces the layout in this task, so that the task that paints is short on slow phones.
	void bubble.offsetTop;
}
