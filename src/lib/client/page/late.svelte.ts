/** A wait shorter than this is not worth showing. */
const LATE_MS = 200;

/** True once the condition has held for 200 ms; for skeletons, which must not flicker. */
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
