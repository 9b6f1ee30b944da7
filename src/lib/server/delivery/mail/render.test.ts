import { describe, expect, it } from 'vitest';
import { renderHtml } from './render.ts';

const render = (...rows: [label: string, week: string, previousWeek: string][]) =>
	renderHtml({ subject: 'Report', title: 'Roofs', parts: [{ type: 'weeks', rows }] });

describe('a table of two weeks', () => {
	it('has a row with a header and both values for each figure', () => {
		const html = render(['Chats', '1,204', '985'], ['Completion rate', '33%', '–']);
		const rows = [...html.matchAll(/<th scope="row".*?<\/tr>/g)].map(([row]) =>
			row.split(/<[^>]+>/).filter(Boolean),
		);
		expect(rows).toEqual([
			['Chats', '1,204', '985'],
			['Completion rate', '33%', '–'],
		]);
		expect([...html.matchAll(/<th scope="col"[^>]*>([^<]*)/g)].map(([, name]) => name)).toEqual([
			'Last week',
			'Previous week',
		]);
	});

	it('escapes labels and values', () => {
		const attack = '"><img src=x onerror=alert(1)>';
		const html = render([attack, attack, attack]);
		expect(html.match(/&lt;img/g)).toHaveLength(3);
		expect(html).not.toContain('<img');
	});
});
