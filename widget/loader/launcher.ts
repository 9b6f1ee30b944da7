import type { WidgetConfig } from '#lib/contract/site.ts';
import { doc, createElement } from './page.ts';
import css from './styles.css?inline';

export type LauncherConfig = Pick<WidgetConfig, 'header_text' | 'accent' | 'accent_ink'> &
	WidgetConfig['launcher'] &
	Partial<
		Pick<
			WidgetConfig,
			'assistant' | 'greeting_bubble' | 'texts' | 'theme' | 'has_storage_before_interaction'
		>
	>;
/** `label` is the button's label without the number of unread messages. */
export type Launcher = ReturnType<typeof createLauncher> & { label?: string | null };

const CHAT_ICON = 'M7.9 20A9 9 0 1 0 4 16.1L2 22Z';
const CLOSE_ICON = 'm6 9 6 6 6-6';

const createSvg = (tag: string) => doc.createElementNS('http://www.w3.org/2000/svg', tag);

/** Creates the launcher button and the panel above it, in a shadow root that the page's styles don't affect. */
export function createLauncher(
	config: Partial<LauncherConfig>,
	toggle: () => void,
	preload: () => void,
) {
	const host = createElement('div');
	const root = createElement('div');
	const panel = createElement('section');
	const button = createElement('button');
	const svg = createSvg('svg');
	const icon = createSvg('path');
	const {
		header_text = 'Chat',
		accent = '#0b6e5f',
		accent_ink = '#fff',
		position = 'right',
		text,
	} = config;

	const setOpen = (isOpen: boolean) => {
		root.className = position + (isOpen ? ' open' : '');
		button.ariaExpanded = `${isOpen}`;
		icon.setAttribute('d', isOpen ? CLOSE_ICON : CHAT_ICON);
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
	// A constructed stylesheet, because a strict Content-Security-Policy blocks style elements.
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(css);
	shadow.adoptedStyleSheets = [sheet];
	shadow.append(root);
	setOpen(false);
	return { host, root, panel, button, setOpen };
}
