import type { ConnectMessage, FrameMessage, HostMessage } from '../bridge.ts';
import { createElement, getPageContext, readEntries, writeEntry } from './page.ts';
import type { Placement } from './settings.ts';

export type Frame = ReturnType<typeof createFrame>;

/** Creates the chat's frame and the port for communicating with it. */
export function createFrame(
	{ settings, origin, place }: Placement,
	isOpen: () => boolean,
	onMessage: (message: HostMessage) => void,
) {
	const node = createElement('iframe');
	node.title = settings.text ?? 'Chat';
	// Separates the entries of several servers and sites on one page.
	const prefix = `frontdesk:${origin}:${settings.site}:`;
	let port: MessagePort | undefined;

	const post = (message: FrameMessage) => port?.postMessage(message);
	const connect = () => {
		const { port1, port2 } = new MessageChannel();
		port = port1;
		port1.onmessage = ({ data }: MessageEvent<HostMessage>) => {
			if (data.type === 'load') post({ type: 'stored', entries: readEntries(prefix) });
			if (data.type === 'store') writeEntry(prefix + data.key, data.value);
			onMessage(data);
		};
		const message: ConnectMessage = {
			frontdesk: 'connect',
			context: getPageContext(),
			is_open: isOpen(),
		};
		// The exact origin keeps the port from a frame that has navigated elsewhere. In a sandboxed page, neither the page nor
		// the frame has an origin.
		node.contentWindow?.postMessage(message, window.origin === 'null' ? '*' : origin, [port2]);
	};

	return {
		node,
		post,
		/** Loads the chat, once. */
		load() {
			if (node.src) return;
			const params = new URLSearchParams({ via: place ? 'inline' : 'launcher' });
			for (const name of ['theme', 'language', 'debug'] as const) {
				if (settings[name]) params.set(name, settings[name]);
			}
			// Also runs after the page moves the frame in the document, which reloads it.
			node.onload = connect;
			node.src = `${origin}/embed/${settings.site}?${params}`;
		},
	};
}
