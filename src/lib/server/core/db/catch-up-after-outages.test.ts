import { expect, it, onTestFinished, vi } from 'vitest';
import type { App, Ctx } from '../context.ts';
import { EventBus } from '../events.ts';
import { catchUpAfterOutages } from './catch-up-after-outages.ts';
import { SETTINGS } from './connection-mode.ts';

it('has clients catch up once the database is back, and again once no lost statement can still commit', async () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	const events = new EventBus<Ctx>();
	const database = Promise.withResolvers<void>();
	const execute = () => database.promise;
	onTestFinished(catchUpAfterOutages({ events, db: { execute } } as unknown as App));
	const resumed = vi.fn();
	events.onPublished(({ name }) => {
		if (name === 'live.resumed') resumed();
	});

	events.publish({ name: 'database.lost', payload: {} });
	await vi.advanceTimersByTimeAsync(SETTINGS.statement_timeout);
	expect(resumed).not.toHaveBeenCalled();
	database.resolve();
	await vi.advanceTimersByTimeAsync(0);
	expect(resumed).toHaveBeenCalledTimes(1);
	await vi.advanceTimersByTimeAsync(SETTINGS.statement_timeout);
	expect(resumed).toHaveBeenCalledTimes(2);
});
