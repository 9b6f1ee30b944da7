export { encode, findWidgetFile } from './widget-files.ts';
export { getDemoPage } from './get-demo-page.ts';
export { getUnavailablePage } from './get-unavailable-page.ts';
export { composeAiGreetings, getWidgetConfig } from './get-widget-config.ts';
export { getWidgetFrame } from './get-widget-frame.ts';
export { testPage } from './test-page.ts';
export { createWordpressPlugin } from './wordpress-plugin.ts';
