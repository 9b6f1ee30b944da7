/** An error that prevents the start; its message says what is wrong and what to do. */
export class StartupError extends Error {
	override name = 'StartupError';
}
