import { setPasswordPrompt } from './call.ts';

/** Prompts this long before the sign-in stops being recent, so that a slow request doesn't miss the limit. */
const MARGIN_MS = 10_000;

/** Tracks whether this browser's sign-in is recent, and asks for the password when it is not. */
class Confirmation {
	isAsking = $state(false);
	#recentUntil = 0;
	#pending: ((isConfirmed: boolean) => void)[] = [];

	/** Records that the sign-in counts as recent for the remaining time. */
	markRecent(remainingMs: number): void {
		this.#recentUntil = performance.now() + remainingMs - MARGIN_MS;
	}

	/** Asks for the password; resolves to false when the user cancels. */
	ask(): Promise<boolean> {
		this.isAsking = true;
		return new Promise((resolve) => this.#pending.push(resolve));
	}

	get #isRecent(): boolean {
		return performance.now() < this.#recentUntil;
	}

	/** Runs an action that needs a recent sign-in, asking for the password first if necessary. */
	async run(action: () => void): Promise<void> {
		if (this.#isRecent || (await this.ask())) action();
	}

	/** Runs `load` only while the sign-in is recent: otherwise, reloading a guarded page would redirect to the prompt and close its dialogs. */
	runIfRecent(load: () => unknown): void {
		if (this.#isRecent) load();
	}

	settle(isConfirmed: boolean): void {
		this.isAsking = false;
		for (const resolve of this.#pending.splice(0)) resolve(isConfirmed);
	}
}

export const confirmation = new Confirmation();
setPasswordPrompt(() => confirmation.ask());
