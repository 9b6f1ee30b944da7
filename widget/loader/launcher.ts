import type { WidgetConfig } from '#lib/contract/site.ts';
import { doc, make } from './page.ts';
import css from './styles.css?inline';

export type Look = Pick<WidgetConfig, 'header_text' | 'accent' | 'accent_ink'> &
	WidgetConfig['launcher'] &
	Partial<
		Pick<
			WidgetConfig,
			'assistant' | 'greeting_bubble' | 'texts' | 'theme' | 'has_storage_before_interaction'
		>
	>;
/** `label` is the button's own, without the number of unread messages. */
export type Launcher = ReturnType<typeof makeLauncher> & { label?: string | null };

const CHAT = 'M7.9 20A9 9 0 1 0 4 16.1L2 22Z';
const DOWN = 'm6 9 6 6 6-6';

const draw = (tag: string) => doc.createElementNS('http://www.w3.org/2000/svg', tag);

/** Creates the launcher button and the panel above it, in a shadow root that the page's styles don't affect. */
export function makeLauncher(look: Partial<Look>, toggle: () => void, preload: () => void) {
	const host = make('div');
	const root = make('div');
	const panel = make('section');
	const button = make('button');
	const svg = draw('svg');
	const icon = draw('path');
	const {
		header_text = 'Chat',
		accent = '#0b6e5f',
		accent_ink = '#fff',
		position = 'right',
		text,
	} = look;

	const show = (isOpen: boolean) => {
		root.className = position + (isOpen ? ' open' : '');
		button.ariaExpanded = `${isOpen}`;
		icon.setAttribute('d', isOpen ? DOWN : CHAT);
	};

	root.style.cssText = `--accent:${accent};--ink:${accent_ink}`;
	button.ariaLabel = text ?? header_text;
	button.onclick = toggle;
	button.onpointerenter = preload;
	svg.setAttribute('viewBox', '0 0 24 24');
	svg.append(icon);
	button.append(svg, text ?? '');
	root.append(panel, button);
	const shadow = host.attachShadow({ mode: 'open' });
	// A constructed sheet, because a strict Content-Security-Policy blocks style elements.
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(css);
	shadow.adoptedStyleSheets = [sheet];
	shadow.append(root);
	show(false);
	return { host, root, panel, button, show };
}
