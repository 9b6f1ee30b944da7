export type DebugLog = (label: string, value?: unknown) => void;

/** Creates a log that writes to the console if enabled (`?debug=1`) and otherwise does nothing. */
export const createDebugLog = (isEnabled: boolean): DebugLog =>
	// oxlint-disable-next-line no-console -- intended for debugging
	isEnabled ? (label, value) => console.info(`[frontdesk] ${label}`, value ?? '') : () => undefined;
