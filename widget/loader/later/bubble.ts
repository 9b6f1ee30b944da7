import type { WidgetState } from '../page-state.ts';
import { make } from './helpers.ts';
import css from './styles.css?inline';

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** Adds the styles that the launcher doesn't need initially. */
export function addStyle({ launcher, look }: WidgetState): void {
	if (!launcher) return;
	launcher.host.shadowRoot?.adoptedStyleSheets.push(sheet);
	launcher.root.style.colorScheme = `${look?.theme}`.replace('auto', 'light dark');
	// The launcher's text may be in another direction than the page.
	launcher.button.dir = 'auto';
}

/** Shows the number of unread messages on the launcher. */
export function showCount({ launcher, look }: WidgetState, count: number): void {
	if (!launcher) return;
	const { button } = launcher;
	const badge = button.querySelector('i') ?? make('i');
	badge.textContent = `${count || ''}`;
	button.append(badge);
	// For screen readers.
	launcher.label ??= button.ariaLabel;
	button.ariaLabel =
		launcher.label + (count ? ` (${count} ${look?.texts?.unread ?? 'unread'})` : '');
}

interface BubbleOptions {
	/** A teammate; by default the assistant. */
	author?: string | null;
	/** Called when the visitor opens or closes the bubble. */
	touched?: () => unknown;
}

/** Shows a message beside the launcher: who says it, the text, and a button to close it. Replaces the one before. */
export function showBubble(
	widget: WidgetState,
	text: string | undefined,
	{ author, touched }: BubbleOptions = {},
): void {
	const { launcher, look, set } = widget;
	widget.bubble?.remove();
	if (!launcher || !text) return;
	const { assistant, texts } = look ?? {};
	const bubble = (widget.bubble = make('aside'));
	const face = make('b');
	const name = make('strong');
	const said = make('span');
	const button = (content: (Node | string)[], next: () => unknown) => {
		const made = make('button');
		made.append(...content);
		made.onclick = () => {
			touched?.();
			bubble.remove();
			next();
		};
		bubble.append(made);
		return made;
	};
	face.append(author?.[0] || assistant?.initials || '✦');
	if (assistant?.logo && !author) {
		const logo = make('img');
		// Initials remain where the page's Content-Security-Policy blocks images.
		logo.onload = () => face.replaceChildren(logo);
		logo.src = assistant.logo;
	}
	name.append(author ?? assistant?.name ?? '');
	said.append(name, text);
	name.dir = said.dir = 'auto';
	button([face, said], () => set(true));
	button(['×'], () => launcher.button.focus()).ariaLabel = texts?.close ?? null;
	launcher.root.append(bubble);
}
