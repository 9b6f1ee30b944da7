import type { HandleClientError } from '@sveltejs/kit';
import { config } from 'zod';

// Else zod tries whether it may compile code, which the content security policy refuses and browsers report.
config({ jitless: true });

/** What a page that could not be shown says: `fetch` throws a TypeError when there is no answer at all. */
export const handleError: HandleClientError = ({ error, status, message }) => {
	if (!(error instanceof TypeError) || status !== 500) return { message };
	const isFetch = /fetch|network|load/i.test(error.message);
	if (!isFetch) return { message };
	return {
		message: 'There is no connection to the server. This page opens by itself when it is back',
		is_away: true,
	};
};
