import type { Server as HttpServer } from 'node:http';
import type { Io } from './sockets.ts';

/** Remembers who listens on a server of somebody else's, which is there before and after us; gives the way back. */
export function shareServer(server: HttpServer): () => void {
	const names = ['request', 'upgrade'] as const;
	const before = names.map((name) => [name, server.rawListeners(name)] as const);
	return () => {
		for (const [name, listeners] of before) {
			server.removeAllListeners(name);
			for (const listener of listeners) server.on(name, listener as () => void);
		}
	};
}

/** Ends our sockets alone: the server goes on. */
export async function leaveShared(io: Io, leave: () => void): Promise<void> {
	leave();
	io.disconnectSockets(true);
	io.engine.close();
}
