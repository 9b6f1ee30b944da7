export type Log = (label: string, value?: unknown) => void;

/** Writes to the console when the frame was opened with ?debug=1. */
export const createLog = (isEnabled: boolean): Log =>
	// oxlint-disable-next-line no-console -- intended for debugging
	isEnabled ? (label, value) => console.info(`[frontdesk] ${label}`, value ?? '') : () => undefined;
