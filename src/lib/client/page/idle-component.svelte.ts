import { onMount } from 'svelte';

/** Loads at the latest after this time, even if the page never becomes idle. */
const MAX_IDLE_WAIT_MS = 1_000;
const RETRY_MS = 3_000;

/**
 * Loads a component once the browser is idle, or when `loadNow` is called: for dialogs and other parts that a page doesn't
 * show at first. `component` is undefined until then. Whatever opens the part must set its state outside of it, so that it
 * shows when it has loaded.
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
			// The connection was lost.
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
	// Not in every Safari.
	if (!('requestIdleCallback' in window)) {
		const timer = setTimeout(callback, MAX_IDLE_WAIT_MS);
		return () => clearTimeout(timer);
	}
	const id = requestIdleCallback(callback, { timeout: MAX_IDLE_WAIT_MS });
	return () => cancelIdleCallback(id);
}
