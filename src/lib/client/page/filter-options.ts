/** Options of a time filter, in days before now. */
export const RECENT_PERIODS = [
	{ value: '', label: 'Any time' },
	{ value: '1', label: 'Last 24 hours' },
	{ value: '7', label: 'Last 7 days' },
	{ value: '28', label: 'Last 28 days' },
	{ value: '90', label: 'Last 90 days' },
];

/** Returns the options of a site filter. */
export const getSiteOptions = (sites: readonly { key: string; name: string }[]) => [
	{ value: '', label: 'All sites' },
	...sites.map(({ key, name }) => ({ value: key, label: name })),
];
