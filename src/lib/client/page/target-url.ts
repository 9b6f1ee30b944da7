import { navigating, page } from '$app/state';

/** Returns the URL being navigated to, else the current one, so that a choice is highlighted immediately. */
export const getTargetUrl = (): URL => navigating.to?.url ?? page.url;
