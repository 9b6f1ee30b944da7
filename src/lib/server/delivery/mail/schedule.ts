const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Within a day: so long the service knows an idempotency key. */
export const RETRIES = {
	pausesMs: [10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR],
	jitter: 0.1,
	longestMs: 6 * HOUR,
};
