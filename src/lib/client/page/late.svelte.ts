/** Shorter waits show no skeleton. */
const LATE_MS = 200;

/** Turns true once the condition has held for 200 ms, so that skeletons do not flicker. */
export function late(isWaiting: () => boolean): { readonly current: boolean } {
	let isLate = $state(false);
	$effect(() => {
		if (!isWaiting()) return;
		const timer = setTimeout(() => (isLate = true), LATE_MS);
		return () => {
			clearTimeout(timer);
			isLate = false;
		};
	});
	return {
		get current() {
			return isLate;
		},
	};
}
