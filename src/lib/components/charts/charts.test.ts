import { describe, expect, it } from 'vitest';
import { getAxis } from './config.ts';
import { findLastValueIndex, spreadOut } from './plugins.ts';
import { formatCell, createCsvRows, getChartKind, sortRows } from './chart-data.ts';

describe('labels at line ends', () => {
	const bounds = { gap: 16, from: 0, to: 100 };
	it('stay in place when there is room', () => {
		expect(spreadOut([80, 20, 50], bounds)).toEqual([80, 20, 50]);
	});
	it('belong to the last value', () => {
		expect(findLastValueIndex([0.5, 0.7, null, Number.NaN])).toBe(1);
		expect(findLastValueIndex([null])).toBe(-1);
	});
	it('never overlap, and keep their order', () => {
		expect(spreadOut([50, 52, 51], bounds)).toEqual([50, 82, 66]);
		expect(spreadOut([99, 98], bounds)).toEqual([100, 84]);
	});
});

describe('a chart’s table', () => {
	const columns = [{ label: 'Day' }, { label: 'Chats', format: (value: number) => `${value} !` }];
	const rows = [
		['Mon', 2],
		['Tue', null],
		['Wed', 10],
	];
	it('shows numbers with their unit, and exports exact values', () => {
		expect(formatCell(2, { label: 'Chats', format: (value) => `${value} !` })).toBe('2 !');
		expect(formatCell(null, { label: 'Chats' })).toBe('–');
		expect(createCsvRows({ columns, rows })).toEqual([
			['Day', 'Chats'],
			['Mon', '2'],
			['Tue', ''],
			['Wed', '10'],
		]);
	});
	it('sorts by number, with unknown values last in both directions', () => {
		const names = (direction: 'ascending' | 'descending') =>
			sortRows(rows, 1, direction).map(([name]) => name);
		expect(names('descending')).toEqual(['Wed', 'Mon', 'Tue']);
		expect(names('ascending')).toEqual(['Mon', 'Wed', 'Tue']);
	});
	it('sort amounts by value, not by text', () => {
		const rows = [
			['A', { text: '€80', value: 80 }],
			['B', null],
			['C', { text: '€1,200', value: 1200 }],
		];
		expect(sortRows(rows, 1, 'descending').map(([name]) => name)).toEqual(['C', 'A', 'B']);
		expect(
			createCsvRows({ columns: [{ label: 'Site' }, { label: 'Value' }], rows }),
		).toContainEqual(['C', '€1,200']);
	});
});

describe('counts', () => {
	const chart = (values: (number | null)[], previous: number[] = []) => ({
		labels: [],
		format: String,
		series: [
			{ label: '', values },
			{ label: 'Previous', values: previous, isPrevious: true },
		],
	});
	it('are bars if few days have a value, regardless of the previous period', () => {
		expect(getChartKind(chart([0, 3, 0, 0, 1, null, 0]))).toBe('bar');
		expect(getChartKind(chart([1], [1, 2, 3, 4, 5, 6, 7]))).toBe('bar');
		expect(getChartKind(chart([1, 2, 0, 1, 2, 1, 3, 0]))).toBe('bar');
		expect(getChartKind(chart([1, 2, 3, 4, 5, 6, 7]))).toBe('line');
	});
	it('are lines if they are rates', () => {
		expect(getChartKind({ ...chart([null, 0.5]), scale: 'share' })).toBe('line');
	});
});

describe('the axis', () => {
	const chart = (values: (number | null)[], scale: 'count' | 'share' | 'duration') =>
		getAxis({ labels: [], format: String, scale, series: [{ label: '', values }] });
	it('has ticks at whole counts and round durations', () => {
		expect(chart([0, 1, null], 'count')).toEqual({ suggestedMax: 4, step: 1 });
		expect(chart([480_000], 'duration').step).toBe(120_000);
		expect(chart([6100], 'duration').step).toBe(2000);
	});
	it('scales to small shares, so that they are not a flat line', () => {
		expect(chart([0.02], 'share').suggestedMax).toBe(0.1);
	});
});
