import type { VisitorContext } from '#lib/contract/visitor-context.ts';

/**
 * What the loader in the host page and the frame say to each other. The loader hands the frame a port with one
 * message to the frame's exact origin; everything else goes over that port, which nobody else can hear.
 */
export interface Connect {
	frontdesk: 'connect';
	context: VisitorContext;
	is_open: boolean;
}

export type Mode = 'launcher' | 'inline';
export type LeadFields = Record<string, string | number | boolean | null>;
export type HostEvent = 'ready' | 'opened' | 'closed' | 'message' | 'lead' | 'completed';

export type ToFrame =
	| { type: 'open' }
	| { type: 'close' }
	| { type: 'identify'; fields: LeadFields }
	| { type: 'page'; page_url: string; page_title: string }
	/** What the page's storage holds for this site; null when the page has none. */
	| { type: 'stored'; entries: Record<string, string> | null };

export type ToHost =
	| { type: 'load' }
	| { type: 'store'; key: string; value: string | null }
	| { type: 'close' }
	/** `preview`: how the newest of them begins, as plain text. */
	| { type: 'unread'; count: number; preview: string }
	| { type: 'event'; name: HostEvent; detail: Record<string, unknown> };
