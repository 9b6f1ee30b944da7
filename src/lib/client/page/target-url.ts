import { navigating, page } from '$app/state';

/** Returns where the person is going, else where they are: what they chose is shown as chosen at once. */
export const targetUrl = (): URL => navigating.to?.url ?? page.url;
