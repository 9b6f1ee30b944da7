// Types of the Frontdesk widget for pages written in TypeScript: copy this file into your project. Guide: docs/widget.md.

type FrontdeskEvent = 'ready' | 'opened' | 'closed' | 'message' | 'lead' | 'completed';

/** Details of the visitor that the page knows. Other fields become answers in the lead. */
interface FrontdeskFields {
	name?: string | null;
	email?: string | null;
	phone?: string | null;
	company?: string | null;
	[field: string]: string | number | boolean | null | undefined;
}

interface FrontdeskDetail {
	/** The site's key. */
	site: string;
	[name: string]: unknown;
}

interface FrontdeskSettings {
	/** The site's key. */
	site: string;
	/** Where Frontdesk runs, if the script is loaded from another host: `https://frontdesk.example.com`. */
	url?: string;
	position?: 'left' | 'right';
	/** The launcher's text. */
	text?: string;
	theme?: 'light' | 'dark';
	language?: 'en' | 'es' | 'fr' | 'de' | 'pt' | 'ar';
	/** `off`: sends no events to tag managers. */
	tags?: 'off';
	/** `1`: logs requests and responses to the console. */
	debug?: '1';
}

type FrontdeskCommand =
	| ['open' | 'close' | 'toggle' | 'remove', site?: string]
	| ['identify', fields: FrontdeskFields]
	| ['on' | 'off', event: FrontdeskEvent, listener: (detail: FrontdeskDetail) => void]
	| ['refresh'];

/** Without a `site`, commands apply to the first widget on the page. */
interface Frontdesk {
	open(site?: string): void;
	close(site?: string): void;
	toggle(site?: string): void;
	identify(fields: FrontdeskFields): void;
	on(event: FrontdeskEvent, listener: (detail: FrontdeskDetail) => void): void;
	off(event: FrontdeskEvent, listener: (detail: FrontdeskDetail) => void): void;
	/** Removes all widgets, or one site's, from the page until `refresh`. */
	remove(site?: string): void;
	/** Adds widgets that the page has requested since. */
	refresh(): void;
	/** Runs a command. Works even before the script has loaded. */
	push(command: FrontdeskCommand): void;
}

interface Window {
	Frontdesk?: Frontdesk | FrontdeskCommand[];
	FrontdeskSettings?: FrontdeskSettings | FrontdeskSettings[];
}
