import type { Namespace, Server, Socket } from 'socket.io';
import type {
	AgentEvents,
	AgentRequests,
	WidgetEvents,
	WidgetRequests,
} from '#lib/contract/live.ts';
import type { Scope } from '#lib/contract/api-key.ts';
import type { Actor } from '../core/context.ts';

type None = Record<string, never>;

export interface WidgetSocketData {
	session_id: string;
	chat_session_id: number;
	/** The visitor's current token, which may be newer than the one in the handshake. */
	token: string;
}
export interface AgentSocketData {
	actor: Actor;
	/** What the socket signed in with, for checking later whether it is still valid. */
	credentials: { cookie: string | null; apiKey: string | null; ip: string };
}

export type Io = Server<None, None, None, unknown>;
export type WidgetNamespace = Namespace<WidgetRequests, WidgetEvents, None, WidgetSocketData>;
export type AgentNamespace = Namespace<AgentRequests, AgentEvents, None, AgentSocketData>;
export type WidgetSocket = Socket<WidgetRequests, WidgetEvents, None, WidgetSocketData>;
export type AgentSocket = Socket<AgentRequests, AgentEvents, None, AgentSocketData>;

// The Socket.IO rooms.

/** Every socket of `/agents`. */
export const TEAM = 'team';
/** Users, and API keys with the scope. */
export const readersOf = (scope: Extract<Scope, 'leads:read' | 'errors:read' | 'quality:read'>) =>
	`readers ${scope}`;
/** Users and API keys that may read the settings. */
export const ADMINS = 'admins';
/** All sockets of one user. */
export const socketsOf = (userId: number) => `user ${userId}`;
export const visitorsOf = (sessionId: string) => `visitors ${sessionId}`;
export const watchersOf = (sessionId: string) => `watchers ${sessionId}`;
