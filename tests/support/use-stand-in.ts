import { afterAll, beforeAll } from 'vitest';
import { startStandIn, type StandIn } from './stand-in/index.ts';

/** Everything outside of Frontdesk, for one test file; the functions work from its first test on. */
export function useStandIn(): () => StandIn {
	let standIn: StandIn | undefined;
	beforeAll(async () => {
		standIn = await startStandIn();
	});
	afterAll(() => standIn?.close());
	return () => {
		if (!standIn) throw new Error('the stand-in is not there before the first test');
		return standIn;
	};
}
