import type { HostEvent, HostMessage } from '../bridge.ts';
import type { Frame } from './frame.ts';
import type { Launcher, LauncherConfig } from './launcher.ts';
import { helpers, type Helpers } from './page.ts';
import { codeOrigin, type Placement } from './settings.ts';

/** A widget on the page, as the deferred script sees it. */
export interface WidgetState extends Placement {
	config?: Partial<LauncherConfig>;
	launcher?: Launcher;
	frame: Frame;
	/** The server's key for the greeting shown in the bubble next to the launcher. */
	greeting_key?: string | null | undefined;
	/** The bubble next to the launcher, with a message. */
	bubble?: HTMLElement;
	/** Whether the visitor has closed the greeting or opened the chat. */
	isGreetingDismissed?: boolean;
	/** The visitor's id, until the frame stores it. */
	visitor_id?: string;
	/** Whether the frame has responded, which proves that it shows Frontdesk. */
	isConnected?: boolean;
	/**
	 * Opens or closes the chat; toggles it if `shouldOpen` is omitted. With `isSilent`, doesn't move focus or publish events, as after
	 * a navigation.
	 */
	set: (shouldOpen?: boolean, isSilent?: boolean) => unknown;
}

export type Detail = Record<string, unknown>;
export type QueuedEvent =
	| [widget: WidgetState, event: HostEvent, detail: Detail]
	| [widget: WidgetState, message: HostMessage];

/** Queues events until the deferred script (widget/loader/later) has loaded, which handles them and replaces `push`. */
export const eventQueue: QueuedEvent[] = [];

/** Replaced by the build (widget/vite.config.ts) with the deferred script's path, which contains a content hash. */
declare const DEFERRED_SCRIPT_PATH: string;

/** Loads the deferred script. The chat works without it. */
export const loadDeferredScript = () =>
	import(/* @vite-ignore */ codeOrigin + DEFERRED_SCRIPT_PATH).then(
		(module: { default: (queue: QueuedEvent[], helpers: Helpers) => void }) =>
			module.default(eventQueue, helpers),
		() => 0,
	);
