import type { HandleClientError } from '@sveltejs/kit';

// Keeps zod from testing whether it can compile code, which browsers report as a Content-Security-Policy violation. Set as a
// global variable, because importing zod's `config` here would load zod with every page.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

/** Explains when a page can't be loaded because the server can't be reached; `fetch` then throws a `TypeError`. */
export const handleError: HandleClientError = ({ error, status, message }) => {
	if (!(error instanceof TypeError) || status !== 500) return { message };
	const isFetchError = /fetch|network|load/i.test(error.message);
	if (!isFetchError) return { message };
	return {
		message: 'Can’t reach the server. This page will open automatically once it’s back.',
		is_unreachable: true,
	};
};
