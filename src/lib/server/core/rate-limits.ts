import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { App } from './context.ts';
import { rateLimited } from './errors.ts';

/** How often one address, key or chat session may do a thing, in one process: far above what people and workflows need. */
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
	sign_in: { points: 50, seconds: 900 },
	/** Passwords tried for one e-mail, from wherever; given back by the right one. */
	password: { points: 10, seconds: 900 },
	/** Second factors tried for one user; given back by the right one. */
	second_factor: { points: 10, seconds: 900 },
	/** Links for a new password to one e-mail. */
	password_reset: { points: 3, seconds: 900 },
};
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

const limitersOf = new WeakMap<App, Map<LimitName, RateLimiterMemory>>();

/** Counts one use of a limit by `key`; undefined while RATE_LIMIT is off. */
export async function countUse(
	app: App,
	name: LimitName,
	key: string,
): Promise<LimitState | undefined> {
	if (!app.config.isRateLimited) return undefined;
	const { state, isRefused } = await consume(limiterOf(app, name), key);
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
export async function requireUse(app: App, name: LimitName, key: string): Promise<void> {
	const state = await countUse(app, name, key);
	if (state?.refusal) throw state.refusal;
}

/** Gives all uses by `key` back. */
export async function giveBack(app: App, name: LimitName, key: string): Promise<void> {
	await limiterOf(app, name).delete(key);
}

async function consume(limiter: RateLimiterMemory, key: string) {
	try {
		return { state: await limiter.consume(key), isRefused: false };
	} catch (refused) {
		if (refused instanceof RateLimiterRes) return { state: refused, isRefused: true };
		throw refused;
	}
}

function limiterOf(app: App, name: LimitName): RateLimiterMemory {
	const limiters = limitersOf.get(app) ?? new Map<LimitName, RateLimiterMemory>();
	limitersOf.set(app, limiters);
	const { points, seconds } = RATE_LIMITS[name];
	const limiter = limiters.get(name) ?? new RateLimiterMemory({ points, duration: seconds });
	limiters.set(name, limiter);
	return limiter;
}
