import { ApiError, sentenceOf } from '#lib/client/api/call.ts';
import type { CallReport } from '#lib/contract/connector.ts';

/** A test of a connection, one at a time, with the result of the last one. */
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
		} catch (fault) {
			const [first] = fault instanceof ApiError ? fault.errors : [];
			this.error = first?.path.endsWith('value')
				? 'Enter the auth header value again. It’s only kept for the URL it was entered with.'
				: sentenceOf(fault);
		} finally {
			this.isRunning = false;
		}
	}

	clear(): void {
		this.report = this.error = undefined;
	}
}
