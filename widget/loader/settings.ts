import { attempt } from './page';

/** How one widget is asked for: `data-*` of its script or element, or `window.FrontdeskSettings`. */
export interface Settings {
	site: string;
	/** Where Frontdesk runs; needed only when a plugin has moved the script to another host. */
	url?: string;
	/** Of the launcher, instead of what the site's settings say. */
	position?: 'left' | 'right';
	text?: string;
	theme?: 'light' | 'dark';
	language?: string;
	debug?: string;
	/** `off`: nothing is told to the page's tag managers. */
	tags?: string;
}

export interface Wanted {
	settings: Settings;
	origin: string;
	/** The `data-frontdesk` element that the chat stands in; behind a launcher without one. */
	place?: Element;
}

type Given = Partial<Settings>;

declare global {
	interface Window {
		FrontdeskSettings?: Given | Given[];
	}
}

/** The address of our script, remembered: a page that changes its body may lose the script's element. */
let home: string | undefined;

/** Every widget that the page asks for now, wherever and in whatever order it says so; elements first. */
export function findWanted(): Wanted[] {
	const scripts = all('script[src*="/widget.js"]') as HTMLScriptElement[];
	home ??= scripts[0]?.src;
	const places = all('[data-frontdesk]');
	const given: [Given, Element?][] = [
		...places.map((place): [Given, Element] => [
			{ ...place.dataset, site: place.dataset['frontdesk'] },
			place,
		]),
		...scripts.map((script): [Given] => [{ url: script.src, ...script.dataset }]),
		...[window.FrontdeskSettings ?? []].flat().map((settings): [Given] => [settings]),
	];
	return given.flatMap(([settings, place]) => {
		const { site, url = home } = settings;
		const origin = attempt(() => new URL(url ?? '').origin);
		return site && origin ? [{ settings: { ...settings, site }, origin, place }] : [];
	});
}

const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
