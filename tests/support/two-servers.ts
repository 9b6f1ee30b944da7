import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createTestDatabase } from './database.ts';
import { openAgent, openWidget, type AgentClient, type WidgetClient } from './live-client.ts';
import { startServer, type ServerProcess } from './process.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { ADMIN_ENVIRONMENT, signInAt } from './server-api.ts';

interface TwoServers {
	/** Set before the file's first test, like `first` and `second`. */
	redis: TestRedis;
	first: ServerProcess;
	second: ServerProcess;
	/** Opens a visitor's socket. Every socket is disconnected after the test. */
	openWidget(server: ServerProcess, auth: object): WidgetClient;
	/** Connects a visitor to the first process and waits for the greeting. */
	connectVisitor(): Promise<ConnectedVisitor>;
	/** Connects the admin to a process. */
	connectAgent(server: ServerProcess): Promise<AgentClient>;
}

export interface ConnectedVisitor {
	visitor: WidgetClient;
	session_id: string;
	/** Reconnects to the chat, without the greeting. */
	auth: { session_id: string; token: string; after: number };
	greetingId: number;
	say(message: string): ReturnType<typeof sendMessage>;
}

const sendMessage = (visitor: WidgetClient, message: string) =>
	visitor.request('message:send', { message, client_message_id: randomUUID() });

/** Starts Redis and two processes of the built server on one database, for one test file. */
export function useTwoServers(environment: () => Record<string, string>): TwoServers {
	const cleanups: (() => unknown)[] = [];
	const clients = new Set<WidgetClient | AgentClient>();
	let cookie: string;
	const track = <T extends WidgetClient | AgentClient>(client: T): T => {
		clients.add(client);
		return client;
	};
	const servers = {
		openWidget: ({ url }, auth) => track(openWidget(url, auth)),
		async connectVisitor() {
			const visitor = servers.openWidget(servers.first, { site: 'default' });
			const { session_id, token, messages } = await visitor.waitForEvent('session.started');
			const greeting = messages[0] ?? (await visitor.waitForEvent('message.created')).message;
			return {
				visitor,
				session_id,
				auth: { session_id, token, after: greeting.id },
				greetingId: greeting.id,
				say: (message: string) => sendMessage(visitor, message),
			};
		},
		async connectAgent({ url }) {
			const agent = track(openAgent(url, {}, { extraHeaders: { cookie, origin: url } }));
			await agent.waitForConnection();
			return agent;
		},
	} as TwoServers;
	beforeAll(async () => {
		const database = await createTestDatabase();
		cleanups.push(() => database.drop());
		servers.redis = await startRedis();
		cleanups.push(() => servers.redis.stop());
		const shared = {
			DATABASE_URL: database.url,
			REDIS_URL: servers.redis.url,
			...ADMIN_ENVIRONMENT,
			...environment(),
		};
		[servers.first, servers.second] = await Promise.all([startServer(shared), startServer(shared)]);
		cleanups.push(() => Promise.all([servers.first.stop(), servers.second.stop()]));
		cookie = await signInAt(servers.first.url);
	});
	afterEach(() => {
		const violations = [...clients].flatMap((client) => client.violations);
		for (const { socket } of clients) socket.disconnect();
		clients.clear();
		expect(violations).toEqual([]);
	});
	afterAll(async () => {
		for (const close of cleanups.reverse()) await close();
	});
	return servers;
}
