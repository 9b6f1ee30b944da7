export { accentTextOn } from './accent';
export { ensureDefaultSite } from './ensure-default-site';
export { getSite, type SiteRow } from './get-site';
export { getWidgetConfig } from './get-widget-config';
export { greetingOf, pickGreeting } from './greetings';
export { listSites } from './list-sites';
export { requireOrigin } from './require-origin';
