import type { Role, Scope } from '#lib/contract/api-key.ts';
import type { Config } from './config.ts';
import type { Db } from './db/client.ts';
import type { AppEvent, EventBus } from './events.ts';
import type { Watchdog } from './http-guard/watchdog.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Outbound } from './outbound/index.ts';
import type { Limiters } from './rate-limits.ts';
import type { Secrets } from './secrets.ts';

/** The parts of an App that know no domain. */
export interface Core {
	config: Config;
	log: Log;
	clock: () => Date;
	db: Db;
	events: EventBus<Ctx>;
	outbound: Outbound;
	secrets: Secrets;
	metrics: Metrics;
	limiters: Limiters;
	/** Knows what is being worked on, and says so when it blocks the event loop. */
	watchdog: Watchdog;
}

/**
 * Everything that a process has exactly one of: created by `createApp` (`src/lib/server/create-app.ts`) and handed in with
 * every context. A domain adds its own parts by declaring them next to their class (`declare module`).
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- each domain adds its parts
export interface App extends Core {}

/** A signed-in person of the team. */
interface Person {
	type: 'user';
	id: number;
	name: string;
	email: string;
	role: Role;
	/** When they last gave their password, or the second factor where they have one. */
	confirmed_at: Date;
}

/** Who is asking. */
export type Actor =
	| { type: 'anonymous' }
	| { type: 'visitor'; session_id: string }
	| Person
	/** A person who signed in where two-factor authentication is required, and has yet to set it up. */
	| (Omit<Person, 'type'> & { type: 'enrolling' })
	| { type: 'api_key'; id: number | null; name: string; scopes: Scope[] }
	/** Jobs and reactions of the server itself. */
	| { type: 'system' };

/** Handed to every verb: who asks, and the database as the caller has it (the pool, or its transaction). */
export interface Ctx {
	app: App;
	actor: Actor;
	db: Db;
	/** The events of the open transaction, published when it has committed; absent outside of one. */
	pending?: AppEvent[];
}

export const systemContext = (app: App): Ctx => ({ app, db: app.db, actor: { type: 'system' } });

/** The same context, asked by the server itself: for reactions that the caller has no right to. */
export const asSystem = (ctx: Ctx): Ctx => ({ ...ctx, actor: { type: 'system' } });
