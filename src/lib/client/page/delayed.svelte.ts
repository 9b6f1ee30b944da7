/** Shorter waits show no loading state. */
const LOADING_DELAY_MS = 200;

/** Returns a reactive flag that turns true once `isWaiting` has been true for 200 ms, so that loading states don't flicker. */
export function delayed(isWaiting: () => boolean): { readonly current: boolean } {
	let isDelayed = $state(false);
	$effect(() => {
		if (!isWaiting()) return;
		const timer = setTimeout(() => (isDelayed = true), LOADING_DELAY_MS);
		return () => {
			clearTimeout(timer);
			isDelayed = false;
		};
	});
	return {
		get current() {
			return isDelayed;
		},
	};
}
