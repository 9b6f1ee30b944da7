/** The maximum time that tests wait for a condition. They continue as soon as it holds, so this only delays failures. */
export const PATIENCE_MS = 60_000;
