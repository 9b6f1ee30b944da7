import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 10_000;

const subscribe = createSubscriber((update) => {
	const timer = setInterval(update, TICK_MS);
	return () => clearInterval(timer);
});

/** The present in ms; what reads it is computed anew every ten seconds. */
export function now(): number {
	subscribe();
	return Date.now();
}
