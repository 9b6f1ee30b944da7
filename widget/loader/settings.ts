import { attempt, doc } from './page.ts';

/** One widget's settings: `data-*` attributes of its script or element, or `window.FrontdeskSettings`. */
export interface Settings {
	site: string;
	/** Where Frontdesk runs; needed only when a plugin has moved the script to another host. */
	url?: string;
	position?: 'left' | 'right';
	/** The launcher's text, overriding the site's setting. */
	text?: string;
	theme?: 'light' | 'dark';
	language?: string;
	debug?: string;
	/** `off` publishes nothing to the page's tag managers. */
	tags?: string;
}

export interface Placement {
	settings: Settings;
	origin: string;
	/** The `data-frontdesk` element that contains the chat. Without one, the chat has a launcher. */
	place?: HTMLElement;
}

type Given = Partial<Settings>;

declare global {
	interface Window {
		FrontdeskSettings?: Given | Given[];
	}
}

/** The server's URL, filled in when the file is served (src/lib/server/embed/widget-files.ts). */
const SERVER = '%server%';

/**
 * Accepts only objects created by a script. `<a id="FrontdeskSettings">`, `<form id="Frontdesk">` and named frames are
 * also properties of `window`, and anyone who can add HTML can add those.
 */
export const isPlain = (value: unknown): value is object =>
	Object.getPrototypeOf(value ?? 0) === Object.prototype;

const originOf = (url?: string) => attempt(() => new URL(url as string).origin);

const current = doc.currentScript;
// Modules have no `currentScript`.
const script = current instanceof HTMLScriptElement ? current : null;
// Optimizers serve copies from other URLs.
const own = script?.src.match(/^(\w+:\/\/[^/]+)\/widget\.js/)?.[1];
// Some run a copy without attributes, and leave the original tag in place with its URL in another attribute.
const tag = [...doc.scripts].find(
	({ dataset, outerHTML }) => dataset['site'] && outerHTML.includes(`${SERVER}/widget.js`),
);

/** The origin of the deferred script: that of the running script, or of the server that built it. */
export const codeOrigin = own ?? SERVER;

/** The settings on the script's tag, and on those of copies that ran later. */
export const lines: Given[] = [
	{ url: own, ...script?.dataset, ...(!script?.dataset['site'] && tag?.dataset) },
];

/** Returns all widgets that the page requests, from elements first. */
export function findPlacements(): Placement[] {
	const places = [...doc.querySelectorAll<HTMLElement>('[data-frontdesk]')];
	const listed: Given[] = [...lines, ...[window.FrontdeskSettings].flat().filter(isPlain)];
	const home = listed.map(({ url }) => originOf(url)).find(Boolean) ?? SERVER;
	return [
		// Elements can't choose the server, since anyone who can add HTML can add them.
		...places.map((place) => ({
			...place.dataset,
			site: place.dataset['frontdesk'],
			url: home,
			place,
		})),
		...listed,
	].flatMap((given) => {
		// Without a prototype, which another script may have polluted with its own URL.
		const settings = { __proto__: null, ...given } as unknown as Settings &
			Pick<Placement, 'place'>;
		const { site, url = home, place } = settings;
		const origin = originOf(url);
		return origin && /^[\w-]+$/.test(site ?? '') ? [{ settings, origin, place }] : [];
	});
}
