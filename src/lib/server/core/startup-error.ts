/** A fault that keeps the server from starting; its message says what is wrong and what to do. */
export class StartupError extends Error {
	override name = 'StartupError';
}
