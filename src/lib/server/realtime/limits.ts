import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config';
import { rateLimited } from '../errors';

/** Points a key may use in so many seconds; throws `rate_limited`. */
export function createLimit(config: Config, points: number, duration: number) {
	const limiter = new RateLimiterMemory({ points, duration });
	return async (key: string): Promise<void> => {
		if (!config.isRateLimited) return;
		try {
			await limiter.consume(key);
		} catch (refused) {
			if (refused instanceof RateLimiterRes) throw rateLimited(Math.ceil(refused.msBeforeNext / 1000));
			throw refused;
		}
	};
}
