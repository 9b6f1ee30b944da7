import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { TurnShares } from './turn-shares.ts';

const t = useTestApp();
const KEY = 7;
const noExcess = () => ({});

beforeEach(async () => {
	await t.app.db.execute(sql`delete from turn_processes`);
});

/** Creates the shares of a process that listens on this port and announces itself only when a test makes it. */
function createProcess(port: number): TurnShares {
	const ctx = t.ctx();
	return new TurnShares({ ...ctx, app: { ...ctx.app, config: { ...t.app.config, port } } });
}
const sumShares = (processes: TurnShares[], max: number) =>
	processes.reduce((total, shares) => total + shares.getShare(KEY, max), 0);
const expireProcesses = () =>
	t.app.db.execute(sql`update turn_processes set seen_at = now() - interval '9 seconds'`);

describe('the processes that share a site’s setting', () => {
	it('have all of it together once they know of each other, and a new one has nothing until then', async () => {
		const [first, second] = [createProcess(1), createProcess(2)];
		expect(first.getShare(KEY, 10)).toBe(0);
		await first.announce(noExcess);
		expect(first.getShare(KEY, 10)).toBe(10);
		await second.announce(noExcess);
		expect([first.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([10, 0]);
		await first.announce(noExcess);
		expect([first.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([5, 0]);
		await second.announce(noExcess);
		expect([first.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([5, 5]);
		expect(first.processes).toBe(2);
	});

	it('wait for the turns that others run beyond their share', async () => {
		const [first, second] = [createProcess(1), createProcess(2)];
		await first.announce(noExcess);
		await second.announce(noExcess);
		const running = new Map([[KEY, 9]]);
		const getExcess = () => first.getExcess(running, () => 10);
		await first.announce(getExcess);
		await second.announce(noExcess);
		expect(second.getShare(KEY, 10)).toBe(1);
		// It has its full share of other sites.
		expect(second.getShare(KEY + 1, 10)).toBe(5);
		running.set(KEY, 5);
		await first.announce(getExcess);
		await second.announce(noExcess);
		expect(second.getShare(KEY, 10)).toBe(5);
	});

	it.each([1, 2, 3, 7, 10, 100])(
		'never have more than a setting of %i, whatever the order in which they come and go',
		async (max) => {
			const processes = [1, 2, 3, 4].map(createProcess);
			const check = () => expect(sumShares(processes, max)).toBeLessThanOrEqual(max);
			const announce = async (shares: TurnShares | undefined) => {
				await shares?.announce(noExcess);
				check();
			};
			await Promise.all(processes.slice(0, 3).map((shares) => announce(shares)));
			for (const index of [2, 0, 3, 1, 0, 3, 2, 1, 3, 0]) await announce(processes[index]);
			await Promise.all(processes.map((shares) => announce(shares)));
			check();
			expect(sumShares(processes, max)).toBeGreaterThan(max < 4 ? max - 1 : max - 4);
			await processes[1]?.leave();
			for (const index of [3, 0, 2, 3]) await announce(processes[index]);
			expect(processes[1]?.getShare(KEY, max)).toBe(0);
			expect(sumShares(processes, max)).toBeGreaterThan(max < 3 ? max - 1 : max - 3);
		},
	);

	it('have at most one turn each if there are fewer turns than processes', async () => {
		const processes = [1, 2, 3].map(createProcess);
		for (let round = 0; round < 3; round += 1)
			for (const shares of processes) await shares.announce(noExcess);
		expect(processes.map((shares) => shares.getShare(KEY, 2)).sort()).toEqual([0, 1, 1]);
		expect(processes.filter((shares) => shares.hasNoShare(2))).toHaveLength(1);
	});

	it('take over the share of one that has died or left', async () => {
		const [first, second] = [createProcess(1), createProcess(2)];
		for (const shares of [first, second, first, second]) await shares.announce(noExcess);
		await expireProcesses();
		await first.announce(noExcess);
		expect(first.getShare(KEY, 10)).toBe(10);
		for (const shares of [second, first]) await shares.announce(noExcess);
		expect(first.getShare(KEY, 10)).toBe(5);
		await second.leave();
		await first.announce(noExcess);
		expect([first.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([10, 0]);
	});

	it('are replaced by new processes on the same ports', async () => {
		const [first, second] = [createProcess(1), createProcess(2)];
		for (const shares of [first, second, first, second]) await shares.announce(noExcess);
		const restarted = createProcess(1);
		await restarted.announce(noExcess);
		await second.announce(noExcess);
		await restarted.announce(noExcess);
		expect([restarted.getShare(KEY, 10), second.getShare(KEY, 10)]).toEqual([5, 5]);
	});
});
