import { z } from 'zod';
import { leadFilter, leadSort } from '#lib/contract/lead-list.ts';

const fields = {
	site: leadFilter.shape.site,
	q: leadFilter.shape.q,
	completion_status: leadFilter.shape.completion_status,
	delivery: leadFilter.shape.delivery,
	outcome: leadFilter.shape.outcome,
	overdue: z.enum(['true']).optional(),
	/** Days back from now. */
	days: z.enum(['1', '7', '28', '90']).optional(),
	sort: leadSort.optional(),
};
type Name = keyof typeof fields;
const NAMES = Object.keys(fields).filter((name): name is Name => Object.hasOwn(fields, name));

/** The filters of the leads page, in the names used in its URL. */
export type LeadsView = Partial<Record<Name, string>>;

/** Reads a view from a URL; invalid values count as absent. */
export function readLeadsView(parameters: URLSearchParams): LeadsView {
	const view: LeadsView = {};
	for (const name of NAMES) {
		const value = fields[name].safeParse(parameters.get(name) ?? undefined).data;
		if (value !== undefined) view[name] = value;
	}
	return view;
}

/** Returns the URL's query, starting with `?` unless empty. */
export function writeLeadsView(view: LeadsView): string {
	const query = new URLSearchParams();
	for (const name of NAMES) {
		const value = view[name];
		if (value && !(name === 'sort' && value === 'newest')) query.set(name, value);
	}
	const text = query.toString();
	return text && `?${text}`;
}

/** Returns the filter as the API's list and CSV export take it. */
export function leadsQuery(
	{ days, sort, ...filter }: LeadsView,
	now: Date,
): Record<string, string> {
	const from = days && new Date(now.getTime() - Number(days) * 86_400_000).toISOString();
	return { ...filter, ...(sort && { sort }), ...(from && { from }) };
}

export const isFiltered = ({ sort: _, ...filter }: LeadsView) => Object.keys(filter).length > 0;
