import { getTableName } from 'drizzle-orm';
import type pg from 'pg';
import {
	RateLimiterMemory,
	RateLimiterPostgres,
	RateLimiterRes,
	type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { Config } from './config.ts';
import { rate_limits } from './db/schema/index.ts';
import { rateLimited } from './errors.ts';
import type { Metrics } from './metrics.ts';

interface Limit {
	points: number;
	seconds: number;
	/** Counted in the database, for all processes and across restarts; other limits are counted in each process. */
	isShared?: true;
}

/** How often one address, key or chat session may do something: far above what people and workflows need. */
export const RATE_LIMITS = {
	/** New chat sessions, by address: an office or a mobile carrier may stand behind one. */
	start: { points: 60, seconds: 60 },
	/** Visitors' messages, by address. */
	message: { points: 300, seconds: 60 },
	/** A visitor's messages, pages and details, by chat session. */
	chat: { points: 20, seconds: 10 },
	/** Connections for sockets, by address, whatever they are for. */
	socket: { points: 600, seconds: 60 },
	/** Sockets of visitors, by address. */
	connect: { points: 120, seconds: 60 },
	/** Configuration and history of the widget, by address; on a socket by chat session. */
	read: { points: 600, seconds: 60 },
	/** Calls of the API, by key or user. */
	api: { points: 6_000, seconds: 60 },
	/** Calls of the API with a wrong key or none, by address. */
	refused: { points: 60, seconds: 60 },
	/** Forms sent, before they are read: by address, or by user once signed in. */
	form: { points: 120, seconds: 60 },
	/** Passwords tried, by address. */
	sign_in: { points: 50, seconds: 900, isShared: true },
	/** Passwords tried for one e-mail, from wherever; given back by the right one. */
	password: { points: 10, seconds: 900, isShared: true },
	/** Second factors tried for one user; given back by the right one. */
	second_factor: { points: 10, seconds: 900, isShared: true },
	/** Links for a new password to one e-mail. */
	password_reset: { points: 3, seconds: 900, isShared: true },
} satisfies Record<string, Limit>;
export type LimitName = keyof typeof RATE_LIMITS;

/** What is left of a limit after one more use. */
interface LimitState {
	limit: number;
	remaining: number;
	/** Seconds until it is full again. */
	reset: number;
	/** The error to throw when this use was one too many. */
	refusal: ReturnType<typeof rateLimited> | undefined;
}

export type Limiters = Record<LimitName, RateLimiterAbstract>;

/** As much of the App as limits need. */
interface LimitedApp {
	config: Config;
	metrics: Metrics;
	limiters: Limiters;
}

/** Creates the limiters of one process. */
export function createLimiters(pool: pg.Pool): Limiters {
	const limiters: Partial<Limiters> = {};
	for (const name of Object.keys(RATE_LIMITS) as LimitName[]) {
		limiters[name] = createLimiter(pool, name, RATE_LIMITS[name]);
	}
	return limiters as Limiters;
}

function createLimiter(pool: pg.Pool, name: LimitName, limit: Limit): RateLimiterAbstract {
	const { points, seconds: duration, isShared } = limit;
	if (!isShared) return new RateLimiterMemory({ points, duration });
	return new RateLimiterPostgres({
		storeClient: pool,
		storeType: 'pool',
		tableName: getTableName(rate_limits),
		tableCreated: true,
		// The job `housekeeping` deletes what has run out.
		clearExpiredByTimeout: false,
		keyPrefix: name,
		points,
		duration,
	});
}

/** Counts one use of a limit by `key`; undefined while RATE_LIMIT is off. */
export async function countUse(
	app: LimitedApp,
	name: LimitName,
	key: string,
): Promise<LimitState | undefined> {
	if (!app.config.isRateLimited) return undefined;
	const { state, isRefused } = await consume(app.limiters[name], key);
	if (isRefused) app.metrics.rateLimited.inc({ limit: name });
	const reset = Math.ceil(state.msBeforeNext / 1000);
	return {
		limit: RATE_LIMITS[name].points,
		remaining: state.remainingPoints,
		reset,
		refusal: isRefused ? rateLimited(Math.max(1, reset)) : undefined,
	};
}

/** Counts one use of a limit by `key`; throws RateLimited when it was one too many. */
export async function requireUse(app: LimitedApp, name: LimitName, key: string): Promise<void> {
	const state = await countUse(app, name, key);
	if (state?.refusal) throw state.refusal;
}

/** Gives all uses by `key` back. */
export async function giveBack(app: LimitedApp, name: LimitName, key: string): Promise<void> {
	await app.limiters[name].delete(key);
}

async function consume(limiter: RateLimiterAbstract, key: string) {
	try {
		return { state: await limiter.consume(key), isRefused: false };
	} catch (refused) {
		if (refused instanceof RateLimiterRes) return { state: refused, isRefused: true };
		throw refused;
	}
}
