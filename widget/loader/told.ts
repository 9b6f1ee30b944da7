import type { HostEvent, ToHost } from '../bridge.ts';
import type { Frame } from './frame.ts';
import type { Launcher, Look } from './launcher.ts';
import { arrival } from './page.ts';
import { codeOrigin, type Wanted } from './settings.ts';

/** A widget as the second file knows it. */
export interface Shown extends Wanted {
	look?: Partial<Look>;
	launcher?: Launcher;
	frame: Frame;
	/** The frame has answered: it is ours, and it runs. */
	isConnected?: boolean;
	/** `isQuiet`: neither focused nor told, as after a change of pages. */
	set: (isToOpen?: boolean, isQuiet?: boolean) => unknown;
}

type Unread = Extract<ToHost, { type: 'unread' }>;
export type Detail = Record<string, unknown>;
export type Told =
	[widget: Shown, event: HostEvent, detail: Detail] | [widget: Shown, unread: Unread];

/** What has happened so far. The second file (widget/later) reads it when it comes, and takes over its `push`. */
export const told: Told[] = [];

/** Replaced by the build (widget/vite.config.ts): the second file's address, with its content's hash. */
declare const LATER: string;

/** Fetches the second file; without it the chat still works. */
export const fetchLater = () =>
	import(/* @vite-ignore */ codeOrigin + LATER).then(
		(file: { default: (all: Told[], began: object) => void }) => file.default(told, arrival),
		() => 0,
	);
