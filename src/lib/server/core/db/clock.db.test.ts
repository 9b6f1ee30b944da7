import { expect, it, onTestFinished, vi } from 'vitest';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { createDatabaseClock } from './clock.ts';

const t = useTestApp();
const HOUR = 3_600_000;

it("follows the database's clock and ignores jumps of the machine's", async () => {
	vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3 * HOUR });
	onTestFinished(() => void vi.useRealTimers());
	// The machine's clock is three hours behind.
	const clock = createDatabaseClock();
	onTestFinished(() => clock.stop());
	const before = clock.now().getTime();
	await clock.startSync(t.app.db, t.app.log);
	const after = clock.now().getTime();
	expect(Math.round((after - before) / HOUR)).toBe(3);
	for (const jump of [24 * HOUR, -24 * HOUR]) {
		vi.setSystemTime(Date.now() + jump);
		expect(Math.round((clock.now().getTime() - after) / HOUR)).toBe(0);
	}
});
