import type { HandleClientError } from '@sveltejs/kit';
import { config } from 'zod';

// Keeps zod from probing whether it may compile code, a violation of the content security policy that browsers report.
config({ jitless: true });

/** Explains a page that could not be loaded: `fetch` throws a `TypeError` when the server cannot be reached. */
export const handleError: HandleClientError = ({ error, status, message }) => {
	if (!(error instanceof TypeError) || status !== 500) return { message };
	const isFetch = /fetch|network|load/i.test(error.message);
	if (!isFetch) return { message };
	return {
		message: 'Cannot reach the server. This page opens automatically when it is back.',
		is_away: true,
	};
};
