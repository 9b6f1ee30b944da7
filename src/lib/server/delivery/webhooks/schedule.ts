const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** As documented in docs/webhooks.md. */
export const RETRIES = {
	pausesMs: [
		5 * SECOND,
		30 * SECOND,
		2 * MINUTE,
		10 * MINUTE,
		30 * MINUTE,
		2 * HOUR,
		5 * HOUR,
		10 * HOUR,
		24 * HOUR,
	],
	jitter: 0.2,
	maxAskedMs: 24 * HOUR,
};
