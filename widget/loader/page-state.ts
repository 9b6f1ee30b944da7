import type { HostEvent, ToHost } from '../bridge.ts';
import type { Frame } from './frame.ts';
import type { Launcher, Look } from './launcher.ts';
import { helpers, type Helpers } from './page.ts';
import { codeOrigin, type Placement } from './settings.ts';

/** A widget on the page, as the deferred script sees it. */
export interface WidgetState extends Placement {
	look?: Partial<Look>;
	launcher?: Launcher;
	frame: Frame;
	/** The greeting that the bubble beside the launcher showed, as the server names it. */
	greeting_key?: string | null | undefined;
	/** The message beside the launcher. */
	bubble?: HTMLElement;
	/** The visitor has closed the greeting or opened the chat. */
	isGreeted?: boolean;
	/** The visitor's id, until the frame keeps it. */
	visitor_id?: string;
	/** The frame has responded, so it is ours and running. */
	isConnected?: boolean;
	/** `isQuiet` opens without moving the focus or publishing an event, as after a navigation. */
	set: (isToOpen?: boolean, isQuiet?: boolean) => unknown;
}

export type Detail = Record<string, unknown>;
export type QueuedEvent =
	[widget: WidgetState, event: HostEvent, detail: Detail] | [widget: WidgetState, message: ToHost];

/** Events so far. The deferred script (widget/loader/later) replays them once loaded and replaces `push`. */
export const eventQueue: QueuedEvent[] = [];

/** Replaced by the build (widget/vite.config.ts) with the deferred script's path, which contains a content hash. */
declare const LATER: string;

/** Loads the deferred script. The chat works without it. */
export const fetchLater = () =>
	import(/* @vite-ignore */ codeOrigin + LATER).then(
		(file: { default: (all: QueuedEvent[], helpers: Helpers) => void }) =>
			file.default(eventQueue, helpers),
		() => 0,
	);
