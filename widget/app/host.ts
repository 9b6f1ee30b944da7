import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { ConnectMessage, HostEvent, Mode, FrameMessage, HostMessage } from '../bridge.ts';

type Handlers = { [M in FrameMessage as M['type']]?: (message: M) => void };
type Handler = (message: FrameMessage) => void;

const CONNECT_TIMEOUT_MS = 5000;

/** The connection to the loader in the host page. */
export class Host {
	readonly mode: Mode;
	readonly context: VisitorContext;
	is_open: boolean;
	/** The key of the greeting that the page has shown next to the launcher. */
	greeting_key: string | undefined;
	readonly #port: MessagePort;
	readonly #handlers = new Map<FrameMessage['type'], Handler[]>();

	constructor(port: MessagePort, mode: Mode, { context, is_open }: ConnectMessage) {
		this.mode = mode;
		this.context = context;
		this.is_open = is_open;
		this.#port = port;
		port.onmessage = (event: MessageEvent<FrameMessage>) => this.#dispatch(event.data);
	}

	on(handlers: Handlers): void {
		for (const [type, handle] of Object.entries(handlers) as [FrameMessage['type'], Handler][]) {
			this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handle]);
		}
	}

	post(message: HostMessage): void {
		this.#port.postMessage(message);
	}

	emit(name: HostEvent, detail: Record<string, unknown> = {}): void {
		this.post({ type: 'event', name, detail });
	}

	/** Loads this site's entries from the host page's storage; null if storage is unavailable there. */
	load(): Promise<Record<string, string> | null> {
		return new Promise((resolve) => {
			this.on({ stored: ({ entries }) => resolve(entries) });
			this.post({ type: 'load' });
		});
	}

	#dispatch(message: FrameMessage): void {
		if (message.type === 'open' || message.type === 'close') this.is_open = message.type === 'open';
		if (message.type === 'greeting') this.greeting_key = message.greeting_key;
		for (const handle of this.#handlers.get(message.type) ?? []) handle(message);
	}
}

/** Waits for the loader's port. Returns null in a plain iframe, on the full page, and if no loader responds. */
export function connectHost(mode: string | null): Promise<Host | null> {
	const isExpected = mode === 'launcher' || mode === 'inline';
	if (!isExpected || window.parent === window) return Promise.resolve(null);
	return new Promise((resolve) => {
		const onMessage = ({
			source,
			data,
			ports: [port],
		}: MessageEvent<Partial<ConnectMessage> | null>) => {
			if (source !== window.parent || data?.frontdesk !== 'connect' || !port) return;
			removeEventListener('message', onMessage);
			resolve(new Host(port, mode, data as ConnectMessage));
		};
		addEventListener('message', onMessage);
		setTimeout(() => resolve(null), CONNECT_TIMEOUT_MS);
	});
}
