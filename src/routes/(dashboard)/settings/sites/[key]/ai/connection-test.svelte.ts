import { ApiError, formatError, toSentence } from '#lib/client/api/call.ts';
import type { CallReport } from '#lib/contract/connector.ts';
import type { FieldError } from '#lib/contract/problem.ts';

/** Runs connection tests one at a time, and holds the latest result. */
export class ConnectionTest {
	report = $state<CallReport>();
	error = $state<string>();
	isRunning = $state(false);
	#fieldErrors = $state.raw<readonly FieldError[]>([]);

	/** Returns why the test rejected a field of the connector. */
	fieldError(name: string): string | undefined {
		const match = this.#fieldErrors.find(
			({ path }) => path === name || path.startsWith(`${name}.`),
		);
		return match && toSentence(match.message);
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
				this.#fieldErrors = errors;
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
		this.#fieldErrors = [];
	}
}
