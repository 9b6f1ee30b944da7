export { encode } from './encode.ts';
export { getDemoPage } from './get-demo-page.ts';
export { getWidgetFrame, type FramePage } from './get-widget-frame.ts';
export { findWidgetFile } from './widget-files.ts';
export { wordpressPlugin } from './wordpress-plugin.ts';
