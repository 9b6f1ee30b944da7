import { onMount } from 'svelte';

/** Loads at the latest after this time, even if the page never becomes idle. */
const MAX_IDLE_WAIT_MS = 1_000;
const RETRY_MS = 3_000;

/**
 * Loads a component that a page doesn't show at first, such as a dialog, once the browser is idle or `loadNow` is called.
 * `component` is undefined until it has loaded. The state that opens a dialog must be stored outside of the component, so that
 * a dialog that was opened earlier shows as soon as it has loaded.
 */
export function loadWhenIdle<C>(load: () => Promise<{ default: C }>): {
	readonly component: C | undefined;
	loadNow(): void;
} {
	let component = $state.raw<C>();
	let isLoading = false;
	let isDestroyed = false;
	let timer: ReturnType<typeof setTimeout> | undefined;
	function run() {
		if (isLoading) return;
		isLoading = true;
		load().then(
			(module) => (component = module.default),
			// Usually, the connection was lost.
			() => {
				isLoading = false;
				if (!isDestroyed) timer = setTimeout(run, RETRY_MS);
			},
		);
	}
	onMount(() => {
		const stop = onIdle(run);
		return () => {
			isDestroyed = true;
			stop();
			clearTimeout(timer);
		};
	});
	return {
		get component() {
			return component;
		},
		loadNow: run,
	};
}

function onIdle(callback: () => void): () => void {
	// Some versions of Safari don't have it.
	if (!('requestIdleCallback' in window)) {
		const timer = setTimeout(callback, MAX_IDLE_WAIT_MS);
		return () => clearTimeout(timer);
	}
	const id = requestIdleCallback(callback, { timeout: MAX_IDLE_WAIT_MS });
	return () => cancelIdleCallback(id);
}
