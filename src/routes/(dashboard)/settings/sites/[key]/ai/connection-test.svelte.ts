import { ApiError, formatError } from '#lib/client/api/call.ts';
import type { CallReport } from '#lib/contract/connector.ts';

/** Runs connection tests one at a time, and holds the latest result. */
export class ConnectionTest {
	report = $state<CallReport>();
	error = $state<string>();
	isRunning = $state(false);

	async run(request: () => Promise<CallReport>): Promise<void> {
		if (this.isRunning) return;
		this.isRunning = true;
		this.clear();
		try {
			this.report = await request();
		} catch (err) {
			const [first] = err instanceof ApiError ? err.errors : [];
			this.error = first?.path.endsWith('value')
				? 'Enter the auth header value again. It’s only kept for the URL it was entered with.'
				: formatError(err);
		} finally {
			this.isRunning = false;
		}
	}

	clear(): void {
		this.report = this.error = undefined;
	}
}
