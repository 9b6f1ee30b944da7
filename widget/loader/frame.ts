import type { Connect, ToFrame, ToHost } from '../bridge.ts';
import { doc, pageContext, readEntries, writeEntry } from './page.ts';
import type { Placement } from './settings.ts';

export type Frame = ReturnType<typeof makeFrame>;

/** The frame with the chat in it, and the port over which it and this page speak. */
export function makeFrame(
	{ settings, origin, place }: Placement,
	isOpen: () => boolean,
	heard: (message: ToHost) => void,
) {
	const node = doc.createElement('iframe');
	node.title = settings.text ?? 'Chat';
	// Several servers and several sites on one page keep apart.
	const prefix = `frontdesk:${origin}:${settings.site}:`;
	let port: MessagePort | undefined;

	const post = (message: ToFrame) => port?.postMessage(message);
	const connect = () => {
		const { port1, port2 } = new MessageChannel();
		port = port1;
		port1.onmessage = ({ data }: MessageEvent<ToHost>) => {
			if (data.type === 'load') post({ type: 'stored', entries: readEntries(prefix) });
			if (data.type === 'store') writeEntry(prefix + data.key, data.value);
			heard(data);
		};
		const hello: Connect = { frontdesk: 'connect', context: pageContext(), is_open: isOpen() };
		// Whatever else stands in the frame by now gets neither port nor message. A page in a sandbox has no origin, nor have
		// its frames.
		node.contentWindow?.postMessage(hello, self.origin === 'null' ? '*' : origin, [port2]);
	};

	return {
		node,
		post,
		/** Fetches the chat, once. */
		load() {
			if (node.src) return;
			const params = new URLSearchParams({ via: place ? 'inline' : 'launcher' });
			for (const name of ['theme', 'language', 'debug'] as const) {
				if (settings[name]) params.set(name, settings[name]);
			}
			// Also after the page has moved the frame elsewhere, which loads it again.
			node.onload = connect;
			node.src = `${origin}/embed/${settings.site}?${params}`;
		},
	};
}
