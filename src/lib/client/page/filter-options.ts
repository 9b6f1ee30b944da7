/** Options of a filter by when something happened, in days up to now. */
export const RECENT_PERIODS = [
	{ value: '', label: 'Any time' },
	{ value: '1', label: 'Last 24 hours' },
	{ value: '7', label: 'Last 7 days' },
	{ value: '28', label: 'Last 28 days' },
	{ value: '90', label: 'Last 90 days' },
];

/** Returns the options of a filter by site. */
export const siteOptions = (sites: readonly { key: string; name: string }[]) => [
	{ value: '', label: 'All sites' },
	...sites.map(({ key, name }) => ({ value: key, label: name })),
];
