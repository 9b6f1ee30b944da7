/** Returns the message for superForm's `onError`: why a form could not be submitted at all. */
export function formErrorText(error: { message: string }): string {
	// What fetch throws when there is no answer.
	const isOffline = error instanceof TypeError;
	return isOffline ? 'Couldn’t reach the server. Try again.' : error.message;
}
