/** Skeletons are shown only for longer waits. */
const SKELETON_DELAY_MS = 200;

/** Becomes true once the condition has been true for 200 ms, so that skeletons don't flicker. */
export function delayed(isWaiting: () => boolean): { readonly current: boolean } {
	let isDelayed = $state(false);
	$effect(() => {
		if (!isWaiting()) return;
		const timer = setTimeout(() => (isDelayed = true), SKELETON_DELAY_MS);
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
