/** Returns why a form could not be handled at all, for superForm's `onError`: what was typed stays in place. */
export function formErrorText(error: { message: string }): string {
	// What fetch throws when there is no answer.
	const isAway = error instanceof TypeError;
	return isAway ? 'The server could not be reached. Try again.' : error.message;
}
