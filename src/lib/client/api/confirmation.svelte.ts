import { setConfirmer } from './call.ts';

/** Asked for a little early, so that a request does not arrive too late. */
const MARGIN_MS = 10_000;

/** Whether this browser's sign-in is recent, and the question for the password when it is not. */
class Confirmation {
	isAsking = $state(false);
	#until = 0;
	#waiting: ((isConfirmed: boolean) => void)[] = [];

	/** Takes how long the sign-in still counts as recent, as the server says. */
	recentFor(left_ms: number): void {
		this.#until = performance.now() + left_ms - MARGIN_MS;
	}

	/** Asks for the password; false when the person does not give it. */
	ask(): Promise<boolean> {
		this.isAsking = true;
		return new Promise((resolve) => this.#waiting.push(resolve));
	}

	get #isRecent(): boolean {
		return performance.now() < this.#until;
	}

	/** Runs what needs a recent sign-in, after asking where that is necessary. */
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
