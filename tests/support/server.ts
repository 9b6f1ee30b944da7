import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type {
	Ack,
	AgentFacts,
	AgentRequests,
	WidgetFacts,
	WidgetRequests,
} from '../../src/lib/contract/live';
import { startTurns } from '../../src/lib/server/ai';
import { createApi } from '../../src/lib/server/api';
import { createRealtime } from '../../src/lib/server/realtime';
import { subscribeWebhooks } from '../../src/lib/server/webhooks';
import { useTestApp, type TestApp } from './app';

export type WidgetClient = Socket<WidgetFacts, WidgetRequests>;
export type AgentClient = Socket<AgentFacts, AgentRequests>;

export interface TestServer extends TestApp {
	url: string;
	widget(auth: object): WidgetClient;
	agent(auth: object, headers?: Record<string, string>): AgentClient;
}

/** API and Socket.IO of one process on a free port, with a database of its own, for one test file. */
export function useTestServer(environment: Record<string, string> = {}): TestServer {
	const server = useTestApp({ RATE_LIMIT: 'off', ...environment }) as TestServer;
	const clients = new Set<Socket>();
	let close: () => Promise<void> = () => Promise.resolve();
	const connect = (namespace: string, auth: object, extraHeaders?: Record<string, string>) => {
		const socket = io(`${server.url}${namespace}`, {
			auth,
			transports: ['websocket'],
			forceNew: true,
			reconnectionDelay: 50,
			extraHeaders,
		});
		clients.add(socket);
		return socket;
	};
	server.widget = (auth) => connect('/widget', auth);
	server.agent = (auth, headers) => connect('/agents', auth, headers);
	beforeAll(async () => {
		const turns = startTurns(server.app);
		subscribeWebhooks(server.app);
		const realtime = await createRealtime(server.app);
		const isReady = () => Promise.resolve({ database: true, redis: true });
		const api = createApi(server.app, { isReady });
		const http = createServer(getRequestListener(api.fetch) as Parameters<typeof createServer>[1]);
		realtime.attach(http);
		await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
		server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
		close = async () => {
			await turns.drain(1_000);
			await realtime.close();
		};
	});
	afterEach(() => {
		for (const client of clients) client.disconnect();
		clients.clear();
	});
	afterAll(() => close());
	return server;
}

interface Emitter<T> {
	on(name: string, listener: (payload: T) => void): void;
	off(name: string, listener: (payload: T) => void): void;
}

/** The next fact of this name, or the first that fits. */
export function next<T>(
	socket: WidgetClient | AgentClient,
	name: keyof WidgetFacts | keyof AgentFacts,
	fits: (payload: T) => boolean = () => true,
): Promise<T> {
	const emitter = socket as unknown as Emitter<T>;
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`no ${name} came`)), 10_000);
		const listener = (payload: T) => {
			if (!fits(payload)) return;
			clearTimeout(timer);
			emitter.off(name, listener);
			resolve(payload);
		};
		emitter.on(name, listener);
	});
}

/** A request's data, or its error thrown. */
export async function ask<T>(answer: Promise<Ack<T>>): Promise<T> {
	const ack = await answer;
	if (ack.ok) return ack.data;
	throw Object.assign(new Error(ack.error.message), { code: ack.error.code });
}
