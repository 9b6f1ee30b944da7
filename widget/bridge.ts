// The protocol between the loader in the host page and the frame. The loader sends the frame a port in one message to
// the frame's exact origin. Everything else goes through that port, which no one else can read.
import type { VisitorContext } from '#lib/contract/visitor-context.ts';

/** The message that carries the port. */
export interface ConnectMessage {
	frontdesk: 'connect';
	context: VisitorContext;
	is_open: boolean;
}

export type Mode = 'launcher' | 'inline';
export type LeadFields = Record<string, string | number | boolean | null>;
export type HostEvent = 'ready' | 'opened' | 'closed' | 'message' | 'lead' | 'completed';

/** Messages from the host page to the frame. */
export type FrameMessage =
	| { type: 'open' }
	| { type: 'close' }
	/** The greeting that the page has shown next to the launcher. The chat starts with it. */
	| { type: 'greeting'; greeting_key: string }
	| { type: 'identify'; fields: LeadFields }
	| { type: 'page'; page_url: string; page_title: string }
	/** This site's entries in the page's storage; null if storage is unavailable. */
	| { type: 'stored'; entries: Record<string, string> | null };

/** Messages from the frame to the host page. */
export type HostMessage =
	/** Requests this site's entries in the page's storage; `stored` is the answer. */
	| { type: 'load' }
	| { type: 'store'; key: string; value: string | null }
	| { type: 'close' }
	/** `preview` is the beginning of the latest message as plain text; `author` is null for the AI. */
	| { type: 'unread'; count: number; preview: string; author: string | null }
	/** The site doesn't exist or no longer accepts chats. */
	| { type: 'gone' }
	| { type: 'event'; name: HostEvent; detail: Record<string, unknown> };
