import { describe, expect, it } from 'vitest';
import {
	getPrecedingPeriod,
	getPeriodDays,
	formatPreviousPeriod,
	readPeriod,
	writePeriod,
} from './period.ts';

const read = (query: string) => readPeriod(new URLSearchParams(query));
const NOW = new Date('2026-11-23T10:00:00Z');

describe('the URL', () => {
	it('preserves the chosen period', () => {
		for (const query of [
			'',
			'?period=7d',
			'?period=month&site=roofing',
			'?from=2026-10-01&to=2026-10-31&compare=off',
		]) {
			expect(writePeriod(read(query))).toBe(query);
		}
	});

	it('falls back to 28 days if it is invalid', () => {
		for (const query of [
			'period=9999d',
			'from=2026-10-31&to=2026-10-01',
			'from=2026-02-30&to=2026-03-01',
			'from=2020-01-01&to=2026-01-01',
			'from=%00&to=x',
		]) {
			expect(read(query).period).toBe('28d');
		}
	});
});

describe('a period', () => {
	it('ends today in the user’s time zone', () => {
		expect(getPeriodDays({ period: '7d' }, NOW, 'UTC')).toEqual({
			from: '2026-11-17',
			to: '2026-11-23',
		});
		expect(getPeriodDays({ period: 'today' }, NOW, 'Pacific/Kiritimati')).toEqual({
			from: '2026-11-24',
			to: '2026-11-24',
		});
		expect(getPeriodDays({ period: 'month' }, NOW, 'UTC')).toEqual({
			from: '2026-11-01',
			to: '2026-11-23',
		});
	});

	it('has the same number of days across daylight saving time changes', () => {
		const spring = new Date('2026-03-30T00:30:00Z');
		expect(getPeriodDays({ period: '7d' }, spring, 'Europe/Berlin')).toEqual({
			from: '2026-03-24',
			to: '2026-03-30',
		});
		const autumn = new Date('2026-10-25T23:30:00Z');
		expect(getPeriodDays({ period: '28d' }, autumn, 'Europe/Berlin')).toEqual({
			from: '2026-09-29',
			to: '2026-10-26',
		});
		expect(getPeriodDays({ period: '28d' }, autumn, 'America/New_York')).toEqual({
			from: '2026-09-28',
			to: '2026-10-25',
		});
	});

	it('is compared with the same number of days right before', () => {
		expect(getPrecedingPeriod({ from: '2026-10-26', to: '2026-11-01' })).toEqual({
			from: '2026-10-19',
			to: '2026-10-25',
		});
		expect(getPrecedingPeriod({ from: '2026-03-29', to: '2026-03-29' })).toEqual({
			from: '2026-03-28',
			to: '2026-03-28',
		});
	});

	it('has a name for the previous period', () => {
		expect(formatPreviousPeriod({ from: '2026-11-23', to: '2026-11-23' })).toBe('the previous day');
		expect(formatPreviousPeriod({ from: '2026-11-17', to: '2026-11-23' })).toBe(
			'the previous week',
		);
		expect(formatPreviousPeriod({ from: '2026-10-27', to: '2026-11-23' })).toBe(
			'the previous 28 days',
		);
	});
});
