import type { HandleClientError } from '@sveltejs/kit';

// Keeps zod from testing whether it can compile code, which browsers report as a Content-Security-Policy violation. zod reads
// this when a page first loads it; importing `config` here would load it with every page.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

/** Explains why a page couldn't be loaded: `fetch` throws a `TypeError` if the server can't be reached. */
export const handleError: HandleClientError = ({ error, status, message }) => {
	if (!(error instanceof TypeError) || status !== 500) return { message };
	const isFetchError = /fetch|network|load/i.test(error.message);
	if (!isFetchError) return { message };
	return {
		message: 'Can’t reach the server. This page will open automatically once it’s back.',
		is_unreachable: true,
	};
};
