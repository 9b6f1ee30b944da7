import type { Role, Scope } from '#lib/contract/api-key.ts';
import type { Config } from './config.ts';
import type { Db } from './db/client.ts';
import type { ExhaustionWatch } from './db/health.ts';
import type { Replica } from './db/replica.ts';
import type { AppEvent, EventBus } from './events.ts';
import type { Watchdog } from './http-guard/watchdog.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Outbound } from './outbound/index.ts';
import type { Limiters } from './rate-limits.ts';
import type { Secrets } from './secrets.ts';

/** The parts of an App that don't depend on any domain. */
export interface Core {
	config: Config;
	log: Log;
	clock: () => Date;
	db: Db;
	/** Used through `readFromReplica`; undefined without `DATABASE_REPLICA_URL`. */
	replica: Replica | undefined;
	events: EventBus<Ctx>;
	outbound: Outbound;
	/** Calls URLs that users other than admins enter. In production, it never calls private addresses, whatever `OUTBOUND_ALLOW_PRIVATE` says. */
	publicOutbound: Outbound;
	secrets: Secrets;
	metrics: Metrics;
	limiters: Limiters;
	/** Tracks running work, and logs work that blocks the event loop. */
	watchdog: Watchdog;
	exhaustion: ExhaustionWatch;
}

/**
 * The singletons of a process, created by `createApp` (`src/lib/server/create-app.ts`) and passed along in every context.
 * A domain adds its own singletons by declaring them next to their class (`declare module`).
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- each domain adds its parts
export interface App extends Core {}

/** A signed-in user. */
interface SignedInUser {
	type: 'user';
	id: number;
	name: string;
	email: string;
	role: Role;
	/** When they last entered their password, or their second factor if they have one. */
	confirmed_at: Date;
}

/** The originator of a request. */
export type Actor =
	| { type: 'anonymous' }
	| { type: 'visitor'; session_id: string }
	| SignedInUser
	/** A user who must set up two-factor authentication first. */
	| (Omit<SignedInUser, 'type'> & { type: 'enrolling' })
	| { type: 'api_key'; id: number | null; name: string; scopes: Scope[] }
	/** The server itself: jobs and event handlers. */
	| { type: 'system' };

/** The first argument of every verb: the actor, and the caller's database handle (the pool or an open transaction). */
export interface Ctx {
	app: App;
	actor: Actor;
	db: Db;
	/** The events of the open transaction, which are published after it commits; undefined outside a transaction. */
	pending?: AppEvent[];
}

export const createSystemContext = (app: App): Ctx => ({
	app,
	db: app.db,
	actor: { type: 'system' },
});

export const createAnonymousContext = (app: App): Ctx => ({
	app,
	db: app.db,
	actor: { type: 'anonymous' },
});

/** Returns a copy of the context with the system as its actor, for side effects that the caller has no permission for. */
export const asSystem = (ctx: Ctx): Ctx => ({ ...ctx, actor: { type: 'system' } });
