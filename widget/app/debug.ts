export type Log = (what: string, value?: unknown) => void;

/** Writes to the console when the frame was opened with ?debug=1. */
export const makeLog = (isOn: boolean): Log =>
	// oxlint-disable-next-line no-console -- this is its purpose
	isOn ? (what, value) => console.info(`[frontdesk] ${what}`, value ?? '') : () => undefined;
