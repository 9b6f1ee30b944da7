import { attempt, doc } from './page.ts';

/** How one widget is asked for: `data-*` of its script or element, or `window.FrontdeskSettings`. */
export interface Settings {
	site: string;
	/** Where Frontdesk runs; needed only when a plugin has moved the script to another host. */
	url?: string;
	position?: 'left' | 'right';
	/** Of the launcher, instead of what the site's settings say. */
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
	/** The `data-frontdesk` element that the chat stands in; behind a launcher without one. */
	place?: HTMLElement;
}

type Given = Partial<Settings>;

declare global {
	interface Window {
		FrontdeskSettings?: Given | Given[];
	}
}

/** The server's own address, filled in where the file is served (src/lib/server/embed/widget-files.ts). */
const SERVER = '%server%';

/**
 * Only what a script of the page has made counts: `<a id="FrontdeskSettings">`, `<form id="Frontdesk">` and named
 * frames stand on `window` under their names, too, and whoever can write HTML can write those.
 */
export const isPlain = (value: unknown): value is object =>
	Object.getPrototypeOf(value ?? 0) === Object.prototype;

const originOf = (url?: string) => attempt(() => new URL(url as string).origin);

const current = doc.currentScript;
// A module does not know its own element.
const script = current instanceof HTMLScriptElement ? current : null;
// Optimizers serve copies from elsewhere, under other names.
const own = script?.src.match(/^(\w+:\/\/[^/]+)\/widget\.js/)?.[1];
// Some run a copy without attributes, and leave the page's own tag in place, with its address under another name.
const tag = [...doc.scripts].find(
	({ dataset, outerHTML }) => dataset['site'] && outerHTML.includes(`${SERVER}/widget.js`),
);

/** The origin of the deferred script: that of the running script, or of the server that built it. */
export const codeOrigin = own ?? SERVER;

/** The settings on the script's tag, and on the tags of copies that have run after it. */
export const lines: Given[] = [
	{ url: own, ...script?.dataset, ...(!script?.dataset['site'] && tag?.dataset) },
];

/** Every widget that the page asks for now, wherever and in whatever order it says so; elements first. */
export function findPlacements(): Placement[] {
	const places = [...doc.querySelectorAll<HTMLElement>('[data-frontdesk]')];
	const listed: Given[] = [...lines, ...[window.FrontdeskSettings].flat().filter(isPlain)];
	const home = listed.map(({ url }) => originOf(url)).find(Boolean) ?? SERVER;
	return [
		// Whoever can write an element does not say where the chat comes from.
		...places.map((place) => ({
			...place.dataset,
			site: place.dataset['frontdesk'],
			url: home,
			place,
		})),
		...listed,
	].flatMap((given) => {
		// Without a prototype, which other scripts may have polluted with an address of their own.
		const settings = { __proto__: null, ...given } as unknown as Settings &
			Pick<Placement, 'place'>;
		const { site, url = home, place } = settings;
		const origin = originOf(url);
		return origin && /^[\w-]+$/.test(site ?? '') ? [{ settings, origin, place }] : [];
	});
}
