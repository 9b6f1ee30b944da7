export { isOpenAt, findNextOpening } from './business-hours.ts';
export { createSite, updateSite } from './change-site.ts';
export { getSiteSettings, listSiteQuestions, listSites, listSiteSummaries } from './read-sites.ts';
export { chooseLanguage, requireOrigin } from './widget.ts';
export { DEFAULT_FALLBACK_REPLY } from './site-defaults.ts';
