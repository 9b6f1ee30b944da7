import { describe, expect, it } from 'vitest';
import { createWonValueFormat } from './outcome-cells.ts';

type Rows = Parameters<typeof createWonValueFormat>[0];

const createSources = (...values: number[]): Rows['sources'] =>
	values.map((value) => ({
		source: 'google',
		campaign: '',
		shown: 1,
		opened: 1,
		sessions: 1,
		ai_engaged: 1,
		contact_given: 1,
		complete: 1,
		completion_rate: 1,
		leads: 1,
		qualified: 1,
		won: 1,
		win_rate: 1,
		won_values: [{ currency: 'EUR', value }],
	}));
const createRows = (...values: number[]): Rows => ({
	sources: createSources(...values),
	sites: [],
	versions: [],
	greetings: [],
	fields: [],
	scores: [],
});

describe('won values', () => {
	it('all have decimals if one of them does', () => {
		const format = createWonValueFormat(createRows(42_576, 6471.5));
		expect(format(42_576, 'EUR')).toBe('€42,576.00');
		expect(format(6471.5, 'EUR')).toBe('€6,471.50');
	});

	it('have no decimals if all of them are whole', () => {
		const format = createWonValueFormat(createRows(42_576, 6471));
		expect(format(49_047, 'EUR')).toBe('€49,047');
	});
});
