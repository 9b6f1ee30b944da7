import { afterAll, beforeAll } from 'vitest';
import { startStandIn, type StandIn } from './stand-in/index.ts';

/** Starts a stand-in for every external service, for one test file. Call the returned function from the first test on. */
export function useStandIn(): () => StandIn {
	let standIn: StandIn | undefined;
	beforeAll(async () => {
		standIn = await startStandIn();
	});
	afterAll(() => standIn?.close());
	return () => {
		if (!standIn) throw new Error('the stand-in cannot be used before the first test');
		return standIn;
	};
}
