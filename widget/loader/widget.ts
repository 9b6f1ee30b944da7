import type { HostMessage } from '../bridge.ts';
import { fields, publish } from './api.ts';
import { createFrame } from './frame.ts';
import { showInline } from './inline.ts';
import { createLauncher, type Launcher } from './launcher.ts';
import { fetchConfig } from './fetch-config.ts';
import { doc, warn } from './page.ts';
import type { Placement } from './settings.ts';
import { eventQueue, type WidgetState } from './widget-state.ts';

export interface Widget extends WidgetState {
	attach: () => boolean;
	/** Whether the page has removed the widget. `refresh` adds it again. */
	isRemoved?: boolean;
	remove: () => void;
	show: () => Promise<void>;
}

/** Creates the widget of one placement. */
export function createWidget(placement: Placement): Widget {
	const { settings, place } = placement;
	const frame = createFrame(placement, () => isOpen, onMessage);
	let isOpen = false;
	let launcher: Launcher | undefined;
	/** The node in the page: the launcher, or the frame itself. */
	let node: HTMLElement | undefined;

	const preload = () => {
		if (!frame.node.parentNode) launcher?.panel.append(frame.node);
		frame.load();
	};
	/** Opens or closes the panel, or toggles it by default. */
	const set = (shouldOpen = !isOpen, isSilent?: boolean) => {
		if (!launcher || isOpen === shouldOpen) return;
		isOpen = shouldOpen;
		launcher.setOpen(isOpen);
		frame.post({ type: isOpen ? 'open' : 'close' });
		if (isOpen) preload();
		if (isSilent) return;
		(isOpen ? frame.node : launcher.button).focus();
		publish(widget, isOpen ? 'opened' : 'closed');
	};
	const widget: Widget = {
		...placement,
		frame,
		set,
		/** Attaches the widget if it isn't in the page. Returns whether it did. */
		attach() {
			if (!node || node.isConnected) return false;
			if (place) showInline(place, node, frame.load);
			// Outside the body, which may be replaced, or have a transform that would move the launcher.
			else doc.documentElement?.append(node);
			return true;
		},
		/** Removes the widget from the page. */
		remove() {
			set(false);
			node?.remove();
			node = launcher = undefined;
			widget.isRemoved = true;
		},
		/** Shows the launcher, or the chat in its element. */
		async show() {
			const config = await (place ? undefined : fetchConfig(placement));
			if (config === null) return warn(`no site "${settings.site}"`);
			if (config) launcher = createLauncher(config, () => set(), preload);
			node = launcher?.host ?? frame.node;
			Object.assign(widget, { config, launcher });
			widget.attach();
			publish(widget, 'ready');
		},
	};

	function onMessage(message: HostMessage): void {
		eventQueue.push([widget, message]);
		if (message.type === 'close') set(false);
		if (message.type === 'event') publish(widget, message.name, message.detail);
		if (message.type === 'load') frame.post({ type: 'identify', fields });
	}
	return widget;
}
