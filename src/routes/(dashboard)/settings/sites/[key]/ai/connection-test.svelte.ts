import { ApiError, findFieldError, formatError, toSentence } from '#lib/client/api/call.ts';
import type { CallReport } from '#lib/contract/connector.ts';

/** Runs connection tests one at a time, and holds the latest result. */
export class ConnectionTest {
	report = $state<CallReport>();
	error = $state<string>();
	isRunning = $state(false);
	#fieldErrors = $state.raw<Record<string, string>>({});

	/** Returns why the test rejected a field of the connector. */
	fieldError(name: string): string | undefined {
		const message = findFieldError(this.#fieldErrors, name);
		return message && toSentence(message);
	}

	async run(request: () => Promise<CallReport>): Promise<void> {
		if (this.isRunning) return;
		this.isRunning = true;
		this.clear();
		try {
			this.report = await request();
		} catch (err) {
			const errors = err instanceof ApiError ? err.errors : [];
			if (errors[0]?.path.endsWith('value')) {
				this.error =
					'Enter the auth header value again. It’s only kept for the URL it was entered with.';
			} else {
				this.#fieldErrors = Object.fromEntries(errors.map(({ path, message }) => [path, message]));
				this.error =
					errors.length > 0 ? 'Correct the settings above and test again.' : formatError(err);
			}
		} finally {
			this.isRunning = false;
		}
	}

	clear(): void {
		this.report = undefined;
		this.clearErrors();
	}

	clearErrors(): void {
		this.error = undefined;
		this.#fieldErrors = {};
	}
}
