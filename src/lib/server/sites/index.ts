export { isOpenAt, nextOpening } from './business-hours.ts';
export { createSite } from './create-site.ts';
export { getSiteSettings } from './get-site-settings.ts';
export { getWidgetConfig } from './get-widget-config.ts';
export { listSiteQuestions, listSites, listSiteSummaries } from './list-sites.ts';
export { requireOrigin } from './require-origin.ts';
export { DEFAULT_FALLBACK_REPLY } from './site-defaults.ts';
export { updateSite } from './update-site.ts';
