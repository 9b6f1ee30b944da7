import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { TurnShares } from './turn-shares.ts';

const t = useTestApp();
const KEY = 7;
const nothing = () => ({});

beforeEach(async () => {
	await t.app.db.execute(sql`delete from turn_processes`);
});

/** A process that listens on this port, and announces itself only when the test says so. */
function processOn(port: number): TurnShares {
	const ctx = t.ctx();
	return new TurnShares({ ...ctx, app: { ...ctx.app, config: { ...t.app.config, port } } });
}
const sum = (processes: TurnShares[], max: number) =>
	processes.reduce((total, one) => total + one.getShare(KEY, max), 0);
const forget = () =>
	t.app.db.execute(sql`update turn_processes set seen_at = now() - interval '9 seconds'`);

describe('the processes that share a site’s setting', () => {
	it('have all of it together once they know of each other, and a new one has nothing before', async () => {
		const [first, second] = [processOn(1), processOn(2)];
		expect(first.getShare(KEY, 10)).toBe(0);
		await first.announce(nothing);
		expect(first.getShare(KEY, 10)).toBe(10);
		await second.announce(nothing);
		expect([first.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([10, 0]);
		await first.announce(nothing);
		expect([first.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([5, 0]);
		await second.announce(nothing);
		expect([first.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([5, 5]);
		expect(first.processes).toBe(2);
	});

	it('wait for the turns that others run beyond their share', async () => {
		const [first, second] = [processOn(1), processOn(2)];
		await first.announce(nothing);
		await second.announce(nothing);
		const running = new Map([[KEY, 9]]);
		const excess = () => first.getExcess(running, () => 10);
		await first.announce(excess);
		await second.announce(nothing);
		expect(second.getShare(KEY, 10)).toBe(1);
		// Of other sites, it has its share.
		expect(second.getShare(KEY + 1, 10)).toBe(5);
		running.set(KEY, 5);
		await first.announce(excess);
		await second.announce(nothing);
		expect(second.getShare(KEY, 10)).toBe(5);
	});

	it.each([1, 2, 3, 7, 10, 100])(
		'never have more than a setting of %i, whatever the order in which they come and go',
		async (max) => {
			const processes = [1, 2, 3, 4].map(processOn);
			const check = () => expect(sum(processes, max)).toBeLessThanOrEqual(max);
			const announce = async (one: TurnShares | undefined) => {
				await one?.announce(nothing);
				check();
			};
			await Promise.all(processes.slice(0, 3).map((one) => announce(one)));
			for (const index of [2, 0, 3, 1, 0, 3, 2, 1, 3, 0]) await announce(processes[index]);
			await Promise.all(processes.map((one) => announce(one)));
			check();
			expect(sum(processes, max)).toBeGreaterThan(max < 4 ? max - 1 : max - 4);
			await processes[1]?.leave();
			for (const index of [3, 0, 2, 3]) await announce(processes[index]);
			expect(processes[1]?.getShare(KEY, max)).toBe(0);
			expect(sum(processes, max)).toBeGreaterThan(max < 3 ? max - 1 : max - 3);
		},
	);

	it('have one turn each, the first ones, where there are fewer turns than processes', async () => {
		const processes = [1, 2, 3].map(processOn);
		for (let round = 0; round < 3; round += 1)
			for (const one of processes) await one.announce(nothing);
		expect(processes.map((one) => one.getShare(KEY, 2)).sort()).toEqual([0, 1, 1]);
		expect(processes.filter((one) => one.hasNoShare(2))).toHaveLength(1);
	});

	it('take the share of one that has died, or left', async () => {
		const [first, second] = [processOn(1), processOn(2)];
		for (const one of [first, second, first, second]) await one.announce(nothing);
		await forget();
		await first.announce(nothing);
		expect(first.getShare(KEY, 10)).toBe(10);
		for (const one of [second, first]) await one.announce(nothing);
		expect(first.getShare(KEY, 10)).toBe(5);
		await second.leave();
		await first.announce(nothing);
		expect([first.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([10, 0]);
	});

	it('are replaced by those that start on their ports', async () => {
		const [first, second] = [processOn(1), processOn(2)];
		for (const one of [first, second, first, second]) await one.announce(nothing);
		const restarted = processOn(1);
		await restarted.announce(nothing);
		await second.announce(nothing);
		await restarted.announce(nothing);
		expect([restarted.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([5, 5]);
	});
});
