import { createContext } from 'svelte';
import { afterNavigate, beforeNavigate, goto } from '$app/navigation';

/** Holds back navigation that would lose unsaved changes, until the person has decided. */
export class LeaveGuard {
	/** Continues the navigation that is held back; undefined if none is. */
	proceed = $state<() => void>();
	#isLeaving = false;

	/** Call it while a component initializes that outlives all guarded ones. */
	constructor() {
		afterNavigate(() => {
			this.#isLeaving = false;
			this.proceed = undefined;
		});
	}

	/** Guards the changes of a component. Call it while the component initializes. */
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

/** Asks before unsaved changes are lost by leaving the page. Call it while a component initializes. */
export const guardChanges = (isDirty: () => boolean): void => getLeaveGuard().guard(isDirty);
