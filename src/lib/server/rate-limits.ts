import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { App } from './context';
import { rateLimited } from './errors';

/** How often one address, key or chat session may do a thing, in one process: far above what people and workflows need. */
export const RATE_LIMITS = {
	/** New chat sessions, by address: an office or a mobile carrier may stand behind one. */
	start: { points: 60, seconds: 60 },
	/** Visitors' messages, by address. */
	message: { points: 300, seconds: 60 },
	/** A visitor's messages, pages and details, by chat session. */
	chat: { points: 20, seconds: 10 },
	/** Sockets of visitors, by address. */
	connect: { points: 120, seconds: 60 },
	/** Configuration and history of the widget, by address; on a socket by chat session. */
	read: { points: 600, seconds: 60 },
	/** Calls of the API, by key or user. */
	api: { points: 6_000, seconds: 60 },
	/** Calls of the API with a wrong key or none, by address. */
	refused: { points: 60, seconds: 60 },
};
export type LimitName = keyof typeof RATE_LIMITS;

/** What is left of a limit after one more use. */
export interface LimitState {
	limit: number;
	remaining: number;
	/** Seconds until it is full again. */
	reset: number;
	/** The error to throw when this use was one too many. */
	refusal: ReturnType<typeof rateLimited> | undefined;
}

type Limiters = Record<LimitName, RateLimiterMemory>;

const limitersOf = new WeakMap<App, Limiters>();

/** Counts one use of a limit by `key`; undefined while RATE_LIMIT is off. */
export async function countUse(
	app: App,
	name: LimitName,
	key: string,
): Promise<LimitState | undefined> {
	if (!app.config.isRateLimited) return undefined;
	const limiters = limitersOf.get(app) ?? makeLimiters();
	limitersOf.set(app, limiters);
	const { state, isRefused } = await consume(limiters[name], key);
	const reset = Math.ceil(state.msBeforeNext / 1000);
	return {
		limit: RATE_LIMITS[name].points,
		remaining: state.remainingPoints,
		reset,
		refusal: isRefused ? rateLimited(Math.max(1, reset)) : undefined,
	};
}

/** Counts one use of a limit by `key`; throws RateLimited when it was one too many. */
export async function requireUse(app: App, name: LimitName, key: string): Promise<void> {
	const state = await countUse(app, name, key);
	if (state?.refusal) throw state.refusal;
}

async function consume(limiter: RateLimiterMemory, key: string) {
	try {
		return { state: await limiter.consume(key), isRefused: false };
	} catch (refused) {
		if (refused instanceof RateLimiterRes) return { state: refused, isRefused: true };
		throw refused;
	}
}

function makeLimiters(): Limiters {
	const make = (name: LimitName) => {
		const { points, seconds } = RATE_LIMITS[name];
		return new RateLimiterMemory({ points, duration: seconds });
	};
	return {
		start: make('start'),
		message: make('message'),
		chat: make('chat'),
		connect: make('connect'),
		read: make('read'),
		api: make('api'),
		refused: make('refused'),
	};
}
