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
	/** The visitor's token to use from now on. */
	token: string;
}
export interface AgentSocketData {
	actor: Actor;
	/** How the socket proved who it is, to ask again whether that still holds. */
	credentials: { cookie: string | null; apiKey: string | null; ip: string };
}

export type Io = Server<None, None, None, unknown>;
export type WidgetNamespace = Namespace<WidgetRequests, WidgetEvents, None, WidgetSocketData>;
export type AgentNamespace = Namespace<AgentRequests, AgentEvents, None, AgentSocketData>;
export type WidgetSocket = Socket<WidgetRequests, WidgetEvents, None, WidgetSocketData>;
export type AgentSocket = Socket<AgentRequests, AgentEvents, None, AgentSocketData>;

/** Rooms: a chat session's visitors, everyone of the team, and who watches a chat session. */
export const TEAM = 'team';
/** Who may read what not everyone of the team may: API keys have scopes. */
export const readersOf = (scope: Extract<Scope, 'leads:read' | 'errors:read'>) =>
	`readers ${scope}`;
/** Whoever may see the settings. */
export const ADMINS = 'admins';
/** Everything that one user has open. */
export const socketsOf = (userId: number) => `user ${userId}`;
export const visitorsOf = (sessionId: string) => `visitors ${sessionId}`;
export const watchersOf = (sessionId: string) => `watchers ${sessionId}`;
