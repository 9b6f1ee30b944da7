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
import { SharedLimiter } from './shared-limiter.ts';

interface Limit {
	points: number;
	seconds: number;
	/**
	 * Where uses are counted: in the database, so that none is missed and counts survive restarts, or in each process
	 * alone. By default, processes count in memory and exchange their counts; see `SharedLimiter`.
	 */
	counted?: 'in_database' | 'per_process';
}

/** The maximum number of uses per window, far more than people and workflows need. An IP network is an IPv4 address or an IPv6 /64. */
export const RATE_LIMITS = {
	/** New chat sessions, by IP network. An office or a mobile carrier's customers may share one. */
	start: { points: 60, seconds: 60 },
	/** Visitors' messages, by IP network. */
	message: { points: 300, seconds: 60 },
	/** A visitor's messages, page views and lead fields, by chat session. They arrive through the socket in one process. */
	chat: { points: 20, seconds: 10, counted: 'per_process' },
	/** Socket connections of any kind, by IP network. */
	socket: { points: 600, seconds: 60 },
	/** Visitors' sockets, by IP network. */
	visitor_socket: { points: 120, seconds: 60 },
	/** Reads of the widget's configuration and history, by IP network, or by chat session on a socket. */
	read: { points: 600, seconds: 60 },
	/** API calls, by key or user. */
	api: { points: 6_000, seconds: 60 },
	/** API calls with a missing or invalid key, by IP network. */
	failed_authentication: { points: 60, seconds: 60 },
	/** Tests of customers' pages, by key or user. */
	page_test: { points: 20, seconds: 60 },
	/** Submitted forms, counted before they are parsed: by user if signed in, otherwise by IP network. */
	form: { points: 120, seconds: 60 },
	/** Sign-in attempts, by IP network. */
	sign_in: { points: 50, seconds: 900, counted: 'in_database' },
	/** Sign-in attempts for one email, from any network; reset by the correct password. */
	password: { points: 10, seconds: 900, counted: 'in_database' },
	/** Second-factor attempts of one user; reset by the correct code. */
	second_factor: { points: 10, seconds: 900, counted: 'in_database' },
	/** Password reset links to one email. */
	password_reset: { points: 3, seconds: 900, counted: 'in_database' },
} satisfies Record<string, Limit>;
export type LimitName = keyof typeof RATE_LIMITS;

/** The state of a limit after a use. */
interface LimitState {
	limit: number;
	remaining: number;
	/** Seconds until the window ends. */
	reset: number;
	/** The error to throw if this use exceeded the limit. */
	refusal: ReturnType<typeof rateLimited> | undefined;
}

export type Limiters = Record<LimitName, RateLimiterAbstract>;

/** The parts of the App that rate limits need. */
interface LimiterContext {
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
	const { points, seconds: duration, counted } = limit;
	if (counted === 'per_process') return new RateLimiterMemory({ points, duration });
	if (counted === undefined) return new SharedLimiter(pool, { keyPrefix: name, points, duration });
	return new RateLimiterPostgres({
		storeClient: pool,
		storeType: 'pool',
		tableName: getTableName(rate_limits),
		tableCreated: true,
		// The job `housekeeping` deletes expired rows.
		clearExpiredByTimeout: false,
		keyPrefix: name,
		points,
		duration,
	});
}

/** Counts one use of a limit by `key` and returns its state; undefined if `RATE_LIMIT` is off. */
export async function countUse(
	app: LimiterContext,
	name: LimitName,
	key: string,
): Promise<LimitState | undefined> {
	if (!app.config.isRateLimited) return undefined;
	const { state, isRefused } = await consume(app.limiters[name], key);
	if (isRefused) app.metrics.rateLimited.inc({ limit: name });
	const { points: limit, seconds } = RATE_LIMITS[name];
	// The limiters measure with the system clock, which may have been set back.
	const reset = Math.min(Math.ceil(state.msBeforeNext / 1000), seconds);
	return {
		limit,
		remaining: state.remainingPoints,
		reset,
		refusal: isRefused ? rateLimited(Math.max(1, reset)) : undefined,
	};
}

/** Counts one use of a limit by `key`. Throws `rate_limited` if it exceeds the limit. */
export async function requireUse(app: LimiterContext, name: LimitName, key: string): Promise<void> {
	const state = await countUse(app, name, key);
	if (state?.refusal) throw state.refusal;
}

/** Resets the uses of a limit by `key`. */
export async function resetUses(app: LimiterContext, name: LimitName, key: string): Promise<void> {
	await app.limiters[name].delete(key);
}

async function consume(limiter: RateLimiterAbstract, key: string) {
	try {
		return { state: await limiter.consume(key), isRefused: false };
	} catch (error) {
		if (error instanceof RateLimiterRes) return { state: error, isRefused: true };
		throw error;
	}
}
