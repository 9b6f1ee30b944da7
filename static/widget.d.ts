// Types of the Frontdesk widget for pages written in TypeScript: copy this file beside your code. Guide: docs/widget.md.

type FrontdeskEvent = 'ready' | 'opened' | 'closed' | 'message' | 'lead' | 'completed';

/** What the page knows of its visitor. Unknown names become answers of the lead. */
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
	/** Where Frontdesk runs, when the script comes from elsewhere: `https://frontdesk.example.com`. */
	url?: string;
	position?: 'left' | 'right';
	/** The launcher's text. */
	text?: string;
	theme?: 'light' | 'dark';
	language?: 'en' | 'es' | 'fr' | 'de' | 'pt' | 'ar';
	/** `off`: tag managers are told nothing. */
	tags?: 'off';
	/** `1`: requests and answers go to the console. */
	debug?: '1';
}

type FrontdeskCommand =
	| ['open' | 'close' | 'toggle' | 'remove', site?: string]
	| ['identify', fields: FrontdeskFields]
	| ['on' | 'off', event: FrontdeskEvent, listener: (detail: FrontdeskDetail) => void]
	| ['refresh'];

/** Without a site a command means the page's first widget. */
interface Frontdesk {
	open(site?: string): void;
	close(site?: string): void;
	toggle(site?: string): void;
	identify(fields: FrontdeskFields): void;
	on(event: FrontdeskEvent, listener: (detail: FrontdeskDetail) => void): void;
	off(event: FrontdeskEvent, listener: (detail: FrontdeskDetail) => void): void;
	/** Takes the widgets, or one site's, out of the page, until `refresh`. */
	remove(site?: string): void;
	/** Looks for widgets that the page has asked for since. */
	refresh(): void;
	/** The same as a command: also before the script has loaded. */
	push(command: FrontdeskCommand): void;
}

interface Window {
	Frontdesk?: Frontdesk | FrontdeskCommand[];
	FrontdeskSettings?: FrontdeskSettings | FrontdeskSettings[];
}
