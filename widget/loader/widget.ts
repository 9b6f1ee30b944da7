import type { ToHost } from '../bridge.ts';
import { fields, publish } from './api.ts';
import { makeFrame } from './frame.ts';
import { showInline } from './inline.ts';
import { makeLauncher, type Launcher } from './launcher.ts';
import { fetchLook } from './look.ts';
import { doc, warn } from './page.ts';
import type { Placement } from './settings.ts';
import { eventQueue, type WidgetState } from './page-state.ts';

export interface Widget extends WidgetState {
	attach: () => boolean;
	/** Removed by the page, which may request it again. */
	isGone?: boolean;
	remove: () => void;
	show: () => Promise<void>;
}

/** Creates one site's chat on this page. */
export function makeWidget(placement: Placement): Widget {
	const { settings, place } = placement;
	const frame = makeFrame(placement, () => isOpen, onMessage);
	let isOpen = false;
	let launcher: Launcher | undefined;
	/** The node in the page: the launcher, or the frame itself. */
	let node: HTMLElement | undefined;

	const preload = () => {
		if (!frame.node.parentNode) launcher?.panel.append(frame.node);
		frame.load();
	};
	/** Opens or closes the panel, or toggles it by default. */
	const set = (isToOpen = !isOpen, isQuiet?: boolean) => {
		if (!launcher || isOpen === isToOpen) return;
		isOpen = isToOpen;
		launcher.show(isOpen);
		frame.post({ type: isOpen ? 'open' : 'close' });
		if (isOpen) preload();
		if (isQuiet) return;
		(isOpen ? frame.node : launcher.button).focus();
		publish(widget, isOpen ? 'opened' : 'closed');
	};
	const widget: Widget = {
		...placement,
		frame,
		set,
		/** Attaches the widget if the page has lost it. Returns whether it did. */
		attach() {
			if (!node || node.isConnected) return false;
			if (place) showInline(place, node, frame.load);
			// Outside the body, which could have a transform that moves it, or be replaced.
			else doc.documentElement?.append(node);
			return true;
		},
		/** Removes the widget from the page. */
		remove() {
			set(false);
			node?.remove();
			node = launcher = undefined;
			widget.isGone = true;
		},
		/** Shows the launcher, or the chat in its element. */
		async show() {
			const look = await (place ? undefined : fetchLook(placement));
			if (look === null) return warn(`no site "${settings.site}"`);
			if (look) launcher = makeLauncher(look, () => set(), preload);
			node = launcher?.host ?? frame.node;
			Object.assign(widget, { look, launcher });
			widget.attach();
			publish(widget, 'ready');
		},
	};

	function onMessage(message: ToHost): void {
		eventQueue.push([widget, message]);
		if (message.type === 'close') set(false);
		if (message.type === 'event') publish(widget, message.name, message.detail);
		if (message.type === 'load') frame.post({ type: 'identify', fields });
	}
	return widget;
}
