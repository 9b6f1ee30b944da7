import { setConfirmer } from './call.ts';

/** Asks this much early, so that a slow request does not arrive too late. */
const MARGIN_MS = 10_000;

/** Tracks whether this browser's sign-in is recent, and asks for the password when it is not. */
class Confirmation {
	isAsking = $state(false);
	#until = 0;
	#waiting: ((isConfirmed: boolean) => void)[] = [];

	/** Sets how long the sign-in still counts as recent. */
	recentFor(left_ms: number): void {
		this.#until = performance.now() + left_ms - MARGIN_MS;
	}

	/** Asks for the password; resolves to false when the person cancels. */
	ask(): Promise<boolean> {
		this.isAsking = true;
		return new Promise((resolve) => this.#waiting.push(resolve));
	}

	get #isRecent(): boolean {
		return performance.now() < this.#until;
	}

	/** Runs an action that needs a recent sign-in, asking for the password first if necessary. */
	async run(act: () => void): Promise<void> {
		if (this.#isRecent || (await this.ask())) act();
	}

	/** Runs it only while the sign-in is recent: loading a guarded page again would lead away from it, and close its dialogs. */
	ifRecent(load: () => unknown): void {
		if (this.#isRecent) load();
	}

	settle(isConfirmed: boolean): void {
		this.isAsking = false;
		for (const resolve of this.#waiting.splice(0)) resolve(isConfirmed);
	}
}

export const confirmation = new Confirmation();
setConfirmer(() => confirmation.ask());
