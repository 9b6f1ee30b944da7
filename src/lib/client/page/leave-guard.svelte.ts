import { createContext } from 'svelte';
import { afterNavigate, beforeNavigate, goto } from '$app/navigation';

/** Blocks navigation that would lose unsaved changes until the user confirms. */
export class LeaveGuard {
	/** Continues the blocked navigation; undefined if there is none. */
	proceed = $state<() => void>();
	#isLeaving = false;

	/** Call it while initializing a component that outlives all guarded ones. */
	constructor() {
		afterNavigate(() => {
			this.#isLeaving = false;
			this.proceed = undefined;
		});
	}

	/** Guards a component's unsaved changes. Call it while the component initializes. */
	guard(isDirty: () => boolean): void {
		beforeNavigate(({ cancel, willUnload, to, type, ...navigation }) => {
			if (this.#isLeaving || !isDirty()) return;
			cancel();
			// When the page unloads, the browser shows its own dialog.
			if (willUnload || !to) return;
			this.proceed = () => {
				this.#isLeaving = true;
				if (type === 'popstate' && 'delta' in navigation) history.go(navigation.delta);
				else void goto(to.url);
			};
		});
	}
}

const [getLeaveGuard, setLeaveGuard] = createContext<LeaveGuard>();
export { setLeaveGuard };

/** Asks for confirmation before navigating away from unsaved changes. Call it while a component initializes. */
export const guardChanges = (isDirty: () => boolean): void => getLeaveGuard().guard(isDirty);
