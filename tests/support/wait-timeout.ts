/** How long tests wait for a condition. They continue as soon as it holds, so a longer timeout only delays failures. */
export const WAIT_TIMEOUT_MS = 60_000;
