import { tryOrNull, doc } from './page.ts';

/** One widget's settings: `data-*` attributes of its script or element, or `window.FrontdeskSettings`. */
export interface Settings {
	site: string;
	/** The server's URL. Needed only if a plugin has moved the script to another host. */
	url?: string;
	position?: 'left' | 'right';
	/** The launcher's text, overriding the site's setting. */
	text?: string;
	theme?: 'light' | 'dark';
	language?: string;
	debug?: string;
	/** `off` sends no events to the page's tag managers. */
	tags?: string;
}

export interface Placement {
	settings: Settings;
	origin: string;
	/** The `data-frontdesk` element that contains the chat. Without one, the chat has a launcher. */
	place?: HTMLElement;
}

type PartialSettings = Partial<Settings>;

declare global {
	interface Window {
		FrontdeskSettings?: PartialSettings | PartialSettings[];
	}
}

/** The server's URL, filled in when the file is served (src/lib/server/embed/widget-files.ts). */
const SERVER = '%server%';

/**
 * Accepts only objects created by a script. `<a id="FrontdeskSettings">`, `<form id="Frontdesk">` and named frames are
 * also properties of `window`, and anyone who can add HTML can add those.
 */
export const isPlainObject = (value: unknown): value is object =>
	Object.getPrototypeOf(value ?? 0) === Object.prototype;

// The legacy alias of `URL`, because some old pages have a variable named `URL`.
const getOrigin = (url?: string) => tryOrNull(() => new webkitURL(url as string).origin);

const current = doc.currentScript;
// Modules have no `currentScript`.
const script = current instanceof HTMLScriptElement ? current : null;
// Undefined for copies that optimizers serve from other URLs.
const scriptOrigin = script?.src.match(/^(\w+:\/\/[^/]+)\/widget\.js/)?.[1];
// Some optimizers run a copy without attributes, and leave the original tag in place with its URL in another attribute.
const originalTag = [...doc.scripts].find(
	({ dataset, outerHTML }) => dataset['site'] && outerHTML.includes(`${SERVER}/widget.js`),
);

/** The deferred script's origin: the running script's, or else the server's. */
export const codeOrigin = scriptOrigin ?? SERVER;

/** The settings from this script's tag, and from the tags of copies that ran later. */
export const scriptSettings: PartialSettings[] = [
	{ url: scriptOrigin, ...script?.dataset, ...(!script?.dataset['site'] && originalTag?.dataset) },
];

/** Returns all widgets that the page requests, those in elements first. */
export function findPlacements(): Placement[] {
	const places = [...doc.querySelectorAll<HTMLElement>('[data-frontdesk]')];
	const allSettings: PartialSettings[] = [
		...scriptSettings,
		...[window.FrontdeskSettings].flat().filter(isPlainObject),
	];
	const serverUrl = allSettings.map(({ url }) => getOrigin(url)).find(Boolean) ?? SERVER;
	return [
		// Elements can't set the server, since anyone who can add HTML can add elements.
		...places.map((place) => ({
			...place.dataset,
			site: place.dataset['frontdesk'],
			url: serverUrl,
			place,
		})),
		...allSettings,
	].flatMap((values) => {
		// Without a prototype, in which another script may have set a URL (prototype pollution).
		const settings = { __proto__: null, ...values } as unknown as Settings &
			Pick<Placement, 'place'>;
		const { site, url = serverUrl, place } = settings;
		const origin = getOrigin(url);
		return origin && /^[\w-]+$/.test(site ?? '') ? [{ settings, origin, place }] : [];
	});
}
