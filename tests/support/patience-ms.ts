/** How long tests wait for a condition. Waiting ends as soon as it holds, so this only bounds how long a failure takes. */
export const PATIENCE_MS = 60_000;
