import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createApi } from '#lib/server/api/index.ts';
import { guardServer, SERVER_OPTIONS } from '#lib/server/core/http-guard/index.ts';
import { createRealtime } from '#lib/server/realtime/index.ts';
import { signInForCookie, createUser } from '../factories/user.ts';
import { API_KEY } from './server-api.ts';
import { useTestApp, type TestApp } from './app.ts';
import { openAgent, openWidget, type AgentClient, type WidgetClient } from './live-client.ts';

export interface TestServer extends TestApp {
	url: string;
	/** Opens a visitor's socket without waiting for the handshake. Every socket is disconnected after the test. */
	openWidget(auth?: object, headers?: Record<string, string>): WidgetClient;
	/** Connects a visitor and waits until the chat session has started. */
	startChat(auth?: object): Promise<Chat>;
	/** Connects an agent's socket, by default with the full-access key. */
	connectAgent(auth?: object, headers?: Record<string, string>): Promise<AgentClient>;
	/** Connects the socket of a new user who has signed in. */
	connectUser(name?: string): Promise<AgentClient>;
	/** Opens an agent's socket without waiting for the handshake. */
	openAgent(auth: object, headers?: Record<string, string>): AgentClient;
}

interface Chat {
	visitor: WidgetClient;
	session_id: string;
	token: string;
}

/** Starts the API and Socket.IO in this process on a free port, with their own database, for one test file. */
export function useTestServer(environment: Record<string, string> = {}): TestServer {
	const server = useTestApp({ RATE_LIMIT: 'off', API_KEY, ...environment }) as TestServer;
	const clients = new Set<WidgetClient | AgentClient>();
	const track = <T extends WidgetClient | AgentClient>(client: T): T => {
		clients.add(client);
		return client;
	};
	server.openWidget = (auth = { site: 'default' }, extraHeaders) =>
		track(openWidget(server.url, auth, { extraHeaders }));
	server.openAgent = (auth, extraHeaders) => track(openAgent(server.url, auth, { extraHeaders }));
	server.connectAgent = async (auth = { api_key: API_KEY }, headers) => {
		const client = server.openAgent(auth, headers);
		await client.waitForConnection();
		return client;
	};
	server.startChat = async (auth) => {
		const visitor = server.openWidget(auth);
		const { session_id, token } = await visitor.waitForEvent('session.started');
		return { visitor, session_id, token };
	};
	server.connectUser = async (name = 'Ada Lovelace') => {
		const cookie = await signInForCookie(server.app, await createUser(server.app, { name }));
		return server.connectAgent({}, { cookie, origin: server.app.config.publicUrl });
	};
	let close: () => Promise<void> = () => Promise.resolve();
	beforeAll(async () => {
		server.app.turns.start();
		const realtime = await createRealtime(server.app);
		const checkReadiness = () => Promise.resolve({ database: true, redis: true });
		const api = createApi(server.app, { checkReadiness });
		const listener = getRequestListener(api.fetch, { autoCleanupIncoming: false });
		const http = createServer(
			SERVER_OPTIONS,
			(request, response) => void listener(request, response),
		);
		realtime.attach(http);
		const removeGuard = guardServer(server.app, http);
		await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
		server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
		close = async () => {
			await server.app.turns.drain(1_000);
			await realtime.close();
			removeGuard();
		};
	});
	afterEach(() => {
		const violations = [...clients].flatMap((client) => client.violations);
		for (const { socket } of clients) socket.disconnect();
		clients.clear();
		expect(violations).toEqual([]);
	});
	afterAll(() => close());
	return server;
}
